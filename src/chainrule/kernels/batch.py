"""Rows that kernels work on: the forms they come in, and a batch of them.

``inputs`` is (X, values, columns, starts), in one of three forms.

- Dense: X is any two-dimensional memory, the rest is empty.
- Sparse: the stored entries of row i are ``values[starts[i]:starts[i + 1]]`` in ``columns`` (CSR), and X
  has no rows; the product with W_1 and its gradient touch these entries alone.
- Encoded: a row of X holds a number for each column of a table, and ``columns`` and ``values`` say which
  inputs they become (see `encoding`); ``starts`` is empty.

``batch`` is (inputs, order, first, m, row): m rows from ``first`` on in the order given, whose place on the
tape begins at its row ``row``; an empty order is that of the rows as they lie.
"""

from typing import Any

import numpy as np
from numba import carray
from numba.core import types

from chainrule.kernels._compile import kernel, rows, vector
from chainrule.kernels.arithmetic.intrinsics import pointer

ORDER = types.Array(types.intp, 1, "C", readonly=True)
NO_ORDER = np.empty(0, dtype=np.intp)


def inputs_type(real: types.Float) -> types.Tuple:
    """Return Numba's type of ``inputs``."""
    return types.Tuple((rows(real), vector(real, readonly=True), ORDER, ORDER))


@kernel
def is_sparse(inputs: Any) -> Any:
    return inputs[3].size > 0


@kernel
def is_encoded(inputs: Any) -> Any:
    return inputs[2].size > 0 and inputs[3].size == 0


@kernel
def count_rows(inputs: Any, order: Any) -> Any:
    if order.size > 0:
        return order.size
    return inputs[3].size - 1 if is_sparse(inputs) else inputs[0].shape[0]


@kernel
def row_of(batch: Any, i: Any) -> Any:
    order, first = batch[1], batch[2]
    return order[first + i] if order.size > 0 else first + i


@kernel
def matrix(vector: Any, offset: Any, m: Any, width: Any) -> Any:
    """The (m, width) matrix from ``offset`` on. Loops over it vectorise; over ``vector[offset + i]``, whose
    index might be negative for all the compiler knows, they do not."""
    return carray(pointer(vector, offset), (m, width))


@kernel
def cube(vector: Any, offset: Any, m: Any, rows: Any, width: Any) -> Any:
    """The (m, rows, width) array from ``offset`` on."""
    return carray(pointer(vector, offset), (m, rows, width))
