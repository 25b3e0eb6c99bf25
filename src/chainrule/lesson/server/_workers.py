"""The threads in which lessons compute: two at a time, each piece of work for a limited time."""

import asyncio
import ctypes
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from chainrule.lesson.server._compiling import Compiling
from chainrule.lesson.server._turns import Turns

__all__ = ["Interrupted", "Unstoppable", "Workers"]

_AT_ONCE = 2
_AGAIN = 3.0
"""Seconds from one interruption to the next: the first may be swallowed where Python cannot raise."""
_LEAST = 0.001
"""Seconds from one look at the clock to the next: a thread that waits for its turn works little meanwhile."""
_BY_THE_CLOCK = 4.0
"""How many times as long as its seconds work may take by the clock."""
_PATIENCE = 10.0
"""Seconds after which work that does not stop is left alone."""


class Interrupted(BaseException):
    """Raised within work that takes too long, between two steps of Python.

    No Exception, as KeyboardInterrupt is none: work that goes on after errors does not go on after this.
    """


class Unstoppable(Exception):
    """Work that has taken too long does not end: it is in compiled code, or does not heed `Interrupted`."""


class _Job:
    """Work that runs in a thread and can be interrupted there."""

    def __init__(self, work: Callable[[], str], seconds: float, compiling: Compiling) -> None:
        self._work, self._seconds, self._compiling = work, seconds, compiling
        self._lock, self._thread, self._began = threading.Lock(), 0, 0.0
        self._clock: int | None = None
        self._worked_before = 0.0

    def __call__(self) -> str:
        with self._lock:
            self._thread = threading.get_ident()
            if hasattr(time, "pthread_getcpuclockid"):
                self._clock = time.pthread_getcpuclockid(self._thread)
                self._worked_before = time.clock_gettime(self._clock)
            self._began = time.monotonic()
        try:
            return self._work()
        finally:
            # Who interrupts holds the lock: from here on nobody does, and what is on its way is taken back.
            with self._lock:
                _raise_in(self._thread, None)
                self._thread = 0

    def left(self) -> float:
        """Return the seconds until the work has run too long; all of them while it waits for a compiler.

        What counts is the processor's time: on a machine that does much else, work takes longer by the clock,
        and is no slower for it. By the clock it may take some times as long.
        """
        if not self._began or self._compiling.now:
            return self._seconds
        passed = time.monotonic() - max(self._began, self._compiling.ended)
        worked = min(passed, self._worked())  # the compiler's work was this thread's, too
        return self._seconds - max(worked, passed / _BY_THE_CLOCK)

    def _worked(self) -> float:
        """Return the seconds of a processor that the work has taken, where the system tells of a thread."""
        clock = self._clock
        return math.inf if clock is None else time.clock_gettime(clock) - self._worked_before

    def interrupt(self) -> None:
        """Raise `Interrupted` in the work, if it still runs."""
        with self._lock:
            if self._thread:
                _raise_in(self._thread, Interrupted)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    kind = ctypes.py_object(error) if error else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), kind)


class Workers:
    """Threads for the work of all lessons."""

    def __init__(self) -> None:
        self._turns, self._compiling = Turns(_AT_ONCE), Compiling()
        # More threads than turns: one whose work does not stop is left behind, and another takes its turn.
        self._threads = ThreadPoolExecutor(_AT_ONCE + 62, thread_name_prefix="lesson")

    async def run(self, work: Callable[[], str], seconds: float, *, patient: bool = False) -> str:
        """Return what the work returns.

        Parameters
        ----------
        work : callable
        seconds : float
            It is stopped after so many of a processor, or four times as many by the clock, from when it
            begins.
        patient : bool
            Whether all other work comes before.

        Raises
        ------
        Interrupted
            It took longer than so many seconds, and was stopped.
        Unstoppable
            It took longer, and goes on for ten seconds after that (forty by the clock).
        """
        async with self._turns.turn(patient=patient):
            job = _Job(work, seconds, self._compiling)
            future = asyncio.get_running_loop().run_in_executor(self._threads, job)
            while (left := job.left()) > -_PATIENCE:
                if left <= 0:
                    job.interrupt()
                done, _ = await asyncio.wait({future}, timeout=max(left, _LEAST) if left > 0 else _AGAIN)
                if done:
                    return future.result()
            future.add_done_callback(_forget)
            raise Unstoppable

    def close(self) -> None:
        """Let the threads end when their work does."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._compiling.close()


def _forget(future: "asyncio.Future[str]") -> None:
    if not future.cancelled():
        future.exception()
