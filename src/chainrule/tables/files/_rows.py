"""Rows of a text file, one after the other: exact and slow, for samples and for the place of a fault."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

__all__ = ["NO_SEPARATOR", "Row", "line_of", "rows_of"]

NO_SEPARATOR = "\x1f"
"""Stands for "no separator" where one must be given: the unit separator, which no text file holds."""


@dataclass(frozen=True)
class Row:
    """A row's cells, unquoted, and where it begins and ends in the bytes."""

    cells: list[str]
    start: int
    end: int
    opened: int | None  # where its last cell begins with a quotation mark that is never closed
    comment: bool  # it begins with # or %

    @property
    def blank(self) -> bool:
        """Whether it holds nothing but spaces, in one cell."""
        return len(self.cells) == 1 and not self.cells[0].strip()


@cache
def _cell(separator: str) -> re.Pattern[bytes]:
    """A cell and its end. A quote opens a quoted cell only where the cell begins, as in Arrow's reader."""
    stop = re.escape(separator.encode())
    plain = rb"[^\r\n" + stop + rb"]*+"
    quoted = rb'[ ]*+"((?:[^"]++|"")*+)("?)(' + plain + rb")"
    return re.compile(rb"(?:" + quoted + rb"|(" + plain + rb"))(" + stop + rb"|\r\n?|\n|\Z)")


def rows_of(data: bytes, separator: str, start: int = 0) -> Iterator[Row]:
    """Yield the rows of UTF-8 text from the byte at `start`, blank ones too."""
    match = _cell(separator).match
    here, stop = start, separator.encode()
    cells: list[str] = []
    while here < len(data) or cells:
        found = match(data, here)
        assert found  # the pattern fits everywhere
        quoted, closing, behind, plain, end = found.groups()
        cell = plain if quoted is None else quoted.replace(b'""', b'"') + behind
        cells.append(cell.decode(errors="replace"))
        here = found.end()
        if end != stop:
            comment = data[start : start + 100].lstrip(b" \t")[:1] in (b"#", b"%")
            opened = None if quoted is None or closing else found.start()
            yield Row(cells, start, here, opened, comment)
            cells, start = [], here


def line_of(data: bytes, place: int) -> int:
    """Return the line, from 1, that the byte at `place` is in."""
    count = data.count
    return count(b"\n", 0, place) + count(b"\r", 0, place) - count(b"\r\n", 0, place) + 1
