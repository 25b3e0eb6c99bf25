"""Exact quantiles of columns that are never in memory, by counting: the same in any order and any pieces."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["QuantileSearch"]

Keys = NDArray[np.uint64]

_BITS, _PASSES = 16, 4
_BINS = 1 << _BITS
_HELD = 1 << 16
"""So many numbers are held and sorted, rather than counted in another pass."""


def _keys(values: NDArray[np.float64]) -> Keys:
    """Return whole numbers in the order of the numbers: bits of a positive float rise with it."""
    bits = (values + 0.0).view(np.uint64)  # 0.0 for -0.0
    sign = np.uint64(1 << 63)
    return np.where(bits & sign, ~bits, bits | sign)


def _number(key: int) -> float:
    bits = key ^ (1 << 63) if key >> 63 else key ^ ((1 << 64) - 1)
    return float(np.uint64(bits).view(np.float64))


class _Bin:
    """Numbers whose keys begin with the same bits, counted by their next 16 bits, or held if they are few.

    Parameters
    ----------
    level : int
        How many times 16 bits are known.
    prefix : int
        These bits.
    n : int, optional
        How many numbers they are, if that is known.
    """

    def __init__(self, level: int, prefix: int, n: int | None = None) -> None:
        self.level, self.prefix = level, prefix
        self._counts: NDArray[np.int64] | None = None
        self._held: list[Keys] = []
        if n is None or n > _HELD:
            self._counts = np.zeros(_BINS, dtype=np.int64)
        self._and, self._or = (1 << 64) - 1, 0

    def add(self, keys: Keys) -> None:
        if self.level:
            keys = keys[keys >> np.uint64(64 - _BITS * self.level) == np.uint64(self.prefix)]
        if not len(keys):
            return
        if self._counts is None:
            self._held.append(keys)
            return
        self._and &= int(np.bitwise_and.reduce(keys))
        self._or |= int(np.bitwise_or.reduce(keys))
        digits = (keys >> np.uint64(64 - _BITS * (self.level + 1))) & np.uint64(_BINS - 1)
        self._counts += np.bincount(digits.astype(np.int64), minlength=_BINS)

    def empty(self) -> "_Bin":
        """Return the same bin without numbers."""
        return _Bin(self.level, self.prefix, 0 if self._counts is None else None)

    def merge(self, other: "_Bin") -> None:
        self._held += other._held
        self._and &= other._and
        self._or |= other._or
        if self._counts is not None and other._counts is not None:
            self._counts += other._counts

    @property
    def n(self) -> int:
        return sum(map(len, self._held)) if self._counts is None else int(self._counts.sum())

    def found(self, rank: int) -> "float | tuple[_Bin, int]":
        """Return the number of this rank; or the bin that it is in, and its rank there."""
        if self._counts is None:
            return _number(int(np.partition(np.concatenate(self._held), rank)[rank]))
        if self._and == self._or:
            return _number(self._and)
        ends = np.cumsum(self._counts)
        digit = int(np.searchsorted(ends, rank, side="right"))
        prefix = (self.prefix << _BITS) | digit
        if self.level + 1 == _PASSES:
            return _number(prefix)
        count = int(self._counts[digit])
        return _Bin(self.level + 1, prefix, count), rank - int(ends[digit]) + count


class QuantileSearch:
    """Looks for quantiles of the numbers of a column, which are read several times: four at most.

    `add` all of them, then `settle`, and again as long as that says so. Others may count parts of the column
    in searches that stand `beside` this one, which are merged in any order before it settles.

    Parameters
    ----------
    shares : sequence of float
        From 0 to 1; quantiles between two numbers are interpolated, as `numpy.quantile` does.

    Examples
    --------
    >>> search = QuantileSearch([0.5])
    >>> more = True
    >>> while more:
    ...     for part in ([3.0, 1.0, np.nan], [10.0, 2.0]):
    ...         search.add(np.array(part))
    ...     more = search.settle()
    >>> search.quantiles
    array([2.5])
    """

    def __init__(self, shares: Sequence[float] = (0.5,)) -> None:
        self._shares = shares
        self._bins: dict[tuple[int, int], _Bin] = {(0, 0): _Bin(0, 0)}
        self._open: dict[int, tuple[_Bin, int]] | None = None
        self._numbers: dict[int, float] = {}
        self._n = 0

    def add(self, values: NDArray[np.float64]) -> None:
        """Add numbers; NaN counts for nothing."""
        if not self._bins:
            return
        missing = np.isnan(values)
        keys = _keys(values[~missing] if missing.any() else values)
        for each in self._bins.values():
            each.add(keys)

    def beside(self) -> "QuantileSearch":
        """Return a search at the same pass, without numbers, to be merged."""
        other = QuantileSearch(self._shares)
        other._bins = {key: each.empty() for key, each in self._bins.items()}
        return other

    def merge(self, other: "QuantileSearch") -> None:
        """Add the numbers that another search, at the same pass, has been given."""
        for key, each in self._bins.items():
            each.merge(other._bins[key])

    def settle(self) -> bool:
        """Return whether all numbers must be added again."""
        if self._open is None:
            (whole,) = self._bins.values()
            self._n = whole.n
            self._open = {rank: (whole, rank) for rank in self._ranks()}
        found = {rank: each.found(within) for rank, (each, within) in self._open.items()}
        self._numbers |= {rank: each for rank, each in found.items() if isinstance(each, float)}
        self._open, self._bins = {}, {}
        for rank, each in found.items():
            if not isinstance(each, float):
                bin_ = self._bins.setdefault((each[0].level, each[0].prefix), each[0])
                self._open[rank] = bin_, each[1]
        return bool(self._open)

    def _ranks(self) -> set[int]:
        if not self._n:
            return set()
        return {rank for share in self._shares for rank in self._around(share)[:2]}

    def _around(self, share: float) -> tuple[int, int, float]:
        """Return the ranks that a quantile lies between, and how far from the lower one."""
        place = share * (self._n - 1)
        low = min(int(place), self._n - 1)
        return low, min(low + 1, self._n - 1) if place > low else low, place - low

    @property
    def quantiles(self) -> NDArray[np.float64]:
        """The quantiles, when the search has settled; NaN if there is no number."""
        if not self._n:
            return np.full(len(self._shares), np.nan)
        return np.array([self._between(*self._around(share)) for share in self._shares])

    def _between(self, low: int, high: int, part: float) -> float:
        a, b = self._numbers[low], self._numbers[high]
        if part == 0.5:  # as a median is
            return (a + b) / 2
        return float(b - (b - a) * (1 - part) if part >= 0.5 else a + (b - a) * part)
