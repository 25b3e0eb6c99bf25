"""Ctrl-C while ranks work together: heard where all of them can be told."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Interrupts"]


class Interrupts:
    """Remembers Ctrl-C while the context lasts: in the middle of a message others would wait for ever.

    One that nobody has asked about is raised where the context ends.

    Parameters
    ----------
    of_others : bool, default=False
        Whether a handler of somebody else is put aside, too.
    """

    def __init__(self, *, of_others: bool = False) -> None:
        self._of_others = of_others
        self._heard = False
        self._before: Any = None

    def __enter__(self) -> Self:
        here = threading.current_thread() is threading.main_thread()
        handler = signal.getsignal(signal.SIGINT)
        if here and (handler is signal.default_int_handler or (self._of_others and callable(handler))):
            self._before = handler
            signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if kind is None and self.take():
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._heard = True

    def take(self) -> bool:
        """Return whether Ctrl-C was pressed since this was asked last."""
        heard, self._heard = self._heard, False
        return heard
