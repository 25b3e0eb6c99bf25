"""A file that was sent to the lesson: read in memory, never written."""

import io
import re
import zipfile
from pathlib import PurePath

from chainrule.lesson._error import MessageError
from chainrule.tables import Cells
from chainrule.tables.files import TEXT_SUFFIXES, cells_in

__all__ = ["MOST_COLUMNS", "cells_of"]

MOST_COLUMNS = 1_000
_MOST_UNPACKED = 200_000_000


def cells_of(content: bytes, name: str) -> Cells:
    """Return the cells of the table in a file.

    Raises
    ------
    ValueError
        If it holds no table, or too large a one.
    """
    name = PurePath(name.replace("\\", "/")).name or "the file"
    suffix = PurePath(name).suffix.lower()
    if suffix in (".gz", ".bz2", ".zip", ".zst"):
        raise MessageError(f"{name} is compressed: unpack it first")
    _check_size(content, suffix, name)
    try:
        cells = cells_in(content, name)
    except ModuleNotFoundError as error:
        raise MessageError(str(error)) from error
    if len(cells.columns) > MOST_COLUMNS:
        raise _too_many_columns(name)
    return cells


def _check_size(content: bytes, suffix: str, name: str) -> None:
    """Raise for what would become large only when it is read."""
    if suffix in TEXT_SUFFIXES:
        for line in content[:1_000_000].split(b"\n", 20)[:20]:
            if len(re.findall(rb"[,;\t|]", line)) > 4 * MOST_COLUMNS:
                raise _too_many_columns(name)
    elif suffix == ".xlsx" and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_unpacked(sum(entry.file_size for entry in archive.infolist()), name)
    elif suffix == ".parquet":
        _check_unpacked(_parquet_bytes(content), name)


def _parquet_bytes(content: bytes) -> int:
    import pyarrow as pa
    from pyarrow import parquet as pq

    try:
        facts = pq.read_metadata(pa.BufferReader(content))
        if facts.num_rows > 10 * _MOST_UNPACKED // max(1, facts.num_columns):
            return int(facts.num_rows * facts.num_columns)
        return sum(int(facts.row_group(k).total_byte_size) for k in range(facts.num_row_groups))
    except (OSError, ValueError, pa.ArrowException):
        return 0  # the reader says what it is instead


def _check_unpacked(size: int, name: str) -> None:
    if size > _MOST_UNPACKED:
        raise MessageError(
            f"{name} holds {size / 1e6:,.0f} MB when it is unpacked: that is too large for a lesson"
        )


def _too_many_columns(name: str) -> MessageError:
    return MessageError(f"{name} has too many columns: a lesson takes up to {MOST_COLUMNS:,}")
