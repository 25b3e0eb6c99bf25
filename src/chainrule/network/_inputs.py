"""The rows that go into a network: dense memory, or the stored entries of a sparse matrix."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule import kernels
from chainrule.network._encoding import CategoryEncoding, Encoding, NumberEncoding
from chainrule.network._sparse import StoredEntries, aligned, stored_entries

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix

Array = NDArray[Any]
Samples: TypeAlias = "ArrayLike | sparray | spmatrix"
"""What a caller may give as X."""
Rows = NDArray[np.intp]

ALL_ROWS: Rows = np.empty(0, dtype=np.intp)


@cache
def _nothing(dtype: np.dtype[Any]) -> Array:
    return np.empty(0, dtype)


@dataclass(slots=True, eq=False)
class Inputs:
    """Checked rows of a network's type, as kernels take them.

    Attributes
    ----------
    dense : array of shape (n_samples, n_features), or (0, n_features) for sparse rows
        Any layout; never copied.
    values, columns, starts : array
        The stored entries of row i are ``values[starts[i]:starts[i + 1]]`` in ``columns``, which rise; all
        empty for dense rows. Of encoded rows ``dense`` holds a table's columns, and ``values`` and
        ``columns`` say which inputs they become: only learning by minibatches and `evaluate` take those.
    """

    dense: Array
    values: Array
    columns: Rows
    starts: Rows

    @classmethod
    def of(cls, X: Any, dtype: np.dtype[Any]) -> "Inputs":
        """Take dense rows or a SciPy sparse matrix; what has the right type and form is not copied.

        Raises
        ------
        ValueError
            If indices of a sparse matrix point outside of it.
        """
        if hasattr(X, "tocsr"):
            return cls.of_entries(stored_entries(X), dtype)
        return cls(X if X.dtype == dtype else X.astype(dtype), _nothing(dtype), ALL_ROWS, ALL_ROWS)

    @classmethod
    def of_entries(cls, entries: StoredEntries, dtype: np.dtype[Any]) -> "Inputs":
        """Take sparse rows that are in order."""
        with np.errstate(over="ignore"):  # who must know looks whether what came out is finite
            values = entries.values.astype(dtype, copy=False)
        return cls(np.empty((0, entries.shape[1]), dtype), values, entries.columns, entries.starts)

    @classmethod
    def encoded(cls, X: Array, encoding: Encoding) -> "Inputs":
        """Take rows of a table's columns, which become inputs batch by batch."""
        values, plan = kernels.encoding_plan(
            [None if column is None else _planned(column) for column in encoding.columns], X.dtype
        )
        return cls(np.ascontiguousarray(X), values, plan, ALL_ROWS)

    def of_same_columns(self, X: Array) -> "Inputs":
        """Other rows, encoded as these are."""
        return Inputs(np.ascontiguousarray(X), self.values, self.columns, self.starts)

    @property
    def is_sparse(self) -> bool:
        return self.starts.size > 0

    def __len__(self) -> int:
        return self.starts.size - 1 if self.is_sparse else len(self.dense)

    def rows(self, first: int, stop: int) -> "Inputs":
        """Some of the rows, without copying."""
        if self.is_sparse:
            return Inputs(self.dense, self.values, self.columns, self.starts[first : stop + 1])
        return Inputs(self.dense[first:stop], self.values, self.columns, self.starts)

    def take(self, rows: Rows) -> "Inputs":
        """Those rows, copied."""
        if self.is_sparse:
            return Inputs.of(self.matrix(slice(0, len(self)))[rows], self.values.dtype)
        return Inputs(self.dense[rows], self.values, self.columns, self.starts)

    def in_c_order(self, copy: bool) -> "Inputs":
        """Return the rows one after the other in memory; ``copy``: in memory of their own."""
        parts = self.dense, self.values, self.columns, self.starts
        if copy:
            return Inputs(*(part.copy(order="C") for part in parts))
        dense = aligned(self.dense)
        return self if dense is self.dense else Inputs(dense, *parts[1:])

    @property
    def shape(self) -> tuple[int, int]:
        return len(self), self.dense.shape[1]

    def matrix(self, rows: slice) -> Any:
        """Return some rows as an array, or as SciPy's sparse one."""
        if not self.is_sparse:
            return self.dense[rows]
        from scipy.sparse import csr_array

        some = self.rows(rows.start, rows.stop)
        first, last = some.starts[0], some.starts[-1]
        parts = some.values[first:last], some.columns[first:last], some.starts - first
        return csr_array(parts, shape=some.shape)

    def to_array(self, rows: slice) -> Array:
        """Return some rows as dense memory."""
        some = self.matrix(rows)
        dense: Array = some.toarray() if self.is_sparse else some
        return dense

    def for_kernels(self) -> tuple[Array, Array, Rows, Rows]:
        return self.dense, self.values, self.columns, self.starts


def _planned(column: NumberEncoding | CategoryEncoding) -> tuple[Any, ...]:
    """Return what the plan of an encoding says of a column."""
    if isinstance(column, CategoryEncoding):
        return True, column.width, False, _nothing(np.dtype(float)), _nothing(np.dtype(float)), 1.0
    return False, column.n_ramps, column.missing, column.starts, column.slopes, column.clip
