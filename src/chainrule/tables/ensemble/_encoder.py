"""Encoder of a table: from its columns to the numbers that a network's encoding takes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from chainrule.network import CategoryEncoding, Encoding, NumberEncoding
from chainrule.tables._names import shown
from chainrule.tables._warning import NewValues, note
from chainrule.tables.ensemble._columns import TableColumn
from chainrule.tables.ensemble._facts import ColumnFacts, FactsOfNumbers, SearchedNumbers, share_missing

Array = NDArray[Any]

_LARGEST = 1e15
"""Where the square of a scaled number is finite in float32; the smooth limit is reached long before."""
_NARROWEST = 1e-6
"""Width of the narrowest ramp, in units of a column's scale; float32 tells no less apart."""
_NOT_THERE = -2
_QUARTILES = [0.25, 0.5, 0.75]
MISSING = "missing"
"""What a missing cell of a category is called where names of inputs are shown."""


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers: z = (x - centre) / scale, encoded.

    Parameters
    ----------
    name : str
    centre, scale : float
        Median and distance of the quartiles; half the range where those are equal.
    encoding : NumberEncoding or None
        None of a column with one value only, which becomes no input.
    """

    name: str
    centre: float
    scale: float
    encoding: NumberEncoding | None

    @classmethod
    def of(cls, facts: FactsOfNumbers, n_bins: int, clip: float, missing_share: float) -> "NumberColumn":
        """Learn a column from its facts."""
        missing = share_missing(facts) > missing_share
        if not facts.n:
            return cls(facts.name, 0.0, 1.0, None)
        first, centre, third = facts.quantiles(_QUARTILES).tolist()
        scale = third - first or (facts.high - facts.low) / 2
        if not scale:
            alone = NumberEncoding((), clip, missing) if missing else None
            return cls(facts.name, centre, 1.0, alone)
        cuts = _apart((facts.quantiles(_cuts(n_bins)) - centre) / scale)
        edges = tuple(cuts.tolist()) if len(cuts) > 2 else ()
        return cls(facts.name, centre, scale, NumberEncoding(edges, clip, missing))

    def packed(self, values: Array) -> Array:
        """Return z of the numbers (n,); NaN where there is none."""
        return np.clip((values - self.centre) / self.scale, -_LARGEST, _LARGEST)

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs, in their order."""
        if self.encoding is None:
            return []
        ramps = [
            f"{self.name} {self.centre + self.scale * start:.4g} to {self.centre + self.scale * end:.4g}"
            for start, end in zip(self.encoding.edges[:-1], self.encoding.edges[1:], strict=True)
        ]
        return [self.name, *ramps, *([f"{self.name} {MISSING}"] if self.encoding.missing else [])]


def shares_of(n_bins: int) -> list[float]:
    """Return which quantiles of a number must be known."""
    return [*_QUARTILES, *_cuts(n_bins)]


def _cuts(n_bins: int) -> list[float]:
    shares: list[float] = np.linspace(0, 1, n_bins + 1).tolist()
    return shares


