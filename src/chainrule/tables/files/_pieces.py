"""The table of a file, read in pieces, and again as often as need be: it is never in memory as a whole."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from chainrule.tables._cells import Cells
from chainrule.tables.files._arrow import stored_pieces
from chainrule.tables.files._content import Content
from chainrule.tables.files._cut import pieces_of_rows
from chainrule.tables.files._encoding import Text
from chainrule.tables.files._excel import read_excel
from chainrule.tables.files._flow import Flow, line_ends
from chainrule.tables.files._header import different_names
from chainrule.tables.files._magic import check_is_text
from chainrule.tables.files._packed import unpacked_pieces
from chainrule.tables.files._parse import parse
from chainrule.tables.files._suffixes import TEXT_SUFFIXES, Suffix
from chainrule.tables.files._text import Layout, Plain, filled_rows, layout_of, used_columns

__all__ = ["HEAD", "Choices", "Pieces", "pieces_of"]

HEAD = 1 << 13
"""Bytes that tell what a file is."""
_STORED_ROWS = 65_536


@dataclass(frozen=True)
class Choices:
    """How a file is to be read; see `read_cells`."""

    separator: str | None = None
    encoding: str | None = None
    header: bool = True
    sheet: str | None = None
    plain: Plain | None = None


class Pieces(Protocol):
    """A table that is read in pieces.

    `read` all of them, then `settle`, and again as long as that says so.
    """

    @property
    def names(self) -> list[str]:
        """Names of the columns."""

    @property
    def types(self) -> Mapping[str, pa.DataType]:
        """Types that columns are stored as; of text files none."""

    def read(self) -> Iterator[Cells]:
        """Yield the cells, piece by piece, from the beginning."""

    @property
    def named(self) -> bool:
        """Whether the names are the table's own."""

    def settle(self, as_text: Collection[str]) -> bool:
        """Return whether all must be read again: what came last shows how the first are to be read.

        Parameters
        ----------
        as_text : collection of str
            Columns that are to come as text in all pieces.
        """

    def notes(self) -> list[str]:
        """Return notes of what was guessed or left out."""

    def share(self) -> float | None:
        """Return how much of the file has been read; None if that is not known."""


def pieces_of(content: Content, suffix: Suffix, choices: Choices, size: int) -> Pieces:
    """Return the pieces of about `size` bytes of a file with this suffix.

    Raises
    ------
    OSError, ValueError
        As `read_cells`.
    """
    if suffix.kind == ".xlsx":
        return _Whole(*read_excel(content, sheet=choices.sheet, header=choices.header))
    if suffix.kind not in TEXT_SUFFIXES:
        return _Stored(content, suffix.kind)
    meter = _Meter(content)
    if suffix.packed:
        content = Flow(
            content.origin, b"", make=lambda: unpacked_pieces(meter.open(), suffix.packed, meter.origin)
        )
    check_is_text(content.head(HEAD), content.origin)
    layout = layout_of(
        content,
        separator=choices.separator,
        encoding=choices.encoding,
        header=choices.header,
        held=False,
    )
    return _Text(layout, layout.plain_columns(choices.plain), meter, size)


class _Meter:
    """How far a file has been read."""

    def __init__(self, content: Content) -> None:
        self.origin, self._content = content.origin, content
        self._file: Any = None
        self._size = 1

    def open(self) -> Any:
        """Open the file."""
        return self.watch(self._content.open())

    def watch(self, file: Any) -> Any:
        """Take an open file for the one that is read."""
        self._file = file
        self._size = file.size()
        return file

    def share(self) -> float | None:
        if self._file is None:
            return None
        return 1.0 if self._file.closed else min(1.0, self._file.tell() / self._size)


