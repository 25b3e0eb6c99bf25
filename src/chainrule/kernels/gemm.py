"""Matrix products inside kernels: C = op(A) op(B) + beta C, rows contiguous, straight into place.

Networks for tables multiply tall matrices by small ones, where what a BLAS does before and after the
products costs as much as they do. Those products are made here from `tiles`, and each entry of C is then
summed along a row of A in order, whatever rows stand around it. Large ones are BLAS's.
"""

from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import carray
from numba.core import cgutils, types
from numba.core.typing import signature
from numba.extending import intrinsic

from chainrule.kernels._compile import Loop, before_loading, kernel, named
from chainrule.kernels.blas import LETTERS, blas, blas_threads
from chainrule.kernels.rows import padded_copy
from chainrule.kernels.sizes import FEWEST_ROWS, LARGE_PRODUCT, LARGEST_B
from chainrule.kernels.tiles import BYTES, DEPTH, SHAPES, further, multiply_tile, panel_memory, turn_block

ROWS = 480
"""Rows of A at a time: with `DEPTH` columns they stay in a core's second cache while B's panels change."""
TALL = 12
"""Rows of A at a time where several panels are laid out; tiles of any width fill them."""
WIDEST = max(SHAPES)


@kernel
def _lay_out(b: Any, row: Any, turned: Any, depth: Any, there: Any, width: Any, panel: Any) -> None:
    """panel (depth, width) = B, of whose columns ``there`` exist; ``turned``: b holds its transpose."""
    if turned:
        full, deep = there - there % 8, depth - depth % 8
        for j in range(0, full, 8):
            for k in range(0, deep, 8):
                turn_block(further(b, j * row + k), row, further(panel, k * width + j), width)
        source, target = carray(b, (there, row)), carray(panel, (depth, width))
        for j in range(there):
            for k in range(deep if j < full else 0, depth):
                target[k, j] = source[j, k]
        for k in range(depth if there < width else 0):
            for j in range(there, width):
                target[k, j] = 0
    else:
        for k in range(depth):
            padded_copy(further(panel, k * width), (further(b, k * row),), (), there)


def _strip(vectors: int) -> Any:
    """Make the function for a strip of C, as wide as a panel, from tiles of falling height."""
    tall, middle, low = SHAPES[vectors]
    tall_tile, middle_tile, low_tile = (multiply_tile(rows, vectors) for rows in SHAPES[vectors])

    def strip(a: Any, steps: Any, panel: Any, depth: Any, beta: Any, c: Any, m: Any) -> None:
        place, row, columns = c
        i = 0
        while i + tall <= m:
            tall_tile(a, steps, panel, depth, beta, (place, row, columns))
            a, place, i = further(a, tall * steps[0]), further(place, tall * row), i + tall
        while i + middle <= m:
            middle_tile(a, steps, panel, depth, beta, (place, row, columns))
            a, place, i = further(a, middle * steps[0]), further(place, middle * row), i + middle
        while i < m:
            low_tile(a, steps, panel, depth, beta, (place, row, columns))
            a, place, i = further(a, low * steps[0]), further(place, low * row), i + low

    return kernel(named(f"strip_{vectors}", strip))


_one, _two, _four = (_strip(min(vectors, WIDEST)) for vectors in (1, 2, 4))


@kernel
def _panel_width(columns: Any, lanes: Any) -> Any:
    """Vectors across the next panel, for so many columns that are left."""
    vectors = (columns + lanes - 1) // lanes
    return WIDEST if vectors >= WIDEST else (2 if vectors >= 2 else 1)


def _in_tiles(
    a: Any, b: Any, c: Any, m: Any, n: Any, k: Any, a_row: Any, a_column: Any, b_row: Any, turned: Any,
    c_row: Any, factor: Any,
) -> None:  # fmt: skip
    memory = panel_memory(a)
    lanes = BYTES // carray(a, 1).itemsize
    steps = a_row, a_column
    for top in range(0, m, ROWS):
        rows = min(ROWS, m - top)
        for first in range(0, k, DEPTH):
            depth = min(DEPTH, k - first)
            beta = factor if first == 0 else type(factor)(1)
            # Where products are shallow several panels are laid out, so that C is written row by row.
            together = DEPTH // depth * WIDEST * lanes
            for left in range(0, n, together):
                right = min(left + together, n)
                column, panel = left, memory
                while column < right:
                    width = lanes * _panel_width(right - column, lanes)
                    there = min(width, right - column)
                    place = column * b_row + first if turned else first * b_row + column
                    _lay_out(further(b, place), b_row, turned, depth, there, width, panel)
                    column, panel = column + there, further(panel, depth * width)
                height = rows if depth == DEPTH else TALL
                for i in range(top, top + rows, height):
                    start = further(a, i * a_row + first * a_column)
                    column, panel = left, memory
                    while column < right:
                        vectors = _panel_width(right - column, lanes)
                        there = min(vectors * lanes, right - column)
                        target = further(c, i * c_row + column), c_row, there
                        several = min(height, top + rows - i)
                        if vectors == 4:
                            _four(start, steps, panel, depth, beta, target, several)
                        elif vectors == 2:
                            _two(start, steps, panel, depth, beta, target, several)
                        else:
                            _one(start, steps, panel, depth, beta, target, several)
                        column, panel = column + there, further(panel, depth * vectors * lanes)


_LOOP = Loop(
    named("product_in_tiles", _in_tiles),
    lambda real: signature(types.void, *[types.CPointer(real)] * 3, *[types.intp] * 8, real),
)


@before_loading
def _publish(dtype: np.dtype[Any]) -> None:
    """Make the product known to the linker by name, as BLAS's is."""
    llvm.add_symbol(f"chainrule_{LETTERS[8 * dtype.itemsize]}product", _LOOP.address(dtype))


@intrinsic
def _product(typing_context: Any, places: Any, lengths: Any, beta: Any) -> Any:
    signature = types.void(places, lengths, types.float64)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bits = places.types[0].dtype.bitwidth
        beta = values[2] if bits == 64 else builder.fptrunc(values[2], ir.FloatType())
        arguments = [
            *cgutils.unpack_tuple(builder, values[0]),
            *cgutils.unpack_tuple(builder, values[1]),
            beta,
        ]
        function = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        name = f"chainrule_{LETTERS[bits]}product"
        builder.call(cgutils.get_or_insert_function(builder.module, function, name), arguments)
        return context.get_dummy_value()

    return signature, generate


@kernel
def gemm(transpose: Any, shape: Any, a: Any, b: Any, beta: Any, c: Any) -> None:
    """C (m, n) = op(A) (m, k) op(B) (k, n) + beta C.

    ``transpose`` is (bool, bool), ``shape`` (m, n, k); a, b, c are (pointer, row length) pairs of
    row-major matrices.
    """
    m, n, k = shape
    ours = m >= FEWEST_ROWS and 0 < n * k <= LARGEST_B
    if ours and (m * n * k < LARGE_PRODUCT or blas_threads() == 1):
        a_row, a_column = (1, a[1]) if transpose[0] else (a[1], 1)
        turned = 1 if transpose[1] else 0
        _product((a[0], b[0], c[0]), (m, n, k, a_row, a_column, b[1], turned, c[1]), beta)
    else:
        blas(transpose, shape, a, b, beta, c)
