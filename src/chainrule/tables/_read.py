"""Reading and writing of table files."""

import gzip
import os
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from chainrule._files import open_atomic
from chainrule.tables._csv import read_csv
from chainrule.tables._names import counted

__all__ = ["TABLE_SUFFIXES", "check_table_path", "read_table", "write_table"]

TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def read_table(path: str | os.PathLike[str], *, text: Collection[str] = ()) -> pd.DataFrame:
    """Read a table from a CSV (also gzipped) or Parquet file.

    Parameters
    ----------
    path : path-like
        The file. Its suffix says which kind it is: ``.csv``, ``.csv.gz`` or ``.parquet``. The first line
        of a CSV file holds the column names; cells are separated by commas, semicolons or tabs.
    text : collection of str
        Columns to read as text even where every cell looks like a number ("007").

    Returns
    -------
    DataFrame
        Its index is the row number, from 1, as in messages.

    Raises
    ------
    OSError
        The file does not exist, or cannot be read.
    ValueError
        It holds no table; the message names the line if the fault is in one.
    """
    path = Path(path)
    check_table_path(path)
    _check_is_file(path)
    frame = _read_parquet(path) if path.suffix == ".parquet" else read_csv(path, text)
    if frame.empty:
        raise ValueError(f"{path} has no rows, only the names of {counted(len(frame.columns), 'column')}")
    frame.columns = frame.columns.map(str)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return frame


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a data frame, without its index, to a CSV (also gzipped) or Parquet file, as the suffix says.

    Raises
    ------
    OSError
        The file cannot be written. An earlier file of that name is then unchanged.
    """
    path = Path(path)
    check_table_path(path)
    with open_atomic(path) as file:
        if path.suffix == ".parquet":
            frame.to_parquet(file, index=False)
        elif path.suffix == ".gz":
            _write_gzipped(frame, file)
        else:
            frame.to_csv(file, index=False)


def check_table_path(path: str | os.PathLike[str]) -> None:
    """Raise ValueError, or ModuleNotFoundError, unless tables with the suffix of `path` can be read here."""
    if not str(path).endswith(TABLE_SUFFIXES):
        suffix = "".join(Path(path).suffixes[-2:]) or "none"
        raise ValueError(
            f"{path}: the suffix of a table is {', '.join(TABLE_SUFFIXES)}; this one's is {suffix}"
        )
    if str(path).endswith(".parquet") and find_spec("pyarrow") is None:
        raise ModuleNotFoundError(
            f"{path}: Parquet needs pyarrow: pip install 'chainrule[cli]'", name="pyarrow"
        )


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a table in it ({', '.join(TABLE_SUFFIXES)})")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    if path.stat().st_size == 0 and path.is_file():
        raise ValueError(f"{path} is empty")


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except ValueError as error:  # pyarrow's errors of format are ValueErrors
        raise ValueError(f"{path} cannot be read as Parquet: {' '.join(str(error).split())}") from error
    return frame.reset_index(drop=frame.index.names == [None])


def _write_gzipped(frame: pd.DataFrame, file: BinaryIO) -> None:
    # mtime=0: the same table gives the same bytes.
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as zipped:
        frame.to_csv(zipped, index=False)
