"""Scores of a method on each fold, their mean and spread."""

from dataclasses import dataclass

import numpy as np

__all__ = ["MethodScores"]


@dataclass(frozen=True)
class MethodScores:
    """Scores of a method on each fold.

    Parameters
    ----------
    name : str
    folds : tuple of dict
        Scores on each fold, as `table_scores` has them; for numbers the root mean squared error too.
    seconds : tuple of float
        Time that learning and predicting took on each fold.

    Examples
    --------
    >>> scores = MethodScores("ours", ({"r2": 0.5}, {"r2": 0.7}), (1.0, 2.0))
    >>> print(f"{scores.mean('r2'):.2f} ± {scores.spread('r2'):.2f}")
    0.60 ± 0.14
    """

    name: str
    folds: tuple[dict[str, float], ...]
    seconds: tuple[float, ...]

    def mean(self, score: str) -> float:
        """Return the mean of a score over the folds."""
        return float(np.mean([fold[score] for fold in self.folds]))

    def spread(self, score: str) -> float:
        """Return the standard deviation of a score over the folds (n - 1 in the denominator)."""
        return float(np.std([fold[score] for fold in self.folds], ddof=1))
