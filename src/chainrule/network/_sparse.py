"""Sparse rows as kernels may read them: CSR with indices in range, sorted, and none twice.

SciPy looks at indices neither when a matrix is made nor when it is converted, and kernels read and write
where they point.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Indices = NDArray[np.intp]


class StoredEntries(NamedTuple):
    """A matrix of this shape: row i holds ``values[starts[i]:starts[i + 1]]`` in ``columns``, which rise."""

    values: Array
    columns: Indices
    starts: Indices
    shape: tuple[int, int]


def stored_entries(X: Any, name: str = "X") -> StoredEntries:
    """Return what a SciPy sparse matrix of two axes holds; what is in order already is not copied.

    Raises
    ------
    ValueError
        If indices point outside of the matrix, or ``indptr`` is none.
    """
    check_sparse(X, name)
    csr = X.tocsr()
    starts = aligned(np.asarray(csr.indptr, dtype=np.intp))
    columns = aligned(np.asarray(csr.indices, dtype=np.intp))[: starts[-1]]
    values = aligned(np.asarray(csr.data))[: starts[-1]]
    if not _rise(columns, starts):
        values, columns, starts = _summed(values, columns, starts, csr.shape)
    return StoredEntries(values, columns, starts, csr.shape)


def check_sparse(X: Any, name: str = "X") -> None:
    """Raise ValueError if a sparse matrix points outside of itself: converting it would do harm already."""
    kind = getattr(X, "format", "")
    if kind == "coo":
        for axis, (places, size) in enumerate(zip(X.coords, X.shape, strict=True)):
            _check_places(places, size, f"{name}.coords[{axis}]")
            _check_count(places, len(X.data), f"{name}.coords[{axis}]")
    elif kind in ("csr", "csc", "bsr"):
        lines, width = X.shape if kind != "csc" else X.shape[::-1]
        if kind == "bsr":
            lines, width = lines // X.blocksize[0], width // X.blocksize[1]
        _check_count(X.indices, len(X.data), f"{name}.indices")
        _check_starts(X.indptr, lines, len(X.indices), f"{name}.indptr")
        _check_places(X.indices[: X.indptr[-1]], width, f"{name}.indices")


def _check_count(places: Array, count: int, where: str) -> None:
    if places.shape != (count,):
        raise ValueError(f"{where} has shape {places.shape}, of {count} stored entries it must have one each")


def _check_starts(starts: Array, lines: int, count: int, where: str) -> None:
    if starts.shape != (lines + 1,) or starts[0] != 0 or (starts[1:] < starts[:-1]).any():
        raise ValueError(f"{where} must be {lines + 1} integers that start with 0 and never fall")
    if starts[-1] > count:
        raise ValueError(f"{where} ends with {starts[-1]}; there are {count} stored entries")


def _check_places(places: Array, size: int, where: str) -> None:
    if places.size and not (0 <= places.min() and places.max() < size):
        worst = places.min() if places.min() < 0 else places.max()
        raise ValueError(f"{where} holds {worst}; accepted are 0 to {size - 1}")


def _rise(columns: Indices, starts: Indices) -> bool:
    """Whether columns rise within each row."""
    rise = columns[1:] > columns[:-1]
    edges = starts[1:-1]
    rise[edges[(edges > 0) & (edges < columns.size)] - 1] = True  # from one row to the next they may fall
    return bool(rise.all())


def _summed(
    values: Array, columns: Indices, starts: Indices, shape: tuple[int, int]
) -> tuple[Array, Indices, Indices]:
    """Sort the entries of each row and add up those of one place, in memory of their own."""
    from scipy.sparse import csr_array

    csr = csr_array((values, columns, starts), shape=shape, copy=True)
    csr.sum_duplicates()
    return csr.data, csr.indices.astype(np.intp), csr.indptr.astype(np.intp)


def aligned(array: Array) -> Array:
    """Return the numbers in memory as kernels take it, C order and aligned; copied only if it must be."""
    flags = array.flags
    return array if flags.c_contiguous and flags.aligned else array.copy(order="C")
