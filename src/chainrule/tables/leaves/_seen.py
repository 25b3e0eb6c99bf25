"""What decides whether a column is learned from, gathered from its pieces; see `chainrule.tables._seen`."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.tables._names import option
from chainrule.tables._ranges import ColumnRange
from chainrule.tables.columns import Extremes
from chainrule.tables.leaves._different import Different, Words, keys_of

__all__ = ["NumbersInPieces", "TextsInPieces"]

Digits = Callable[[], NDArray[Any] | None]

_EXACT = 2.0**53
"""Floats merge neighbouring whole numbers from here on."""


class NumbersInPieces:
    """A column of numbers, truth values, dates or times; see `Seen`. Pieces may come in any order.

    Parameters
    ----------
    repeated : bool
        Whether different values are counted, even if some occur twice.
    always : bool
        Whether it must be known that all differ even where they are no whole numbers.
    """

    n_different = 0

    def __init__(self, repeated: bool = False, always: bool = False) -> None:
        self.n = self.n_missing = 0
        self.whole = True
        self.extremes = Extremes()
        self._always = always or repeated
        self.different = Different(repeated)
        self._range = ColumnRange()
        self._ends: dict[int, tuple[float, float]] = {}
        self._rises = self._falls = True
        self._long_digits = False

    def add(self, values: NDArray[np.float64], row: int, digits: Digits = lambda: None) -> None:
        """Add the cells of a piece with `row` rows before it.

        Parameters
        ----------
        values : ndarray of float
            NaN where a cell is missing.
        row : int
        digits : callable
            Returns the same cells as whole numbers or text, which tell numbers apart that floats merge; or
            None.
        """
        self.n += len(values)
        missing = np.isnan(values)
        self.n_missing += int(missing.sum())
        present = values[~missing] if missing.any() else values
        self._range.look(values, row)
        self.extremes = self.extremes.plus(Extremes.of(present))
        self.whole = self.whole and bool(np.isfinite(present).all() and np.all(present == np.floor(present)))
        self._look_at_order(values, row)
        if self.whole or self._always:
            self.different.add(self._keys(values, digits))

    def _look_at_order(self, values: NDArray[np.float64], row: int) -> None:
        if not (self._rises or self._falls):
            return
        steps = np.diff(values)
        self._rises = self._rises and bool(np.all(steps > 0))
        self._falls = self._falls and bool(np.all(steps < 0))
        if self._rises or self._falls:
            self._ends[row] = float(values[0]), float(values[-1])
        else:
            self._ends.clear()

    def _keys(self, values: NDArray[np.float64], digits: Digits) -> NDArray[np.uint64]:
        keys = keys_of(values)
        large = np.abs(values) >= _EXACT
        exact = digits() if large.any() else None
        if exact is not None:
            self._long_digits = True
            keys = np.where(large, keys_of(exact), keys)
        return keys

    def merge(self, other: "NumbersInPieces") -> None:
        """Add the cells of another part of the column."""
        self.n += other.n
        self.n_missing += other.n_missing
        self.whole = self.whole and other.whole
        self.extremes = self.extremes.plus(other.extremes)
        self.different.merge(other.different)
        self._range.merge(other._range)
        self._ends |= other._ends
        self._rises, self._falls = self._rises and other._rises, self._falls and other._falls
        self._long_digits |= other._long_digits

    @property
    def rise(self) -> bool:
        """Whether each number is larger than the one before it."""
        ends = [self._ends[row] for row in sorted(self._ends)]
        return self._rises and all(one[1] < other[0] for one, other in pairwise(ends))

    @property
    def fall(self) -> bool:
        """Whether each number is smaller than the one before it."""
        ends = [self._ends[row] for row in sorted(self._ends)]
        return self._falls and all(one[1] > other[0] for one, other in pairwise(ends))

    @property
    def n_numbers(self) -> int:
        """How many different numbers there are, if they are counted; see `Different.count`."""
        return self.different.count - (self.n_missing > 0)

    @property
    def all_differ(self) -> bool:
        """Whether no two cells are the same, as floats; False, too, of more than `MOST_DIFFERENT` of them."""
        return self.different.all_differ and not self._long_digits

    @property
    def digits_differ(self) -> bool:
        """Whether these are long whole numbers that are all different."""
        return self._long_digits and self.whole and self.different.all_differ

    @property
    def low(self) -> float:
        """The smallest number."""
        return float(self.extremes.numbers[0])

    @property
    def high(self) -> float:
        """The largest number."""
        return float(self.extremes.numbers[-1])

    def check_sizes(self, name: str) -> None:
        """Raise ValueError for numbers that are not finite, or too large to be scaled."""
        self._range.check(name)


class TextsInPieces:
    """A column of text; see `Seen`.

    Parameters
    ----------
    most : int
        Different texts that can be learned from.
    """

    whole = rise = fall = all_differ = digits_differ = False
    low = high = np.nan
    extremes = Extremes()

    def __init__(self, most: int) -> None:
        self.n = self.n_missing = 0
        self._most = most
        self.words = Words(most)
        self.first: tuple[int, str] | None = None

    def add(self, values: NDArray[Any], row: int) -> None:
        """Add the cells of a piece, str or NaN, with `row` rows before it."""
        found = pd.Series(values, dtype=object).value_counts(sort=False)
        counts = dict(zip(found.index.tolist(), found.tolist(), strict=True))
        present = sum(counts.values())
        self.n += len(values)
        self.n_missing += len(values) - present
        self.words.add(counts)
        if present and (self.first is None or row < self.first[0]):
            at = int(np.argmax(pd.notna(values)))
            self.first = row + at, values[at]

    def merge(self, other: "TextsInPieces") -> None:
        """Add the cells of another part of the column."""
        self.n += other.n
        self.n_missing += other.n_missing
        self.words.merge(other.words)
        self.first = min((each for each in (self.first, other.first) if each is not None), default=None)

    @property
    def n_different(self) -> int:
        """How many texts there are."""
        return self.words.different

    def check_sizes(self, name: str) -> None:
        """Raise ValueError if there are more texts than can be learned from."""
        if self.n_different > self._most:
            raise ValueError(
                f"column {name!r} has {self.n_different:,} different texts, and at most {self._most:,} are "
                f"counted (max_distinct); {option('--ignore', name)} leaves it out"
            )
