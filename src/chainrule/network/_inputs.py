"""The rows that go into a network: dense memory, or the stored entries of a sparse matrix."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix

Array = NDArray[Any]
Samples: TypeAlias = "ArrayLike | sparray | spmatrix"
"""What a caller may give as X."""
Rows = NDArray[np.intp]

ALL_ROWS: Rows = np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class Inputs:
    """Checked rows of a network's type, as kernels take them.

    Attributes
    ----------
    dense : array of shape (n_samples, n_features), or (0, n_features) for sparse rows
        Any layout; never copied.
    values, columns, starts : array
        The stored entries of row i are ``values[starts[i]:starts[i + 1]]`` in ``columns``; all empty for
        dense rows.
    """

    dense: Array
    values: Array
    columns: Rows
    starts: Rows

    @classmethod
    def of(cls, X: Any, dtype: np.dtype[Any]) -> "Inputs":
        """Take dense rows or a SciPy sparse matrix; what has the right type and form is not copied."""
        if not hasattr(X, "tocsr"):
            return cls(X.astype(dtype, copy=False), np.empty(0, dtype), ALL_ROWS, ALL_ROWS)
        csr = X.tocsr()
        values = np.ascontiguousarray(csr.data, dtype=dtype)
        columns, starts = (np.ascontiguousarray(part, dtype=np.intp) for part in (csr.indices, csr.indptr))
        return cls(np.empty((0, csr.shape[1]), dtype), values, columns, starts)

    @property
    def is_sparse(self) -> bool:
        return self.starts.size > 0

    def __len__(self) -> int:
        return self.starts.size - 1 if self.is_sparse else len(self.dense)

    def for_kernels(self) -> tuple[Array, Array, Rows, Rows]:
        return self.dense, self.values, self.columns, self.starts
