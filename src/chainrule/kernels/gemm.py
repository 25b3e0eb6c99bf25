"""Matrix products inside kernels: C = op(A) op(B) + beta C, rows contiguous, straight into place.

Networks for tables multiply tall matrices by small ones, where what a BLAS does before and after the
products costs as much as they do. So products are made here from `tiles`, and each entry of C is summed
along a row of A in order, whatever rows stand around it. BLAS has those of a few rows, and where it has
several threads the large ones.
"""

from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing import signature
from numba.extending import intrinsic

from chainrule.kernels._compile import Loop, before_loading, kernel, named
from chainrule.kernels.blas import LETTERS, blas, blas_threads
from chainrule.kernels.blocks import block_memory, multiply_in_blocks
from chainrule.kernels.sizes import FEWEST_ROWS, LARGE_PRODUCT, LARGEST_B
from chainrule.kernels.small import multiply_in_tiles


def _product(
    a: Any, b: Any, c: Any, m: Any, n: Any, k: Any, a_row: Any, a_column: Any, b_row: Any, turned: Any,
    c_row: Any, factor: Any,
) -> None:  # fmt: skip
    if n * k <= LARGEST_B:
        multiply_in_tiles(a, b, c, m, n, k, a_row, a_column, b_row, turned, c_row, factor)
    else:
        memory = block_memory(a)
        multiply_in_blocks(a, b, c, m, n, k, a_row, a_column, b_row, turned, c_row, factor, memory)


_LOOP = Loop(
    named("product", _product),
    lambda real: signature(types.void, *[types.CPointer(real)] * 3, *[types.intp] * 8, real),
)


@before_loading
def _publish(dtype: np.dtype[Any]) -> None:
    """Make the product known to the linker by name, as BLAS's is."""
    llvm.add_symbol(f"chainrule_{LETTERS[8 * dtype.itemsize]}product", _LOOP.address(dtype))


@intrinsic
def _call_product(typing_context: Any, places: Any, lengths: Any, beta: Any) -> Any:
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
    if m >= FEWEST_ROWS and n * k > 0 and (m * n * k < LARGE_PRODUCT or blas_threads() == 1):
        a_row, a_column = (1, a[1]) if transpose[0] else (a[1], 1)
        turned = 1 if transpose[1] else 0
        _call_product((a[0], b[0], c[0]), (m, n, k, a_row, a_column, b[1], turned, c[1]), beta)
    else:
        blas(transpose, shape, a, b, beta, c)
