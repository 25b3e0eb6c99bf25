"""Reading of whatever a caller gives as X: an array, or a data frame of any kind."""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

import narwhals.stable.v2 as nw

from chainrule.tables._frames import is_frame
from chainrule.tables.ensemble._array_reader import ArrayReader
from chainrule.tables.ensemble._columns import Reader, TableColumn
from chainrule.tables.ensemble._frame_reader import FrameReader


def read_first(
    X: Any, kinds: Mapping[str, str] | None, ignore: Iterable[str], na: Iterable[str]
) -> tuple[Reader, list[TableColumn]]:
    """Read the columns of a table to learn from; return them, and how to read others like it.

    Raises
    ------
    ValueError, TypeError
        For what cannot be read; names the column, and the row where there is one.
    """
    if not is_frame(X):
        if kinds or ignore or na:
            raise ValueError("kinds, ignore and na are for data frames, whose columns have names")
        reader = ArrayReader.of(X)
        return reader, reader.read(X)
    if find_spec("pyarrow") and find_spec("pandas"):
        from chainrule.tables.ensemble._cells_reader import CellsReader

        return CellsReader.first(X, kinds, ignore, na)
    if kinds or na:
        raise ValueError("kinds and na need pandas and pyarrow: pip install 'chainrule[cli]'")
    return FrameReader.first(nw.from_native(X, eager_only=True), tuple(ignore))
