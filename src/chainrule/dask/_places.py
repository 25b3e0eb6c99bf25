"""Who holds which partitions of a fit, and who gets them where a worker is lost; on the client."""

import asyncio
import itertools
import sys
import time
import uuid
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import distributed
from distributed import Client, Future
from distributed.client import FutureCancelledError

from chainrule.dask import _tasks as tasks
from chainrule.dask._holder import Gone
from chainrule.dask._options import Options
from chainrule.dask._plan import Partition
from chainrule.dask._refused import accepted
from chainrule.dask._rows import Rows

__all__ = ["OFTEN", "Left", "Places", "WorkerLostError", "pinned"]

Result = TypeVar("Result")

OFTEN = 0.5
"""Seconds between two looks at which workers are there."""
_AT_ONCE = 2
"""Partitions that a worker loads at a time."""
_NO_WORKER = 60.0
"""Seconds to wait for a worker where there is none."""


class WorkerLostError(RuntimeError):
    """Workers were lost, and learning cannot go on without them."""


class Left(Exception):
    """A worker is no longer there."""


class Places:
    """Who holds what.

    Parameters
    ----------
    client : Client
    fit : str
    partitions : list of Partition
    options : Options

    Attributes
    ----------
    owners : dict of str to list of int
        Partitions of each address.
    rows : dict of int to int
        Of each partition.
    seen : dict of int to object
        Of each partition, by `Options.look`.
    names : list of str
        What messages call each.
    failures : list of str
    lost : set of str
        Workers that are not counted on any more.
    """

    def __init__(self, client: Client, fit: str, partitions: list[Partition], options: Options) -> None:
        self._client, self._fit, self._partitions = client, fit, partitions
        self._options = options
        self._holds: dict[str, Future] = {}
        self._ranks = itertools.count()  # a key that was used before would be that of another worker's task
        self._said: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, list[int]] = {}
        self.rows: dict[int, int] = {}
        self.seen: dict[int, Any] = {}
        self.names = [each.name or f"partition {number}" for number, each in enumerate(partitions)]
        self.failures: list[str] = []
        self.lost: set[str] = set()

    def hear(self, message: dict[str, Any]) -> None:
        """Hear that a worker is ready to hold partitions."""
        self._said[message["holder"]] = message

    async def begin(self) -> None:
        """Load all partitions."""
        await self._hold(await self._workers())
        self._check_versions()
        await self._place(await self._homes(sorted(self._holds)))

    async def _workers(self) -> list[str]:
        """Return the workers there are, as soon as there is one that is not given up."""
        until, wanted = time.monotonic() + _NO_WORKER, None
        while True:
            found = [address for address in await self._client.scheduler.ncores() if address not in self.lost]
            if found:
                return sorted(found)
            if wanted is None:  # an adaptive cluster starts workers for tasks that wait
                wanted = self._client.submit(int, key=f"chainrule-wanted-{uuid.uuid4().hex[:8]}")
                print(f"there is no worker: waiting {_NO_WORKER:g} s for one", file=sys.stderr)
            if time.monotonic() > until:
                raise WorkerLostError("there is no worker: add one to the cluster")
            await asyncio.sleep(OFTEN)

    async def there(self, address: str) -> bool:
        """Return whether a worker is there and not given up."""
        return address not in self.lost and bool(await self._client.scheduler.ncores(workers=[address]))

    async def unless_gone(self, address: str, asked: Awaitable[Result]) -> Result:
        """Return what was asked of a worker; raise Left if it goes before, when Dask may wait for long."""
        answer = asyncio.ensure_future(asked)
        while not (await asyncio.wait({answer}, timeout=OFTEN))[0]:
            if not await self.there(address):
                answer.cancel()
                with suppress(asyncio.CancelledError):
                    await answer
                raise Left(address)
        return await answer

    async def _hold(self, workers: Iterable[str]) -> None:
        """Put a holder on workers that have none; those that leave meanwhile have none."""
        new = [address for address in workers if address not in self._holds]
        for address in new:
            self._holds[address] = self._client.submit(
                tasks.hold, self._fit, self._options.max_memory, self._options.look is None,
                key=f"chainrule-fit-{self._fit}-{next(self._ranks)}", **pinned(address),
            )  # fmt: skip
        for address in new:
            while address not in self._said:
                if self._holds[address].status == "error":
                    await self._holds[address]
                if not await self.there(address):
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
            with self._client.as_current():  # it need not be the one that is asked by default
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
                if isinstance(answer, Left):
                    self.fail(address, "it left while partitions were loaded")
                    left += [*parts, *self.owners.pop(address, []), *placed.pop(address, [])]
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    placed.setdefault(address, []).extend(parts)
                    self.owners.setdefault(address, []).extend(parts)
            homes = await self._shares(sorted(set(left))) if left else {}
        return placed

    async def _shares(self, parts: list[int]) -> dict[str, list[int]]:
        """Share partitions among the workers that are there, those with the fewest rows first."""
        await self._hold(await self._workers())
        self._check_versions()
        load = {
            address: sum(self.rows[part] for part in self.owners.get(address, [])) for address in self._holds
        }
        homes: dict[str, list[int]] = {}
        for part in parts:
            address = min(sorted(load), key=lambda one: load[one])
            homes.setdefault(address, []).append(part)
            load[address] += self.rows.get(part, 1)
        return homes

    async def _load_all(self, address: str, parts: Sequence[int]) -> None:
        window = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            async with window:
                n, self.seen[number] = await self._load(number, address)
            before = self.rows.setdefault(number, n)
            if n != before:
                raise ValueError(f"{self.names[number]} had {before} rows, and {n} when loaded again")

        await self.unless_gone(address, asyncio.gather(*(one(number) for number in parts)))

    async def _load(self, number: int, address: str) -> tuple[int, Any]:
        rows = self._partitions[number].rows
        if isinstance(rows, Rows):
            (part,) = await self._client.scatter([rows], workers=[address], hash=False)
        else:
            part = self._client.compute(
                rows, workers=[address], allow_other_workers=True, optimize_graph=False
            )
        future = self._client.submit(
            tasks.load, self._fit, number, self.names[number], part, self._options.look,
            key=f"chainrule-load-{self._fit}-{number}-{uuid.uuid4().hex[:8]}", **pinned(address),
        )  # fmt: skip
        try:
            found: tuple[int, Any] = accepted(await future)
            return found
        except Gone:
            raise Left(address) from None
        except FutureCancelledError as error:
            raise WorkerLostError(
                f"{self.names[number]} was on a worker that was lost, and cannot be made again ({error}): "
                "give data that Dask can load again, not what was scattered"
            ) from None

    async def move(self, lost: str) -> dict[str, list[int]]:
        """Give what a lost worker held to others."""
        parts = self.owners.pop(lost, [])
        return await self._place(await self._shares(parts))

    def fail(self, address: str, why: str) -> None:
        """Count a lost worker."""
        self.failures.append(f"{address}: {why.removeprefix(f'{address}: ')}")
        self.lost.add(address)
        self._holds.pop(address, None)
        if len(self.failures) > self._options.max_failures:
            kept = (
                "" if self._options.checkpoint is None else f"; resume={self._options.checkpoint!r} goes on"
            )
            raise WorkerLostError(
                f"{len(self.failures)} workers were lost, max_failures is {self._options.max_failures}: "
                f"{'; '.join(self.failures)}{kept}"
            )

    async def end(self) -> None:
        """Let workers forget what they hold."""
        if there := [address for address in self._holds if await self.there(address)]:
            await self._client.run(tasks.end, self._fit, workers=there, on_error="ignore")
        for future in self._holds.values():
            future.release()


def pinned(address: str) -> dict[str, Any]:
    """Return how a task is submitted that runs on one worker and on no other."""
    return {"workers": [address], "allow_other_workers": False, "pure": False}
