"""Cross-validation of one of our models, beside the linear model and the constant guess."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule._progress import counting
from chainrule.tables._pipeline import Estimator
from chainrule.tables._split import SplitTable
from chainrule.tables.ensemble._members import n_threads_of
from chainrule.tables.validation._fold_scores import MethodScores
from chainrule.tables.validation._folds import FoldedTable, folded
from chainrule.tables.validation._methods import Method, constant, linear, of_estimator
from chainrule.tables.validation._side_by_side import Watch, fits

__all__ = ["CrossValidation", "Timed", "cross_validate", "gathered", "timed"]

Timed = tuple[dict[str, float] | None, float]
"""Scores on a fold, and the seconds they took."""


@dataclass(frozen=True)
class CrossValidation:
    """Scores of a model on folds that are held out in turn.

    Parameters
    ----------
    rows : tuple of int
        Rows of each fold.
    model, constant_guess : MethodScores
    linear : MethodScores or None
        None where there are too many classes to learn a linear model quickly.
    """

    rows: tuple[int, ...]
    model: MethodScores
    constant_guess: MethodScores
    linear: MethodScores | None


def cross_validate(
    data: SplitTable,
    estimator: Estimator,
    n_folds: int = 5,
    *,
    seed: int | None = None,
    n_jobs: int | None = None,
    progress: bool = False,
) -> CrossValidation:
    """Learn anew without each fold, and score on it.

    Folds are learned side by side in threads, or on the workers of a cluster where joblib's backend is one
    (``joblib.parallel_config(backend="dask")``); results do not depend on how many there are.

    Parameters
    ----------
    data : SplitTable
        Its rows to learn from are dealt out to folds: take ``test_size=0`` for all rows.
    estimator : MLPClassifier, MLPRegressor, TableClassifier or TableRegressor
        Not fitted; each fold is learned by a clone.
    n_folds : int, default=5
    seed : int, optional
        For dealing out the rows.
    n_jobs : int, optional
        Threads; all cores by default.
    progress : bool, default=False
        Show a progress bar on standard error.

    Raises
    ------
    TypeError
        The number of folds is no integer, or the table is not prepared.
    ValueError
        There are too few rows for so many folds; or as `fit` of the estimator.
    KeyboardInterrupt
        Ctrl-C was pressed; the fits have stopped.

    Examples
    --------
    >>> import pandas as pd
    >>> from chainrule import MLPRegressor
    >>> from chainrule.tables import cross_validate, split_table
    >>> frame = pd.DataFrame({"side": [side % 7 for side in range(60)]})
    >>> frame["price"] = 30.5 * frame.side
    >>> line = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", random_state=0)
    >>> found = cross_validate(split_table(frame, "price", test_size=0), line, seed=0)
    >>> found.rows, round(found.model.mean("r2"), 2)
    ((12, 12, 12, 12, 12), 1.0)
    """
    parts = folded(data, n_folds, seed)
    cores = n_threads_of(n_jobs)
    threads = min(cores, n_folds)
    model = of_estimator("model", estimator, max(1, cores // threads))
    with counting("folds", n_folds, progress, transient=True) as done:
        jobs = [(timed, (model, parts, fold)) for fold in range(n_folds)]
        found = fits(jobs, threads, Watch(), done)
    beside = [
        gathered(method.name, [timed(method, parts, fold) for fold in range(n_folds)])
        for method in (constant(), linear(data.task))
    ]
    rows = tuple(len(parts.split(fold).y_test) for fold in range(n_folds))
    learned, guess = gathered("model", found), beside[0]
    assert learned is not None and guess is not None
    return CrossValidation(rows, learned, guess, beside[1])


def timed(method: Method, parts: FoldedTable, fold: int) -> Timed:
    """Return the scores of a method on a fold, and how long it took."""
    data = parts.split(fold)
    began = time.perf_counter()
    return method.scores(data), time.perf_counter() - began


def gathered(name: str, found: Sequence[Timed | None]) -> MethodScores | None:
    """Return the scores of all folds; None if there are none of one of them."""
    scores, seconds = [], []
    for one in found:
        if one is None or one[0] is None:
            return None
        scores.append(one[0])
        seconds.append(one[1])
    return MethodScores(name, tuple(scores), tuple(seconds))