class _Text:
    def __init__(self, layout: Layout, numbers: list[int], meter: _Meter, size: int) -> None:
        self._layout, self._numbers, self._meter, self._size = layout, set(numbers), meter, size
        self._width = len(layout.top.names)
        self._begin()

    def _begin(self) -> None:
        self._comments = self._empty = 0
        # Columns with a name are there, even in a file without rows.
        self._used = max([1, *(at for at, name in enumerate(self._layout.top.names, 1) if name.strip())])

    @property
    def names(self) -> list[str]:
        return different_names(self._layout.top.names[: self._width], self._layout.origin)[0]

    @property
    def types(self) -> Mapping[str, pa.DataType]:
        return {}

    def read(self) -> Iterator[Cells]:
        """Yield the pieces; rows without a filled cell wait for a row with some, as the last are left out."""
        self._begin()
        names = self.names
        waiting: list[Cells] = []
        for columns in self._parsed():
            filled = filled_rows(columns)
            if not filled:
                waiting.append(self._layout.cells(names, columns))
                continue
            yield from waiting
            yield self._layout.cells(names, [column.slice(0, filled) for column in columns])
            rest = [column.slice(filled) for column in columns]
            waiting = [self._layout.cells(names, rest)] if len(rest[0]) else []
        self._empty = sum(cells.n_rows for cells in waiting)

    def _parsed(self) -> Iterator[list[pa.ChunkedArray]]:
        top, content, separator = self._layout.top, self._layout.text.content, self._layout.inner
        lines = _lines_before(content, top.end)
        with content.open(top.end) as file:
            if not isinstance(content, Flow):
                self._meter.watch(file)
            for data in pieces_of_rows(file, separator, self._size):
                piece = Content(content.origin, data, lines=lines)
                text = Text(piece, data.rfind(b'"'))
                columns, comments = parse(
                    text, separator, len(top.names), 0, named=top.named, numbers=self._numbers
                )
                lines += line_ends(data)
                self._comments += comments
                self._used = max(self._used, used_columns(top.names, columns))
                if len(columns[0]):
                    yield columns[: self._width]

    @property
    def named(self) -> bool:
        return self._layout.top.named

    def settle(self, as_text: Collection[str]) -> bool:
        lost = {at for at in self._numbers if at < self._width and self.names[at] in as_text}
        again = bool(lost) or self._used < self._width
        self._numbers -= lost
        self._width = self._used
        return again

    def notes(self) -> list[str]:
        told = different_names(self._layout.top.names[: self._width], self._layout.origin)[1]
        return self._layout.said(self._comments, self._empty, told)

    def share(self) -> float | None:
        return self._meter.share()


def _lines_before(content: Content, end: int) -> int:
    return line_ends(content.head(end))


def _types(cells: Cells) -> dict[str, pa.DataType]:
    return {name: column.type for name, column in cells.columns.items()}


class _Stored:
    def __init__(self, content: Content, kind: str) -> None:
        self._content, self._kind = content, kind
        first, self._notes = next(self._pieces())
        self._types = _types(first)

    def _pieces(self) -> Iterator[tuple[Cells, list[str]]]:
        return stored_pieces(self._content, self._kind, _STORED_ROWS)

    @property
    def names(self) -> list[str]:
        return list(self._types)

    @property
    def types(self) -> Mapping[str, pa.DataType]:
        return self._types

    def read(self) -> Iterator[Cells]:
        return (cells for cells, _ in self._pieces() if cells.n_rows)

    @property
    def named(self) -> bool:
        return True

    def settle(self, as_text: Collection[str]) -> bool:
        return False

    def notes(self) -> list[str]:
        return self._notes

    def share(self) -> float | None:
        return None


class _Whole:
    """A table that can only be read as a whole."""

    def __init__(self, cells: Cells, notes: list[str]) -> None:
        self._cells, self._notes = cells, notes

    @property
    def names(self) -> list[str]:
        return list(self._cells.columns)

    @property
    def types(self) -> Mapping[str, pa.DataType]:
        return _types(self._cells)

    def read(self) -> Iterator[Cells]:
        return iter([self._cells] if self._cells.n_rows else [])

    @property
    def named(self) -> bool:
        return self._cells.named

    def settle(self, as_text: Collection[str]) -> bool:
        return False

    def notes(self) -> list[str]:
        return self._notes

    def share(self) -> float | None:
        return None
