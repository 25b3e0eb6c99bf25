"""The group of a fit on a Dask cluster: the driver's side, in a task on one of the workers."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, wait
from functools import reduce
from statistics import median
from typing import Any, TypeVar

import numpy as np
from distributed.protocol import pickle as pickles
from numpy.typing import NDArray

from chainrule.dask._events import tell
from chainrule.dask._holder import Begun
from chainrule.dask._lines import Line, Lost
from chainrule.dask._packed import unpacked
from chainrule.dask._report import Counts
from chainrule.dask._rows import Leaves
from chainrule.estimators._by_group import Asked
from chainrule.network import Tree
from chainrule.training import QUESTIONS, n_parts

__all__ = ["Members"]

Array = NDArray[Any]
Result = TypeVar("Result")
_LEAST_LIMIT, _MANY_TIMES, _FEW = 60.0, 20.0, 5
"""A worker may take so many seconds for a sum, or so many times as long as a round usually takes, once so
many rounds are done."""
_OFTEN = 0.5
"""Seconds after which a thread that waits looks whether anybody still wants what is learnt."""


class Members:
    """Those who hold the rows, asked over Dask's connections; a `chainrule.training.Group`.

    Solvers ask it in their own thread; all connections live on the worker's event loop.

    Parameters
    ----------
    worker : distributed.Worker
        This one.
    fit : str
    owners : mapping of str to sequence of int
        Partitions of each address.
    names : sequence of str
        What messages call each partition.
    wanted : callable
        Whether anybody still waits for what is learnt.
    """

    def __init__(
        self,
        worker: Any,
        fit: str,
        owners: Mapping[str, Sequence[int]],
        names: Sequence[str],
        wanted: Callable[[], bool],
    ) -> None:
        self._worker, self._fit, self._wanted = worker, fit, wanted
        self.names = list(names)
        self._loop: asyncio.AbstractEventLoop = worker.loop.asyncio_loop
        self._owners = {part: address for address, parts in owners.items() for part in parts}
        self._lines: dict[str, Line] = {}
        self._begun: Begun | None = None
        self._message = b""
        self.leaves = Leaves((), 1)
        self._rounds: list[float] = []
        self._under_way: asyncio.Task[Any] | None = None
        self._lost: set[str] = set()
        self._changed: asyncio.Future[None] | None = None
        self._answered: asyncio.Future[bool] | None = None
        self.network: bytes | None = None
        self._interrupted = False
        self.counts = Counts()

    @property
    def n_rows(self) -> int:
        return self.leaves.n_rows

    @property
    def n_leaves(self) -> int:
        return self.leaves.n_leaves

    @property
    def n_owners(self) -> int:
        return len(set(self._owners.values()))

    @property
    def threads(self) -> int:
        """Of each worker: as many as this one has."""
        return int(self._worker.state.nthreads)

    def begin(self, model: Any, asked: Asked, leaves: Leaves, same_bits: bool) -> None:
        """Tell all what they will be asked, and see that their processors give the same bits."""
        self.leaves, self._begun = leaves, Begun(model, asked, leaves)
        self._message = pickles.dumps(self._begun)
        self.counts.leaves, self.counts.leaf_rows, self.counts.n_rows = (
            leaves.n_leaves,
            leaves.size,
            leaves.n_rows,
        )
        self._until_held(range(len(leaves.rows)), lambda asked: self._run(self._begin_all(asked)))
        if same_bits:
            self._compare(self._run(self._probe_all()))

    def total(self, question: str, *arrays: Array) -> NDArray[np.float64]:
        """Return a sum over all rows; see `chainrule.training.Group`."""
        assert self._begun is not None
        began, counts = time.perf_counter(), self.counts
        tree = Tree(
            n_parts(question, arrays, self.n_leaves), QUESTIONS[question][0](self._begun.asked.net, *arrays)
        )
        slowest = 0.0

        def ask(asked: dict[str, list[int]]) -> list[int]:
            nonlocal slowest
            answers, lost = self._run(self._round(question, arrays, asked))
            for address, answer in answers.items():
                for node, values in zip(answer["nodes"], answer["sums"], strict=True):
                    values = unpacked(values)
                    counts.received += values.nbytes
                    tree.add((node[0], node[1]), values)
                counts.computed[address] = counts.computed.get(address, 0.0) + answer["seconds"]
                slowest = max(slowest, answer["seconds"])
            counts.sent += len(asked) * sum(array.nbytes for array in arrays)
            return lost

        parts = [part for part, n in enumerate(self.leaves.rows) if n]
        self._until_held(parts, ask)
        seconds = time.perf_counter() - began
        self._rounds = [*self._rounds[-99:], seconds]
        counts.rounds, counts.seconds = counts.rounds + 1, counts.seconds + seconds
        counts.waited.append(seconds - slowest)
        return tree.total()

    def ask(self, question: Callable[[int, Any, Any, Any, Any], Any]) -> list[Any]:
        """Ask about the rows of each partition as they were given; see `chainrule.tables.ensemble.Pieces`."""
        found: dict[int, Any] = {}

        def keep(parts: list[int], answers: list[Any]) -> None:
            found.update(zip(parts, answers, strict=True))

        self._ask(question, None, keep)
        return [found[number] for number in range(len(self.names))]

    def merged(
        self, question: Callable[[int, Any, Any, Any, Any], Any], merge: Callable[[Any, Any], Any]
    ) -> Any:
        """Return the answers of all partitions, merged; each worker merges its own."""
        found: list[Any] = []
        self._ask(question, merge, lambda parts, answers: found.extend(answers))
        return reduce(merge, found)

    def _ask(
        self, question: Callable[..., Any], merge: Callable[..., Any] | None, keep: Callable[..., None]
    ) -> None:
        message = pickles.dumps((question, merge))

        def ask(asked: dict[str, list[int]]) -> list[int]:
            answers, lost = self._run(self._each(one, asked))
            for address, answer in answers.items():
                keep(asked[address], pickles.loads(answer["answers"]))
            return lost

        async def one(address: str, parts: list[int]) -> Any:
            return await self._line(address).ask("chainrule_ask", question=message, parts=parts)

        self._until_held(range(len(self.names)), ask)

    def _until_held(self, parts: Iterable[int], ask: Callable[[dict[str, list[int]]], list[int]]) -> None:
        """Ask for partitions, and again for those whose owners were lost, from who has them then."""
        left = list(parts)
        while left:
            asked: dict[str, list[int]] = {}
            for part in left:
                asked.setdefault(self._owners[part], []).append(part)
            left = ask(asked)
            if left:
                self._run(self._reassigned())

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run on the worker's loop, from the solver's thread."""

        async def watched() -> Result:
            if self._interrupted:
                work.close()
                raise asyncio.CancelledError
            self._under_way = asyncio.ensure_future(work)
            try:
                result: Result = await self._under_way
                return result
            finally:
                self._under_way = None

        future: Future[Result] = asyncio.run_coroutine_threadsafe(watched(), self._loop)
        while not wait([future], _OFTEN).done:
            if not self._wanted():
                self._loop.call_soon_threadsafe(self.interrupt)
        try:
            return future.result()
        except CancelledError:
            raise KeyboardInterrupt from None

    def _line(self, address: str) -> Line:
        return self._lines.setdefault(address, Line(self._worker, address, self._fit))

    async def _round(
        self, question: str, arrays: Sequence[Array], asked: dict[str, list[int]]
    ) -> tuple[dict[str, Any], list[int]]:
        limit = None
        if len(self._rounds) >= _FEW:
            limit = max(_LEAST_LIMIT, _MANY_TIMES * median(self._rounds))

        async def one(address: str, parts: list[int]) -> Any:
            line = self._line(address)
            if not line.begun:
                await line.ask("chainrule_begin", begun=self._message)
                line.begun = True
            return await line.ask("chainrule_sums", list(arrays), limit, question=question, parts=parts)

        return await self._each(one, asked)

    async def _begin_all(self, asked: dict[str, list[int]]) -> list[int]:
        async def one(address: str, parts: list[int]) -> Any:
            await self._line(address).ask("chainrule_begin", begun=self._message)
            self._line(address).begun = True

        return (await self._each(one, asked))[1]

    async def _each(
        self, ask: Callable[[str, list[int]], Coroutine[Any, Any, Any]], asked: dict[str, list[int]]
    ) -> tuple[dict[str, Any], list[int]]:
        """Ask all at once; return the answers by address, and the partitions of those who are lost."""
        here = self._worker.address
        others = [self._line(address) for address in asked if address != here]
        for line in others:
            line.written.clear()

        async def one(address: str, parts: list[int]) -> Any:
            if address == here:
                # A thread that computes here may hold on to the interpreter for some milliseconds.
                await asyncio.gather(*(line.written.wait() for line in others))
            return await ask(address, parts)

        found = await asyncio.gather(*(one(*each) for each in asked.items()), return_exceptions=True)
        answers, lost = {}, []
        for (address, parts), answer in zip(asked.items(), found, strict=True):
            if isinstance(answer, Lost):
                self._lines.pop(address).close()
                self._lost.add(address)
                lost += parts
                every = [part for part, owner in self._owners.items() if owner == address]
                tell(self._worker, self._fit, "lost", lost=address, why=str(answer), parts=every)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                answers[address] = answer
        return answers, lost

    async def _reassigned(self) -> None:
        """Wait until the client has given all that was lost to others."""
        while self._lost & set(self._owners.values()):
            self._changed = self._loop.create_future()
            await self._changed

    async def _probe_all(self) -> dict[str, Any]:
        """Let one of each machine compile first what all need, then the others."""
        first: dict[str, str] = {}
        for address in self._lines:
            first.setdefault(address.rsplit(":", 1)[0], address)
        found: dict[str, Any] = {}
        for some in (list(first.values()), [each for each in self._lines if each not in first.values()]):
            answers, _ = await self._each(
                lambda address, _: self._line(address).ask("chainrule_probe"), {each: [] for each in some}
            )
            found |= answers
        return found

    def _compare(self, found: dict[str, Any]) -> None:
        if len({answer["digest"] for answer in found.values()}) > 1:
            who = "; ".join(f"{address} ({found[address]['processor']})" for address in found)
            raise ValueError(
                f"the workers' processors give other bits for the same sums: {who}. Give all workers one "
                "NUMBA_CPU_NAME, or same_bits=False"
            )

    def tell_epoch(self, report: dict[str, Any], network: bytes | None, answered: bool) -> bool:
        """Tell the client of an epoch; return whether it wants to stop, if it is to answer.

        The client fetches the network, pickled, where it needs it.
        """

        async def tell_and_wait() -> bool:
            self._answered, self.network = self._loop.create_future(), network
            tell(self._worker, self._fit, "epoch", report=report)
            return await self._answered if answered else False

        return self._run(tell_and_wait())

    def assign(self, owners: Mapping[str, Sequence[int]]) -> None:
        """Say who holds what was lost; on the worker's loop."""
        self._owners |= {part: address for address, parts in owners.items() for part in parts}
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def answer(self, stop: bool) -> None:
        """Say what the client's hooks said; on the worker's loop."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(stop)

    def go_on(self) -> None:
        """Answer again what is asked after Ctrl-C has ended learning."""
        self._interrupted = False

    def interrupt(self) -> None:
        """End what is under way as Ctrl-C would; on the worker's loop."""
        self._interrupted = True
        if self._under_way is not None:
            self._under_way.cancel()

    def close(self) -> None:
        """Close all connections."""

        def close() -> None:
            for line in self._lines.values():
                line.close()

        self._loop.call_soon_threadsafe(close)
