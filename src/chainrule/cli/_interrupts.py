"""Ctrl-C while the command runs: the first press stops it, and further presses do not spoil how it ends."""

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

# Further presses within this time after the first are impatience; later ones mean that it hangs.
_GRACE_SECONDS = 2.0


class Presses:
    """Handler of SIGINT that remembers whether Ctrl-C was pressed.

    The first press raises KeyboardInterrupt where the command is, so that it can end in its own way. Further
    presses are ignored for two seconds, and then end the process at once. While libraries are imported, the
    first press ends the process: many of them do not expect an exception there. While a result is being saved
    (`held`) every press waits.
    """

    def __init__(self) -> None:
        self.loading = True
        self.first: float | None = None
        self._held = False

    def __call__(self, *_: Any) -> None:
        now, first = time.monotonic(), self.first
        if first is None:
            self.first = now
        if self._held:
            return
        if self.loading or (first is not None and now - first > _GRACE_SECONDS):
            _end_at_once()
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
        Nothing follows the block but the end of the process: Ctrl-C is ignored from there on.
    """
    presses, before = Presses(), signal.getsignal(signal.SIGINT)
    # Handlers belong to the main thread; a process started with `&` by a script ignores Ctrl-C, and stays so.
    possible = threading.current_thread() is threading.main_thread() and before is not signal.SIG_IGN
    if possible:
        signal.signal(signal.SIGINT, presses)
    try:
        yield presses
    finally:
        if possible:
            signal.signal(signal.SIGINT, signal.SIG_IGN if ends_the_process else before)


def _end_at_once() -> None:
    print("error: interrupted; no file is left half written", file=sys.stderr, flush=True)
    os._exit(CTRL_C)
