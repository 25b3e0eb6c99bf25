"""Columns of whatever a caller gives as X: an array, or a data frame of any kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Protocol

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from chainrule.tables._names import listed, shown
from chainrule.tables._warning import note

Array = NDArray[Any]


@dataclass(frozen=True)
class TableColumn:
    """A column that was read.

    Parameters
    ----------
    name : str
    is_text : bool
        Whether it holds text; otherwise floats.
    values : array of shape (n_rows,)
        Floats, NaN where a cell is missing; of text an object array of str and None or NaN.
    """

    name: str
    is_text: bool
    values: Array


class Reader(Protocol):
    """What is remembered of the columns of the table that was learned from."""

    def read(self, X: Any) -> list[TableColumn]:
        """Return the same columns of another table."""


def is_frame(X: object) -> bool:
    """Return whether X is a data frame that Narwhals knows (pandas, Polars, Arrow, Modin, cuDF)."""
    return isinstance(nw.from_native(X, eager_only=True, pass_through=True), nw.DataFrame)


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


def check_finite(name: str, values: Array) -> None:
    """Raise ValueError for infinity and for numbers whose square is not finite, naming column and row."""
    with np.errstate(invalid="ignore"):
        wrong = np.abs(values) > 1e150
    if wrong.any():
        row = int(wrong.argmax())
        what = "infinity" if np.isinf(values[row]) else f"{values[row]:g}, too large to be scaled"
        raise ValueError(f"Input X contains {what}, in column {name!r}, row {row + 1}")


@dataclass(frozen=True)
class ArrayReader:
    """Columns of an array: x0, x1, …

    Parameters
    ----------
    is_text : tuple of bool
        Which of them hold text.
    """

    is_text: tuple[bool, ...]

    @classmethod
    def of(cls, X: Array) -> "ArrayReader":
        """Return what is text in an array of objects; arrays of numbers have none."""
        if X.dtype.kind not in "OUS":
            return cls((False,) * X.shape[1])
        return cls(tuple(_floats_of(X[:, place]) is None for place in range(X.shape[1])))

    def read(self, X: Array) -> list[TableColumn]:
        columns = []
        for place, is_text in enumerate(self.is_text):
            name, cells = f"x{place}", X[:, place]
            if is_text:
                columns.append(TableColumn(name, True, np.array([_word(cell) for cell in cells], object)))
                continue
            values = cells.astype(np.float64) if X.dtype.kind not in "OUS" else _floats_of(cells)
            if values is None:
                raise ValueError(f"column {name!r} held numbers in the fit; here {_first_text(cells)}")
            check_finite(name, values)
            columns.append(TableColumn(name, False, values))
        return columns


def _floats_of(cells: Array) -> NDArray[np.float64] | None:
    """Return objects as floats, None as NaN; or None if some are no numbers."""
    for cell in cells:
        if isinstance(cell, dict | list | tuple | set):
            raise TypeError(f"argument must be a string or a real number, not {type(cell).__name__!r}")
    if any(isinstance(cell, str | bytes) for cell in cells):
        return None
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)


def _first_text(cells: Array) -> str:
    row = next(row for row, cell in enumerate(cells) if isinstance(cell, str | bytes))
    return f"row {row + 1} has {shown(cells[row])}"


def _word(cell: object) -> str | None:
    """Return a cell as text; None where it is missing."""
    if cell is None or cell != cell:
        return None
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


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
        if any(column.is_text for column in columns):
            note(
                f"columns of text are taken for categories: {listed(c.name for c in columns if c.is_text)}; "
                "numbers and dates in text are recognised with pandas and pyarrow "
                "(pip install 'chainrule[cli]')"
            )
        return cls(names, tuple(column.is_text for column in columns)), columns

    def read(self, X: Any) -> list[TableColumn]:
        frame = nw.from_native(X, eager_only=True)
        columns = [_of_series(name, frame[name]) for name in self.names]
        for column, was_text in zip(columns, self.is_text, strict=True):
            if column.is_text != was_text:
                was, now = ("text", "numbers") if was_text else ("numbers", "text")
                raise ValueError(f"column {column.name!r} held {was} in the fit, and holds {now} here")
        return columns


def _of_series(name: str, cells: "nw.Series[Any]") -> TableColumn:
    kind = cells.dtype
    if kind.is_numeric() or kind == nw.Boolean:
        values = cells.cast(nw.Float64).to_numpy().astype(np.float64)
        check_finite(name, values)
        return TableColumn(name, False, values)
    if kind.is_temporal():
        days = cells.cast(nw.Datetime("us")).to_numpy().astype("datetime64[us]")
        values = days.astype(np.int64) / 86_400e6
        return TableColumn(name, False, np.where(np.isnat(days), np.nan, values))
    if kind in (nw.String, nw.Categorical, nw.Object) or isinstance(kind, nw.Enum):
        return TableColumn(name, True, np.array([_word(cell) for cell in cells.to_list()], dtype=object))
    raise ValueError(
        f"column {name!r} holds {kind}: numbers, truth values, dates and text can be learned from"
    )
