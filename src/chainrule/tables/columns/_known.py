"""Columns of kinds that are known, of a table that is read in pieces: all pieces decide how each is read."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from numpy.typing import NDArray

from chainrule.tables._cells import Cells
from chainrule.tables.columns._asked import TextReader, reader_of
from chainrule.tables.columns._column import Hints, ReadColumn, about_far, far_days, of_plain_numbers
from chainrule.tables.columns._decide import read_column, without_empty
from chainrule.tables.columns._kinds import Kind
from chainrule.tables.columns._odd import OddCells
from chainrule.tables.columns._table import Customs, side_by_side
from chainrule.tables.columns._typed import are_whole, is_category, is_text, texts_of, typed_values
from chainrule.tables.columns._undecided import UndecidedText

__all__ = ["CellsAsText", "KnownColumns"]

_FEW = 1_000  # rows tell whether there are long numbers
_NO_VALUES = np.empty(0)


class CellsAsText:
    """Cells of a column as text, piece by piece: floats have no point if all of the column are whole."""

    def __init__(self) -> None:
        self._whole = True
        self._some_read_otherwise = False

    def look(self, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return a piece as text as far as is known; remember what it says."""
        if self._whole and not _are_whole(cells):
            self._whole, self._some_read_otherwise = False, True
        return self.texts(cells)

    def settle(self) -> bool:
        """Return whether all pieces must be looked at again."""
        again, self._some_read_otherwise = self._some_read_otherwise, False
        return again

    def texts(self, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return a piece as text."""
        return texts_of(cells, self._whole)


def _are_whole(cells: pa.ChunkedArray) -> bool:
    if pt.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    return not pt.is_floating(cells.type) or are_whole(cells)


class _KnownColumn:
    def __init__(self, name: str, hints: Hints) -> None:
        self.name, self.hints = name, hints
        self.as_text = CellsAsText()
        self.undecided = UndecidedText(name, hints) if hints.kind is None else None
        self.reader: TextReader = self.undecided or reader_of(name, hints)
        self._begin()

    def _begin(self) -> None:
        self.stored: ReadColumn | None = None
        self.far = OddCells()
        self.head: list[pa.Array] = []
        self.seen_text = False
        self.reader.begin()

    def look(self, cells: pa.ChunkedArray, row: int, plain: bool) -> NDArray[Any]:
        if row == 0:
            self._begin()
        if not self._is_text(cells):
            return self._look_stored(cells, row, plain)
        self.seen_text = True
        if self.undecided is not None and is_category(cells.type):
            self.undecided.of_categories = True
        texts = self._texts(cells, self.as_text.look(cells))
        if row < _FEW:
            self.head += texts.slice(0, _FEW - row).chunks
        return self.reader.look(texts, row)

    def settle(self) -> bool:
        again = self.as_text.settle()
        if not self.seen_text:
            return again
        return self.reader.settle() or again

    def settle_open(self, customs: Customs) -> bool:
        return self.reader.read_again(customs.mark, customs.order)

    def values(self, cells: pa.ChunkedArray) -> NDArray[Any]:
        if not self._is_text(cells):
            return read_column(self.name, cells, self.hints).values
        return self.reader.values(self._texts(cells, self.as_text.texts(cells)))

    def written(self, cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
        """Return the texts of a piece; None if its cells are stored with another type."""
        return self._texts(cells, self.as_text.texts(cells)) if self._is_text(cells) else None

    def _is_text(self, cells: pa.ChunkedArray) -> bool:
        """Return whether cells are text, or are to be read as such."""
        as_asked = self.hints.kind == "text" and not pt.is_nested(cells.type)
        return as_asked or is_text(cells.type) or is_category(cells.type)

    def _texts(self, cells: pa.ChunkedArray, texts: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return texts with nulls for missing cells."""
        written = is_text(cells.type) or is_category(cells.type)
        return without_empty(texts, self.hints.na) if written else texts

    def _look_stored(self, cells: pa.ChunkedArray, row: int, plain: bool) -> NDArray[Any]:
        found = read_column(self.name, cells, self.hints, row)
        if plain:
            found = of_plain_numbers(found)
        notes = found.notes
        if pt.is_date(cells.type) or pt.is_timestamp(cells.type):
            stored = typed_values(cells)
            self.far = self.far.plus(far_days(stored[1]), row) if stored else self.far
            notes = ()  # of far days: said once, of all pieces
        before = self.stored or found
        notes = tuple(dict.fromkeys((*(self.stored.notes if self.stored else ()), *notes)))
        example = before.example or found.example
        self.stored = replace(found, values=_NO_VALUES, notes=notes, example=example)
        return found.values

    @property
    def kind(self) -> Kind | None:
        if self.undecided is not None and self.seen_text:
            return self.undecided.kind
        return self.hints.kind or (self.stored.kind if self.stored is not None else None)

    def column(self) -> ReadColumn:
        """Return how the column was read, but for its values."""
        stored = self.stored
        if stored is not None and self.far.n:
            stored = stored.noted(about_far(self.name, self.far))
        if stored is not None and not self.seen_text:
            return stored
        column = self.reader.column(_NO_VALUES, pa.chunked_array(self.head, pa.string()))
        return column if stored is None else column.noted(*stored.notes)


class KnownColumns:
    """Reads columns, of kinds that are known or not, from pieces of a table.

    `look` at all pieces, from the first to the last, then `settle`, and again as long as that says so. Then
    `columns` says how each was read, and `values` gives those of any piece.

    Parameters
    ----------
    hints : mapping of str to Hints
        What is known of the columns to be read; the kind of a column is decided if it is not.
    """

    def __init__(self, hints: Mapping[str, Hints]) -> None:
        self._hints = hints
        self._columns = {name: _KnownColumn(name, known) for name, known in hints.items()}
        self._open: dict[str, Customs] = {}
        self._separator: str | None = None

    def look(self, cells: Cells, row: int) -> dict[str, NDArray[Any]]:
        """Return the values of a piece with `row` rows before it, as far as can be known by then."""
        if row == 0:
            self._separator = cells.separator
        return side_by_side(
            lambda name: self._columns[name].look(cells.columns[name], row, name in cells.plain),
            self._columns,
        )

    def settle(self) -> bool:
        """Decide how columns are read; return whether all pieces must be looked at again, to be read so.

        Raises
        ------
        ValueError
            The cells of a column are not of its kind; names column and row.
        """
        if any([column.settle() for column in self._columns.values()]):
            return True
        found = {name: column.column() for name, column in self._columns.items()}
        new = [name for name, column in found.items() if column.is_open and name not in self._open]
        customs = Customs.of(found.values(), self._separator)
        self._open |= dict.fromkeys(new, customs)
        return any([self._columns[name].settle_open(customs) for name in new])

    def columns(self) -> dict[str, ReadColumn]:
        """Return how the columns were read, without their values."""
        found = {name: column.column() for name, column in self._columns.items()}
        for name, customs in self._open.items():
            found[name] = customs.said(found[name], self._hints[name])
        return found

    def values(self, cells: Cells, names: Collection[str] | None = None) -> dict[str, NDArray[Any]]:
        """Return the values of a piece; of all columns, or of some."""
        wanted = [name for name in self._columns if names is None or name in names]
        return side_by_side(lambda name: self._columns[name].values(cells.columns[name]), wanted)

    def kinds(self) -> dict[str, Kind | None]:
        """Return the kinds of the columns, None where it is not decided yet, or cells cannot be used."""
        return {name: column.kind for name, column in self._columns.items()}

    def written(self, name: str, cells: Cells) -> pa.ChunkedArray | None:
        """Return a column's cells in a piece as text, if they are; nulls where they are missing."""
        return self._columns[name].written(cells.columns[name])
