"""What runs on workers: tasks that hold partitions, load them and drive learning; what others may ask."""

import asyncio
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distributed import Status, get_worker, secede
from distributed.protocol import pickle as pickles
from distributed.protocol import to_serialize
from sklearn.exceptions import ConvergenceWarning

from chainrule.dask._group import Members
from chainrule.dask._holder import Facts, Gone, Holder, holders_of
from chainrule.dask._report import Counts
from chainrule.dask._rows import Leaves, Rows
from chainrule.estimators._by_group import Asked, fit_by_group
from chainrule.estimators._same_bits import processor, versions
from chainrule.network import as_bytes
from chainrule.network._blas_threads import one_blas_thread
from chainrule.training import EpochReport, leaf_rows

__all__ = [
    "Driven",
    "Learnt",
    "answer_hooks",
    "assign",
    "drive",
    "end",
    "hold",
    "interrupt",
    "load",
    "topic_of",
]

_OFTEN = 0.5
"""Seconds after which a task that waits looks whether it is still wanted."""


def topic_of(fit: str) -> str:
    """Return under which topic a fit's events are."""
    return f"chainrule-{fit}"


def hold(fit: str, max_memory: int | None) -> None:
    """Hold partitions until the fit ends, or nobody wants it; within half a worker's memory if None."""
    worker, wanted = get_worker(), _still_wanted()
    with one_blas_thread():
        holder = Holder(worker.state.nthreads, max_memory or _half_of(worker), worker.local_directory)
        holders_of(worker)[fit] = holder
        worker.handlers.update(_handlers(worker))
        told = {"what": "holds", "holder": worker.address, "versions": versions(), "processor": processor()}
        worker.log_event(topic_of(fit), told)
        secede()
        while not holder.ended.wait(_OFTEN) and wanted():
            pass
        holders_of(worker).pop(fit, None)
        holder.end()


def _half_of(worker: Any) -> int:
    limit = worker.memory_manager.memory_limit
    return int(limit) // 2 if limit else as_bytes(None)


def _still_wanted() -> Callable[[], bool]:
    """Return what tells whether the scheduler still wants the task that is running."""
    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        here = worker.status in (Status.running, Status.paused, Status.closing_gracefully)
        return here and task is not None and task.state in ("executing", "long-running")

    return wanted


def load(fit: str, number: int, name: str, rows: Rows, classifies: bool) -> Facts:
    """Give a partition to the holder on this worker."""
    holder = holders_of(get_worker()).get(fit)
    if holder is None:
        raise Gone(fit)
    facts: Facts = holder.load(number, name, rows, classifies)
    return facts


def _handlers(worker: Any) -> dict[str, Callable[..., Any]]:
    """Return what other workers may ask of this one."""

    async def in_thread(fit: str, ask: Callable[[Holder], Any]) -> Any:
        holder = holders_of(worker).get(fit)
        if holder is None:
            return {"error": "Gone", "text": fit}
        try:
            return await asyncio.get_running_loop().run_in_executor(holder.queue, ask, holder)
        except Exception as error:
            return {"error": type(error).__name__, "text": str(error)}

    async def chainrule_sums(fit: str, question: str, arrays: Sequence[Any], parts: Sequence[int]) -> Any:
        def ask(holder: Holder) -> Any:
            nodes, seconds = holder.sums(question, arrays, parts)
            numbers = [list(node) for node, _ in nodes]
            return {"nodes": numbers, "sums": [to_serialize(each) for _, each in nodes], "seconds": seconds}

        return await in_thread(fit, ask)

    async def chainrule_begin(fit: str, begun: bytes) -> Any:
        def ask(holder: Holder) -> Any:
            holder.begin(pickles.loads(begun))
            return {}

        return await in_thread(fit, ask)

    async def chainrule_probe(fit: str) -> Any:
        return await in_thread(fit, lambda holder: {"digest": holder.probe(), "processor": processor()})

    async def chainrule_alive(fit: str) -> Any:
        return {} if fit in holders_of(worker) else {"error": "Gone", "text": fit}

    return {
        each.__name__: each for each in (chainrule_sums, chainrule_begin, chainrule_probe, chainrule_alive)
    }


