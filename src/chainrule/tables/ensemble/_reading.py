"""Reading of whatever a caller gives as X: an array, or a data frame of any kind."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import narwhals.stable.v2 as nw

from chainrule.tables._frames import is_frame
from chainrule.tables._names import listed
from chainrule.tables._warning import note
from chainrule.tables.ensemble._array_reader import ArrayReader
from chainrule.tables.ensemble._columns import Reader, TableColumn
from chainrule.tables.ensemble._frame_reader import FrameReader

Read = tuple[Reader, list[TableColumn]]


def read_first(
    X: Any, kinds: Mapping[str, str] | str | None, ignore: Sequence[str], na: Sequence[str]
) -> Read:
    """Read the columns of a table to learn from; return them, and how to read others like it.

    Raises
    ------
    ValueError, TypeError
        For what cannot be read; names the column, and the row where there is one.
    """
    stored = isinstance(kinds, str)
    asked = None if isinstance(kinds, str) else kinds
    if not is_frame(X):
        if asked or ignore or na:
            raise ValueError("kinds, ignore and na are for data frames, whose columns have names")
        reader = ArrayReader.of(X)
        return reader, reader.read(X)
    if na and stored:
        raise ValueError("na goes with kinds that are looked for, not with kinds='stored'")
    if not stored and find_spec("pyarrow") and find_spec("pandas"):
        from chainrule.tables.ensemble._cells_reader import CellsReader

        return CellsReader.first(X, asked, ignore, na)
    if na or asked:
        raise ValueError("kinds and na need pandas and pyarrow: pip install 'chainrule[cli]'")
    frame_reader, columns = FrameReader.first(nw.from_native(X, eager_only=True), ignore)
    if not stored:
        _say_texts(columns)
    return frame_reader, columns


def _say_texts(columns: Sequence[TableColumn]) -> None:
    texts = [column.name for column in columns if column.is_text]
    if texts:
        note(
            f"columns of text are taken for categories: {listed(texts)}; numbers and dates in text are "
            "recognised with pandas and pyarrow (pip install 'chainrule[cli]')"
        )
