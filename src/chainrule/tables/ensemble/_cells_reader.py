"""Columns of a data frame read as those of a file are: numbers, dates and truth values in text are found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from chainrule.tables._cells import Cells
from chainrule.tables._inspect import read_features
from chainrule.tables._schema import Column, Schema
from chainrule.tables._wishes import Wishes
from chainrule.tables.columns import read_columns
from chainrule.tables.ensemble._columns import TableColumn

_NO_TARGET = "\0"


@dataclass(frozen=True)
class CellsReader:
    """Columns as a schema describes them.

    Parameters
    ----------
    schema : Schema
    na : tuple of str
        Texts that stand for missing cells.
    """

    schema: Schema
    na: tuple[str, ...] = ()

    @classmethod
    def first(
        cls, X: Any, kinds: Mapping[str, str] | None, ignore: Iterable[str], na: Iterable[str]
    ) -> "tuple[CellsReader, list[TableColumn]]":
        """Read a frame to learn from: columns that only number rows are left out, and said."""
        cells, wishes = Cells.of(X), Wishes(kinds, tuple(na), tuple(ignore))
        wishes.check(list(cells.columns))
        names = wishes.wanted(cells.columns)
        read = read_columns(cells, {name: wishes.hints(name) for name in names}, names, wishes.na)
        found = read_features(cells, read, _NO_TARGET, wishes)
        reader = cls(found.schema, wishes.na)
        return reader, reader._columns(found.values())

    def read(self, X: Any) -> list[TableColumn]:
        return self._columns(self.schema.read(X, self.na))

    def _columns(self, read: Mapping[str, NDArray[Any]]) -> list[TableColumn]:
        return [each for column in self.schema.columns for each in _split(column, read[column.name])]


CellsReader.__module__ = "chainrule.tables.ensemble"  # named in pickles; it is imported where pandas is


def _split(column: Column, values: NDArray[Any]) -> list[TableColumn]:
    parts = column.features(values)
    return [TableColumn(name, column.kind == "text", values) for name, values in parts.items()]