def _apart(cuts: Array) -> Array:
    """Return rising numbers without those that rounding alone tells from the one before.

    A ramp between two such numbers would be a step. The sine of 05:00 is that of 07:00 but for the last bit.
    """
    steps = np.diff(cuts, prepend=-np.inf)
    return np.asarray(cuts[steps > _NARROWEST])


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories, numbered from 0.

    Parameters
    ----------
    name : str
    categories : tuple of str
        In the order of their numbers.
    rare : tuple of str
        Categories that share the last number.
    missing : bool
        Whether a missing cell is a category of its own, with the number after those of ``categories``.
    most_frequent : int
        The number that occurs most often.
    """

    name: str
    categories: tuple[str, ...]
    rare: tuple[str, ...] = ()
    missing: bool = False
    most_frequent: int = 0

    @classmethod
    def of(cls, facts: ColumnFacts, most: int) -> "CategoryColumn":
        """Learn a column from its facts; of more than `most` categories the rarest share a number."""
        names = facts.values.tolist()
        by_count = np.argsort(-facts.counts, kind="stable")
        kept, rest = by_count[:most], by_count[most:]
        if len(rest):  # the last number is theirs
            kept, rest = by_count[: most - 1], by_count[most - 1 :]
        kept = np.sort(kept)
        first = int(np.searchsorted(kept, by_count[0])) if len(names) else 0
        rare = tuple(names[place] for place in np.sort(rest))
        return cls(facts.name, tuple(names[place] for place in kept), rare, facts.n_missing > 0, first)

    @property
    def n_categories(self) -> int:
        """How many numbers there are."""
        return len(self.categories) + self.missing + bool(self.rare)

    @property
    def encoding(self) -> CategoryEncoding | None:
        """None of a column with one category only, which becomes no input."""
        return CategoryEncoding(self.n_categories) if self.n_categories > 1 else None

    def __getstate__(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}  # the numbers follow from them

    @cached_property
    def _numbers(self) -> dict[Any, int]:
        last = self.n_categories - 1
        return {name: k for k, name in enumerate(self.categories)} | dict.fromkeys(self.rare, last)

    def packed(self, values: Array) -> Array:
        """Return the numbers of categories (n,); -1, with a warning, for one that is new."""
        known, of_missing = self._numbers, float(len(self.categories) if self.missing else -1)
        # A look into a table for each cell; only where it is in vain, whether it is text.
        looked_up = map(known.get, values.tolist(), repeat(_NOT_THERE))
        found = np.fromiter(looked_up, dtype=float, count=len(values))
        others = np.flatnonzero(found == _NOT_THERE)
        new = [row for row in others.tolist() if isinstance(values[row], str)]
        found[others] = of_missing
        found[new] = -1
        if new:
            note(NewValues(self.name, len(new), new[0], shown(values[new[0]])))
        return found

    @property
    def names(self) -> list[str]:
        """What each number stands for."""
        return [*self.categories, *([MISSING] if self.missing else []), *(["others"] if self.rare else [])]

    def name_of(self, number: int) -> str:
        """Return what a number stands for; -1 is a category that was not there in the fit."""
        return "unknown" if number < 0 else self.names[number]

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs, in their order."""
        width = 0 if self.encoding is None else self.encoding.width
        return [f"{self.name} = {name}" for name in self.names[self.n_categories - width :]]


@dataclass(frozen=True)
class TableEncoder:
    """What is known of all columns: it makes of a table's columns a matrix, one number a cell.

    Parameters
    ----------
    columns : tuple of NumberColumn or CategoryColumn
    """

    columns: tuple[NumberColumn | CategoryColumn, ...]

    @classmethod
    def of(
        cls,
        facts: Sequence[ColumnFacts | SearchedNumbers],
        n_bins: int,
        clip: float,
        missing_share: float,
        most: int,
    ) -> "TableEncoder":
        """Learn all columns from their facts.

        Parameters
        ----------
        facts : sequence of ColumnFacts or SearchedNumbers
        n_bins : int
            Ramps of a number, between quantiles.
        clip : float
            What large scaled numbers come near.
        missing_share : float
            With a larger share of missing cells a number gets an input that says so.
        most : int
            Categories of a column that get a number of their own.
        """
        return cls(
            tuple(
                CategoryColumn.of(column, most)
                if isinstance(column, ColumnFacts) and column.kind == "category"
                else NumberColumn.of(column, n_bins, clip, missing_share)
                for column in facts
            )
        )

    @cached_property
    def encoding(self) -> Encoding:
        """From a row of the matrix to the inputs of a network."""
        return Encoding([column.encoding for column in self.columns])

    def __getstate__(self) -> dict[str, Any]:
        return {"columns": self.columns}  # the encoding follows from them

    @property
    def input_names(self) -> list[str]:
        """Names of all inputs, in their order."""
        return [name for column in self.columns for name in column.input_names]

    def packed(self, columns: Sequence[TableColumn], dtype: DTypeLike) -> Array:
        """Return the matrix (n_rows, n_columns): scaled numbers, and numbers of categories."""
        matrix = np.empty((len(columns[0].values), len(columns)), dtype=dtype)
        for place, (known, column) in enumerate(zip(self.columns, columns, strict=True)):
            matrix[:, place] = known.packed(column.values)
        return matrix
