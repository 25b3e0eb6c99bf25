"""Text cut into pieces of whole rows."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

__all__ = ["pieces_of_rows"]

_QUOTE = ord('"')


def pieces_of_rows(file: Any, separator: str, size: int) -> Iterator[bytes]:
    """Yield the rest of a file in pieces of about `size` bytes, each of which ends where a row ends.

    A quotation mark opens a quoted cell, which may hold ends of lines, only where the cell begins: as in
    Arrow's reader, and in `rows_of`.
    """
    rest, more = b"", size
    while new := file.read(more):
        data = rest + new
        end = _last_end(data, separator)
        if end:
            yield data[:end]
        rest = data[end:]
        more = size if end else max(size, len(rest))  # a long row is not looked through again and again
    if rest:
        yield rest


def _last_end(data: bytes, separator: str) -> int:
    """Return where the last whole row of the data ends; 0 if none does."""
    if b'"' not in data:
        return _line_end(data, len(data))
    letters = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(letters == _QUOTE)
    before = letters[quotes[::2] - 1]
    opens = np.isin(before, np.frombuffer(f'{separator}\r\n"'.encode(), np.uint8))
    opens[0] |= quotes[0] == 0
    return _even_end(data, quotes) if opens.all() else _slow_end(data, separator)


def _line_end(data: bytes, stop: int) -> int:
    """Return where the last line ends before `stop`; a last \\r may be half of an end."""
    newline = data.rfind(b"\n", 0, stop)
    other = data.rfind(b"\r", 0, min(stop, len(data) - 1))
    return max(newline, other) + 1


def _even_end(data: bytes, quotes: Any) -> int:
    """Return the last end of a line that has an even number of quotation marks before it.

    So it ends a row, if all marks open or close a cell or are doubled in one.
    """
    end = _line_end(data, len(data))
    while (marks := int(np.searchsorted(quotes, end))) % 2:
        end = _line_end(data, int(quotes[marks - 1]))
    return end


@cache
def _row(separator: str) -> re.Pattern[bytes]:
    stop = re.escape(separator.encode())
    cell = rb'(?:"(?:[^"]++|"")*+(?:"|\Z))?+[^\r\n' + stop + rb"]*+"
    return re.compile(cell + rb"(?:" + stop + cell + rb")*+(?:\r\n|\r(?!\Z)|\n)")


def _slow_end(data: bytes, separator: str) -> int:
    """Return the same where quotation marks stand within cells that they do not open."""
    match, end = _row(separator).match, 0
    while found := match(data, end):
        end = found.end()
    return end
