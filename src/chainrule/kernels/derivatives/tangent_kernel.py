"""J₁J₂ᵀ without J: Σ_l (z_{l-1} z′_{l-1}ᵀ + 1) ∘ (S_l S′_lᵀ), in tiles that stay in cache over all layers."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.batch import inputs_type, matrix
from chainrule.kernels.program import FAN_IN, FAN_OUT, PROGRAM
from chainrule.kernels.tape_layout import units_before, values


@kernel
def _inner_products(left: Any, right: Any, m: Any, n: Any, width: Any, target: Any) -> None:
    """target (m, n) = left (m, width) · right (n, width)ᵀ."""
    gemm((False, True), (m, n, width), (left, width), (right, width), 0.0, (target, n))


@kernel
def _add_layer(ZZ: Any, SS: Any, factors: Any, tile: Any, R: Any, fresh: Any) -> None:
    """tile (m·R, n·R) += (ZZ (m, n) + 1) times the R × R block of SS that belongs to each entry."""
    width = tile.shape[1]
    for i in range(ZZ.shape[0]):
        for j in range(ZZ.shape[1]):
            factor = ZZ[i, j] + type(ZZ[i, j])(1)
            for r in range(R):
                factors[0, j * R + r] = factor
        for r in range(i * R, (i + 1) * R):
            if fresh:
                for k in range(width):
                    tile[r, k] = factors[0, k] * SS[r, k]
            else:
                for k in range(width):
                    tile[r, k] += factors[0, k] * SS[r, k]


@kernel
def tile_side(R: Any) -> Any:
    """Rows of a tile on either side; where tiles begin the ``rows`` of `tangent_tiles` are cut."""
    return max(8, 128 // R)


def _side(real: types.Float) -> types.Tuple:
    return types.Tuple((inputs_type(real), vector(real), types.intp, types.intp, vector(real)))


@entry(
    lambda real: signature(
        types.void, PROGRAM,
        _side(real), _side(real),
        types.Array(real, 2, "A", readonly=True), types.UniTuple(types.intp, 2), types.intp, types.intp,
        types.boolean, vector(real), types.Array(real, 2, "C"), types.intp,
    )
)  # fmt: skip
def tangent_tiles(
    program: Any, left: Any, right: Any, inputs_product: Any, rows: Any, R: Any, traced: Any, symmetric: Any,
    workspace: Any, out: Any, column: Any,
) -> None:  # fmt: skip
    """out (n₁·R, n₂·R), from ``column`` on, from (inputs, tape, its rows, first row, S) on either side.

    Of the left side ``rows`` (first, last + 1) are done. S_l is (n, R, ``traced``·width): with R = 1 and p
    outputs traced, the sum over them is one inner product. ``inputs_product`` is X₁X₂ᵀ where the inputs are
    sparse, else empty. ``symmetric``: both sides are the same rows; what lies under the diagonal is copied.
    """
    inputs, tape, n, first, S = left
    inputs_2, tape_2, n_2, first_2, S_2 = right
    units = units_before(program, program.shape[0] - 1) + program[program.shape[0] - 1, FAN_OUT]
    m, m_2 = S.size // (units * R * traced), S_2.size // (units * R * traced)
    side = tile_side(R)
    for i in range(rows[0], rows[1], side):
        a = min(side, rows[1] - i)
        for j in range(i if symmetric else 0, m_2, side):
            b = min(side, m_2 - j)
            ZZ = matrix(workspace, 0, a, b)
            SS = matrix(workspace, side * side, a * R, b * R)
            tile = matrix(workspace, side * side * (1 + R * R), a * R, b * R)
            factors = matrix(workspace, side * side * (1 + 2 * R * R), 1, b * R)
            # All layers for one tile, then the next: the tile (up to 128 x 128) and both factors stay in the
            # second cache, where the whole n x n matrix would pass through memory for each layer.
            for layer in range(program.shape[0]):
                fan_in, width = program[layer, FAN_IN], program[layer, FAN_OUT] * traced
                start = units_before(program, layer) * R * traced
                if layer == 0 and inputs_product.shape[0] > 0:
                    for s in range(a):
                        for t in range(b):
                            ZZ[s, t] = inputs_product[i + s, j + t]
                else:
                    z = values(program, layer, inputs, tape, n, first + i)
                    z_2 = values(program, layer, inputs_2, tape_2, n_2, first_2 + j)
                    _inner_products(z, z_2, a, b, fan_in, pointer(workspace, 0))
                row, row_2 = pointer(S, start * m + i * R * width), pointer(S_2, start * m_2 + j * R * width)
                _inner_products(row, row_2, a * R, b * R, width, pointer(workspace, side * side))
                _add_layer(ZZ, SS, factors, tile, R, layer == 0)
            if symmetric and j == i:
                # BLAS may add up the product of rows s and t in another order than that of t and s: on some
                # processors their last bits differ. One of them stands on either side.
                for s in range(a * R):
                    for t in range(s):
                        tile[s, t] = tile[t, s]
            for s in range(a * R):
                for t in range(b * R):
                    out[i * R + s, column + j * R + t] = tile[s, t]
            if symmetric and j > i:
                for t in range(b * R):
                    for s in range(a * R):
                        out[j * R + t, column + i * R + s] = tile[s, t]


def tile_size(R: int) -> int:
    """Count the numbers that the workspace of `tangent_tiles` holds."""
    side: int = tile_side.py_func(R)
    return side * side * (1 + 2 * R * R) + side * R
