"""Threads that run one kernel together; see `chainrule.kernels.learning.barrier` for how they wait in it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from chainrule import kernels
from chainrule.network._blas_threads import limit_this_thread

Result = TypeVar("Result")


class Team:
    """So many threads, the calling one among them, while the context lasts.

    Attributes
    ----------
    size : int
    barrier : array
        Where they wait for each other inside a kernel.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.barrier = np.zeros(kernels.BARRIER_SIZE, dtype=np.intp)
        self._pool = ThreadPoolExecutor(size - 1, "chainrule", limit_this_thread) if size > 1 else None

    @property
    def broken(self) -> bool:
        """Whether one of them has raised an error."""
        return bool(self.barrier[kernels.ABORTED])

    def __enter__(self) -> "Team":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def run(self, work: Callable[[int], Result], most: int = 2**31) -> Result:
        """Call ``work`` with each worker's number, in threads; return what number 0, this thread, gets.

        Of the threads no more than ``most`` are called: where there is work for one, that is this one.

        Whatever one of them raises is raised here, when all have ended.
        """
        if self._pool is None or most < 2:
            return work(0)
        others = []
        try:
            for number in range(1, min(self.size, most)):
                others.append(self._pool.submit(self._share, work, number))
            return work(0)
        except BaseException:
            self._leave()
            raise
        finally:
            self._wait_for(others)

    def _wait_for(self, others: "Sequence[Future[Any]]") -> None:
        """Raise what one of them raised; Ctrl-C is heard here too, and ends them."""
        try:
            errors = [_error_of(other) for other in others]
        except BaseException:
            self._leave()
            raise
        for error in errors:
            if error is not None:
                raise error

    def do(self, tasks: Sequence[Callable[[], object]]) -> None:
        """Do tasks that wait for nothing, each in one of the threads."""

        def share(worker: int) -> None:
            for task in tasks[worker :: self.size]:
                task()

        self.run(share)

    def _share(self, work: Callable[[int], Result], number: int) -> Result:
        try:
            return work(number)
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        self.barrier[kernels.ABORTED] = 1  # or the others would wait for this one


def _error_of(other: "Future[Any]") -> BaseException | None:
    """Return what a thread has raised, once it has ended.

    Looked for now and then: a signal that arrives just before this thread begins to wait would else be heard
    only when the waiting ends.
    """
    while True:
        try:
            return other.exception(timeout=0.2)
        except TimeoutError:
            pass
