"""Turns at computing: what somebody has just asked for comes before learning that goes on by itself."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Turns"]


class Turns:
    """A number of turns, and two queues of those who wait for one.

    Parameters
    ----------
    n : int
        So many at once.
    """

    def __init__(self, n: int) -> None:
        self._free = n
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._patient: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, patient: bool) -> AsyncIterator[None]:
        """Have a turn while the block runs; who is patient waits until nobody else does."""
        await self._take(self._patient if patient else self._urgent)
        try:
            yield
        finally:
            self._give()

    async def _take(self, queue: "deque[asyncio.Future[None]]") -> None:
        if self._free:
            self._free -= 1
            return
        waiting = asyncio.get_running_loop().create_future()
        queue.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                self._give()  # it was given the turn, and will not have it
            raise

    def _give(self) -> None:
        """Give the turn to the next who still waits."""
        for queue in (self._urgent, self._patient):
            while queue:
                waiting = queue.popleft()
                if not waiting.done():
                    waiting.set_result(None)
                    return
        self._free += 1
