"""Products of pairs of numbers, sample by sample: what a whole curvature matrix is summed up from."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import times


def _matrix(real: types.Float, readonly: bool = True) -> types.Array:
    return types.Array(real, 2, "C", readonly=readonly)


@entry(lambda real: signature(types.void, _matrix(real), _matrix(real), types.boolean, _matrix(real, False)))
def pair_products(left: Any, right: Any, upper: Any, out: Any) -> None:
    """Row by row, left_i · right_j for all i and j; ``upper``: for j >= i alone."""
    for s in range(left.shape[0]):
        place = 0
        for i in range(left.shape[1]):
            first = i if upper else 0
            width = right.shape[1] - first
            times(pointer(out[s], place), (pointer(right[s], first),), (left[s, i],), width)
            place += width


@entry(lambda real: signature(types.void, types.Array(real, 3, "C", readonly=True), _matrix(real, False)))
def upper_halves(C: Any, out: Any) -> None:
    """The upper half of each symmetric matrix, row after row."""
    for s in range(C.shape[0]):
        place = 0
        for i in range(C.shape[1]):
            width = C.shape[2] - i
            out[s, place : place + width] = C[s, i, i:]
            place += width
