"""Whether kernels are compiled right now: that must not be stopped halfway, it would begin anew each time."""

import threading
import time

from numba.core import event

__all__ = ["Compiling"]

_LOCK = "numba:compiler_lock"


class Compiling(event.Listener):  # type: ignore[misc]  # Numba ships no types
    """Hears when Numba's compiler begins and ends, in any thread.

    Attributes
    ----------
    ended : float
        When it was last at work, by the monotonic clock; 0 before the first time.
    """

    def __init__(self) -> None:
        self.ended, self._depth, self._lock = 0.0, 0, threading.Lock()
        event.register(_LOCK, self)

    @property
    def now(self) -> bool:
        """Whether somebody compiles, or waits for who does."""
        return self._depth > 0

    def on_start(self, _: event.Event) -> None:
        """Somebody wants the lock of the compiler."""
        with self._lock:
            self._depth += 1

    def on_end(self, _: event.Event) -> None:
        """Somebody has given it back."""
        with self._lock:
            self.ended = time.monotonic()
            self._depth -= 1

    def close(self) -> None:
        """Hear no more."""
        event.unregister(_LOCK, self)
