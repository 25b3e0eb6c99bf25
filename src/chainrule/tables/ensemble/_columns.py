"""A column of a table as it is learned from, whatever it was stored as."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

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


def check_finite(name: str, values: Array) -> None:
    """Raise ValueError for infinity and for numbers whose square is not finite, naming column and row."""
    with np.errstate(invalid="ignore"):
        wrong = np.abs(values) > 1e150
    if wrong.any():
        row = int(wrong.argmax())
        what = "infinity" if np.isinf(values[row]) else f"{values[row]:g}, too large to be scaled"
        raise ValueError(f"Input X contains {what}, in column {name!r}, row {row + 1}")


def as_word(cell: object) -> str | None:
    """Return a cell as text; None where it is missing."""
    if cell is None or cell != cell:
        return None
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
