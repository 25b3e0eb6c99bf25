"""Numbers of a column that are too large, or far from what was learned from; counted piece by piece."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables._names import counted, the_row

__all__ = ["LARGEST", "ColumnRange", "Rows", "check_sizes"]

LARGEST = 1e150
"""The variance of larger numbers is not finite."""


@dataclass
class Rows:
    """How many rows there are of some kind, the first of them, from 0, and its number."""

    count: int = 0
    first: int = 0
    value: float = np.nan

    def add(self, which: NDArray[np.bool_], values: NDArray[np.float64], row: int) -> None:
        """Add the rows of a piece with `row` rows before it."""
        if not which.any():
            return
        if not self.count:
            at = int(which.argmax())
            self.first, self.value = row + at, float(values[at])
        self.count += int(which.sum())

    def merge(self, other: "Rows") -> None:
        """Add the rows of another part of the table."""
        if other.count and (not self.count or other.first < self.first):
            self.first, self.value = other.first, other.value
        self.count += other.count


class ColumnRange:
    """Counts numbers that are infinite, too large, or beyond the bounds `low` and `high`.

    ``any`` is whether there is a number at all.
    """

    def __init__(self, low: float = -np.inf, high: float = np.inf) -> None:
        self.low, self.high = low, high
        self.infinite, self.large, self.far = Rows(), Rows(), Rows()
        self.any = False

    def look(self, values: NDArray[Any], row: int) -> None:
        """Look at the values of a piece with `row` rows before it."""
        if values.dtype == object or not len(values) or np.isnan(values).all():
            return
        self.any = True
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if max(-low, high) > LARGEST:
            self.infinite.add(np.isinf(values), values, row)
            self.large.add(np.abs(values) > LARGEST, values, row)
        if low < self.low or high > self.high:
            self.far.add((values < self.low) | (values > self.high), values, row)

    def merge(self, other: "ColumnRange") -> None:
        """Add what was found in another part of the column."""
        self.any |= other.any
        for own, more in ((self.infinite, other.infinite), (self.large, other.large), (self.far, other.far)):
            own.merge(more)

    def check(self, name: str) -> None:
        """Raise ValueError for infinities and numbers whose square is not finite; names column and row."""
        for found, what in (
            (self.infinite, "a finite number"),
            (self.large, f"a number that can be scaled (at most {LARGEST:g} in size)"),
        ):
            if found.count:
                more = found.count - 1
                others = f" (and in {counted(more, 'more row')})" if more else ""
                where = f"column {name!r}, {the_row(found.first)}"
                raise ValueError(f"{where}: {found.value} is not {what}{others}")


def check_sizes(name: str, values: NDArray[Any]) -> None:
    """Raise the ValueError of `ColumnRange.check` for all values of a column."""
    found = ColumnRange()
    found.look(values, 0)
    found.check(name)
