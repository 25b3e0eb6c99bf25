"""Tables that Parquet and Arrow files store with their types."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import feather
from pyarrow import parquet as pq

from chainrule.tables._cells import Cells
from chainrule.tables.files._content import Content
from chainrule.tables.files._declared import categories_declared_in, pandas_notes
from chainrule.tables.files._header import different_names
from chainrule.tables.files._magic import is_instead

__all__ = ["parquet_group", "read_stored", "stored_pieces"]

_NAMES = {".parquet": "Parquet", ".feather": "Feather", ".arrow": "Arrow"}


def read_stored(content: Content, kind: str) -> tuple[Cells, list[str]]:
    """Return the cells of a Parquet, Feather or Arrow file as they are stored, and notes about names.

    The index of a data frame becomes columns if it has a name, and is left out if it has none.

    Raises
    ------
    ValueError
        The file is of another kind, or damaged.
    """
    with _readable(content, kind), content.open() as file:
        return _named(_READ[kind](file, content), content.origin, 0)


def parquet_group(path: Path, number: int, before: int, columns: Collection[str]) -> Cells:
    """Return some columns of a row group of a Parquet file, which has so many rows `before` it.

    Raises
    ------
    ValueError
        The file is damaged.
    """
    content = Content(str(path), path)
    with _readable(content, ".parquet"), content.open() as file:
        stored = pq.ParquetFile(file)
        names = stored.schema_arrow.names
        known = set(columns) <= set(names)  # others have been named otherwise
        table = stored.read_row_group(number, columns=[n for n in names if n in columns] if known else None)
        return _named(table, content.origin, before)[0]


def stored_pieces(content: Content, kind: str, rows: int) -> Iterator[tuple[Cells, list[str]]]:
    """Yield the same in pieces of at most `rows` rows, or as many as the file holds together."""
    with _readable(content, kind), content.open() as file:
        before = 0
        for table in _PIECES[kind](file, content, rows):
            yield _named(table, content.origin, before)
            before += table.num_rows


@contextmanager
def _readable(content: Content, kind: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        instead = is_instead(content.head(1 << 13), kind)
        why = f"it is {instead}" if instead else " ".join(str(error).split())
        raise ValueError(f"{content.origin} cannot be read as {_NAMES[kind]}: {why}") from error


def _named(table: pa.Table, origin: str, row: int) -> tuple[Cells, list[str]]:
    columns = _with_index(table, row)
    names, notes = different_names([name for name, _ in columns], origin)
    cells = dict(zip(names, (cells for _, cells in columns), strict=True))
    declared = categories_declared_in(table)
    declaring = (name for name, (stored, _) in zip(names, columns, strict=True) if stored in declared)
    return Cells(cells, origin, declaring=frozenset(declaring)), notes


def _parquet(file: Any, content: Content) -> pa.Table:
    return pq.ParquetFile(file).read()


def _arrow(file: Any, content: Content) -> pa.Table:
    if content.head(4) == b"\xff\xff\xff\xff":  # a stream, which has no beginning of its own
        return pa.ipc.open_stream(file).read_all()
    return feather.read_table(file)


def _parquet_pieces(file: Any, content: Content, rows: int) -> Iterator[pa.Table]:
    stored = pq.ParquetFile(file)
    yield stored.schema_arrow.empty_table()
    for batch in stored.iter_batches(rows):
        yield pa.Table.from_batches([batch], stored.schema_arrow)


def _arrow_pieces(file: Any, content: Content, rows: int) -> Iterator[pa.Table]:
    if content.head(4) == b"\xff\xff\xff\xff":
        batches = iter(pa.ipc.open_stream(file))
    elif content.head(6) == b"ARROW1":
        stored = pa.ipc.open_file(file)
        batches = (stored.get_batch(at) for at in range(stored.num_record_batches))
    else:
        batches = iter(_arrow(file, content).to_batches())
    for batch in batches:
        for row in range(0, max(batch.num_rows, 1), rows):
            yield pa.Table.from_batches([batch.slice(row, rows)])


_PIECES = {".parquet": _parquet_pieces, ".feather": _arrow_pieces, ".arrow": _arrow_pieces}
_READ = {".parquet": _parquet, ".feather": _arrow, ".arrow": _arrow}


def _with_index(table: pa.Table, row: int) -> list[tuple[str, pa.ChunkedArray]]:
    """Return the columns of a table; the named index of a data frame stands first, as frames show it."""
    columns = [*zip(table.column_names, table.columns, strict=True)]
    index = pandas_notes(table.schema).get("index_columns", [])
    stored = [level for level in index if isinstance(level, str)]
    levels = [column for column in columns if column[0] in stored and not _is_unnamed(column[0])]
    ranges = [
        _numbers(level, row, table.num_rows)
        for level in index
        if isinstance(level, dict) and level.get("name")
    ]
    return [*ranges, *levels, *(column for column in columns if column[0] not in stored)]


def _is_unnamed(level: str) -> bool:
    return re.fullmatch(r"__index_level_\d+__", level) is not None


def _numbers(level: dict[str, Any], row: int, n: int) -> tuple[str, pa.ChunkedArray]:
    values = range(level["start"], level["stop"], level["step"])[row : row + n]
    return str(level["name"]), pa.chunked_array([pa.array(values, pa.int64())])
