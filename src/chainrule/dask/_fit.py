"""A fit on a cluster, from the client: who holds what, the driver, what to do where a worker is lost."""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import distributed
from distributed import Client, Future, Lock
from distributed.client import FutureCancelledError

from chainrule.dask import _tasks as tasks
from chainrule.dask._holder import Facts, Gone
from chainrule.dask._plan import Partition
from chainrule.dask._report import Counts, FitReport
from chainrule.dask._rows import Rows
from chainrule.dask._sample import sample_of
from chainrule.training import EpochReport

__all__ = ["Fit", "Hooks", "Options", "WorkerLostError"]

_OFTEN = 0.5
"""Seconds between two looks at which workers are there."""
_AT_ONCE = 2
"""Partitions that a worker loads at a time."""
_NO_WORKER = 60.0
"""Seconds to wait for a worker where there is none."""

Hooks = Callable[[EpochReport, bytes | None], Coroutine[Any, Any, bool]]
"""Told of each epoch on the client, with the network, pickled, where hooks may stop the fit; True stops."""


class WorkerLostError(RuntimeError):
    """Workers were lost, and learning cannot go on without them."""


class _Left(Exception):
    """A worker is no longer there."""


@dataclass(frozen=True)
class Options:
    """What a fit on a cluster is told beside the model.

    Attributes
    ----------
    leaf_rows : int or None
    max_memory : int or None
    max_failures : int
    same_bits : bool
    checkpoint, resume
    answered : bool
        Whether hooks may stop the fit.
    """

    leaf_rows: int | None
    max_memory: int | None
    max_failures: int
    same_bits: bool
    checkpoint: Any
    resume: Any
    answered: bool


