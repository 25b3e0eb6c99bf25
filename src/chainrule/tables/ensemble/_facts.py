"""Facts of a column: how often each value occurs. Being counts, those of parts of a table can be merged."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.tables._quantile_search import QuantileSearch

Array = NDArray[Any]
FactKind = Literal["number", "category"]


class FactsOfNumbers(Protocol):
    """What must be known of a column of numbers to encode it; low, high and quantiles where there are any."""

    @property
    def name(self) -> str: ...
    @property
    def n(self) -> int: ...
    @property
    def n_missing(self) -> int: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    def quantiles(self, shares: ArrayLike) -> NDArray[np.float64]: ...


def share_missing(facts: FactsOfNumbers) -> float:
    """Return the share of the rows that have no number."""
    return facts.n_missing / max(1, facts.n + facts.n_missing)


@dataclass(frozen=True)
class ColumnFacts:
    """How often each value of a column occurs, and how often none.

    Parameters
    ----------
    name : str
    kind : {"number", "category"}
    values : array
        The different values, rising: floats of a number, text of a category.
    counts : array of int
        How often each occurs.
    n_missing : int

    Examples
    --------
    >>> import numpy as np
    >>> facts = ColumnFacts.of_numbers("age", np.array([3.0, 1.0, np.nan, 3.0]))
    >>> facts.values, facts.counts, facts.n_missing
    (array([1., 3.]), array([1, 2]), 1)
    >>> facts.merged(facts).quantiles([0.0, 0.5, 1.0])
    array([1., 3., 3.])
    """

    name: str
    kind: FactKind
    values: Array
    counts: NDArray[np.int64]
    n_missing: int

    @classmethod
    def of_numbers(cls, name: str, values: NDArray[np.floating[Any]]) -> "ColumnFacts":
        """Return the facts of a column of numbers; NaN is missing."""
        absent = int(np.isnan(values).sum())
        found, counts = np.unique(values[~np.isnan(values)] if absent else values, return_counts=True)
        return cls(name, "number", found.astype(np.float64), counts.astype(np.int64), absent)

    @classmethod
    def of_texts(cls, name: str, values: Array) -> "ColumnFacts":
        """Return the facts of a column of text; what is not text is missing."""
        found = Counter(values.tolist())
        words = sorted(value for value in found if isinstance(value, str))
        counts = np.array([found[word] for word in words], dtype=np.int64)
        return cls(name, "category", np.array(words, dtype=str), counts, len(values) - int(counts.sum()))

    def merged(self, other: "ColumnFacts") -> "ColumnFacts":
        """Return the facts of both parts of a column.

        Raises
        ------
        ValueError
            If they are not of the same column.
        """
        if (self.name, self.kind) != (other.name, other.kind):
            raise ValueError(
                f"facts of a {self.kind} {self.name!r} and of a {other.kind} {other.name!r} cannot be merged"
            )
        values, place = np.unique(np.concatenate([self.values, other.values]), return_inverse=True)
        counts = np.zeros(len(values), dtype=np.int64)
        np.add.at(counts, place, np.concatenate([self.counts, other.counts]))
        return ColumnFacts(self.name, self.kind, values, counts, self.n_missing + other.n_missing)

    @property
    def n(self) -> int:
        """How many rows have a value."""
        return int(self.counts.sum())

    @property
    def low(self) -> float:
        """The smallest number."""
        return float(self.values[0])

    @property
    def high(self) -> float:
        """The largest number."""
        return float(self.values[-1])

    def quantiles(self, shares: ArrayLike) -> NDArray[np.float64]:
        """Return the exact quantiles of a number, between two values on the straight line, as NumPy does."""
        ends = np.cumsum(self.counts)
        return _quantiles(
            shares, self.n, lambda ranks: self.values[np.searchsorted(ends, ranks, side="right")]
        )


@dataclass(frozen=True)
class SearchedNumbers:
    """Facts of a column of numbers that were never in one place.

    Parameters
    ----------
    name : str
    n, n_missing : int
        Rows with a number, and without.
    low, high : float
        The smallest and the largest.
    search : QuantileSearch
        That has settled: only quantiles that it looked for are known.
    """

    name: str
    n: int
    n_missing: int
    low: float
    high: float
    search: QuantileSearch

    def quantiles(self, shares: ArrayLike) -> NDArray[np.float64]:
        return _quantiles(shares, self.n, self.search.at)


def _quantiles(
    shares: ArrayLike, n: int, at: Callable[[NDArray[np.intp]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return quantiles of n numbers; ``at`` gives numbers by their ranks."""
    place = np.asarray(shares, dtype=float) * (n - 1)
    before = np.floor(place)
    low = at(before.astype(np.intp))
    high = at((before + (place > before)).astype(np.intp))
    return np.asarray(low + (high - low) * (place - before))
