"""Columns of the table that a model is given: names, which are numbers, one filled with a category."""

from collections.abc import Sequence
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.network import refuse_collection
from chainrule.tables._frames import is_frame

Array = NDArray[Any]


def as_table(X: Any) -> Any:
    """Return X, or the array that it stands for.

    Raises
    ------
    ValueError
        It is no table of rows and columns.
    TypeError
        Its rows are not in memory.
    """
    refuse_collection(X, "X")
    if is_frame(X):
        return X
    if hasattr(X, "tocsr"):
        return X.tocsr()
    array = np.asarray(X)
    if array.dtype.kind in "US" and not isinstance(X, np.ndarray):
        array = np.asarray(X, dtype=object)  # numbers beside text stay numbers
    if array.ndim != 2:
        raise ValueError(
            f"X ({type(X).__name__}) has shape {array.shape}; accepted is a table of (n_samples, n_columns)"
        )
    return array


def names_of(frame: Any) -> list[Any]:
    """Return the names of a frame's columns."""
    return list(nw.from_native(frame, eager_only=True).columns)


def are_numbers(X: Any) -> NDArray[np.bool_]:
    """Return which columns hold numbers or truth values."""
    if is_frame(X):
        frame = nw.from_native(X, eager_only=True)
        return np.array([_is_number(column) for column in frame.iter_columns()], bool)
    if X.dtype.kind in "fiub":
        return np.ones(X.shape[1], bool)
    return np.array([_holds_numbers(column) for column in X.T], bool)


def _is_number(column: Any) -> bool:
    if column.dtype in (nw.Object, nw.Unknown):
        return _holds_numbers(column.to_list())
    return bool(column.dtype.is_numeric() or column.dtype == nw.Boolean)


def _holds_numbers(cells: Any) -> bool:
    return all(issubclass(kind, Real | type(None)) for kind in set(map(type, cells)))


def filled(X: Any, column: int, category: Any) -> Any:
    """Return a table in which a column has the same category in every row."""
    if is_frame(X):
        frame = nw.from_native(X, eager_only=True)
        old = frame[:, column]
        return frame.with_columns(_constant(old, category)).to_native()
    changed = X.astype(object) if X.dtype.kind in "US" else X.copy()  # text would be cut to the longest cell
    changed[:, column] = category
    return changed


def _constant(old: Any, category: Any) -> Any:
    value = category.item() if isinstance(category, np.generic) else category
    if value is None or value != value:
        value = None
    elif old.dtype.is_integer():
        value = int(value)
    cells: Sequence[Any] = [value] * len(old)
    return nw.new_series(old.name, cells, _type_to_fill(old.dtype), backend=nw.get_native_namespace(old))


def _type_to_fill(dtype: Any) -> Any:
    """Return the type of a column that may hold any category; None is for what the category itself is."""
    if dtype in (nw.Object, nw.Unknown):
        return None
    # Fixed categories would refuse the value that stands for a missing cell.
    return nw.String if dtype in (nw.Categorical, nw.Enum) else dtype


def labels_of(categories: ArrayLike) -> tuple[Any, ...]:
    """Return categories as Python's own values."""
    return tuple(np.asarray(categories).tolist())
