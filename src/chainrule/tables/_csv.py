"""Reading of CSV files, with errors that name the line."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Collection
from itertools import islice
from pathlib import Path

import pandas as pd

from chainrule.tables._names import counted

__all__ = ["read_csv"]

_UNCLOSED = re.compile(r"EOF inside string starting at row (\d+)")  # in the words of pandas


def read_csv(path: Path, text: Collection[str] = ()) -> pd.DataFrame:
    """Return the table in a CSV file, plain or gzipped; columns named in `text` are kept as text."""
    content = _decoded(_loaded(path), path)
    header, separator = _header(content, path)
    # If the first row is too long, pandas takes its first cells for an index; short rows it fills up.
    _check_rows(content, separator, len(header), path, most=2)
    try:
        frame = pd.read_csv(
            io.StringIO(content),
            sep=separator,
            decimal=_decimal_mark(content, separator),
            dtype={name: str for name in text if name in header},
            skipinitialspace=True,
            low_memory=False,
        )
    except pd.errors.ParserError as error:
        if not _UNCLOSED.search(str(error)):
            _check_rows(content, separator, len(header), path)
        raise ValueError(f"{path} cannot be read as CSV: {_explained(error)}") from error
    if frame.iloc[:, -1].isna().any():
        _check_rows(content, separator, len(header), path)
    return frame


def _loaded(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is not a whole gzip file ({error})") from error


def _decoded(data: bytes, path: Path) -> str:
    if data.startswith(b"PAR1"):
        raise ValueError(f"{path} is a Parquet file; name it .parquet")
    if b"\0" in data[: 1 << 16]:
        raise ValueError(f"{path} is not a table: it holds binary data, not CSV text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8 text; "
            "if this is a table, save it as CSV in UTF-8"
        ) from error


def _header(content: str, path: Path) -> tuple[list[str], str]:
    """Return the column names, and the separator: the most frequent of ``, ; tab`` in the first line."""
    first = next((line for line in io.StringIO(content) if line.strip()), None)
    if first is None:
        raise ValueError(f"{path} is empty; its first line must hold the column names")
    separator = max(",;\t", key=first.count)
    names = next(csv.reader([first], delimiter=separator, skipinitialspace=True))
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ValueError(f"{path}: more than one column is named {', '.join(map(repr, twice))}")
    return names, separator


def _decimal_mark(content: str, separator: str) -> str:
    """Return a comma for files such as ``3,5;0,1``, in which 3.5 and 0.1 are written the European way."""
    return "," if separator != "," and re.search(r"\d,\d", content[: 1 << 16]) else "."


def _check_rows(content: str, separator: str, width: int, path: Path, most: int | None = None) -> None:
    rows = csv.reader(io.StringIO(content), delimiter=separator, skipinitialspace=True)
    for cells in islice(filter(None, rows), most):
        if len(cells) != width:
            count = counted(len(cells), "cell")
            raise ValueError(f"{path}, line {rows.line_num}: {count} where the header has {width}")


def _explained(error: Exception) -> str:
    unclosed = _UNCLOSED.search(str(error))
    if unclosed:
        return f"a quotation mark near line {int(unclosed[1]) + 1} is never closed"
    return " ".join(str(error).split())
