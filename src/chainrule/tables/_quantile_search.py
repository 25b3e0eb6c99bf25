"""Exact quantiles of columns that are never in memory, by counting: the same in any order and any pieces."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule._ordered_keys import ALL_BITS, Keys, number_of_key, ordered_keys

__all__ = ["QuantileSearch"]

_HELD = 1 << 16
"""So many numbers are held and sorted, rather than counted in another pass."""


class _Ways(NamedTuple):
    """How to count: by so many bits in a pass; of no more than ``held`` numbers they are held."""

    bits: int
    held: int


class _Bin:
    """Numbers whose keys begin with the same bits, counted by those that follow, or held if they are few.

    Parameters
    ----------
    ways : _Ways
    known : int
        How many bits are known.
    prefix : int
        These bits.
    n : int, optional
        How many numbers they are, if that is known.
    """

    def __init__(self, ways: _Ways, known: int, prefix: int, n: int | None = None) -> None:
        self._ways, self.known, self.prefix = ways, known, prefix
        self._counts: NDArray[np.int64] | None = None
        self._held: list[Keys] = []
        if n is None or n > ways.held:
            self._counts = np.zeros(1 << self._width, dtype=np.int64)
        self._and, self._or = (1 << ALL_BITS) - 1, 0

    @property
    def _width(self) -> int:
        """How many bits more this pass tells."""
        return min(self._ways.bits, ALL_BITS - self.known)

    def add(self, keys: Keys) -> None:
        if self.known:
            keys = keys[keys >> np.uint64(ALL_BITS - self.known) == np.uint64(self.prefix)]
        if not len(keys):
            return
        if self._counts is None:
            self._held.append(keys)
            return
        self._and &= int(np.bitwise_and.reduce(keys))
        self._or |= int(np.bitwise_or.reduce(keys))
        n_bins = len(self._counts)
        digits = (keys >> np.uint64(ALL_BITS - self.known - self._width)) & np.uint64(n_bins - 1)
        self._counts += np.bincount(digits.astype(np.int64), minlength=n_bins)

    def empty(self) -> "_Bin":
        """Return the same bin without numbers."""
        return _Bin(self._ways, self.known, self.prefix, 0 if self._counts is None else None)

    def merge(self, other: "_Bin") -> None:
        self._held += other._held
        self._and &= other._and
        self._or |= other._or
        if self._counts is not None and other._counts is not None:
            self._counts += other._counts

    def __getstate__(self) -> dict[str, Any]:
        """Most bins of a piece of a table hold nothing: what is sent are the others."""
        state = dict(vars(self))
        if self._counts is not None:
            filled = np.flatnonzero(self._counts)
            state["_counts"] = filled.astype(np.uint16), self._counts[filled]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._counts is not None:
            filled, counts = state["_counts"]
            self._counts = np.zeros(1 << self._width, dtype=np.int64)
            self._counts[filled] = counts

    @property
    def n(self) -> int:
        return sum(map(len, self._held)) if self._counts is None else int(self._counts.sum())

    def found(self, rank: int) -> "float | tuple[_Bin, int]":
        """Return the number of this rank; or the bin that it is in, and its rank there."""
        if self._counts is None:
            return number_of_key(int(np.partition(np.concatenate(self._held), rank)[rank]))
        if self._and == self._or:
            return number_of_key(self._and)
        ends = np.cumsum(self._counts)
        digit = int(np.searchsorted(ends, rank, side="right"))
        known, prefix = self.known + self._width, (self.prefix << self._width) | digit
        if known == ALL_BITS:
            return number_of_key(prefix)
        count = int(self._counts[digit])
        return _Bin(self._ways, known, prefix, count), rank - int(ends[digit]) + count


class QuantileSearch:
    """Looks for quantiles of the numbers of a column, which are read several times: 64 / bits at most.

    `add` all of them, then `settle`, and again as long as that says so. Others may count parts of the column
    in searches that stand `beside` this one, which are merged in any order before it settles.

    Parameters
    ----------
    shares : sequence of float
        From 0 to 1; quantiles between two numbers are interpolated, as `numpy.quantile` does.
    bits : int, default=16
        Of each pass, at most 16: with less of them less is counted and sent, and there may be more passes.

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

    def __init__(self, shares: Sequence[float] = (0.5,), bits: int = 16) -> None:
        self._shares = shares
        self._ways = _Ways(bits, _HELD // max(1, len(shares)))
        self._bins: dict[tuple[int, int], _Bin] = {(0, 0): _Bin(self._ways, 0, 0)}
        self._open: dict[int, tuple[_Bin, int]] | None = None
        self._numbers: dict[int, float] = {}
        self._n = 0

    def add(self, values: NDArray[np.float64]) -> None:
        """Add numbers; NaN counts for nothing."""
        if not self._bins:
            return
        missing = np.isnan(values)
        keys = ordered_keys(values[~missing] if missing.any() else values)
        for each in self._bins.values():
            each.add(keys)

    def beside(self) -> "QuantileSearch":
        """Return a search at the same pass, without numbers, to be merged."""
        other = QuantileSearch(self._shares, self._ways.bits)
        other._bins = {key: each.empty() for key, each in self._bins.items()}
        return other

    def merge(self, other: "QuantileSearch") -> None:
        """Add the numbers that another search, at the same pass, has been given."""
        for key, each in self._bins.items():
            each.merge(other._bins[key])

    def plus(self, other: "QuantileSearch") -> "QuantileSearch":
        """Return a search beside both that has been given the numbers of both."""
        both = self.beside()
        both.merge(self)
        both.merge(other)
        return both

    @property
    def settled(self) -> bool:
        """Whether the quantiles are known."""
        return not self._bins

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
                bin_ = self._bins.setdefault((each[0].known, each[0].prefix), each[0])
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

    def at(self, ranks: ArrayLike) -> NDArray[np.float64]:
        """Return numbers by their ranks, when the search has settled: those that quantiles lie between."""
        return np.array([self._numbers[int(rank)] for rank in np.atleast_1d(ranks)])

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
