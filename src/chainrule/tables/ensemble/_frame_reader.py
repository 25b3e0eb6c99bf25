"""Columns of a data frame by their types, where text is not looked into."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from chainrule.tables.ensemble._columns import TableColumn, as_word, check_finite


@dataclass(frozen=True)
class FrameReader:
    """Columns of a data frame by their types, where there is no pyarrow: text is not looked into.

    Parameters
    ----------
    names : tuple of str
    is_text : tuple of bool
    """

    names: tuple[str, ...]
    is_text: tuple[bool, ...] = field(default=())

    @classmethod
    def first(
        cls, frame: "nw.DataFrame[Any]", ignore: Sequence[str]
    ) -> "tuple[FrameReader, list[TableColumn]]":
        """Read a frame to learn from."""
        names = tuple(name for name in frame.columns if name not in ignore)
        columns = [_of_series(name, frame[name]) for name in names]
        return cls(names, tuple(column.is_text for column in columns)), columns

    def read(self, X: Any) -> list[TableColumn]:
        frame = nw.from_native(X, eager_only=True)
        columns = [_of_series(name, frame[name]) for name in self.names]
        return [_as_before(column, text) for column, text in zip(columns, self.is_text, strict=True)]


def _as_before(column: TableColumn, was_text: bool) -> TableColumn:
    """Return a column of the kind that it was in the fit; without any value it is of either."""
    if column.is_text == was_text:
        return column
    n = len(column.values)
    if column.is_text and not any(isinstance(value, str) for value in column.values):
        return TableColumn(column.name, False, np.full(n, np.nan))
    if was_text and np.isnan(column.values).all():
        return TableColumn(column.name, True, np.full(n, None, dtype=object))
    was, now = ("text", "numbers") if was_text else ("numbers", "text")
    raise ValueError(f"column {column.name!r} held {was} in the fit, and holds {now} here")


def _of_series(name: str, cells: "nw.Series[Any]") -> TableColumn:
    kind = cells.dtype
    if kind == nw.Unknown and cells.null_count() == len(cells):  # no value, and so no type
        return TableColumn(name, False, np.full(len(cells), np.nan))
    if kind.is_numeric() or kind == nw.Boolean:
        values = cells.cast(nw.Float64).to_numpy().astype(np.float64)
        check_finite(name, values)
        return TableColumn(name, False, values)
    if kind.is_temporal():
        days = cells.cast(nw.Datetime("us")).to_numpy().astype("datetime64[us]")
        values = days.astype(np.int64) / 86_400e6
        return TableColumn(name, False, np.where(np.isnat(days), np.nan, values))
    if kind in (nw.String, nw.Categorical) or isinstance(kind, nw.Enum):
        return TableColumn(name, True, np.array(cells.to_list(), dtype=object))
    if kind == nw.Object:
        return TableColumn(name, True, np.array([as_word(cell) for cell in cells.to_list()], dtype=object))
    raise ValueError(
        f"column {name!r} holds {kind}: numbers, truth values, dates and text can be learned from"
    )
