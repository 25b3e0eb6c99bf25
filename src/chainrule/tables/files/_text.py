"""Tables in text files: rows of cells with something between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from chainrule.tables._cells import Cells
from chainrule.tables._names import counted
from chainrule.tables.files._content import Content
from chainrule.tables.files._encoding import Text, as_utf8, in_memory
from chainrule.tables.files._flow import Flow, whole_lines
from chainrule.tables.files._header import different_names
from chainrule.tables.files._parse import parse
from chainrule.tables.files._rewrite import (
    are_quoted_lines,
    needs_rewriting,
    requoted,
    tabbed,
    unquoted_lines,
)
from chainrule.tables.files._rows import NO_SEPARATOR, rows_of
from chainrule.tables.files._separator import RARE, find_separator, named_separator
from chainrule.tables.files._top import Top, read_top, separator_line

__all__ = ["Layout", "Plain", "filled_rows", "layout_of", "read_text", "used_columns"]

Plain = Callable[[str, Sequence[str]], bool]
"""Whether a column, by its name and first cells, may come as numbers; see `read_cells`."""

_SAMPLE = 1 << 16  # bytes
_FIRST_ROWS = 50
_FEWEST_LINES = 20


@dataclass(frozen=True)
class Layout:
    """How the rows of a text file are written.

    Parameters
    ----------
    text : Text
        With quotes, spaces and backslashes as Arrow's reader wants them.
    mark : str
        What separates cells; " " stands for any number of spaces.
    top : Top
        Names, and the notes that go behind the file's name.
    notes : list of str
        On the encoding and on quotes.
    """

    text: Text
    mark: str
    top: Top
    notes: list[str]

    @property
    def origin(self) -> str:
        """The file's name."""
        return self.text.content.origin

    @property
    def inner(self) -> str:
        """What separates cells in the text."""
        return "\t" if self.mark == " " else self.mark

    def plain_columns(self, plain: Plain | None) -> list[int]:
        """Return the columns that may come as numbers, by their first cells."""
        names, start = different_names(self.top.names, self.origin)[0], self.top.end
        if plain is None or self.text.last_quote >= start:
            return []
        sample = _sample(self.text.content)
        whole = (row.cells for row in rows_of(sample, self.inner, start) if len(row.cells) == len(names))
        first = list(islice(whole, _FIRST_ROWS))
        return [at for at, name in enumerate(names) if plain(name, [cells[at] for cells in first])]

    def cells(self, names: list[str], columns: list[pa.ChunkedArray]) -> Cells:
        """Return the cells of columns."""
        came = frozenset(
            name for name, column in zip(names, columns, strict=True) if column.type == pa.float64()
        )
        held = dict(zip(names, columns, strict=True))
        mark = None if self.mark == NO_SEPARATOR else self.mark
        return Cells(held, self.origin, mark, plain=came, named=self.top.named)

    def said(self, comments: int, empty: int, told: list[str]) -> list[str]:
        """Return all notes.

        Parameters
        ----------
        comments : int
            Number of comments among the rows.
        empty : int
            Number of rows without a filled cell at the end.
        told : list of str
            Notes on names.
        """
        notes = list(self.top.notes)
        if comments := self.top.comments + comments:
            are = "that begins with # or % is" if comments == 1 else "that begin with # or % are"
            notes.append(f"{counted(comments, 'line')} {are} left out as comments")
        if empty:
            are = (
                "row without a filled cell is" if empty == 1 else f"{empty:,} rows without a filled cell are"
            )
            notes.append(f"the last {are} left out")
        return [*self.notes, *(f"{self.origin}: {note}" for note in notes), *told]


def read_text(
    content: Content,
    *,
    separator: str | None,
    encoding: str | None,
    header: bool,
    plain: Plain | None = None,
) -> tuple[Cells, list[str]]:
    """Return the cells of a text file as they were written, and notes of what was guessed or left out."""
    layout = layout_of(content, separator=separator, encoding=encoding, header=header)
    top, numbers = layout.top, layout.plain_columns(plain)
    columns, inside = parse(
        layout.text, layout.inner, len(top.names), top.end, named=top.named, numbers=numbers
    )
    used = used_columns(top.names, columns)
    names, told = different_names(top.names[:used], layout.origin)
    left = filled_rows(columns[:used])
    empty = len(columns[0]) - left
    kept = [column.slice(0, left) for column in columns[:used]] if empty else columns[:used]
    return layout.cells(names, kept), layout.said(inside, empty, told)


