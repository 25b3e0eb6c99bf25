"""The command on all ranks of MPI: each reads and adds up its leaves, the first one speaks and writes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chainrule.cli._console import error as say_error
from chainrule.cli._console import say_nothing_more

__all__ = ["Rank", "all_ranks"]

_PATIENCE = 10.0
"""Seconds in which all ranks must come to the same error; then this one ends them."""


@dataclass(frozen=True)
class Rank:
    """One of the processes that do the same.

    Attributes
    ----------
    speaks : bool
        Whether it is the first one.
    fit : callable
        Fits an estimator together with the others; see `chainrule.tables.leaves.learn_leaves`.
    agreed : callable
        Returns on all what the first one gives.
    """

    speaks: bool
    fit: Callable[..., None]
    agreed: Callable[[Any], Any]


@contextmanager
def all_ranks() -> Iterator[Rank]:
    """Do the same on all ranks; an error that only some of them come to ends all.

    Raises
    ------
    ModuleNotFoundError, ValueError
        mpi4py or an MPI library is missing.
    """
    try:
        from chainrule.mpi._leaves import fit_leaves_together, world
    except ModuleNotFoundError:
        raise
    except ImportError as error:
        raise ValueError(f"--mpi: {error}") from None

    comm = world()
    if comm.rank:  # what is to be said, the first one says
        say_nothing_more()
    try:
        yield Rank(comm.rank == 0, fit_leaves_together, comm.bcast)
    except BaseException as error:
        if not _all_come(comm.Ibarrier()):
            say_error(f"{type(error).__name__}: {error}")
            comm.Abort(2)
        raise


def _all_come(barrier: Any) -> bool:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if barrier.Test():
            return True
        time.sleep(0.01)
    return False
