"""Cells of a table as they were written or stored."""

import datetime
import decimal
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import infer_dtype

__all__ = ["Cells"]

_MIXED = ("mixed", "mixed-integer", "mixed-integer-float", "string")
_PLAIN = (str, int, float, bool, np.generic, decimal.Decimal, datetime.date, datetime.time)


@dataclass(frozen=True)
class Cells:
    """Cells of a table, one Arrow array a column; text files are not yet told into numbers, dates and text.

    Parameters
    ----------
    columns : dict of str to pyarrow.ChunkedArray
        In the order of the table. Of a text file every column is of type string, as it was written, without
        nulls: empty where a cell was empty; but for those that are ``plain``. Of other files it has the type
        that it was stored with.
    origin : str
        Where the table is from, for messages.
    separator : str, optional
        What stands between the cells of a line in a text file. It is evidence for the country the file was
        written in.
    holds : dict of str to str
        What columns hold that Arrow has no type for, such as objects.
    plain : frozenset of str
        Columns of a text file that came as numbers: all their cells are spelled as computers do.
    named : bool
        Whether the names of the columns are the table's own. Otherwise they are "column 1", "column 2", ...
    declaring : frozenset of str
        Columns of which a file declares the categories: their dictionaries are more than what occurs.
    """

    columns: dict[str, pa.ChunkedArray]
    origin: str = "the table"
    separator: str | None = None
    holds: dict[str, str] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    named: bool = True
    declaring: frozenset[str] = frozenset()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    @classmethod
    def of(cls, table: Any) -> "Cells":
        """Return the cells of a data frame (pandas, Polars, Arrow, …); cells are returned as they are.

        Raises
        ------
        ValueError
            Two columns have the same name.
        TypeError
            It is no data frame.
        """
        if isinstance(table, Cells):
            return table
        if not isinstance(table, pd.DataFrame):
            try:
                other = nw.from_native(table, eager_only=True).to_arrow()
            except TypeError as error:
                given = type(table).__name__
                raise TypeError(f"a table is a data frame of pandas, Polars or Arrow, not {given}") from error
            named = zip(other.column_names, other.columns, strict=True)
            return cls({name: _plain_text(cells) for name, cells in named})
        names = [str(name) for name in table.columns]
        twice = (
            sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        )
        if twice:
            raise ValueError(f"more than one column is named {', '.join(map(repr, twice))}")
        columns, holds = {}, {}
        for at, name in enumerate(names):
            array, strange = _array(table.iloc[:, at])
            columns[name] = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
            if strange:
                holds[name] = strange
        return cls(columns, holds=holds)

    def without(self, names: tuple[str, ...]) -> "Cells":
        """Return the table without some columns."""
        kept = {name: cells for name, cells in self.columns.items() if name not in names}
        return replace(self, columns=kept)


def _plain_text(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text of another form (views, as Polars has them) as text that Arrow's functions take."""
    return cells.cast(pa.large_string()) if pa.types.is_string_view(cells.type) else cells


def _array(values: "pd.Series[Any]") -> tuple[Any, str]:
    """Return a column as an Arrow array; where that cannot be, nulls and what it holds."""
    if isinstance(values.dtype, pd.SparseDtype):
        values = pd.Series(np.asarray(values))
    elif isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    elif isinstance(values.dtype, pd.CategoricalDtype) and not _has_arrow_type(values.cat.categories):
        values = values.map({one: _word(one) for one in values.cat.categories}).astype("category")
    inferred = infer_dtype(values, skipna=True) if values.dtype == object else ""
    if inferred in _MIXED and inferred != "string":
        if all(isinstance(cell, _PLAIN) or cell is None for cell in values):
            return pa.array([None if pd.isna(cell) else _word(cell) for cell in values], pa.string()), ""
    try:
        return pa.array(values, from_pandas=True), ""
    except OverflowError:  # whole numbers of more than 64 bits
        return pa.array([None if pd.isna(cell) else _word(cell) for cell in values], pa.string()), ""
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pa.nulls(len(values)), inferred or str(values.dtype)


def _has_arrow_type(categories: "pd.Index[Any]") -> bool:
    """Return whether categories are of one plain type, not intervals, periods or a mixture."""
    if isinstance(categories.dtype, pd.IntervalDtype | pd.PeriodDtype):
        return False
    return categories.dtype != object or infer_dtype(categories) not in _MIXED[:-1]


def _word(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
