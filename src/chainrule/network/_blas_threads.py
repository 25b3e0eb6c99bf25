"""Limit of the number of BLAS threads: the only place that sets it.

Small products run slower on several threads than on one, and large ones are shared by a team of threads. So
BLAS is held at one thread while either runs; its results would also depend on how many it has.

OpenBLAS, as NumPy and SciPy bring it, has one pool for the process: overlapping limits restore each other's
values and can leave it at one thread for good, so here the first one in sets the limit and the last one out
takes it back. Where each thread has a limit of its own (MKL, OpenMP), each sets and takes back its own.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock, get_ident

from threadpoolctl import LibController, ThreadpoolController

_lock = Lock()
_holds: Counter[tuple[int, bool]] = Counter()  # how often each thread has set the limit, and whether briefly
_found: dict[LibController, int] = {}  # the pools that the first one in limited, and their threads before


@cache
def _libraries() -> list[LibController]:
    return [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]


@cache
def _sorted_libraries() -> tuple[list[LibController], list[LibController]]:
    """Those with a pool for the process, and those with a limit for each thread."""
    pools = [library for library in _libraries() if _has_a_pool(library)]
    return pools, [library for library in _libraries() if library not in pools]


def _has_a_pool(library: LibController) -> bool:
    return library.internal_api == "openblas" and getattr(library, "threading_layer", "") != "openmp"


@contextmanager
def one_blas_thread(*, brief: bool = False) -> Iterator[int]:
    """Hold BLAS at one thread; give how many it had: as many may share the work in another way.

    One who comes while others hold it is told 1, for they share theirs; unless those are all ``brief``: a
    fit is not to go without threads because a prediction was being made when it began.
    """
    holder = get_ident(), brief
    threads, own = _enter(holder)
    try:
        yield threads
    finally:
        _leave(holder, own)


def _enter(holder: tuple[int, bool]) -> tuple[int, dict[LibController, int]]:
    """Set the limits; return how many threads may be taken, and the limits of this thread alone."""
    with _lock:
        threads = max((library.num_threads for library in _libraries()), default=1)
        if not _holds:
            _found.update(_limit(_sorted_libraries()[0]))
        elif not holder[1] and all(brief for _, brief in _holds):
            threads = max(threads, *_found.values(), 1)
        _holds[holder] += 1
        return threads, limit_this_thread()


def limit_this_thread() -> dict[LibController, int]:
    """Hold the calling thread at one, where each has a limit of its own; return what was changed."""
    return _limit(_sorted_libraries()[1])


def _limit(libraries: list[LibController]) -> dict[LibController, int]:
    """Return what was changed: nothing, where another thread holds on to a limit of the pool."""
    before = {library: library.num_threads for library in libraries}
    for library in libraries:
        library.set_num_threads(1)
    return {library: n for library, n in before.items() if n != library.num_threads}


def _leave(holder: tuple[int, bool], own: dict[LibController, int]) -> None:
    with _lock:
        _holds[holder] -= 1
        if not _holds[holder]:
            del _holds[holder]
        _restore(own)
        if not _holds:
            _take_back()


def _take_back() -> None:
    """Restore the pools as the first one in found them."""
    _let_go(force=bool(_found))
    _restore(_found)
    _let_go(force=False)
    _found.clear()


def _restore(limits: dict[LibController, int]) -> None:
    for library, threads in limits.items():
        library.set_num_threads(threads)


def _let_go(force: bool) -> None:
    """From threadpoolctl 3.8 on, a pool obeys the thread that first limited it, and no other, until then."""
    for library in _libraries():
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=force)


def _after_fork() -> None:
    """Of the threads that hold the limit a child has the one that forked: the others will never leave."""
    global _lock
    _lock = Lock()  # one of those may have held it
    for holder in [each for each in _holds if each[0] != get_ident()]:
        del _holds[holder]
    if _found and not _holds:
        _take_back()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
