"""Successive halving: many settings on few rows, the best third of them on three times as many, and so on.

The search is scikit-learn's (Jamieson & Talwalkar 2016). It ends at a third of the rows: the few settings
that are left are tried on the whole table, where the settings by default stand beside them.
"""

import threading
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil, log
from typing import Any, Self

import numpy as np
import pandas as pd
from joblib import parallel_config
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from chainrule._elsewhere import workers_elsewhere
from chainrule.tables._split import SplitTable
from chainrule.tables.validation._methods import ERRORS, Method
from chainrule.tables.validation._side_by_side import Watch, side_by_side
from chainrule.tables.validation._trials import Settings, Trials

__all__ = ["FINALISTS", "halved", "halves", "n_fits"]

_FACTOR = 3
_FEWEST_ROWS = 500
"""Rows that say something of settings; of a table with less than three times as many none are left out."""
FINALISTS = 3


def halved(trials: Trials, candidates: Sequence[Settings], seed: int, watch: Watch) -> list[Settings]:
    """Return the settings that are worth trying on the whole table, the best first.

    Parameters
    ----------
    trials : Trials
    candidates : sequence of dict
    seed : int
        For drawing rows.
    watch : Watch
        Ends the search.
    """
    board = _Board()
    side_by_side([partial(_search, trials, candidates, seed, watch, board)], 1, watch)
    return [candidates[number] for number in board.best(trials.parts.n_folds)[:FINALISTS]]


def halves(rows: int, count: int) -> bool:
    """Return whether halving saves time: there are many settings, and a third of the rows says something."""
    return rows >= _FACTOR * _FEWEST_ROWS and count > FINALISTS


def n_fits(rows: int, count: int) -> int:
    """Return how many fits, each on a fold, judge so many settings on a table of so many rows."""
    return sum(_sizes(rows, count)) + FINALISTS if halves(rows, count) else count


def _sizes(rows: int, count: int) -> list[int]:
    """Return how many settings are tried on each rung, of which the last has a third of the rows."""
    sizes = [count]
    while rows // _FACTOR ** (len(sizes) + 1) >= _FEWEST_ROWS and sizes[-1] > FINALISTS:
        sizes.append(ceil(sizes[-1] / _FACTOR))
    return sizes


@dataclass
class _Board:
    """Errors by rung and number of the candidate, as they come in from several threads."""

    errors: dict[int, dict[int, list[float]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, rung: int, candidate: int, error: float) -> None:
        with self._lock:
            self.errors.setdefault(rung, {}).setdefault(candidate, []).append(error)

    def fill(self, search: Any, rows: int, n_folds: int) -> None:
        """Take the errors of a search on other machines, where nobody sees this board."""
        found = getattr(search, "cv_results_", {"params": []})
        for place, settings in enumerate(found["params"]):
            for fold in range(n_folds):
                error = -found[f"split{fold}_test_score"][place]
                if np.isfinite(error):
                    self.add(_rung(found["n_resources"][place], rows), settings["number"], error)

    def best(self, n_folds: int) -> list[int]:
        """Return candidates with errors on all folds, those that learned from most rows first."""
        found: list[int] = []
        for rung in sorted(self.errors, reverse=True):
            mean = {one: np.mean(all_) for one, all_ in self.errors[rung].items() if len(all_) == n_folds}
            found += [one for one in sorted(mean, key=mean.__getitem__) if one not in found]
        return found


def _rung(rows: int, most: int) -> int:
    return round(log(rows / most, _FACTOR))  # rows are rounded in each fold


def _search(trials: Trials, candidates: Sequence[Settings], seed: int, watch: Watch, board: _Board) -> None:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # scikit-learn asks for it
    from sklearn.model_selection import HalvingGridSearchCV

    data, parts = trials.parts.whole, trials.parts
    most = len(data.y_train) // _FACTOR
    rungs = len(_sizes(len(data.y_train), len(candidates)))
    search = HalvingGridSearchCV(
        _Candidate(0, _Shared(trials, candidates, watch, board)),
        {"number": list(range(len(candidates)))},
        factor=_FACTOR,
        min_resources=most // _FACTOR ** (rungs - 1),
        max_resources=most,
        cv=[
            (np.flatnonzero(parts.fold_of != fold), np.flatnonzero(parts.fold_of == fold))
            for fold in range(parts.n_folds)
        ],
        refit=False,
        random_state=seed,
        return_train_score=False,
    )
    elsewhere = workers_elsewhere()
    where = nullcontext() if elsewhere else parallel_config(backend="threading", n_jobs=trials.n_threads)
    with where, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fits that time was up for
        try:
            search.fit(data.X_train, data.y_train)
        except ValueError:
            if not watch.over:  # where time was up for all fits it raises, and the board has the rest
                raise
    if elsewhere:
        board.fill(search, len(data.y_train), parts.n_folds)


@dataclass(frozen=True)
class _Shared:
    """What all candidates of a search have in common."""

    trials: Trials
    candidates: Sequence[Settings]
    watch: Watch
    board: _Board

    @property
    def data(self) -> SplitTable:
        return self.trials.parts.whole

    def method(self, number: int) -> Method:
        return self.trials.method(self.candidates[number], n_jobs=1)

    def done(self) -> None:
        self.trials.done()


class _TimeIsUp(Exception):
    """A fit was cut short."""


class _Candidate(BaseEstimator):
    """What scikit-learn's search fits: our pipeline with the settings of some number."""

    def __init__(self, number: int, shared: "_Shared") -> None:
        self.number = number
        self.shared = shared

    def __sklearn_clone__(self) -> Self:
        return type(self)(self.number, self.shared)

    def fit(self, X: pd.DataFrame, y: NDArray[Any]) -> Self:
        """Remember the rows: they are learned from when those to score on are known."""
        self.X_, self.y_ = X, y
        return self

    def score(self, X: pd.DataFrame, y: NDArray[Any]) -> float:
        """Learn, and return the error on these rows, negated."""
        if self.shared.watch.over:
            raise _TimeIsUp
        split = replace(self.shared.data, X_train=self.X_, y_train=self.y_, X_test=X, y_test=y)
        with self.shared.watch.kept() as cut_short:
            scores = self.shared.method(self.number).scores(split)
        if cut_short() or scores is None:
            raise _TimeIsUp
        error = scores[ERRORS[split.task]]
        rung = _rung(len(X) + len(self.X_), len(self.shared.data.y_train))
        self.shared.board.add(rung, self.number, error)
        self.shared.done()
        return -error
