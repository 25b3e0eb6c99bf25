"""Encoding of a table's row: numbers become ramps, categories one-hot inputs; twin of `network.Encoding`.

The inputs of an encoded batch are (X, values, plan, no starts). A row of X holds a number for each column:
scaled, NaN where it is missing; of a category its number, -1 for none. A batch's rows become inputs where
they would be gathered: a million rows of thirty columns take 0.12 GB, and encoded they would take 2.
"""

import math
from typing import Any

import numpy as np
from numba import carray
from numpy.typing import DTypeLike, NDArray

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import ramps
from chainrule.kernels.arithmetic.tiles import further, prefetch
from chainrule.kernels.batch import row_of

Array = NDArray[Any]

# A column's numbers in the plan: whether it is a category; its first input; how many ramps, or categories;
# whether an input says that the cell is missing; where its values are: c, the ramps' starts, their slopes.
CATEGORY, FIRST, COUNT, MISSING, VALUES, PLAN_WIDTH = range(6)
ROWS_AHEAD = 8
"""Shuffled rows are called for so many rows ahead."""


def encoding_plan(
    columns: "list[tuple[bool, int, bool, Array, Array, float] | None]", dtype: DTypeLike
) -> tuple[Array, NDArray[np.intp]]:
    """Return values and plan for the columns of a table, which stand for `inputs` beside its rows.

    Parameters
    ----------
    columns : list of (is category, ramps or inputs, is missing an input, starts, slopes of ramps, c) or None
        None is a column of no inputs.
    dtype : float32 or float64
    """
    plan = np.zeros((len(columns), PLAN_WIDTH), dtype=np.intp)
    values: list[Array] = []
    first, place = 0, 0
    for row, column in zip(plan, columns, strict=True):
        row[FIRST], row[VALUES] = first, place
        if column is None:
            row[COUNT] = -1
            continue
        row[CATEGORY], row[COUNT], row[MISSING], starts, slopes, clip = column
        values += [np.array([clip]), starts, slopes]
        place += 1 + len(starts) + len(slopes)
        first += row[COUNT] if row[CATEGORY] else 1 + row[COUNT] + row[MISSING]
    return np.concatenate(values).astype(dtype), plan.ravel()


@kernel
def _encode_number(z: Any, values: Any, plan: Any, at: Any, target: Any) -> None:
    """z/√(1 + z²/c²), the ramps, and whether z is missing; a missing number is 0, the median."""
    n = plan[at + COUNT]
    missing = math.isnan(z)
    if missing:
        z = type(z)(0)
    first = plan[at + VALUES]
    softness = z / values[first]
    inputs = carray(target, n + 2)
    inputs[0] = z / type(z)(math.sqrt(1 + softness * softness))
    ramps(further(target, 1), (pointer(values, first + 1), pointer(values, first + 1 + n)), (z,), n)
    if plan[at + MISSING] != 0:
        inputs[n + 1] = type(z)(1 if missing else 0)


@kernel
def _encode_category(code: Any, count: Any, target: Any) -> None:
    """One input of 1 for a category, none for an unknown one; of two categories one input for both."""
    inputs = carray(target, count)
    number = int(code)
    if count == 1:
        inputs[0] = type(code)(1 if number == 1 else 0)
        return
    for k in range(count):
        inputs[k] = 0
    if number >= 0:
        inputs[number] = 1


@kernel
def encode_batch(batch: Any, width: Any, target: Any, start: Any) -> None:
    """The batch's rows as inputs (m, width), from ``start`` of the workspace on."""
    (X, values, plan, _), m = batch[0], batch[3]
    columns = X.shape[1]
    for i in range(m):
        row = carray(pointer(X, row_of(batch, i) * columns), columns)
        if i + ROWS_AHEAD < m:
            coming = pointer(X, row_of(batch, i + ROWS_AHEAD) * columns)
            for j in range(0, columns, 64 // X.itemsize):
                prefetch(further(coming, j))
        place = start + (batch[4] + i) * width
        for j in range(columns):
            at = j * PLAN_WIDTH
            here = pointer(target, place + plan[at + FIRST])
            if plan[at + CATEGORY] != 0:
                _encode_category(row[j], plan[at + COUNT], here)
            elif plan[at + COUNT] >= 0:
                _encode_number(row[j], values, plan, at, here)
