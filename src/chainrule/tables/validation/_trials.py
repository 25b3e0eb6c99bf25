"""Trials of settings: what was tried on the folds of a table, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn.base import clone

from chainrule._elsewhere import workers_elsewhere
from chainrule.tables._pipeline import Estimator
from chainrule.tables.validation._cross_validate import Timed, gathered, timed
from chainrule.tables.validation._fold_scores import MethodScores
from chainrule.tables.validation._folds import FoldedTable
from chainrule.tables.validation._methods import ERRORS, Method, of_estimator
from chainrule.tables.validation._side_by_side import Watch, fits

__all__ = ["Settings", "Trial", "Trials", "with_settings"]

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Trial:
    """Settings that were tried on all folds.

    Parameters
    ----------
    settings : dict
        Without those that all trials share; empty for the settings by default.
    scores : MethodScores
    error : float
        Mean over the folds of the root mean squared error, or of the log loss.
    """

    settings: Settings
    scores: MethodScores
    error: float


@dataclass
class Trials:
    """Tries settings on folds, several at a time.

    Parameters
    ----------
    estimator : estimator
        Its own settings are shared by all trials.
    parts : FoldedTable
    n_threads : int
    watch : Watch
    done : callable
        Called when a fit has ended.
    """

    estimator: Estimator
    parts: FoldedTable
    n_threads: int
    watch: Watch
    done: Callable[[], object] = lambda: None
    finished: list[Trial] = field(default_factory=list)
    started: set[str] = field(default_factory=set)

    @property
    def error(self) -> str:
        """Name of the score that decides."""
        return ERRORS[self.parts.whole.task]

    def on(self, pairs: Sequence[tuple[Settings, int]]) -> list[Timed | None]:
        """Return scores for pairs of settings and fold; None for those that time did not suffice for."""
        threads = max(1, min(self.n_threads, len(pairs)))
        if workers_elsewhere():  # each job takes what it needs with it
            own = [(timed, (self.method(settings, 1), self.parts, fold)) for settings, fold in pairs]
            return fits(own, threads, self.watch, self.done)
        jobs = [(self._one, (settings, fold, self.n_threads // threads)) for settings, fold in pairs]
        return fits(jobs, threads, self.watch, self.done)

    def on_all(self, candidates: Sequence[Settings]) -> None:
        """Try settings on all folds; `finished` has those that time sufficed for."""
        folds = range(self.parts.n_folds)
        found = self.on([(settings, fold) for settings in candidates for fold in folds])
        for number, settings in enumerate(candidates):
            self.finish(settings, found[number * len(folds) : (number + 1) * len(folds)])

    def finish(self, settings: Settings, found: Sequence[Timed | None]) -> None:
        """Keep a trial that has scores on all folds."""
        scores = gathered("", found)
        if scores is not None:
            self.finished.append(Trial(settings, scores, scores.mean(self.error)))

    def _one(self, settings: Settings, fold: int, n_jobs: int) -> Timed:
        return timed(self.method(settings, n_jobs), self.parts, fold)

    def method(self, settings: Settings, n_jobs: int) -> Method:
        """Return what learns with these settings, and remember that they were tried."""
        self.started.add(repr(settings))
        return of_estimator("", with_settings(self.estimator, settings), n_jobs)


def with_settings(estimator: Estimator, settings: Settings) -> Estimator:
    """Return a clone with these settings."""
    changed: Estimator = clone(estimator).set_params(**settings)
    return changed
