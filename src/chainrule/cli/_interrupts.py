"""Ctrl-C and SIGTERM while the command runs: the first stops it, and more do not spoil how it ends."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["CTRL_C", "Presses", "presses_handled"]

CTRL_C = 130

# SIGTERM is the warning of a batch queue or of a container, some seconds before the process is killed.
_SIGNALS = signal.SIGINT, signal.SIGTERM

# Further presses within this time after the first are impatience; later ones mean that it hangs.
_GRACE_SECONDS = 2.0


class Presses:
    """Handler of SIGINT and SIGTERM that remembers whether Ctrl-C was pressed, or the other one was sent.

    The first press raises KeyboardInterrupt where the command is, so that it can end in its own way. Further
    presses are ignored for two seconds, and then end the process at once. While libraries are imported, the
    first press ends the process: many of them do not expect an exception there. While a result is being saved
    (`held`) every press waits.

    Attributes
    ----------
    first : float or None
        When the first press was.
    code : int
        Exit code of an interrupted command: 128 and the number of the signal that came first, 130 or 143.
    """

    def __init__(self) -> None:
        self.loading = True
        self.first: float | None = None
        self.code = CTRL_C
        self._held = False

    def __call__(self, number: int, *_: Any) -> None:
        now, first = time.monotonic(), self.first
        if first is None:
            self.first, self.code = now, 128 + number
        if self._held:
            return
        if self.loading or (first is not None and now - first > _GRACE_SECONDS):
            _end_at_once(self.code)
        if first is None:
            raise KeyboardInterrupt

    @contextmanager
    def held(self, on: bool) -> Iterator[None]:
        """Let every press wait while the block runs, if `on`; whether there was one is seen by `first`."""
        self._held = on
        try:
            yield
        finally:
            self._held = False


@contextmanager
def presses_handled(ends_the_process: bool) -> Iterator[Presses]:
    """Install the handler while the block runs.

    Parameters
    ----------
    ends_the_process : bool
        Nothing follows the block but the end of the process: both signals are ignored from there on.
    """
    presses, before = Presses(), {number: signal.getsignal(number) for number in _SIGNALS}
    # Handlers belong to the main thread; a process started with `&` by a script ignores Ctrl-C, and stays so.
    of_main = threading.current_thread() is threading.main_thread()
    handled = [number for number in _SIGNALS if of_main and before[number] is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, presses)
    try:
        yield presses
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_IGN if ends_the_process else before[number])


def _end_at_once(code: int) -> None:
    print("error: interrupted; no file is left half written", file=sys.stderr, flush=True)
    os._exit(code)
