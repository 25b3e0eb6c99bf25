"""A table is read to decide how: kinds of columns, which of them are learned from, and the target."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chainrule.tables._cells import Cells
from chainrule.tables._inspect import ROW_NUMBERS, choose_features
from chainrule.tables._reports import ColumnReport, reports_of
from chainrule.tables._schema import Schema
from chainrule.tables._seen import Seen
from chainrule.tables._target import Task, check_target_name, target_hints
from chainrule.tables._wishes import Wishes
from chainrule.tables.columns import KnownColumns, ReadColumn, asked_missing
from chainrule.tables.leaves._facts import MOST_CATEGORIES_COUNTED
from chainrule.tables.leaves._files import LeafTable
from chainrule.tables.leaves._seen import NumbersInPieces, TextsInPieces
from chainrule.tables.leaves._target import PiecesOfTarget

__all__ = ["Survey", "Watch", "survey"]

Watch = Callable[[str, int], None]
"""Called with what is done, and the number of rows that have been read for it."""


@dataclass(frozen=True)
class Survey:
    """How the columns of a table are read.

    Parameters
    ----------
    columns : KnownColumns
        Reads the values of pieces.
    target : PiecesOfTarget
        Reads the target of pieces.
    schema : Schema
        The columns that are learned from.
    reports : tuple of ColumnReport
    n_rows : int
        Of the table.
    """

    columns: KnownColumns
    target: PiecesOfTarget
    schema: Schema
    reports: tuple[ColumnReport, ...]
    n_rows: int

    @property
    def needed(self) -> list[str]:
        """Names of the columns that are learned from, and of the target."""
        return [*self.schema.names(), self.schema.target]


class _Look:
    """What one reading of the table shows."""

    def __init__(self, columns: KnownColumns, target: PiecesOfTarget, most: int) -> None:
        self._columns, self._target, self._most = columns, target, most
        self.seen: dict[str, NumbersInPieces | TextsInPieces] = {}
        self.examples: dict[str, str] = {}
        self.head = Cells({})
        self.n_rows = 0

    def at(self, cells: Cells, row: int) -> None:
        """Look at a piece with `row` rows before it."""
        if row == 0:
            self.head = Cells(
                {name: each.slice(0, 0) for name, each in cells.columns.items()},
                cells.origin,
                cells.separator,
                cells.holds,
                named=cells.named,
            )
            self._target.begin()
        values = self._columns.look(cells, row)
        for name, kind in self._columns.kinds().items():
            if kind is None:
                continue
            if kind != "text" and name not in self.examples and not np.isnan(values[name]).all():
                self.examples[name] = f"{values[name][int(np.argmax(~np.isnan(values[name])))]:g}"
            if name == self._target.name:
                self._target.add(cells, values[name], row)
            else:
                self._add(name, cells, values[name], row)
        self.n_rows = row + cells.n_rows

    def _add(self, name: str, cells: Cells, values: NDArray[Any], row: int) -> None:
        if values.dtype == object:
            texts = self.seen.setdefault(name, TextsInPieces(self._most))
            assert isinstance(texts, TextsInPieces)
            texts.add(values, row)
            return
        numbers = self.seen.setdefault(name, NumbersInPieces(always=name in ROW_NUMBERS))
        assert isinstance(numbers, NumbersInPieces)
        numbers.add(values, row, lambda: self._digits(name, cells))

    def _digits(self, name: str, cells: Cells) -> NDArray[Any] | None:
        """Return cells that tell large whole numbers apart."""
        written = self._columns.written(name, cells)
        stored = cells.columns[name] if written is None else written
        if written is None and not pa.types.is_integer(stored.type):
            return None
        return np.asarray(stored.fill_null("" if written is not None else 0).to_numpy())

    def column(self, name: str, column: ReadColumn) -> ReadColumn:
        """Return how a column is read, with what all its cells showed."""
        if not column.example and column.written is None and column.kind in ("number", "boolean"):
            column = replace(column, example=self.examples.get(name, ""))
        seen = self.seen.get(name)
        if seen is None:
            return column
        return replace(column, n_missing=seen.n_missing, n_different=seen.n_different)


def survey(
    table: LeafTable,
    target: str,
    *,
    task: Task | None = None,
    wishes: Wishes | None = None,
    max_distinct: int = MOST_CATEGORIES_COUNTED,
    watch: Watch = lambda what, rows: None,
) -> Survey:
    """Read a table, once or a few times, to decide how it is learned from.

    Parameters
    ----------
    table : LeafTable
    target, task, wishes
        As `split_table`.
    max_distinct : int
        Different texts that a column may have.
    watch : callable

    Raises
    ------
    OSError, ValueError
        The table cannot be read, or not be learned from; names file, column and row.
    """
    wishes = wishes or Wishes()
    check_target_name(table.names, target)
    wishes.check(table.names, target)
    look, columns, of_target = _looked(table, target, task, wishes, max_distinct, watch)
    table.pieces.say()
    found = columns.columns()
    found = {name: look.column(name, column) for name, column in found.items()}
    read_target = of_target.decide(found.pop(target), look.head.holds.get(target))
    seen: Mapping[str, Seen] = {name: look.seen.get(name) or NumbersInPieces() for name in found}
    schema, reports = choose_features(look.head, found, seen, target, wishes)
    schema = replace(schema, target_spelling=of_target.spelling)
    all_reports = reports_of(look.head, reports, read_target)
    return Survey(columns, of_target, schema, all_reports, look.n_rows)


def _looked(
    table: LeafTable, target: str, task: Task | None, wishes: Wishes, max_distinct: int, watch: Watch
) -> tuple[_Look, KnownColumns, PiecesOfTarget]:
    while True:
        columns = _columns(table, target, task, wishes)
        of_target = PiecesOfTarget(target, task, columns)
        while True:
            look = _Look(columns, of_target, max_distinct)
            for cells, row in table.read():
                look.at(cells, row)
                watch("reading", row + cells.n_rows)
            again = table.pieces.settle()
            if again or not columns.settle():
                break
        if not again:
            return look, columns, of_target


def _columns(table: LeafTable, target: str, task: Task | None, wishes: Wishes) -> KnownColumns:
    first, _ = next(table.read())
    na = asked_missing(wishes.na)
    hints = {name: wishes.hints(name) for name in wishes.wanted(table.names)}
    hints[target] = target_hints(first, target, task, hints[target])
    return KnownColumns({name: replace(known, na=na) for name, known in hints.items()})
