"""How much memory a call takes at its peak, for programs that are run in processes of their own."""

import threading
from collections.abc import Callable
from pathlib import Path


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
    call()
    done.set()
    watcher.join()
    return peak[0] - before
