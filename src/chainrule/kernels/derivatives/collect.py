"""Σ_i z_(l-1)ᵀ δ_l and Σ_i δ_l: what δ of every layer make of a gradient in η."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.arithmetic.columns import add_up_rows
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import (
    times,
)
from chainrule.kernels.batch import NO_ORDER, inputs_type, is_sparse, matrix
from chainrule.kernels.inputs import add_sparse_gradient
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, PROGRAM, WEIGHT
from chainrule.kernels.tape_layout import units_before, values


@kernel
def add_gradient(
    program: Any, layer: Any, inputs: Any, z: Any, first: Any, m: Any, deltas: Any, gradient: Any,
    bias: Any,
) -> None:  # fmt: skip
    """gradient += z_{l-1}ᵀ δ_l (and Σ δ_l); z_0 is read from sparse inputs where they are."""
    fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
    start = units_before(program, layer) * m
    if bias:
        biases = pointer(gradient, program[layer, BIAS])
        add_up_rows(biases, type(gradient[0])(1), pointer(deltas, start), fan_out, m, fan_out)
    if layer == 0 and is_sparse(inputs):
        total = matrix(gradient, program[0, WEIGHT], fan_in, fan_out)
        add_sparse_gradient((inputs, NO_ORDER, first, m, 0), matrix(deltas, start, m, fan_out), total)
        return
    right = pointer(deltas, start)
    total_place = pointer(gradient, program[layer, WEIGHT])
    gemm(
        (True, False),
        (fan_in, fan_out, m),
        (z, fan_in),
        (right, fan_out),
        1.0,
        (total_place, fan_out),
    )


@entry(
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), vector(real),
    )
)  # fmt: skip
def collect(program: Any, inputs: Any, tape: Any, n: Any, place: Any, deltas: Any, gradient: Any) -> None:
    """gradient += Σ_i δ_l zᵀ_{l-1} and Σ_i δ_l, in the order of η."""
    first, m = place
    for layer in range(program.shape[0]):
        z = values(program, layer, inputs, tape, n, first)
        add_gradient(program, layer, inputs, z, first, m, deltas, gradient, True)


@entry(
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), vector(real), vector(real), vector(real),
    )
)  # fmt: skip
def pulled_to_parameters(
    program: Any, inputs: Any, tape: Any, n: Any, place: Any, S: Any, u: Any, deltas: Any, total: Any
) -> None:
    """total += Σ_i u_i J_i for u (m,) and one output, by δ_l = u_i s_l, which are left in ``deltas``."""
    first, m = place
    for layer in range(program.shape[0]):
        width, start = program[layer, FAN_OUT], units_before(program, layer) * m
        for i in range(m):
            row = start + i * width
            times(pointer(deltas, row), (pointer(S, row),), (u[i],), width)
        z = values(program, layer, inputs, tape, n, first)
        add_gradient(program, layer, inputs, z, first, m, deltas, total, True)
