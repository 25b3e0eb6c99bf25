"""Tangents: the first and second derivative of every q_l and z_l along a direction in x and in η."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import (
    combined,
    copied,
    product,
    scaled,
)
from chainrule.kernels.batch import NO_ORDER, cube, inputs_type, is_sparse, matrix
from chainrule.kernels.derivatives.output import through_output
from chainrule.kernels.inputs import add_sparse_product, repeat
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, PROGRAM, WEIGHT
from chainrule.kernels.tape_layout import slopes, units_before, values


@kernel
def begin_affine(
    program: Any, layer: Any, inputs: Any, tape: Any, n: Any, place: Any, v: Any, dq: Any, start: Any
) -> Any:
    """dq_l = z_{l-1} V_l + c_l, with V and c from v; returns 1, or 0 where there is no v: nothing to keep."""
    first, m = place
    if v.size == 0:
        return 0.0
    fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
    repeat(v, program[layer, BIAS], m, fan_out, dq, start)
    if layer == 0 and is_sparse(inputs):
        V = matrix(v, program[0, WEIGHT], fan_in, fan_out)
        add_sparse_product((inputs, NO_ORDER, first, m, 0), V, matrix(dq, start, m, fan_out))
    else:
        z, here = values(program, layer, inputs, tape, n, first), pointer(dq, start)
        V_place, shape = pointer(v, program[layer, WEIGHT]), (m, fan_out, fan_in)
        gemm((False, False), shape, (z, fan_in), (V_place, fan_out), 1.0, (here, fan_out))
    return 1.0


@entry(
    lambda real: signature(
        types.void, PROGRAM, vector(real, readonly=True), inputs_type(real), vector(real, readonly=True),
        inputs_type(real), vector(real, readonly=True), vector(real, readonly=True), types.intp,
        types.UniTuple(types.intp, 2), types.intp, vector(real), vector(real), vector(real),
    )
)  # fmt: skip
def tangents(
    program: Any, parameters: Any, inputs: Any, dx: Any, directions: Any, v: Any, tape: Any, n: Any,
    place: Any, kind: Any, dq: Any, dz: Any, outputs: Any,
) -> None:  # fmt: skip
    """Forward with a direction in x (rows of ``dx``, or sparse ones; empty: 0) and one in η (v; empty: 0).

    dq holds each layer's change of q, dz that of z = σ(q) but for the last layer; ``outputs`` (m, p) is
    the change of F, or of q_L (``kind`` NONE).
    """
    first, m = place
    last = program.shape[0] - 1
    for layer in range(last + 1):
        fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
        start = units_before(program, layer) * m
        W = pointer(parameters, program[layer, WEIGHT])
        rates, here = matrix(dq, start, m, fan_out), pointer(dq, start)
        plain, shape = (False, False), (m, fan_out, fan_in)
        beta = begin_affine(program, layer, inputs, tape, n, place, v, dq, start)
        if layer > 0:
            before = units_before(program, layer - 1) * m
            z, d = pointer(dz, before), pointer(tape, slopes(program, layer - 1, n, first))
            product(z, (pointer(dq, before), d), (), m * fan_in)
            gemm(plain, shape, (z, fan_in), (W, fan_out), beta, (here, fan_out))
        elif dx.size > 0:
            x = pointer(dx, 0)
            gemm(plain, shape, (x, fan_in), (W, fan_out), beta, (here, fan_out))
        else:
            if v.size == 0:
                rates[:] = 0
            if is_sparse(directions):
                weights = matrix(parameters, program[0, WEIGHT], fan_in, fan_out)
                add_sparse_product((directions, NO_ORDER, 0, m, 0), weights, rates)
    p = program[last, FAN_OUT]
    copied(pointer(outputs, 0), (pointer(dq, units_before(program, last) * m),), (), m * p)
    through_output(kind, program, tape, n, first, m, cube(outputs, 0, m, 1, p))


@entry(
    lambda real: signature(
        types.void, PROGRAM, vector(real, readonly=True), vector(real, readonly=True),
        vector(real, readonly=True), types.intp, types.UniTuple(types.intp, 2), vector(real, readonly=True),
        vector(real), vector(real), vector(real), vector(real),
    )
)  # fmt: skip
def second_tangents(
    program: Any, parameters: Any, v: Any, tape: Any, n: Any, place: Any, curvatures: Any, dq: Any, dz: Any,
    memory: Any, outputs: Any,
) -> None:  # fmt: skip
    """outputs (m, p) = ½ q_L″ along the line whose `tangents` dq and dz are, with σ″ from ``curvatures``.

    The line is one in x or one in η, not in both. q″ = z″ W + 2 z′ V and z″ = σ′ q″ + σ″ q′². The memory has
    room for the halves of both, and for q′².
    """
    first, m = place
    last = program.shape[0] - 1
    p = program[last, FAN_OUT]
    matrix(outputs, 0, m, p)[:] = 0
    third = memory.size // 3
    square, bend, following = pointer(memory, 0), pointer(memory, third), pointer(memory, 2 * third)
    half = type(memory[0])(0.5)
    for layer in range(last):
        width, fan_out = program[layer, FAN_OUT], program[layer + 1, FAN_OUT]
        before = units_before(program, layer)
        rates, sigma = pointer(dq, before * m), pointer(tape, slopes(program, layer, n, first))
        curvature = pointer(curvatures, before * n + first * width)
        scaled(square, (rates, rates), (half,), m * width)
        if layer == 0:
            product(bend, (square, curvature), (), m * width)
        else:
            combined(bend, (sigma, square, curvature), (), m * width)
        if layer == last - 1:
            following = pointer(outputs, 0)
        W, shape = pointer(parameters, program[layer + 1, WEIGHT]), (m, fan_out, width)
        gemm((False, False), shape, (bend, width), (W, fan_out), 0.0, (following, fan_out))
        if v.size > 0:
            V, moved = pointer(v, program[layer + 1, WEIGHT]), pointer(dz, before * m)
            gemm((False, False), shape, (moved, width), (V, fan_out), 1.0, (following, fan_out))
        bend, following = following, bend
