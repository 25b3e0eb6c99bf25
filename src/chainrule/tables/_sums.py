"""Sums of floats without rounding: the same in whatever pieces and order the numbers come."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["ExactSum"]

_SCALE = 1200  # the smallest float is 2^-1074
_DIGITS = 53
_LOW = 26
_SPLIT = 2.0**27 + 1


class ExactSum:
    """A sum of finite floats as a whole number of units of 2^-1200.

    Floats of one exponent are whole numbers, which are added as such. NaN and infinity make the sum NaN.

    >>> import numpy as np
    >>> total = ExactSum()
    >>> total.add(np.array([1e16, 1.0, -1e16]))
    >>> float(total)
    1.0
    """

    def __init__(self) -> None:
        self._units = 0
        self._finite = True

    def add(self, values: NDArray[np.floating], times: int = 1) -> None:
        """Add numbers, each of them `times` times."""
        values = np.asarray(values, dtype=np.float64)
        if not np.isfinite(values).all():
            self._finite = False
            return
        fractions, exponents = np.frexp(values)
        wholes = np.ldexp(fractions, _DIGITS).astype(np.int64)
        first = int(exponents.min(initial=0))
        which = exponents - first
        # The halves have so few digits that their sums in float64 are exact for 2^26 numbers.
        high = np.bincount(which, wholes >> _LOW)
        low = np.bincount(which, wholes & ((1 << _LOW) - 1))
        for at in np.flatnonzero((high != 0) | (low != 0)).tolist():
            whole = (int(high[at]) << _LOW) + int(low[at])
            self._units += (times * whole) << (first + at - _DIGITS + _SCALE)

    def add_squares(self, values: NDArray[np.float64], times: int = 1) -> None:
        """Add the squares of numbers, each as the float next to it and the rest, which is a float too.

        Source: T. J. Dekker, A floating-point technique for extending the available precision (1971).
        """
        squares = values * values
        scaled = values * _SPLIT
        high = scaled - (scaled - values)
        low = values - high
        self.add(squares, times)
        self.add(((high * high - squares) + 2 * high * low) + low * low, times)

    def plus(self, other: "ExactSum") -> "ExactSum":
        """Return the sum of all numbers of both."""
        both = ExactSum()
        both._units = self._units + other._units
        both._finite = self._finite and other._finite
        return both

    def over(self, n: int) -> float:
        """Return the n-th part of the sum, rounded once."""
        return self._units / (n << _SCALE) if self._finite and n else float("nan")

    def __float__(self) -> float:
        return self._units / (1 << _SCALE) if self._finite else float("nan")

    def variation(self, total: "ExactSum", n: int) -> float:
        """Return the sum of n squares about the mean; this is that of squares, `total` that of numbers."""
        if not self._finite or not n:
            return float("nan")
        units = n * (self._units << _SCALE) - total._units**2
        return units / (n << (2 * _SCALE))
