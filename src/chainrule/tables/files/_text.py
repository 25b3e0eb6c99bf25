"""Tables in text files: rows of cells with something between them."""

from collections.abc import Callable, Sequence
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from chainrule.tables._cells import Cells
from chainrule.tables._names import counted
from chainrule.tables.files._content import Content
from chainrule.tables.files._encoding import Text, as_utf8, in_memory
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
from chainrule.tables.files._top import read_top, separator_line

__all__ = ["read_text"]

Plain = Callable[[str, Sequence[str]], bool]
"""Whether a column, by its name and first cells, may come as numbers; see `read_cells`."""

_SAMPLE = 1 << 16  # bytes
_FIRST_ROWS = 50
_FEWEST_LINES = 20


def read_text(
    content: Content,
    *,
    separator: str | None,
    encoding: str | None,
    header: bool,
    plain: Plain | None = None,
) -> tuple[Cells, list[str]]:
    """Return the cells of a text file as they were written, and notes of what was guessed or left out."""
    text, notes = as_utf8(content, encoding)
    origin, sample = content.origin, _sample(text.content)
    line, start = separator_line(sample)
    if not sample[start:].strip():
        raise ValueError(f"{origin} is empty; its first line must hold the column names")
    if text.last_quote >= 0 and _are_rows_in_quotes(sample[start:], separator):
        text = in_memory(origin, unquoted_lines(text.content.whole()))
        sample = _sample(text.content)
        notes.append(f"{origin}: each line stands in quotation marks, which are taken off")
    mark = named_separator(separator or line) if separator or line else find_separator(sample[start:])
    rewritten = _rewritten(text, mark)
    inner = "\t" if mark == " " else mark
    if rewritten is not text:
        sample = _sample(rewritten.content)
        start = separator_line(sample)[1]
    top = read_top(sample, inner, start, header=header)
    known = different_names(top.names, origin)[0]
    numbers = _plain_columns(known, sample, inner, top.end, plain) if plain else ()
    columns, inside = parse(rewritten, inner, len(top.names), top.end, named=top.named, numbers=numbers)
    used = _used(top.names, columns)
    names, told = different_names(top.names[:used], origin)
    if separator and len(names) == 1:
        top.notes.append(f"the separator {separator!r} stands in no line; the table has one column")
    if mark in RARE and not (separator or line):
        top.notes.append(f"{mark!r} is taken for what separates the cells; --sep names another mark")
    if comments := top.comments + inside:
        are = "that begins with # or % is" if comments == 1 else "that begin with # or % are"
        top.notes.append(f"{counted(comments, 'line')} {are} left out as comments")
    kept, empty = _without_empty_rows(columns[:used])
    if empty:
        are = "row without a filled cell is" if empty == 1 else f"{empty:,} rows without a filled cell are"
        top.notes.append(f"the last {are} left out")
    came = frozenset(name for name, column in zip(names, kept, strict=True) if column.type == pa.float64())
    held = dict(zip(names, kept, strict=True))
    cells = Cells(held, origin, None if mark == NO_SEPARATOR else mark, plain=came, named=top.named)
    return cells, [*notes, *(f"{origin}: {note}" for note in top.notes), *told]


def _are_rows_in_quotes(sample: bytes, separator: str | None) -> bool:
    """Whether every line is a row that was put in quotation marks: there are columns without these only."""
    if not are_quoted_lines(sample):
        return False
    mark = named_separator(separator) if separator else find_separator(unquoted_lines(sample))
    return mark != NO_SEPARATOR and mark.encode() in unquoted_lines(sample)


def _plain_columns(names: list[str], sample: bytes, separator: str, start: int, plain: Plain) -> list[int]:
    """Return the columns that may come as numbers, by their first cells."""
    whole = (row.cells for row in rows_of(sample, separator, start) if len(row.cells) == len(names))
    first = list(islice(whole, _FIRST_ROWS))
    return [at for at, name in enumerate(names) if plain(name, [cells[at] for cells in first])]


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


def _rewritten(text: Text, mark: str) -> Text:
    """Return the text with spaces, quotes and backslashes as Arrow's reader wants them, or as it is."""
    if mark == " ":
        return in_memory(text.content.origin, tabbed(text.content.whole()))
    if text.last_quote < 0 or not needs_rewriting(text.content.pieces(), text.last_quote):
        return text
    whole = requoted(text.content.whole(), mark)
    return text if whole is None else in_memory(text.content.origin, whole)


def _used(names: list[str], columns: list[pa.ChunkedArray]) -> int:
    """Return how many columns there are without those at the end that have neither name nor cells."""
    last = len(names)
    while last > 1 and not names[last - 1].strip() and _is_empty(columns[last - 1]):
        last -= 1
    return last


def _without_empty_rows(columns: list[pa.ChunkedArray]) -> tuple[list[pa.ChunkedArray], int]:
    """Leave out the rows at the end that have no cell filled, as spreadsheets write them, and count them."""
    rows = left = len(columns[0])
    while left and len(columns) > 1 and all(_is_blank(column[left - 1].as_py()) for column in columns):
        left -= 1
    return [column.slice(0, left) for column in columns] if left < rows else columns, rows - left


def _is_blank(cell: str | float | None) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_empty(column: pa.ChunkedArray) -> bool:
    if column.type == pa.float64():
        return bool(column.null_count == len(column))
    return not pc.max(pc.binary_length(column)).as_py()
