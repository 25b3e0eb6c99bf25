"""A fit to files by all ranks: each reads the leaves that it adds up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mpi4py import MPI

from chainrule.estimators._by_group import Asked
from chainrule.estimators._same_bits import versions
from chainrule.mpi._fit import Options, drive, follow, probed, settings_together
from chainrule.mpi._group import Group
from chainrule.mpi._interrupts import Interrupts
from chainrule.mpi._ranks import Ranks
from chainrule.network import one_blas_thread
from chainrule.network._team import Team
from chainrule.training import Evaluator

__all__ = ["fit_leaves_together", "world"]


def world() -> Any:
    """Return the communicator of all ranks."""
    return MPI.COMM_WORLD


OpenRows = Callable[[Asked, int], tuple[Evaluator, Team]]


@dataclass
class _Meeting:
    """What each rank has of a fit to files; see `chainrule.mpi._fit`."""

    ranks: Ranks
    model: Any
    options: Options
    open_rows: OpenRows
    interrupts: Interrupts
    group: Group | None = None

    def open(self, asked: Asked) -> Group:
        """Open the files on all ranks; the leaves are dealt out in runs of about equal length."""
        ranks, hosts = self.ranks, self.ranks.all_of(self.ranks.host())
        beside = hosts.count(hosts[ranks.rank])
        evaluator, team = ranks.together(lambda: self.open_rows(asked, beside))
        probed(ranks, asked, team, hosts.index(hosts[ranks.rank]) == ranks.rank, self.options.same_bits)
        n_leaves = evaluator.source.n_leaves
        _check_same(ranks, "files", (evaluator.source.n_rows, n_leaves))
        ends = [n_leaves * (rank + 1) // ranks.size for rank in range(ranks.size)]
        self.group = Group(ranks, evaluator, ends, team, self.interrupts)
        return self.group


def fit_leaves_together(
    model: Any,
    few: tuple[Any, Any],
    open_rows: OpenRows,
    *,
    table: str,
    class_sizes: Mapping[Any, float],
    checkpoint: Any = None,
    resume: Any = None,
) -> None:
    """Fit a plain estimator to files on all ranks alike; called by each of them.

    Parameters
    ----------
    model : MLPRegressor or MLPClassifier
        Changed in place.
    few : (X, y)
        A few rows, as `fit_by_group` takes them.
    open_rows : callable
        Returns, for what will be asked and the number of ranks on this machine, the evaluator of all leaves
        and this rank's threads.
    table : str
        A digest of what the rows are prepared by, which tells files apart.
    class_sizes : mapping
        As `fit_by_group`.
    checkpoint, resume
        As `MLPRegressor.fit`; the first rank's count.

    Raises
    ------
    Exception
        On all ranks the same.
    """
    with Ranks() as ranks, Interrupts(of_others=True) as interrupts, one_blas_thread():
        options = Options(None, 64, True, checkpoint, resume)
        _check_same(ranks, "versions and options", settings_together(model, options) | versions())
        _check_same(ranks, "files", table)
        meeting = _Meeting(ranks, model, options, open_rows, interrupts)
        if ranks.drives:
            drive(meeting, few, class_sizes)
        else:
            follow(meeting)
        if model._state.stop_reason == "interrupted":
            interrupts.take()  # of this rank: it has been heard by another one


def _check_same(ranks: Ranks, what: str, own: Any) -> None:
    """Raise ValueError on all ranks unless they have the same."""
    first, *others = ranks.all_of(own)
    different = [number for number, other in enumerate(others, start=1) if other != first]
    if different:
        ranks.failed = True
        raise ValueError(f"rank {different[0]} has other {what} than rank 0: all ranks need the same")
