"""What is shown of the members' learning: a bar, or, where it will be long, one line that says so."""

import sys
import threading
from types import TracebackType
from typing import Any, Self

from chainrule._progress import bar
from chainrule.training import EpochReport

_LONG = 5.0
"""Seconds that are worth saying before they are spent."""


class Announcement:
    """Says, after the first epoch of all, how long learning will take, if that is long.

    Parameters
    ----------
    rounds : float
        Members that a thread learns one after the other.
    verbose : bool
        Whether it says so.
    """

    def __init__(self, rounds: float, verbose: bool) -> None:
        self._rounds, self._lock, self._said = rounds, threading.Lock(), not verbose

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was opened."""

    def __call__(self, report: EpochReport) -> None:
        with self._lock:
            first, self._said = not self._said, True
        seconds = report.seconds * report.max_epochs * self._rounds
        if first and seconds > _LONG:
            print(
                f"learning will take up to {_in_words(seconds)} (time_limit= sets a limit)", file=sys.stderr
            )

    def skip(self, epochs: int, most: int) -> None:
        """A member had done some epochs before, of so many."""

    def ended(self, report: EpochReport | None) -> None:
        """A member has learned."""

    def member(self) -> None:
        """A member has learned of whose epochs nobody heard here."""


class Bar(Announcement):
    """Shows how many epochs of all members are done; a member that stops early is done at once."""

    def __init__(self, members: int) -> None:
        super().__init__(0, verbose=False)
        self._members, self._bar = members, bar("learning")
        self._task: Any = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, report: EpochReport) -> None:
        self._advance(1, report.max_epochs)

    def skip(self, epochs: int, most: int) -> None:
        self._advance(epochs, most)

    def _advance(self, epochs: int, most: int) -> None:
        with self._lock:
            if self._task is None:
                self._task = self._bar.add_task("learning", total=self._members * most)
            self._bar.advance(self._task, epochs)

    def member(self) -> None:
        self._advance(1, 1)

    def ended(self, report: EpochReport | None) -> None:
        if report is not None:
            with self._lock:
                self._bar.advance(self._task, report.max_epochs - report.epoch)


def _in_words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
