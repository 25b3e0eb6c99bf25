"""Columns of an array: x0, x1, …"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables._names import shown
from chainrule.tables.ensemble._columns import TableColumn, as_word, check_finite

Array = NDArray[Any]


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
                columns.append(TableColumn(name, True, np.array([as_word(cell) for cell in cells], object)))
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
