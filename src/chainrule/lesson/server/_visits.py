"""The lessons of all pages: which page has which, which of them goes when there are too many."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from chainrule.lesson.server._messages import error_frame
from chainrule.lesson.server._workers import Interrupted, Unstoppable, Workers

__all__ = ["ANOTHER_WINDOW", "STOPPED", "TOO_MANY", "Lessonlike", "Page", "Visit", "Visits"]

MOST_LESSONS = 64
_KEPT_SECONDS = 600.0
"""How long a lesson waits for its page to come back."""

ANOTHER_WINDOW = 4001, "This lesson has been opened in another window."
TOO_MANY = 4002, f"This lesson was closed: {MOST_LESSONS} others are open, and it was idle the longest."
STOPPED = 4003, "This lesson was closed: what it was asked to compute did not end."


class Lessonlike(Protocol):
    """What the server needs of a lesson."""

    def receive(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what a message says and return the frame that answers it."""


Page = Callable[[int, str], Awaitable[None]]
"""Closes the socket of a page with a code and a sentence."""


@dataclass
class Visit:
    """A lesson and the page that shows it, if one is there.

    Its messages are taken one after another: whoever sends one holds `turn`.
    """

    lesson: Lessonlike | None = None
    page: Page | None = None
    used: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def idle_since(self) -> tuple[bool, float]:
        """Return what lessons are sorted by when one must go: those at work last."""
        return self.turn.locked(), self.used


class Visits:
    """All lessons of a server.

    Parameters
    ----------
    new : callable
        Makes a lesson; runs in a thread.
    most : int
        So many at once; one more, and the one idle the longest goes.
    now : callable
        The seconds of a clock.
    """

    def __init__(
        self,
        new: Callable[[], Lessonlike],
        most: int = MOST_LESSONS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._new, self._most, self._now = new, most, now
        self._visits: dict[str, Visit] = {}
        self._workers = Workers()

    def __len__(self) -> int:
        return len(self._visits)

    async def enter(self, key: str, page: Page) -> Visit:
        """Return the lesson of a page that comes, or comes back."""
        visit = self._visits.get(key)
        if visit is None:
            self.forget_left()
            await self._make_room()
            visit = self._visits[key] = Visit()
        elif visit.page is not None:
            await visit.page(*ANOTHER_WINDOW)
        visit.page, visit.used = page, self._now()
        return visit

    def leave(self, visit: Visit, page: Page) -> None:
        """Take note that a page has gone; its lesson waits some minutes for it."""
        if visit.page is page:
            visit.page, visit.used = None, self._now()

    def find(self, key: str) -> Visit | None:
        """Return the lesson with that key."""
        return self._visits.get(key)

    def forget_left(self) -> None:
        """Drop the lessons whose pages have been gone for too long."""
        before = self._now() - _KEPT_SECONDS
        gone = [key for key, each in self._visits.items() if each.page is None and each.used < before]
        for key in gone:
            del self._visits[key]

    async def ask(self, visit: Visit, message: dict[str, Any], seconds: float) -> str:
        """Return the frame that answers a message, as JSON; it has so many seconds."""
        async with visit.turn:
            visit.used = self._now()
            try:
                work = partial(self._answer, visit, message)
                # Learning that goes on by itself waits for what somebody has just asked for.
                return await self._workers.run(work, seconds, patient=message.get("do") == "network.run")
            except Interrupted:
                return _refused(message, f"stopped after {seconds:g} s; the lesson is as it was before")
            except Unstoppable:
                await self._drop(visit, STOPPED)
                return _refused(message, STOPPED[1])
            except Exception as fault:  # of ours: it is reported here, and the page goes on
                logging.getLogger(__name__).exception("a message was not answered")
                return _refused(message, f"a fault of chainrule itself ({type(fault).__name__})")

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    def _answer(self, visit: Visit, message: dict[str, Any]) -> str:
        if visit.lesson is None:
            visit.lesson = self._new()
        return json.dumps(visit.lesson.receive(message), allow_nan=False, separators=(",", ":"))

    async def _make_room(self) -> None:
        while len(self._visits) >= self._most:
            await self._drop(min(self._visits.values(), key=Visit.idle_since), TOO_MANY)

    async def _drop(self, visit: Visit, reason: tuple[int, str]) -> None:
        self._visits = {key: each for key, each in self._visits.items() if each is not visit}
        page, visit.page = visit.page, None
        if page is not None:
            await page(*reason)


def _refused(message: dict[str, Any], error: str) -> str:
    return json.dumps(error_frame(error, message.get("id")))
