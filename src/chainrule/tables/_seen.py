"""What decides whether a column is learned from, of all its cells: in memory, or read in pieces."""

from functools import cached_property
from typing import Protocol

import numpy as np

from chainrule.tables._ranges import check_sizes
from chainrule.tables.columns import Extremes, InMemory, NumbersSeen, ReadColumn

__all__ = ["Seen", "SeenAtOnce"]


class Seen(NumbersSeen, Protocol):
    """What is known of all cells of a column.

    Attributes
    ----------
    n_different : int
        Of texts.
    digits_differ : bool
        Whether whole numbers that floats cannot hold are all different, by their digits.
    extremes : Extremes
    """

    @property
    def n_different(self) -> int: ...
    @property
    def digits_differ(self) -> bool: ...
    @property
    def extremes(self) -> Extremes: ...

    def check_sizes(self, name: str) -> None:
        """Raise ValueError for numbers that are not finite, or too large to be scaled."""


class SeenAtOnce(InMemory):
    """A column that is in memory."""

    def __init__(self, column: ReadColumn) -> None:
        super().__init__(column.values)
        self._column = column

    @cached_property
    def n_missing(self) -> int:
        return self._column.n_missing

    @property
    def n_different(self) -> int:
        return self._column.n_different

    @property
    def digits_differ(self) -> bool:
        digits = self._column.digits
        return digits is not None and len(digits.unique()) == self.n

    @property
    def extremes(self) -> Extremes:
        return Extremes.of(np.asarray(self._column.values))

    def check_sizes(self, name: str) -> None:
        check_sizes(name, self._column.values)