@dataclass(frozen=True)
class Driven:
    """What drives a fit.

    Attributes
    ----------
    fit : str
    model : estimator
    sample : tuple
        X and y of `fit_by_group`.
    rows : tuple of int
        Rows of each partition.
    leaf_rows : int or None
    owners : mapping of str to list of int
        Who holds which partitions, by address.
    same_bits : bool
    epochs, answered : bool
        Whether the client is told of each epoch, and answers.
    checkpoint, resume
    n_lanes : int
    class_sizes : dict
        As `fit_by_group`.
    """

    fit: str
    model: Any
    sample: tuple[Any, Any]
    rows: tuple[int, ...]
    leaf_rows: int | None
    owners: Mapping[str, Sequence[int]]
    same_bits: bool
    epochs: bool
    answered: bool
    checkpoint: Any
    resume: Any
    n_lanes: int
    class_sizes: dict[Any, float]


@dataclass(frozen=True)
class Learnt:
    """What comes of a fit.

    Attributes
    ----------
    model : estimator
        Of one process.
    warned : list
        Warnings: message and category.
    counts : Counts
    """

    model: Any
    warned: list[tuple[str, type[Warning]]]
    counts: Counts


def drive(driven: Driven) -> Learnt:
    """Learn: solvers run here, and ask those who hold the rows."""
    worker, wanted = get_worker(), _still_wanted()
    secede()
    members = Members(worker, driven.fit, driven.owners, topic_of(driven.fit), wanted)
    holders_of(worker)[_driver(driven.fit)] = members

    def open_group(asked: Asked) -> Members:
        size = driven.leaf_rows or leaf_rows(asked.net, sum(driven.rows))
        members.begin(driven.model, asked, Leaves(driven.rows, size), driven.same_bits)
        return members

    def tell(report: EpochReport) -> bool:
        network = pickles.dumps(driven.model.network_) if driven.answered else None
        return members.tell_epoch(vars(report), network, driven.answered)

    warned: list[tuple[str, type[Warning]]] = []

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = fit_by_group(
                driven.model, *driven.sample, open_group, hooks=(tell,) if driven.epochs else (),
                checkpoint=driven.checkpoint, resume=driven.resume, n_lanes=driven.n_lanes,
                class_sizes=driven.class_sizes,
                complain=lambda text: warned.append((text, ConvergenceWarning)),
            )  # fmt: skip
    finally:
        holders_of(worker).pop(_driver(driven.fit), None)
        members.close()
    warned += [(str(each.message), each.category) for each in caught]
    return Learnt(model, warned, members.counts)


def _driver(fit: str) -> str:
    return f"{fit}-driver"


def assign(fit: str, owners: Mapping[str, Sequence[int]], dask_worker: Any) -> None:
    """Tell the driver on this worker who holds what it has lost."""
    if (members := holders_of(dask_worker).get(_driver(fit))) is not None:
        members.assign(owners)


def answer_hooks(fit: str, stop: bool, dask_worker: Any) -> None:
    """Tell the driver on this worker what the client's hooks say to an epoch."""
    if (members := holders_of(dask_worker).get(_driver(fit))) is not None:
        members.answer(stop)


def interrupt(fit: str, dask_worker: Any) -> bool:
    """End the driver on this worker as Ctrl-C would; return whether there is one."""
    members = holders_of(dask_worker).get(_driver(fit))
    if members is not None:
        members.interrupt()
    return members is not None


def end(fit: str, dask_worker: Any) -> None:
    """End what a worker holds."""
    if (holder := holders_of(dask_worker).get(fit)) is not None:
        holder.ended.set()
