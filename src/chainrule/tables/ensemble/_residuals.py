"""Intervals of predictions, from residuals of rows that the predicting member had not learned from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MOST_BINS, FEWEST_ROWS = 5, 30


@dataclass(frozen=True)
class Residuals:
    """Residuals y - prediction of rows held back, in bins of the prediction.

    Errors often grow with what is predicted, so each bin has quantiles of its own (split conformal
    prediction, Lei et al. 2018, within each of the bins).

    Parameters
    ----------
    edges : array of shape (n_bins - 1,)
        Predictions where one bin ends and the next begins.
    sorted : tuple of array
        The residuals of each bin, rising.
    """

    edges: Array
    sorted: tuple[Array, ...]

    @classmethod
    def of(cls, predictions: Array, y: Array) -> "Residuals":
        """Sort residuals into five bins, or fewer where these would hold fewer than 30."""
        n_bins = int(np.clip(len(y) // FEWEST_ROWS, 1, MOST_BINS))
        edges = np.unique(np.quantile(predictions, np.arange(1, n_bins) / n_bins))
        bins = np.searchsorted(edges, predictions, side="right")
        residuals = y - predictions
        parts = tuple(np.sort(residuals[bins == number]) for number in range(len(edges) + 1))
        if (
            any(len(part) < FEWEST_ROWS for part in parts) and len(parts) > 1
        ):  # predictions that are often equal
            return cls(edges[:0], (np.sort(residuals),))
        return cls(edges, parts)

    def interval(self, predictions: Array, level: float) -> tuple[Array, Array]:
        """Return the ends of the intervals that hold a new target with probability `level`.

        Of a bin of n residuals they are those of rank (n + 1)(1 - level) / 2 from either end: at least that
        share of new residuals from the same source lies between them.
        """
        low, high = np.empty(len(self.sorted)), np.empty(len(self.sorted))
        for number, part in enumerate(self.sorted):
            rank = int(np.floor((len(part) + 1) * (1 - level) / 2 + 1e-9))  # 100 · 0.05 is 5
            low[number], high[number] = part[max(0, rank - 1)], part[min(len(part) - 1, len(part) - rank)]
        bins = self._bins(predictions)
        return predictions + low[bins], predictions + high[bins]

    def std(self, predictions: Array) -> Array:
        """Return the root of the mean squared residual of each prediction's bin."""
        of_bins = np.array([np.sqrt(np.mean(part**2)) for part in self.sorted])
        return np.asarray(of_bins[self._bins(predictions)])

    def _bins(self, predictions: Array) -> Array:
        return np.searchsorted(self.edges, predictions, side="right")
