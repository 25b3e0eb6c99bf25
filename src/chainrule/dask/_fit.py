"""A fit on a cluster, from the client: the driver, whom it tells what, what to do where it is lost."""

import asyncio
import sys
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import replace
from statistics import median
from typing import Any

from distributed import Client, Future, Lock

from chainrule.dask import _tasks as tasks
from chainrule.dask._events import TOPIC
from chainrule.dask._options import Options
from chainrule.dask._places import OFTEN, Left, Places, WorkerLostError, pinned
from chainrule.dask._plan import Partition
from chainrule.dask._refused import accepted
from chainrule.dask._report import Counts, FitReport
from chainrule.training import EpochReport

__all__ = ["Fit", "Hooks"]

Hooks = Callable[[EpochReport, bytes | None], Coroutine[Any, Any, bool]]
"""Told of each epoch on the client, with the network, pickled, where hooks may stop the fit; True stops."""

_SOON = 2.0
"""Seconds after which it is said that a fit waits for another one."""


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
        self._fit = uuid.uuid4().hex[:8]
        self._places = Places(client, self._fit, partitions, options)
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._root: str | None = None
        self._driver: Future | None = None
        self._told, self._stopped = (0, 0), False  # the last epoch that hooks know, and whether they stopped

    async def run(self) -> tuple[tasks.Learnt, FitReport]:
        """Learn; other fits on this cluster wait meanwhile.

        Raises
        ------
        WorkerLostError
            If more workers are lost than is allowed, or the one that drives without a checkpoint, or the
            scheduler.
        """
        lock = Lock("chainrule-fit", scheduler_rpc=self._client.scheduler, loop=self._client.loop)
        try:
            if not await lock.acquire(timeout=_SOON):
                print("another fit learns on this cluster: this one waits for its end", file=sys.stderr)
                await lock.acquire()
            return await self._alone(lock)
        except Exception:
            if self._client.status == "running":
                raise
            raise WorkerLostError(self._disconnected()) from None
        finally:
            lock.refresh_leases = False  # which it would try for ever where there is no scheduler

    async def _alone(self, lock: Lock) -> tuple[tasks.Learnt, FitReport]:
        """Learn while no other fit does."""
        try:
            self._client.subscribe_topic(TOPIC, self._hear)
            return await self._learn()
        finally:
            if self._client.status == "running":
                self._client.unsubscribe_topic(TOPIC)
                await self._end()
                await lock.release()

    def _disconnected(self) -> str:
        kept = self._options.checkpoint
        goes_on = "" if kept is None else f", or with resume={getattr(kept, 'path', kept)!r} to go on"
        return (
            "the client was closed, or has lost its scheduler, while the fit ran: call fit again with "
            f"another client{goes_on}"
        )

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        message = event[1]
        if message["fit"] != self._fit:  # late, of the fit before
            return
        if message["what"] == "holds":
            self._places.hear(message)
        else:
            self._events.put_nowait(message)

    async def _learn(self) -> tuple[tasks.Learnt, FitReport]:
        began = time.perf_counter()
        await self._places.begin()
        loaded = time.perf_counter()
        rows = tuple(self._places.rows[number] for number in range(len(self._partitions)))
        if not sum(rows):
            raise ValueError("X holds no rows")
        seen = tuple(self._places.seen[number] for number in range(len(rows)))
        driven = tasks.Driven(
            self._fit, self._model, tuple(self._places.names), rows, seen, self._options.leaf_rows, {},
            self._options.same_bits, self._hooks is not None, self._options.answered,
            self._options.checkpoint, self._options.resume, self._options.n_lanes,
        )  # fmt: skip
        learnt = await self._drive(driven)
        report = self._report(learnt.counts, time.perf_counter() - began, loaded - began)
        return learnt, report

    def _report(self, counts: Counts, seconds: float, loading: float) -> FitReport:
        return FitReport(
            partitions={address: len(parts) for address, parts in sorted(self._places.owners.items())},
            leaves=counts.leaves,
            leaf_rows=counts.leaf_rows,
            n_rows=counts.n_rows,
            rounds=counts.rounds,
            bytes_sent=counts.sent,
            bytes_received=counts.received,
            seconds=seconds,
            seconds_loading=loading,
            seconds_waiting=sum(counts.waited),
            latency=median(counts.waited or [0.0]),
            least_latency=min(counts.waited, default=0.0),
            seconds_computing=dict(sorted(counts.computed.items())),
            failures=tuple(self._places.failures),
        )

    # The driver.

    async def _drive(self, driven: tasks.Driven) -> tasks.Learnt:
        """Learn, in a task on the worker that holds most; on another one if that is lost."""
        while True:
            self._root = max(sorted(self._places.owners), key=lambda one: len(self._places.owners[one]))
            owners = {address: list(parts) for address, parts in self._places.owners.items()}
            driven = replace(driven, owners=owners)
            self._driver = self._client.submit(
                tasks.drive, driven, key=f"chainrule-fit-{self._fit}-driver-{len(self._places.failures)}",
                **pinned(self._root),
            )  # fmt: skip
            try:
                return await self._followed(self._driver)
            except Left:
                self._places.fail(self._root, "it drove the fit")
                driven = self._from_checkpoint(driven)
                await self._places.move(self._root)

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
                await asyncio.wait({learning, hearing}, timeout=OFTEN, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    event = hearing.result()
                    hearing = asyncio.ensure_future(self._events.get())
                    await self._react(event)
                elif learning.done():
                    learnt: tasks.Learnt = accepted(learning.result())
                    return learnt
                elif not await self._places.there(self._root):
                    raise Left(self._root)
        finally:
            learning.cancel()
            hearing.cancel()

    async def _react(self, event: dict[str, Any]) -> None:
        if event["what"] == "epoch" and self._hooks is not None:
            await self._answer(EpochReport(**event["report"]))
        elif event["what"] == "lost" and event["lost"] not in self._places.lost:
            self._places.fail(event["lost"], event["why"])
            await self._tell_root(tasks.assign, await self._places.move(event["lost"]))

    async def _answer(self, report: EpochReport) -> None:
        """Tell hooks of an epoch, once: a driver that goes on from a checkpoint comes to some again."""
        assert self._hooks is not None
        now = report.member, report.epoch
        network = await self._tell_root(tasks.network_of) if self._options.answered else None
        if now > self._told and not self._stopped and (network or not self._options.answered):
            self._stopped, self._told = await self._hooks(report, network), now
        if self._options.answered:
            await self._tell_root(tasks.answer_hooks, self._stopped and now >= self._told)

    async def _tell_root(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function on the worker that drives; None if it is lost, which is found out elsewhere."""
        root = self._root
        assert root is not None
        asked = self._client.run(function, self._fit, *arguments, workers=[root], on_error="ignore")
        try:
            return (await self._places.unless_gone(root, asked)).get(root)
        except Left:
            return None

    # The end.

    async def interrupt(self) -> bool:
        """End learning as Ctrl-C does; return False where it has not begun."""
        if self._root is None:
            return False
        return bool(await self._tell_root(tasks.interrupt))

    async def _end(self) -> None:
        if self._driver is not None:
            assert self._root is not None
            if self._driver.status == "pending" and await self._places.there(self._root):
                await self._tell_root(tasks.stop)
            self._driver.release()
        await self._places.end()


async def _result(future: Future) -> Any:
    return await future
