"""Compiling all kernels before they are needed, in processes side by side.

Processes, not threads: llvmlite holds one lock around every call of LLVM. Each takes the kernels of one file
in one type, the long ones first. What kernels of several files share is compiled once, or where two processes
come to it at the same time, twice.
"""

import logging
import multiprocessing
import os
import pkgutil
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path

from chainrule.kernels._cache import cache_folder
from chainrule.kernels._compile import PIECES, Entry, Loop
from chainrule.kernels.losses import every_output_loss

Done = Callable[[str, int, int], None]

_TYPES = "float64", "float32"
_MOST_PROCESSES = 8
"""More would compile mostly the same inner kernels; each takes some 300 MB."""
_LONG = "epochs", "passes", "chain", "gauss_newton", "sweeps"


def compile_all(done: Done, processes: int | None = None) -> None:
    """Compile every kernel that is not yet on disk, for float64 and float32.

    Parameters
    ----------
    done : callable
        Called with the name of a part, how many parts are done, and of how many.
    processes : int, optional
        How many at once; as many as there are cores for this process where it is left out.

    Raises
    ------
    OSError
        If there is no folder where they could be kept.
    """
    if cache_folder() is None:
        raise OSError("compiled kernels cannot be kept: no folder can be written to; set NUMBA_CACHE_DIR")
    parts = [(name, dtype) for name in names() for dtype in _TYPES]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes or _cores(), context, _quietly) as pool:
        started = {pool.submit(_compile_part, *part): part for part in parts}
        try:
            for count, future in enumerate(as_completed(started), 1):
                future.result()
                name, dtype = started[future]
                done(f"{name.removeprefix('chainrule.')} {dtype}", count, len(parts))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def names() -> list[str]:
    """The files that have something to compile, the long ones first."""
    found = [module.name for module in pkgutil.walk_packages([str(Path(__file__).parent)], f"{__package__}.")]
    names = [name for name in found if not name.endswith("__main__") and pieces(name)]
    return sorted(names, key=lambda name: (*_LONG, name.rpartition(".")[2]).index(name.rpartition(".")[2]))


def pieces(name: str) -> list[Entry | Loop]:
    """What a file compiles: kernels that Python calls, and loops that are known by their address."""
    import_module(name)
    every_output_loss()  # which are made when they are first asked for
    return [piece for piece in PIECES if piece.name.partition(":")[0] == name]


def _compile_part(name: str, dtype: str) -> None:
    for piece in pieces(name):
        piece.compile(dtype)


def _quietly() -> None:
    """Ctrl-C and what is to be said are the first process's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("chainrule").setLevel(logging.ERROR)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return min(_MOST_PROCESSES, len(os.sched_getaffinity(0)))
    return min(_MOST_PROCESSES, os.cpu_count() or 1)
