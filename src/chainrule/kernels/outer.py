"""What is made of outer products z δᵀ, a row of η's length for each sample; and its norm without it."""

from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, reduction, vector
from chainrule.kernels.inputs import inputs_type, is_sparse, matrix
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, PROGRAM, WEIGHT
from chainrule.kernels.sweeps import cube
from chainrule.kernels.tape import units_before, values


@kernel
def times(factor: Any, source: Any, target: Any) -> None:
    """target = factor · source."""
    for k in range(source.shape[0]):
        target[k] = factor * source[k]


@kernel
def _sparse_row(inputs: Any, row: Any, source: Any, target: Any) -> None:
    """target (fan_in · width) = x sourceᵀ for one sparse row x."""
    _, entries, columns, starts = inputs
    width = source.shape[0]
    target[:] = 0
    for e in range(starts[row], starts[row + 1]):
        for k in range(width):
            target[columns[e] * width + k] += entries[e] * source[k]


@entry(
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), types.intp, types.Array(real, 2, "C"),
    )
)  # fmt: skip
def outer_products(
    program: Any, inputs: Any, tape: Any, n: Any, place: Any, S: Any, R: Any, out: Any
) -> None:
    """out (m·R, P): z_{l-1} ⊗ S_l and S_l of each layer, in the order of η, for R rows S_l a sample (N10)."""
    first, m = place
    for i in range(m):
        for r in range(R):
            row = out[i * R + r]
            for layer in range(program.shape[0]):
                fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
                source = cube(S, units_before(program, layer) * R * m, m, R, fan_out)[i, r]
                start = program[layer, WEIGHT]
                if layer == 0 and is_sparse(inputs):
                    _sparse_row(inputs, first + i, source, row[start : start + fan_in * fan_out])
                else:
                    z = carray(values(program, layer, inputs, tape, n, first + i), fan_in)
                    for j in range(fan_in):
                        times(z[j], source, row[start + j * fan_out : start + (j + 1) * fan_out])
                times(type(source[0])(1), source, row[program[layer, BIAS] : program[layer, BIAS] + fan_out])


@reduction
def _square(numbers: Any) -> Any:
    total = type(numbers[0])(0)
    for k in range(numbers.shape[0]):
        total += numbers[k] * numbers[k]
    return total


@entry(
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), vector(real),
    )
)  # fmt: skip
def square_norms(program: Any, inputs: Any, tape: Any, n: Any, place: Any, deltas: Any, norms: Any) -> None:
    """norms = Σ_l ‖δ_l‖² (‖z_{l-1}‖² + 1) of each row: the square of its gradient's norm, without it."""
    first, m = place
    norms[:m] = 0
    for layer in range(program.shape[0]):
        fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
        rows = matrix(deltas, units_before(program, layer) * m, m, fan_out)
        for i in range(m):
            if layer == 0 and is_sparse(inputs):
                starts = inputs[3]
                size = _square(inputs[1][starts[first + i] : starts[first + i + 1]])
            else:
                size = _square(carray(values(program, layer, inputs, tape, n, first + i), fan_in))
            norms[i] += _square(rows[i]) * (size + type(size)(1))
