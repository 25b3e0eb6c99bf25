"""Reading of table files to data frames, with each column's numbers, dates and texts."""

import os
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.tables._cells import Cells
from chainrule.tables._wishes import Wishes
from chainrule.tables.columns import ReadColumn, are_plain, read_columns, say_how_read
from chainrule.tables.files import read_cells

__all__ = ["read_plainly", "read_table"]


def read_plainly(path: str | os.PathLike[str], text: Collection[str] = (), **how: Any) -> Cells:
    """Return the cells of a file, as numbers at once where all of a column are such as a computer writes.

    Parameters
    ----------
    path : path-like
    text : collection of str
        Columns of which the text is needed as it was written.
    **how
        As in `read_cells`.
    """
    return read_cells(path, plain=lambda name, cells: name not in text and are_plain(cells), **how)


def read_table(
    path: str | os.PathLike[str],
    *,
    separator: str | None = None,
    encoding: str | None = None,
    header: bool = True,
    sheet: str | None = None,
    wishes: Wishes | None = None,
) -> pd.DataFrame:
    """Read a table from a file; what people write as a number or a date becomes one.

    Parameters
    ----------
    path : path-like
        The file; its suffix says which kind it is, see `TABLE_SUFFIXES`. ``"-"`` is standard input.
    separator, encoding, header, sheet
        As in `read_cells`.
    wishes : Wishes, optional
        Kinds of columns, texts that stand for missing cells, columns to leave out.

    Returns
    -------
    DataFrame
        Numbers are floats, or integers if all are whole and none is missing. Its index is the row number,
        from 1, as in messages.

    Raises
    ------
    OSError
        The file does not exist, or cannot be read.
    ValueError
        It holds no table; the message names the line if the fault is in one.

    Warns
    -----
    TableWarning
        For everything that was guessed.
    """
    wishes = wishes or Wishes()
    cells = read_plainly(
        path, wishes.kinds or (), separator=separator, encoding=encoding, header=header, sheet=sheet
    )
    wishes.check(list(cells.columns))
    names = wishes.wanted(cells.columns)
    columns = read_columns(cells, {name: wishes.hints(name) for name in names}, names, wishes.na)
    say_how_read(columns.values())
    index = pd.RangeIndex(1, cells.n_rows + 1, name="row")
    return pd.DataFrame({name: _typed(column) for name, column in columns.items()}, index=index, copy=False)


def _typed(column: ReadColumn) -> Any:
    values = column.values
    if column.kind == "text":
        return pd.Series(values, dtype="str").array
    missing: NDArray[np.bool_] = np.isnan(values)
    if column.kind == "boolean":
        truth = pd.Series(values == 1, dtype="boolean").mask(missing)
        return truth.array if missing.any() else values == 1
    if column.kind == "date":
        microseconds = np.where(missing, 0, np.round(np.nan_to_num(values) * 86_400e6)).astype("int64")
        dates = microseconds.astype("datetime64[us]")
        dates[missing] = np.datetime64("NaT", "us")
        return dates
    if column.kind == "time":
        return pd.to_timedelta(values, unit="D")
    if not missing.any() and np.all(values == np.round(values)) and np.all(np.abs(values) < 2**53):
        return values.astype(np.int64)
    return values
