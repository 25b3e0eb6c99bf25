"""Several models on the same folds of a table."""

import warnings
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from chainrule._progress import bar
from chainrule.tables._names import listed
from chainrule.tables._split import SplitTable
from chainrule.tables._warning import note
from chainrule.tables.ensemble._members import n_threads_of
from chainrule.tables.validation._cross_validate import Timed, gathered, timed
from chainrule.tables.validation._fold_scores import MethodScores
from chainrule.tables.validation._folds import FoldedTable, folded
from chainrule.tables.validation._methods import ERRORS, Method, constant, linear
from chainrule.tables.validation._peers import peers
from chainrule.tables.validation._side_by_side import Watch, side_by_side

__all__ = ["Comparison", "compare", "peer_names"]


@dataclass(frozen=True)
class Comparison:
    """Scores of several models on the same folds.

    Parameters
    ----------
    error : str
        The score that they are ranked by: the root mean squared error, or the log loss.
    methods : tuple of MethodScores
        The best first.
    """

    error: str
    methods: tuple[MethodScores, ...]


def peer_names(task: str) -> list[str]:
    """Return the names of the models that are set beside ours in a "regression" or "classification"."""
    if task not in ERRORS:
        raise ValueError(f"task is {task!r}; accepted are {listed(ERRORS)}")
    return [method.name for method in _beside(task, 0, 1)]


def compare(
    data: SplitTable,
    ours: Sequence[Method],
    n_folds: int = 5,
    *,
    seed: int = 0,
    only: Iterable[str] | None = None,
    n_jobs: int | None = None,
    progress: bool = False,
) -> Comparison:
    """Score models on the same folds: ours, scikit-learn's, LightGBM where it is installed.

    Models run one after the other, so that the seconds of each are its own; each uses all cores if it can.

    Parameters
    ----------
    data : SplitTable
        Its rows to learn from are dealt out to folds.
    ours : sequence of Method
        Made by `of_estimator`.
    n_folds : int, default=5
    seed : int, default=0
        For dealing out the rows, and for the models beside ours.
    only : iterable of str, optional
        Names of the models to run beside ours; all by default.
    n_jobs : int, optional
        Threads; all cores by default.
    progress : bool, default=False
        Show a progress bar on standard error.

    Raises
    ------
    TypeError
        The number of folds is no integer, the table is not prepared, or ``ours`` holds no methods.
    ValueError
        There are too few rows for so many folds; ``only`` names no model beside ours; or as the estimators'
        ``fit``.

    Warns
    -----
    TableWarning
        A model beside ours failed, and is left out.
    """
    parts = folded(data, n_folds, seed)
    for method in ours:
        if not isinstance(method, Method):
            raise TypeError(f"ours must be of_estimator(name, model) of each, got {type(method).__name__}")
    beside = _chosen(_beside(data.task, seed, n_threads_of(n_jobs)), only)
    with bar("{task.description}", transient=True) if progress else nullcontext() as shown:
        found = [_on_all_folds(method, parts, method in beside, shown) for method in (*ours, *beside)]
    error = ERRORS[data.task]
    known = [scores for scores in found if scores is not None]
    return Comparison(error, tuple(sorted(known, key=lambda scores: scores.mean(error))))


def _chosen(beside: Sequence[Method], only: Iterable[str] | None) -> Sequence[Method]:
    if only is None:
        return beside
    if isinstance(only, str):
        raise TypeError(f"only must be names of models in a list, got {only!r}")
    asked, known = {*only}, [method.name for method in beside]
    if unknown := sorted(asked - {*known}):
        raise ValueError(f"there is no model {listed(unknown)} beside ours; there are {listed(known)}")
    return [method for method in beside if method.name in asked]


def _beside(task: str, seed: int, n_jobs: int) -> list[Method]:
    return [linear(task), *peers(task, seed, n_jobs), constant()]


def _on_all_folds(method: Method, parts: FoldedTable, may_fail: bool, shown: Any) -> MethodScores | None:
    """Return the scores on each fold; None, and a note, if a model that is not ours fails."""
    task = None if shown is None else shown.add_task(method.name, total=parts.n_folds)
    found: list[Timed | None] = []
    try:
        with warnings.catch_warnings():
            if may_fail:  # what is not ours has its settings by default: nothing can be done about them
                warnings.simplefilter("ignore")
            for fold in range(parts.n_folds):
                # In a thread of its own: Ctrl-C ends the comparison, not one fit that then counts as learned.
                found += side_by_side([partial(timed, method, parts, fold)], 1, Watch())
                if shown is not None and task is not None:
                    shown.advance(task)
    except Exception as error:
        if not may_fail:
            raise
        note(f"{method.name} is left out: {type(error).__name__}: {error}")
        return None
    return gathered(method.name, found)
