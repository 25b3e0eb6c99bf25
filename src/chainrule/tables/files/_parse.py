"""Text rows to columns of text, by Arrow's reader."""

import math
import re
from collections.abc import Callable, Collection
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from chainrule.tables._names import counted
from chainrule.tables.files._content import Content
from chainrule.tables.files._encoding import Text
from chainrule.tables.files._rows import line_of, rows_of

__all__ = ["parse"]

_BLOCK = 1 << 20  # bytes; larger ones cost memory and win nothing
_LARGEST = (1 << 31) - 1
_TRIES = 4
_NO_NUMBER = re.compile(r"In CSV column #(\d+): .*conversion error")  # in the words of Arrow
_MOST_STRANGE = 1_000_000  # rows of another width, before the file is not one of these columns


def parse(
    text: Text, separator: str, width: int, start: int, *, named: bool, numbers: Collection[int] = ()
) -> tuple[list[pa.ChunkedArray], int]:
    """Return the columns of a table whose rows begin at the byte `start`, and the number of comments.

    Comments are rows that begin with # and do not have as many cells as the others. Columns come as text;
    those in `numbers` as numbers, if all cells of these are numbers or empty.

    Raises
    ------
    ValueError
        A row has more or fewer cells, or a quotation mark is never closed; the message names the line.
    """
    content, quoted = text.content, text.last_quote >= start
    try:
        found = None if quoted else _with_numbers(content, separator, width, start, numbers)
        columns, strange = found or _read(content, separator, width, start, quoted)
    except pa.ArrowInvalid as error:
        _check_rows(content, separator, width, start, named)
        raise ValueError(f"{content.origin} cannot be read: {' '.join(str(error).split())}") from error
    if not len(columns[0]) and text.last_quote >= 0:
        _check_rows(content, separator, width, 0, named)  # it may be the last name that is open
    if strange or (quoted and _may_end_open(content, columns)):
        ragged = [row for row in strange if not _is_comment(row)]
        if ragged or not strange:
            _check_rows(content, separator, width, start, named)
        if ragged:
            raise ValueError(f"{content.origin}: not all rows have {width} cells, for one {ragged[0]!r:.80}")
    return columns, len(strange)


def _is_comment(row: str) -> bool:
    return row.lstrip().startswith("#") and not re.search(r"[\r\n]", row)


def _with_numbers(
    content: Content, separator: str, width: int, start: int, numbers: Collection[int]
) -> tuple[list[pa.ChunkedArray], list[str]] | None:
    """Return columns of text and of numbers; None if too many of the latter turn out to hold other cells.

    Reading ends early at such a cell, and begins anew with that column as text.
    """
    left = set(numbers)
    for _ in range(_TRIES):
        if not left or not content.open(start).read(1):
            return None
        try:
            found = _read_rows(content, separator, width, start, lines_in_cells=False, numbers=left)
        except pa.ArrowInvalid as error:
            column = _NO_NUMBER.search(str(error))
            if column is None or int(column[1]) not in left:
                return None
            left.remove(int(column[1]))
            continue
        # The text nan is to be said. (Infinities of both signs look alike here.)
        words = {at for at in left if math.isnan(pc.sum(found[0][at]).as_py() or 0.0)}
        if not words:
            return found
        left -= words
    return None


def _read(
    content: Content, separator: str, width: int, start: int, quoted: bool
) -> tuple[list[pa.ChunkedArray], list[str]]:
    """Return the columns, and the rows that have another number of cells.

    Quoted cells may hold line ends. Arrow reads such files at half the speed, so that it is tried first as if
    there were none: a cell that holds one then shows itself, or a row that it breaks.
    """
    if not content.open(start).read(1):
        return [pa.chunked_array([], pa.string())] * width, []
    if quoted:
        try:
            columns, strange = _read_rows(content, separator, width, start, lines_in_cells=False)
            if all(map(_is_comment, strange)) and not any(map(_holds_line_ends, columns)):
                return columns, strange
        except pa.ArrowInvalid:
            pass
    return _read_rows(content, separator, width, start, lines_in_cells=quoted)


def _read_rows(
    content: Content,
    separator: str,
    width: int,
    start: int,
    *,
    lines_in_cells: bool,
    numbers: Collection[int] = (),
) -> tuple[list[pa.ChunkedArray], list[str]]:
    strange: list[str] = []

    def collect(row: Any) -> str:
        if row.text.strip():
            strange.append(row.text)
        return "skip" if len(strange) <= _MOST_STRANGE else "error"

    names = [str(column) for column in range(width)]
    parsing = csv.ParseOptions(
        delimiter=separator,
        newlines_in_values=lines_in_cells,
        invalid_row_handler=collect,
        ignore_empty_lines=True,
    )
    texts = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()) | {str(at): pa.float64() for at in numbers},
        strings_can_be_null=False,
        null_values=[""] if numbers else [],
        check_utf8=False,
    )

    pool = _memory()

    def with_blocks(size: int) -> list[pa.ChunkedArray]:
        strange.clear()
        reading = csv.ReadOptions(column_names=names, block_size=size)
        with content.open(start) as file:
            table = csv.read_csv(file, reading, parsing, texts, memory_pool=pool)
        pool.release_unused()  # what parsing took is as much as the file, and others need it now
        return list(table.columns)

    return _with_larger_blocks(with_blocks), strange


def _holds_line_ends(column: pa.ChunkedArray) -> bool:
    for chunk in column.chunks:
        letters = chunk.buffers()[2]
        held = letters.to_pybytes() if letters else b""
        if b"\n" in held or b"\r" in held:
            return True
    return False


def _memory() -> pa.MemoryPool:
    """Return the allocator that takes fresh memory from the system in the least time."""
    try:
        return pa.jemalloc_memory_pool()
    except NotImplementedError:  # not built in
        return pa.system_memory_pool()


def _with_larger_blocks(read: Callable[[int], list[pa.ChunkedArray]]) -> list[pa.ChunkedArray]:
    """Read with blocks that are large enough for the longest row."""
    size = _BLOCK
    while True:
        try:
            return read(size)
        except pa.ArrowInvalid as error:
            if "straddl" not in str(error) or size == _LARGEST:
                raise
        size = min(8 * size, _LARGEST)


def _may_end_open(content: Content, columns: list[pa.ChunkedArray]) -> bool:
    """Whether the last cell may be one whose quotation mark is never closed: Arrow does not say.

    Then the file ends as that cell does. Empty quoted cells look alike, and are looked at again.
    """
    if not len(columns[-1]):
        return True
    last = b'"' + columns[-1][-1].as_py().encode().replace(b'"', b'""')
    with content.open() as file:
        size = file.size()
        file.seek(max(0, size - len(last)))
        return bool(file.read() == last)


def _check_rows(content: Content, separator: str, width: int, start: int, named: bool) -> None:
    """Raise the ValueError that names the first row of another width, or whose quotation mark is open."""
    data = content.whole()
    for row in rows_of(data, separator, start):
        if row.opened is not None:
            line = line_of(data, row.opened) + content.lines
            raise ValueError(f"{content.origin}, line {line}: a quotation mark opened there is never closed")
        if len(row.cells) != width and not (row.blank or row.comment):
            count, line = counted(len(row.cells), "cell"), line_of(data, row.start) + content.lines
            others = "the header has" if named else "the other rows have"
            raise ValueError(f"{content.origin}, line {line}: {count} where {others} {width}")