def layout_of(
    content: Content, *, separator: str | None, encoding: str | None, header: bool, held: bool = True
) -> Layout:
    """Return how the rows of a text file are written.

    Parameters
    ----------
    content : Content
    separator, encoding, header
        As in `read_cells`.
    held : bool
        Whether text of another encoding than UTF-8 is held in memory, or decoded each time it is read.
    """
    text, notes = as_utf8(content, encoding, held=held)
    origin, sample = content.origin, _sample(text.content)
    line, start = separator_line(sample)
    if not sample[start:].strip():
        raise ValueError(f"{origin} is empty; its first line must hold the column names")
    if text.last_quote >= 0 and _are_rows_in_quotes(sample[start:], separator):
        text = in_memory(origin, unquoted_lines(text.content.whole()))
        sample = _sample(text.content)
        notes.append(f"{origin}: each line stands in quotation marks, which are taken off")
    mark = named_separator(separator or line) if separator or line else find_separator(sample[start:])
    rewritten = _rewritten(text, mark, held)
    if rewritten is not text:
        sample = _sample(rewritten.content)
        start = separator_line(sample)[1]
    top = read_top(sample, "\t" if mark == " " else mark, start, header=header)
    if separator and len(top.names) == 1:
        top.notes.append(f"the separator {separator!r} stands in no line; the table has one column")
    if mark in RARE and not (separator or line):
        top.notes.append(f"{mark!r} is taken for what separates the cells; --sep names another mark")
    return Layout(rewritten, mark, top, notes)


def _are_rows_in_quotes(sample: bytes, separator: str | None) -> bool:
    """Whether every line is a row that was put in quotation marks: there are columns without these only."""
    if not are_quoted_lines(sample):
        return False
    mark = named_separator(separator) if separator else find_separator(unquoted_lines(sample))
    return mark != NO_SEPARATOR and mark.encode() in unquoted_lines(sample)


def _sample(content: Content) -> bytes:
    """Return whole rows from the beginning: enough of them, or all."""
    size = _SAMPLE
    while True:
        head = content.head(size)
        if len(head) < size:
            return head
        if head.count(b"\n") + head.count(b"\r") >= _FEWEST_LINES:
            return head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]
        size *= 8


def _rewritten(text: Text, mark: str, held: bool) -> Text:
    """Return the text with spaces, quotes and backslashes as Arrow's reader wants them, or as it is."""
    content = text.content
    if mark == " " and text.last_quote < 0 and not held:
        return Text(Flow(content.origin, b"", make=partial(_tabbed_pieces, content)), -1)
    if mark == " ":
        return in_memory(content.origin, tabbed(content.whole()))
    if text.last_quote < 0 or not needs_rewriting(content.pieces(), text.last_quote):
        return text
    whole = requoted(content.whole(), mark)
    return text if whole is None else in_memory(content.origin, whole)


def _tabbed_pieces(content: Content) -> Iterator[bytes]:
    return map(tabbed, whole_lines(content.pieces()))


def used_columns(names: list[str], columns: list[pa.ChunkedArray]) -> int:
    """Return how many columns there are without those at the end that have neither name nor cells."""
    last = len(names)
    while last > 1 and not names[last - 1].strip() and _is_empty(columns[last - 1]):
        last -= 1
    return last


def filled_rows(columns: list[pa.ChunkedArray]) -> int:
    """Return how many rows there are without those at the end that have no cell filled.

    Spreadsheets write such. In a table of one column they are rows like others.
    """
    left = len(columns[0])
    while left and len(columns) > 1 and all(_is_blank(column[left - 1].as_py()) for column in columns):
        left -= 1
    return left


def _is_blank(cell: str | float | None) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_empty(column: pa.ChunkedArray) -> bool:
    if column.type == pa.float64():
        return bool(column.null_count == len(column))
    return not pc.max(pc.binary_length(column)).as_py()
