"""Several fits at a time, in threads that Ctrl-C and a time limit stop, or on other machines."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from chainrule._elsewhere import Job, results_elsewhere, workers_elsewhere
from chainrule.training import EpochReport, TimeLimit, all_learning_watched

__all__ = ["Watch", "fits", "side_by_side"]

Result = TypeVar("Result")


@dataclass
class Watch:
    """Ends all learning when time is up or `stop` is set.

    Parameters
    ----------
    clock : TimeLimit, optional
    stop : Event
    """

    clock: TimeLimit | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether nothing more is to be learned."""
        return self.stop.is_set() or (self.clock is not None and self.clock.left <= 0)

    @contextmanager
    def kept(self) -> Iterator[Callable[[], bool]]:
        """Watch what learns in the block; yield what says whether it was cut short."""
        cut = False

        def hook(report: EpochReport) -> bool:
            nonlocal cut
            cut = cut or self.over
            return cut

        with all_learning_watched(hook):
            yield lambda: cut


def side_by_side(
    jobs: Sequence[Callable[[], Result]],
    n_threads: int,
    watch: Watch,
    done: Callable[[], object] = lambda: None,
) -> list[Result | None]:
    """Run jobs that learn, in threads, and return their results in order.

    Parameters
    ----------
    jobs : sequence of callable
    n_threads : int
    watch : Watch
        A job that it cuts short, or that it does not let begin, has None for a result.
    done : callable
        Called, in a thread of its own, when a job has ended.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C was pressed; raised when the fits that had begun have stopped, at their next epoch.
    """

    def run(job: Callable[[], Result]) -> Result | None:
        if watch.over:
            return None
        with watch.kept() as cut_short:
            result = job()
        done()
        return None if cut_short() else result

    with ThreadPoolExecutor(n_threads, "chainrule") as pool:
        try:
            futures = [pool.submit(copy_context().run, run, job) for job in jobs]
            left = set(futures)
            while left:  # a thread that waits looks up now and then, and hears Ctrl-C
                ended, left = wait(left, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
        except BaseException:
            watch.stop.set()
            raise
        return [future.result() for future in futures]


def fits(
    jobs: Sequence[Job], n_threads: int, watch: Watch, done: Callable[[], object] = lambda: None
) -> list[Any]:
    """Do fits, as `side_by_side`; on other machines where joblib's backend is one of those.

    Parameters
    ----------
    jobs : sequence of (callable, arguments)
    n_threads : int
        Of this process.
    watch : Watch
    done : callable
    """
    if not workers_elsewhere():
        return side_by_side([partial(call, *given) for call, given in jobs], n_threads, watch, done)
    end = None if watch.clock is None else time.time() + watch.clock.left
    found = []
    for result in results_elsewhere([(_until, (end, call, *given)) for call, given in jobs]):
        found.append(result)
        done()
    return found


def _until(end: float | None, call: Callable[..., Result], *given: Any) -> Result | None:
    """Do a fit on another machine; None if it does not end in time."""
    left = None if end is None else end - time.time()
    if left is not None and left <= 0:
        return None
    with Watch(None if left is None else TimeLimit(left)).kept() as cut_short:
        result = call(*given)
    return None if cut_short() else result
