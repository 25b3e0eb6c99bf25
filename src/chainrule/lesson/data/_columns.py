"""The columns of a table behind the inputs of a network, as axes of the plane."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import shortened
from chainrule.lesson.data._plane import Plane

__all__ = ["Columns"]

Array = NDArray[Any]

_MOST_CATEGORIES = 30
"""Of an axis of text: the most frequent ones."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a table, and what makes inputs of a network of them.

    Attributes
    ----------
    raw : DataFrame of pandas, or array of shape (n_rows, n_columns)
    names : tuple of str
    encode : callable
        Takes such rows; returns the network's inputs (n_rows, n_inputs).
    """

    raw: Any
    names: tuple[str, ...]
    encode: Callable[[Any], Array] = field(repr=False)

    def plane(self, *axes: str) -> Plane:
        """Return the plane of one or two columns.

        Raises
        ------
        MessageError
            If there is no such column, or it is named twice.
        """
        for name in axes:
            if name not in self.names:
                raise MessageError(
                    f"there is no column {shortened(name)}; choose among {', '.join(self.names)}"
                )
        if len(set(axes)) < min(2, len(self.names)):
            raise MessageError("the plane's axes are two different columns")
        places = [self.names.index(name) for name in axes]
        made = [_Axis.of(self.column(place)) for place in places]

        def to_inputs(points: Array, row: int) -> Array:
            return self.encode(self._held(row, places, [a.cells(points[:, k]) for k, a in enumerate(made)]))

        return Plane(
            axes, tuple(axis.low for axis in made), tuple(axis.high for axis in made),
            np.column_stack([axis.places for axis in made]), to_inputs, tuple(axis.ticks for axis in made),
        )  # fmt: skip

    @cached_property
    def usual(self) -> tuple[str, ...]:
        """The first two columns of numbers; others where there are not as many."""
        numbers = [_is_numbers(self.column(place)) for place in range(len(self.names))]
        order = sorted(range(len(self.names)), key=lambda place: not numbers[place])
        return tuple(self.names[place] for place in sorted(order[:2]))

    def column(self, place: int) -> Array:
        """Return the cells of a column."""
        of_frame = hasattr(self.raw, "iloc")
        return np.asarray(self.raw.iloc[:, place] if of_frame else self.raw[:, place])

    def cells(self, row: int) -> list[Any]:
        """Return the cells of a row: numbers and texts."""
        return [_plain_cell(self.column(place)[row]) for place in range(len(self.names))]

    def _held(self, row: int, places: Sequence[int], values: Sequence[Array]) -> Any:
        """Return a row as often as there are values, with these in their places."""
        again = np.full(len(values[0]), row)
        if not hasattr(self.raw, "iloc"):
            held = self.raw[again]
            for place, value in zip(places, values, strict=True):
                held[:, place] = value
            return held
        held = self.raw.iloc[again].reset_index(drop=True)
        for place, value in zip(places, values, strict=True):
            held.isetitem(place, value)
        return held


@dataclass(frozen=True, eq=False)
class _Axis:
    """A column as an axis: numbers where they lie, or categories at 0, 1, 2, …"""

    low: float
    high: float
    places: Array
    categories: Array | None

    @classmethod
    def of(cls, column: Array) -> "_Axis":
        if _is_numbers(column):
            numbers = column.astype(float)
            finite = numbers[np.isfinite(numbers)]
            low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
            margin = 0.04 * (high - low) or 1.0
            return cls(low - margin, high + margin, numbers, None)
        texts = np.array([str(cell) for cell in column])
        found, first, counts = np.unique(texts, return_index=True, return_counts=True)
        kept = np.sort(np.argsort(-counts, kind="stable")[:_MOST_CATEGORIES])
        places = np.full(len(texts), np.nan)
        for number, text in enumerate(found[kept]):
            places[texts == text] = number
        return cls(-0.5, len(kept) - 0.5, places, column[first[kept]])

    @property
    def ticks(self) -> tuple[str, ...] | None:
        return None if self.categories is None else tuple(str(cell) for cell in self.categories)

    def cells(self, values: Array) -> Array:
        if self.categories is None:
            return values
        cells: Array = self.categories[np.clip(np.rint(values).astype(int), 0, len(self.categories) - 1)]
        return cells


def _is_numbers(column: Array) -> bool:
    if column.dtype == object:
        return all(type(cell) in (int, float) for cell in column[:100])
    return column.dtype.kind in "iuf"


def _plain_cell(cell: Any) -> Any:
    if isinstance(cell, bool | np.bool_):
        return str(cell)
    if isinstance(cell, int | float | np.integer | np.floating):
        return float(cell) if np.isfinite(cell) else None
    return str(cell)
