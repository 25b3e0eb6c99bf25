"""Columns and values that mislead a model: identifiers, and numbers that stand for a missing cell."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FEWEST_ROWS",
    "MOST_CATEGORIES",
    "Extremes",
    "InMemory",
    "NumbersSeen",
    "number_for_missing",
    "why_identifier",
    "why_text_identifier",
]

FEWEST_ROWS = 10
"""In shorter tables nothing is called an identifier: ten numbers in order may well be a measurement."""

MOST_CATEGORIES = 100
_NEARLY_ALL = 0.95
_HOW_FULL = 1.05
_FREQUENT = 0.005


class NumbersSeen(Protocol):
    """What is known of the numbers of a column, all of them, in memory or read in pieces.

    Attributes
    ----------
    n, n_missing : int
        How many cells there are, and how many without a number.
    whole : bool
        Whether all numbers are whole.
    rise, fall : bool
        Whether each number is larger, or smaller, than that of the row before.
    all_differ : bool
        Whether no two cells hold the same; it is asked for last, as it costs most.
    low, high : float
        The smallest and the largest number.
    """

    @property
    def n(self) -> int: ...
    @property
    def n_missing(self) -> int: ...
    @property
    def whole(self) -> bool: ...
    @property
    def rise(self) -> bool: ...
    @property
    def fall(self) -> bool: ...
    @property
    def all_differ(self) -> bool: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class InMemory:
    """The numbers of an array; see `NumbersSeen`.

    Parameters
    ----------
    values : ndarray of shape (n,)
        NaN where a cell is missing.
    """

    def __init__(self, values: NDArray[np.float64]) -> None:
        self._values, self.n = values, len(values)

    @cached_property
    def n_missing(self) -> int:
        return int(np.isnan(self._values).sum())

    @cached_property
    def whole(self) -> bool:
        present = self._values[~np.isnan(self._values)] if self.n_missing else self._values
        return bool(np.isfinite(present).all() and np.all(present == np.floor(present)))

    @cached_property
    def rise(self) -> bool:
        return bool(np.all(np.diff(self._values) > 0))

    @cached_property
    def fall(self) -> bool:
        return bool(np.all(np.diff(self._values) < 0))

    @cached_property
    def all_differ(self) -> bool:
        return len(np.unique(self._values)) == self.n

    @cached_property
    def low(self) -> float:
        return float(np.nanmin(self._values))

    @cached_property
    def high(self) -> float:
        return float(np.nanmax(self._values))


def why_identifier(numbers: NumbersSeen) -> tuple[bool, str]:
    """Return whether numbers only identify their rows, and why; or why they may.

    Whole numbers that are all different do if they rise or fall from row to row, or fill their range like
    a shuffled count of the rows. Others that are all different may be measured (populations, prices).

    >>> import numpy as np
    >>> [why_identifier(InMemory(values))[0] for values in (np.arange(100.0), np.arange(100.0) ** 2 % 101)]
    [True, False]
    """
    n = numbers.n
    if n < FEWEST_ROWS or numbers.n_missing or not numbers.whole:
        return False, ""
    if numbers.rise or numbers.fall:
        return True, f"holds whole numbers that {'rise' if numbers.rise else 'fall'} from row to row"
    if not numbers.all_differ:
        return False, ""
    if numbers.high - numbers.low + 1 <= max(_HOW_FULL * n, n + 1):
        return True, "numbers the rows, in another order"
    return False, "holds whole numbers that are all different"


def why_text_identifier(different: int, present: int) -> str | None:
    """Return why texts only identify their rows, or None."""
    many = different > MOST_CATEGORIES and different * 2 > present
    if many or (present >= 2 * FEWEST_ROWS and different >= _NEARLY_ALL * present):
        return f"has {different:,} different texts in {present:,} rows (names, keys or remarks?)"
    return None


@dataclass(frozen=True)
class Extremes:
    """The two smallest and the two largest different numbers of a column, and how often each occurs.

    Parameters
    ----------
    numbers, counts : ndarray of shape (k,)
        In ascending order, k is 4 at most; two, three or none are all numbers that there are.
    present : int
        How many numbers there are.
    """

    numbers: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    counts: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    present: int = 0

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Self:
        """Return those of the values that are not NaN."""
        present = values[~np.isnan(values)]
        if not len(present):
            return cls()
        ends: list[float] = []
        for smallest, inside in ((np.min, np.greater), (np.max, np.less)):
            end = smallest(present)
            others = present[inside(present, end)]
            ends += [float(end), *([float(smallest(others))] if len(others) else [])]
        numbers = np.unique(ends)
        return cls(numbers, np.array([np.sum(present == end) for end in numbers]), len(present))

    def plus(self, other: "Extremes") -> "Extremes":
        """Return those of both columns together."""
        both = np.concatenate([self.numbers, other.numbers])
        numbers, which = np.unique(both, return_inverse=True)
        counts = np.bincount(which, np.concatenate([self.counts, other.counts])).astype(np.int64)
        kept = np.unique(np.concatenate([np.arange(len(numbers))[:2], np.arange(len(numbers))[-2:]]))
        return Extremes(numbers[kept], counts[kept], self.present + other.present)


def number_for_missing(seen: Extremes) -> tuple[float, int] | None:
    """Return a number that probably stands for a missing cell and how often it occurs, or None.

    It is the smallest or the largest, occurs several times, and lies further from all others than these
    lie from each other, of which there are more than two; 0 and 1 never are.

    >>> import numpy as np
    >>> number_for_missing(Extremes.of(np.array([21.0, 19.5, -999.0, 20.0, -999.0, 22.0])))
    (-999.0, 2)
    """
    if seen.present < 5 or len(seen.numbers) < 4:
        return None
    for at, first, last in ((0, 1, 3), (3, 0, 2)):
        extreme, count = float(seen.numbers[at]), int(seen.counts[at])
        if count < max(2, _FREQUENT * seen.present) or extreme in (0.0, 1.0):
            continue
        low, high = float(seen.numbers[first]), float(seen.numbers[last])
        if min(abs(extreme - low), abs(extreme - high)) > max(high - low, 0.5 * max(abs(low), abs(high))):
            if count + seen.counts[first] + seen.counts[last] < seen.present:
                return extreme, count
    return None
