"""A file that was sent to the lesson: text, read in memory, never written."""

import re
from pathlib import PurePath

import pyarrow as pa
import pyarrow.compute as pc

from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import shortened
from chainrule.lesson.data._limits import MOST_COLUMNS, MOST_ROWS
from chainrule.tables import Cells
from chainrule.tables.files import TEXT_SUFFIXES, cells_in

__all__ = ["cells_of"]

_LONGEST_CELL = 1_000
_SEPARATORS = re.compile(rb"[,;\t|]")


def cells_of(content: bytes, name: str) -> Cells:
    """Return the cells of the table in a file of text.

    Parameters
    ----------
    content : bytes
    name : str
        Of the file; what it ends in says what kind it is.

    Raises
    ------
    ValueError
        If it holds no table, or too large a one; for files of other kinds, which unpack to any size.
    """
    name = PurePath(name.replace("\\", "/")).name or "the file"
    if PurePath(name).suffix.lower() not in TEXT_SUFFIXES:
        ends = PurePath(name).suffix or "no suffix"
        raise MessageError(
            f"{shortened(name)} ends in {shortened(ends)}; a lesson takes tables of text: "
            f"{', '.join(TEXT_SUFFIXES)}"
        )
    lines = content.count(b"\n")
    if lines > MOST_ROWS + 1_000:
        raise MessageError(f"{name} has {lines:,} lines; a lesson takes tables of up to {MOST_ROWS:,} rows")
    for line in content.split(b"\n", 20)[:20]:
        if len(_SEPARATORS.findall(line)) > 20 * MOST_COLUMNS:
            raise MessageError(f"{name} has too many columns; a lesson takes up to {MOST_COLUMNS}")
    cells = cells_in(content, name)
    for column, values in cells.columns.items():
        longest = pc.max(pc.utf8_length(values)).as_py() if pa.types.is_string(values.type) else 0
        if max(longest or 0, len(column)) > _LONGEST_CELL:
            raise MessageError(
                f"column {shortened(column)} has a cell of {longest:,} characters; a lesson takes up to "
                f"{_LONGEST_CELL:,}"
            )
    return cells
