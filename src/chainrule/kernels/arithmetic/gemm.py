"""Matrix products inside kernels: C = op(A) op(B) + beta S, rows contiguous, straight into place.

Networks for tables multiply tall matrices by small ones, where what a BLAS does before and after the
products costs as much as they do. So products are made here from `tiles`, and each entry of C is summed
along a row of A in order, whatever rows stand around it. BLAS has those of a few rows; its results depend on
how many threads it takes, so callers hold it at one.
"""

from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing import signature
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from chainrule.kernels._compile import Loop, before_loading, kernel, named
from chainrule.kernels.arithmetic.blas import LETTERS, blas
from chainrule.kernels.arithmetic.blocks import block_memory, multiply_in_blocks
from chainrule.kernels.arithmetic.columns import multiply_column, multiply_outer
from chainrule.kernels.arithmetic.rows import copied
from chainrule.kernels.arithmetic.sizes import FEWEST_ROWS, LARGEST_B
from chainrule.kernels.arithmetic.small import multiply_in_tiles
from chainrule.kernels.arithmetic.tiles import further


# Called by name, as BLAS is, and not as a kernel: its tiles are some 400 kB of code, which every kernel that
# multiplies would otherwise hold and compile for itself.
def _product(
    a: Any, b: Any, c: Any, m: Any, n: Any, k: Any, a_row: Any, a_column: Any, b_row: Any, turned: Any,
    s: Any, s_row: Any, c_row: Any, factor: Any,
) -> None:  # fmt: skip
    # A column would leave all lanes of a tile but one idle; k = 1 would lay out panels for one multiplication
    # each.
    if n == 1 and c_row == 1 and (turned or b_row == 1):
        multiply_column(a, a_row, a_column, b, m, k, factor, s, s_row, c)
    elif k == 1 and factor == 0 and (b_row == 1 or not turned):
        multiply_outer(a, a_row, b, m, n, c, c_row)
    elif n * k <= LARGEST_B:
        multiply_in_tiles(a, b, c, m, n, k, a_row, a_column, b_row, turned, s, s_row, c_row, factor)
    else:
        memory = block_memory(a)
        multiply_in_blocks(a, b, c, m, n, k, a_row, a_column, b_row, turned, s, s_row, c_row, factor, memory)


def _signature(real: types.Float) -> Signature:
    matrix = types.CPointer(real)
    return signature(types.void, *[matrix] * 3, *[types.intp] * 7, matrix, types.intp, types.intp, real)


_LOOP = Loop(
    named("product", _product),
    _signature,
)


@before_loading
def _publish(dtype: np.dtype[Any]) -> None:
    """Make the product known to the linker by name, as BLAS's is."""
    llvm.add_symbol(f"chainrule_{LETTERS[8 * dtype.itemsize]}product", _LOOP.address(dtype))


@intrinsic
def _call_product(typing_context: Any, places: Any, lengths: Any, start: Any, c_row: Any, beta: Any) -> Any:
    signature = types.void(places, lengths, start, types.intp, types.float64)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bits = places.types[0].dtype.bitwidth
        beta = values[4] if bits == 64 else builder.fptrunc(values[4], ir.FloatType())
        arguments = [value for tuple_ in values[:3] for value in cgutils.unpack_tuple(builder, tuple_)]
        arguments += [values[3], beta]
        function = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        name = f"chainrule_{LETTERS[bits]}product"
        builder.call(cgutils.get_or_insert_function(builder.module, function, name), arguments)
        return context.get_dummy_value()

    return signature, generate


@kernel
def gemm_upon(transpose: Any, shape: Any, a: Any, b: Any, beta: Any, s: Any, c: Any) -> None:
    """C (m, n) = op(A) (m, k) op(B) (k, n) + beta S.

    ``transpose`` is (bool, bool), ``shape`` (m, n, k); a, b, s, c are (pointer, row length) pairs of
    row-major matrices. S may be C, or with a row length of 0 one row for all.
    """
    m, n, k = shape
    a_row, a_column = (1, a[1]) if transpose[0] else (a[1], 1)
    # BLAS has what has few rows and so no sums to save: its kernels for that are tuned for each processor. It
    # is not asked for tall products: there its packing of both sides costs as much as the products.
    column = n == 1 and c[1] == 1 and m > 0 and (transpose[1] or b[1] == 1)
    if column or (m >= FEWEST_ROWS and n * k > 0):
        lengths = m, n, k, a_row, a_column, b[1], (1 if transpose[1] else 0)
        _call_product((a[0], b[0], c[0]), lengths, s, c[1], beta)
    else:
        if beta != 0:
            for i in range(m):
                copied(further(c[0], i * c[1]), (further(s[0], i * s[1]),), (), n)
        blas(transpose, shape, a, b, beta, c)


@kernel
def gemm(transpose: Any, shape: Any, a: Any, b: Any, beta: Any, c: Any) -> None:
    """C (m, n) = op(A) (m, k) op(B) (k, n) + beta C; see `gemm_upon`."""
    gemm_upon(transpose, shape, a, b, beta, c, c)
