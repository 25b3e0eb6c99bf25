"""What runs on workers: tasks that hold partitions, load them and drive learning; what others may ask."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from distributed import Status, get_worker, secede
from distributed.protocol import pickle as pickles
from sklearn.exceptions import ConvergenceWarning

from chainrule._heard import heard
from chainrule.dask._events import tell
from chainrule.dask._group import Members
from chainrule.dask._holder import Gone, Holder, holders_of
from chainrule.dask._kinds import kind_of
from chainrule.dask._packed import packed, unpacked
from chainrule.dask._refused import refusing
from chainrule.dask._report import Counts
from chainrule.dask._rows import Leaves, Rows
from chainrule.estimators._by_group import Asked
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
    "network_of",
    "stop",
]

_PATIENCE = 10.0
"""Seconds that a driver may take to end."""
_OFTEN = 0.5
"""Seconds after which a task that waits looks whether it is still wanted."""


def hold(fit: str, max_memory: int | None, keeps: bool) -> None:
    """Hold partitions until the fit ends, or nobody wants it; within half a worker's memory if None."""
    worker, wanted = get_worker(), _still_wanted()
    with one_blas_thread():
        most = max_memory or _half_of(worker)
        holder = Holder(worker.state.nthreads, most, worker.local_directory, keeps)
        holders_of(worker)[fit] = holder
        worker.handlers.update(_handlers(worker))
        tell(worker, fit, "holds", holder=worker.address, versions=versions(), processor=processor())
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


@refusing
def load(fit: str, number: int, name: str, rows: Rows, look: Any) -> tuple[int, Any]:
    """Give a partition to the holder on this worker; return how many rows it has, and what is seen."""
    holder = holders_of(get_worker()).get(fit)
    if holder is None:
        raise Gone(fit)
    n: int = holder.load(number, name, rows)
    return n, None if look is None else look(number, rows.X, np.asarray(rows.y), rows.weights)


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
            nodes, seconds = holder.sums(question, [unpacked(each) for each in arrays], parts)
            numbers = [list(node) for node, _ in nodes]
            return {"nodes": numbers, "sums": [packed(each) for _, each in nodes], "seconds": seconds}

        return await in_thread(fit, ask)

    async def chainrule_ask(fit: str, question: bytes, parts: Sequence[int]) -> Any:
        def ask(holder: Holder) -> Any:
            asked, merge = pickles.loads(question)
            return {"answers": pickles.dumps(holder.ask(asked, merge, parts))}

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

    every = chainrule_sums, chainrule_ask, chainrule_begin, chainrule_probe, chainrule_alive
    return {each.__name__: each for each in every}


@dataclass(frozen=True)
class Driven:
    """What drives a fit.

    Attributes
    ----------
    fit : str
    model : estimator
    names : tuple of str
        What messages call each partition.
    rows : tuple of int
        Rows of each partition.
    seen : tuple
        What is seen of each; see `chainrule.dask._kinds.Kind`.
    leaf_rows : int or None
    owners : mapping of str to list of int
        Who holds which partitions, by address.
    same_bits : bool
    epochs, answered : bool
        Whether the client is told of each epoch, and answers.
    checkpoint, resume
    n_lanes : int
        As `fit_by_group`.
    """

    fit: str
    model: Any
    names: tuple[str, ...]
    rows: tuple[int, ...]
    seen: tuple[Any, ...]
    leaf_rows: int | None
    owners: Mapping[str, Sequence[int]]
    same_bits: bool
    epochs: bool
    answered: bool
    checkpoint: Any
    resume: Any
    n_lanes: int


@dataclass(frozen=True)
class Learnt:
    """What comes of a fit.

    Attributes
    ----------
    model : estimator or None
        Of one process; None if Ctrl-C came before it had learned anything.
    warned : list
        Warnings: message and category.
    counts : Counts
    """

    model: Any
    warned: list[tuple[str, type[Warning]]]
    counts: Counts


@refusing
def drive(driven: Driven) -> Learnt:
    """Learn: solvers run here, and ask those who hold the rows."""
    worker, wanted = get_worker(), _still_wanted()
    secede()
    members = Members(worker, driven.fit, driven.owners, driven.names, wanted)
    holders_of(worker)[_driver(driven.fit)] = members

    def open_group(asked: Asked) -> Members:
        size = driven.leaf_rows or leaf_rows(asked.net, sum(driven.rows))
        members.begin(driven.model, asked, Leaves(driven.rows, size), driven.same_bits)
        return members

    def tell_epoch(report: EpochReport) -> bool:
        network = pickles.dumps(driven.model.network_) if driven.answered else None
        return members.tell_epoch(vars(report), network, driven.answered)

    warned: list[tuple[str, type[Warning]]] = []
    model = None
    try:
        with heard() as caught:
            model = kind_of(driven.model).learn(
                driven.model, members, driven.seen, sum(driven.rows), open_group,
                hooks=(tell_epoch,) if driven.epochs else (), checkpoint=driven.checkpoint,
                resume=driven.resume, n_lanes=driven.n_lanes,
                complain=lambda text: warned.append((text, ConvergenceWarning)),
            )  # fmt: skip
    except KeyboardInterrupt:  # which would end the worker
        pass
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


def network_of(fit: str, dask_worker: Any) -> bytes | None:
    """Return the network, pickled, as it is while the driver on this worker waits for an answer."""
    members = holders_of(dask_worker).get(_driver(fit))
    return None if members is None else members.network


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


async def stop(fit: str, dask_worker: Any) -> None:
    """End the driver on this worker, and wait until it has: what it warns of is not the next fit's."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and interrupt(fit, dask_worker):
        await asyncio.sleep(0.01)


def end(fit: str, dask_worker: Any) -> None:
    """End what a worker holds."""
    if (holder := holders_of(dask_worker).get(fit)) is not None:
        holder.ended.set()
