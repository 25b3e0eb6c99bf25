"""Workers that die by signal 9 at a moment that a test chooses; called on them."""

import itertools
import os
import signal
import threading
import time
from pathlib import Path

from chainrule.dask._holder import Holder, holders_of


def taken(flag):
    """Whether this process is the one that a flag lets die: it alone makes the file, others find it there."""
    try:
        Path(flag).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def is_driver(worker):
    """Whether a worker drives a fit; what it holds of the fit before may go at this moment."""
    return any(name.endswith("-driver") for name in list(holders_of(worker)))


def die(moment, count, flag, dask_worker, of=""):
    """Let this worker die in a sum, just after one, or in one if it drives the fit; one worker for a flag.

    Sums are counted whose question has this text in its name. Whoever dies just after one answers no other,
    however late the signal comes.
    """
    sums, numbers, dying = Holder.sums, itertools.count(1), threading.Event()

    def until_then(self, *question):
        if dying.is_set():
            threading.Event().wait()
        drives = is_driver(dask_worker)
        if of not in question[0]:
            return sums(self, *question)
        now = next(numbers) == count and (drives or moment != "driving") and taken(flag)
        if now and moment != "after a sum":
            os.kill(os.getpid(), signal.SIGKILL)
        found = sums(self, *question)
        if now and moment == "after a sum":
            dying.set()
            threading.Timer(0.002, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return found

    Holder.sums = until_then


def die_now(drives, flag, dask_worker):
    """Let a worker die that drives the fit, or one that does not; one worker for a flag."""
    if drives == is_driver(dask_worker) and taken(flag):
        os.kill(os.getpid(), signal.SIGKILL)


def rows_once_deadly(rows, flag):
    """Rows of a partition; whoever makes them first dies of it, after some others were made."""
    if taken(flag):
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    return rows
