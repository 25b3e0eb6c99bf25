"""How much memory a call takes at its peak: of the process, or of its arrays."""

import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")


def anonymous() -> int:
    """Bytes of this process that are not mapped from files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("RssAnon")).split()[1])


def peak_of(call: Callable[[], object]) -> int:
    """Bytes at the peak of a call, over those before it."""
    before, peak, done = anonymous(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            peak[0] = max(peak[0], anonymous())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        call()
    finally:
        done.set()
        watcher.join()
    return peak[0] - before


def arrays_at_peak(call: Callable[[], Result]) -> tuple[int, Result]:
    """Bytes of all arrays at the peak of a call, over those before it, and what it returns.

    Arrays are counted as they are made, so the answer is the same on every machine.
    """
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        result = call()
        return tracemalloc.get_traced_memory()[1] - before, result
    finally:
        tracemalloc.stop()
