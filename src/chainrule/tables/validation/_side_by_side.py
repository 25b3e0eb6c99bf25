"""Several fits at a time, in threads that Ctrl-C and a time limit stop."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from chainrule.training import EpochReport, TimeLimit, all_learning_watched

__all__ = ["Watch", "side_by_side"]

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
            futures = [pool.submit(run, job) for job in jobs]
            left = set(futures)
            while left:  # a thread that waits looks up now and then, and hears Ctrl-C
                ended, left = wait(left, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
        except BaseException:
            watch.stop.set()
            raise
        return [future.result() for future in futures]