class Fit:
    """One fit.

    Parameters
    ----------
    client : Client
    model : estimator
        That of one process; changed.
    partitions : list of Partition
    options : Options
    hooks : callable, optional
    """

    def __init__(
        self, client: Client, model: Any, partitions: list[Partition], options: Options, hooks: Hooks | None
    ) -> None:
        self._client, self._model, self._partitions = client, model, partitions
        self._options, self._hooks = options, hooks
        self._classifies = hasattr(model, "predict_proba")
        self._fit = uuid.uuid4().hex[:8]
        self._holds: dict[str, Future] = {}
        self._said: dict[str, dict[str, Any]] = {}
        self._owners: dict[str, list[int]] = {}
        self._facts: dict[int, Facts] = {}
        self._failures: list[str] = []
        self._lost: set[str] = set()
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._root: str | None = None
        self._driver: Future | None = None

    async def run(self) -> tuple[tasks.Learnt, FitReport]:
        """Learn; other fits on this cluster wait meanwhile.

        Raises
        ------
        WorkerLostError
            If more workers are lost than is allowed, or the one that drives without a checkpoint.
        """
        lock, topic = Lock("chainrule-fit", scheduler_rpc=self._client.scheduler, loop=self._client.loop), ""
        await lock.acquire()
        try:
            topic = tasks.topic_of(self._fit)
            self._client.subscribe_topic(topic, self._hear)
            return await self._learn()
        finally:
            await self._end(topic)
            await lock.release()

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        message = event[1]
        if message["what"] == "holds":
            self._said[message["holder"]] = message
        else:
            self._events.put_nowait(message)

    async def _learn(self) -> tuple[tasks.Learnt, FitReport]:
        began = time.perf_counter()
        workers = await self._workers()
        await self._hold(workers)
        self._check_versions()
        await self._place(await self._homes(sorted(self._holds)))
        loaded = time.perf_counter()
        rows = tuple(self._facts[number].rows for number in range(len(self._partitions)))
        if not sum(rows):
            raise ValueError("X holds no rows")
        sample = sample_of(self._facts, self._classifies)
        driven = tasks.Driven(
            self._fit, self._model, sample, rows, self._options.leaf_rows, {}, self._options.same_bits,
            self._hooks is not None, self._options.answered, self._options.checkpoint, self._options.resume,
        )  # fmt: skip
        learnt = await self._drive(driven)
        report = self._report(learnt.counts, time.perf_counter() - began, loaded - began)
        return learnt, report

    def _report(self, counts: Counts, seconds: float, loading: float) -> FitReport:
        return FitReport(
            partitions={address: len(parts) for address, parts in sorted(self._owners.items())},
            leaves=counts.leaves,
            leaf_rows=counts.leaf_rows,
            n_rows=counts.n_rows,
            rounds=counts.rounds,
            bytes_sent=counts.sent,
            bytes_received=counts.received,
            seconds=seconds,
            seconds_loading=loading,
            seconds_waiting=sum(counts.waited),
            latency=median(counts.waited),
            least_latency=min(counts.waited),
            seconds_computing=dict(sorted(counts.computed.items())),
            failures=tuple(self._failures),
        )

    # Who is there, and who holds what.

    async def _workers(self) -> list[str]:
        """Return the workers there are, as soon as there is one that is not given up."""
        until = time.monotonic() + _NO_WORKER
        while True:
            found = [
                address for address in await self._client.scheduler.ncores() if address not in self._lost
            ]
            if found:
                return sorted(found)
            if time.monotonic() > until:
                raise WorkerLostError("there is no worker: add one to the cluster")
            await asyncio.sleep(_OFTEN)

    async def _there(self, address: str) -> bool:
        return address not in self._lost and bool(await self._client.scheduler.ncores(workers=[address]))

    async def _hold(self, workers: Iterable[str]) -> None:
        """Put a holder on workers that have none; those that leave meanwhile have none."""
        new = [address for address in workers if address not in self._holds]
        for address in new:
            self._holds[address] = self._client.submit(
                tasks.hold, self._fit, self._options.max_memory,
                key=f"chainrule-fit-{self._fit}-{len(self._holds) - 1}", **_pinned(address),
            )  # fmt: skip
        for address in new:
            while address not in self._said:
                if self._holds[address].status == "error":
                    await self._holds[address]
                if not await self._there(address):
                    del self._holds[address]
                    break
                await asyncio.sleep(0.005)

    def _check_versions(self) -> None:
        """Raise ValueError unless all workers have the same versions."""
        first, *others = [(address, self._said[address]["versions"]) for address in sorted(self._holds)]
        for address, has in others:
            for name, version in has.items():
                if version != first[1][name]:
                    raise ValueError(
                        f"{name} is {first[1][name][:16]} on {first[0]} and {version[:16]} on {address}: "
                        "all workers need the same"
                    )

    async def _homes(self, workers: list[str]) -> dict[str, list[int]]:
        """Return who shall hold what: data that is on a worker stays there, the rest is shared evenly."""
        keys = {key for each in self._partitions for key in each.keys}
        if keys:
            futures = [Future(key, self._client) for key in keys]
            await distributed.wait(futures)
            has = await self._client.who_has(futures)
        homes: dict[str, list[int]] = {address: [] for address in workers}
        for number, partition in enumerate(self._partitions):
            votes = [address for key in partition.keys for address in has[key] if address in homes]
            home = max(
                sorted(set(votes)),
                key=votes.count,
                default=workers[number * len(workers) // len(self._partitions)],
            )
            homes[home].append(number)
        return homes

    async def _place(self, homes: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
        """Load partitions onto workers, and onto others where one is lost; return who got which."""
        placed: dict[str, list[int]] = {}
        while any(homes.values()):
            found = await asyncio.gather(
                *(self._load_all(address, parts) for address, parts in homes.items() if parts),
                return_exceptions=True,
            )
            left: list[int] = []
            for (address, parts), answer in zip(
                [each for each in homes.items() if each[1]], found, strict=True
            ):
                if isinstance(answer, _Left):
                    self._fail(address, "it left while partitions were loaded")
                    left += [*parts, *self._owners.pop(address, []), *placed.pop(address, [])]
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    placed.setdefault(address, []).extend(parts)
                    self._owners.setdefault(address, []).extend(parts)
            homes = await self._shares(sorted(set(left))) if left else {}
        return placed

    async def _shares(self, parts: list[int]) -> dict[str, list[int]]:
        """Share partitions among the workers that are there, those with the fewest rows first."""
        await self._hold(await self._workers())
        self._check_versions()
        load = {
            address: sum(self._facts[part].rows for part in self._owners.get(address, []))
            for address in self._holds
        }
        homes: dict[str, list[int]] = {}
        for part in parts:
            address = min(sorted(load), key=lambda one: load[one])
            homes.setdefault(address, []).append(part)
            load[address] += self._facts[part].rows if part in self._facts else 1
        return homes

    async def _load_all(self, address: str, parts: Sequence[int]) -> None:
        window = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            async with window:
                facts = await self._load(number, address)
            if facts.rows != self._facts.setdefault(number, facts).rows:
                before = self._facts[number].rows
                raise ValueError(f"partition {number} had {before} rows, and {facts.rows} when loaded again")

        loading = asyncio.gather(*(one(number) for number in parts))
        while not (await asyncio.wait({loading}, timeout=_OFTEN))[0]:
            if not await self._there(address):
                loading.cancel()
                with suppress(asyncio.CancelledError):
                    await loading
                raise _Left(address)
        await loading

    async def _load(self, number: int, address: str) -> Facts:
        rows = self._partitions[number].rows
        if isinstance(rows, Rows):
            part = await self._client.scatter(rows, workers=[address], hash=False)
        else:
            part = self._client.compute(
                rows, workers=[address], allow_other_workers=True, optimize_graph=False
            )
        future = self._client.submit(
            tasks.load, self._fit, number, part, self._classifies,
            key=f"chainrule-load-{self._fit}-{number}-{uuid.uuid4().hex[:8]}", **_pinned(address),
        )  # fmt: skip
        try:
            facts: Facts = await future
            return facts
        except Gone:
            raise _Left(address) from None
        except FutureCancelledError as error:
            raise WorkerLostError(
                f"partition {number} was on a worker that was lost, and cannot be made again ({error}): give "
                "data that Dask can load again, not what was scattered"
            ) from None

    # The driver.

    async def _drive(self, driven: tasks.Driven) -> tasks.Learnt:
        """Learn, in a task on the worker that holds most; on another one if that is lost."""
        while True:
            self._root = max(sorted(self._owners), key=lambda one: len(self._owners[one]))
            driven = replace(driven, owners={address: list(parts) for address, parts in self._owners.items()})
            self._driver = self._client.submit(
                tasks.drive, driven, key=f"chainrule-fit-{self._fit}-driver-{len(self._failures)}",
                **_pinned(self._root),
            )  # fmt: skip
            try:
                return await self._followed(self._driver)
            except _Left:
                self._fail(self._root, "it drove the fit")
                driven = self._from_checkpoint(driven)
                await self._move(self._root)

    def _from_checkpoint(self, driven: tasks.Driven) -> tasks.Driven:
        if driven.checkpoint is None:
            raise WorkerLostError(
                f"the worker that drove the fit was lost, {self._root}: call fit again; with checkpoint= a "
                "file that all workers reach, learning goes on from there by itself"
            )
        path = getattr(driven.checkpoint, "path", driven.checkpoint)
        return replace(driven, resume=path)

    async def _followed(self, driver: Future) -> tasks.Learnt:
        """Do what the driver asks for until it has come to its end."""
        assert self._root is not None
        learning = asyncio.ensure_future(_result(driver))
        hearing = asyncio.ensure_future(self._events.get())
        try:
            while True:
                await asyncio.wait({learning, hearing}, timeout=_OFTEN, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    event = hearing.result()
                    hearing = asyncio.ensure_future(self._events.get())
                    await self._react(event)
                elif learning.done():
                    learnt: tasks.Learnt = learning.result()
                    return learnt
                elif not await self._there(self._root):
                    raise _Left(self._root)
        finally:
            learning.cancel()
            hearing.cancel()

    async def _react(self, event: dict[str, Any]) -> None:
        if event["what"] == "epoch" and self._hooks is not None:
            stop = await self._hooks(EpochReport(**event["report"]), event["network"])
            if self._options.answered:
                await self._tell_root(tasks.answer_hooks, stop)
        elif event["what"] == "lost" and event["lost"] not in self._lost:
            self._fail(event["lost"], event["why"])
            await self._tell_root(tasks.assign, await self._move(event["lost"]))

    async def _tell_root(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call a function on the worker that drives; if it is lost, that is found out elsewhere."""
        assert self._root is not None
        await self._client.run(function, self._fit, *arguments, workers=[self._root], on_error="ignore")

    async def _move(self, lost: str) -> dict[str, list[int]]:
        """Give what a lost worker held to others."""
        parts = self._owners.pop(lost, [])
        return await self._place(await self._shares(parts))

    def _fail(self, address: str, why: str) -> None:
        """Count a lost worker."""
        self._failures.append(f"{address}: {why.removeprefix(f'{address}: ')}")
        self._lost.add(address)
        self._holds.pop(address, None)
        if len(self._failures) > self._options.max_failures:
            kept = (
                "" if self._options.checkpoint is None else f"; resume={self._options.checkpoint!r} goes on"
            )
            raise WorkerLostError(
                f"{len(self._failures)} workers were lost, max_failures is {self._options.max_failures}: "
                f"{'; '.join(self._failures)}{kept}"
            )

    # The end.

    async def interrupt(self) -> bool:
        """End learning as Ctrl-C does; return False where it has not begun."""
        if self._root is None:
            return False
        found = await self._client.run(tasks.interrupt, self._fit, workers=[self._root], on_error="ignore")
        return any(found.values())

    async def _end(self, topic: str) -> None:
        if topic:
            self._client.unsubscribe_topic(topic)
        futures = [*self._holds.values(), *([self._driver] if self._driver is not None else [])]
        if self._holds:
            await self._client.run(tasks.end, self._fit, workers=list(self._holds), on_error="ignore")
        for future in futures:
            future.release()


def _pinned(address: str) -> dict[str, Any]:
    return {"workers": [address], "allow_other_workers": False, "pure": False}


async def _result(future: Future) -> Any:
    return await future
