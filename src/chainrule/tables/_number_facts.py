"""Facts about numbers that are merged from the pieces of a table, in any order, to the same."""

import numpy as np
from numpy.typing import NDArray

from chainrule.tables._sums import ExactSum

__all__ = ["NumberFacts"]


class NumberFacts:
    """What is learned from numbers: how many there are, and their exact sums.

    Attributes
    ----------
    n, n_missing : int
        Numbers, and cells without one.
    low, high : float
        The smallest and the largest; infinite the other way round if there is none.

    Examples
    --------
    >>> facts, others = NumberFacts(), NumberFacts()
    >>> facts.add(np.array([1.0, np.nan, 2.0]))
    >>> others.add(np.array([6.0]))
    >>> facts.merge(others)
    >>> facts.n, facts.n_missing, facts.mean(), facts.variance()
    (3, 1, 3.0, 4.666666666666667)
    >>> facts.mean(filled_with=5.0)
    3.5
    """

    def __init__(self) -> None:
        self.n = self.n_missing = 0
        self.low, self.high = np.inf, -np.inf
        self._sum, self._squares = ExactSum(), ExactSum()

    def add(self, values: NDArray[np.float64]) -> None:
        """Add the numbers of a piece; NaN is a missing one."""
        missing = np.isnan(values)
        if missing.any():
            values = values[~missing]
        self.n += len(values)
        self.n_missing += len(missing) - len(values)
        if not len(values):
            return
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))
        self._sum.add(values)
        self._squares.add_squares(values)

    def merge(self, other: "NumberFacts") -> None:
        """Add the numbers of another piece."""
        self.n += other.n
        self.n_missing += other.n_missing
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self._sum, self._squares = self._sum.plus(other._sum), self._squares.plus(other._squares)

    def mean(self, filled_with: float | None = None) -> float:
        """Return the mean, rounded once; with a number in place of missing ones, if it is given."""
        total, _, n = self._filled(filled_with)
        return total.over(n)

    def variance(self, filled_with: float | None = None) -> float:
        """Return the mean square of what differs from the mean, rounded twice."""
        total, squares, n = self._filled(filled_with)
        return squares.variation(total, n) / n if n else np.nan

    def _filled(self, value: float | None) -> tuple[ExactSum, ExactSum, int]:
        if value is None or not self.n_missing:
            return self._sum, self._squares, self.n
        total, squares = ExactSum(), ExactSum()
        total.add(np.array([value]), self.n_missing)
        squares.add_squares(np.array([value]), self.n_missing)
        return self._sum.plus(total), self._squares.plus(squares), self.n + self.n_missing
