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


def die(moment, count, flag, dask_worker, of=""):
    """Let this worker die in a sum, just after one, or in one if it drives the fit; one worker for a flag.

    Sums are counted whose question has this text in its name.
    """
    sums, numbers = Holder.sums, itertools.count(1)

    def until_then(self, *question):
        drives = any(name.endswith("-driver") for name in holders_of(dask_worker))
        if of not in question[0]:
            return sums(self, *question)
        now = next(numbers) == count and (drives or moment != "driving") and taken(flag)
        if now and moment != "after a sum":
            os.kill(os.getpid(), signal.SIGKILL)
        found = sums(self, *question)
        if now and moment == "after a sum":
            threading.Timer(0.002, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return found

    Holder.sums = until_then


def die_now(drives, flag, dask_worker):
    """Let a worker die that drives the fit, or one that does not; one worker for a flag."""
    if drives == any(name.endswith("-driver") for name in holders_of(dask_worker)) and taken(flag):
        os.kill(os.getpid(), signal.SIGKILL)


class EndOfEpoch:
    """A callback of scikit-learn that does something at the end of an epoch, and notes the loss of each."""

    max_estimator_depth = None

    def __init__(self, number, do):
        self.number, self.do, self.losses = number, do, []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, **given):
        pass

    def on_fit_task_end(self, estimator, context, **given):
        if context.task_name == "epoch":
            self.losses.append(estimator.loss_)
        if len(self.losses) == self.number:
            self.do()


def rows_once_deadly(rows, flag):
    """Rows of a partition; whoever makes them first dies of it, after some others were made."""
    if taken(flag):
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    return rows
