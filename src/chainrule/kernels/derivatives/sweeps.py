"""One sweep through a kept tape: forward with tangents, backward with cotangents, and both for curvature.

``place`` is (first, m): the rows of the tape that are swept. What a sweep leaves for each layer lies in a
vector of its own, layer after layer, (m, width) each, or (m, R, width) for R cotangents a sample.
"""

from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.arithmetic.columns import add_up_rows
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import combined, copied, multiply, product, scaled
from chainrule.kernels.derivatives.tape import (
    SOFTMAX,
    slopes,
    through_output,
    units_before,
    values,
)
from chainrule.kernels.inputs import (
    NO_ORDER,
    add_sparse_gradient,
    add_sparse_product,
    inputs_type,
    is_sparse,
    matrix,
    repeat,
)
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, PROGRAM, WEIGHT


@kernel
def cube(vector: Any, offset: Any, m: Any, rows: Any, width: Any) -> Any:
    """The (m, rows, width) array from ``offset`` on."""
    return carray(pointer(vector, offset), (m, rows, width))


@kernel
def multiply_rows(target: Any, factors: Any) -> None:
    """target (m, R, width) times factors (m, width), for each of the R."""
    m, R, width = target.shape
    for i in range(m):
        for r in range(R):
            multiply(pointer(target, (i * R + r) * width), (pointer(factors, i * width),), (), width)


@kernel
def begin_affine(
    program: Any, layer: Any, inputs: Any, tape: Any, n: Any, place: Any, v: Any, RQ: Any, start: Any
) -> Any:
    """RQ_l = z_{l-1} V_l + c_l, with V and c from v; returns 1, or 0 where there is no v: nothing to keep."""
    first, m = place
    if v.size == 0:
        return 0.0
    fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
    repeat(v, program[layer, BIAS], m, fan_out, RQ, start)
    if layer == 0 and is_sparse(inputs):
        V = matrix(v, program[0, WEIGHT], fan_in, fan_out)
        add_sparse_product((inputs, NO_ORDER, first, m, 0), V, matrix(RQ, start, m, fan_out))
    else:
        z, here = values(program, layer, inputs, tape, n, first), pointer(RQ, start)
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
    place: Any, kind: Any, RQ: Any, RZ: Any, outputs: Any,
) -> None:  # fmt: skip
    """Forward with a direction in x (rows of ``dx``, or sparse ones; empty: 0) and one in η (v; empty: 0).

    RQ holds each layer's change of q, RZ that of z = σ(q) but for the last layer; ``outputs`` (m, p) is
    the change of F, or of q_L (``kind`` NONE).
    """
    first, m = place
    last = program.shape[0] - 1
    for layer in range(last + 1):
        fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
        start = units_before(program, layer) * m
        W = pointer(parameters, program[layer, WEIGHT])
        rates, here = matrix(RQ, start, m, fan_out), pointer(RQ, start)
        plain, shape = (False, False), (m, fan_out, fan_in)
        beta = begin_affine(program, layer, inputs, tape, n, place, v, RQ, start)
        if layer > 0:
            before = units_before(program, layer - 1) * m
            z, d = pointer(RZ, before), pointer(tape, slopes(program, layer - 1, n, first))
            product(z, (pointer(RQ, before), d), (), m * fan_in)
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
    copied(pointer(outputs, 0), (pointer(RQ, units_before(program, last) * m),), (), m * p)
    through_output(kind, program, tape, n, first, m, cube(outputs, 0, m, 1, p))


@entry(
    lambda real: signature(
        types.void, PROGRAM, vector(real, readonly=True), vector(real, readonly=True),
        vector(real, readonly=True), types.intp, types.UniTuple(types.intp, 2), vector(real, readonly=True),
        vector(real), vector(real), vector(real), vector(real),
    )
)  # fmt: skip
def second_tangents(
    program: Any, parameters: Any, v: Any, tape: Any, n: Any, place: Any, curvatures: Any, RQ: Any, RZ: Any,
    memory: Any, outputs: Any,
) -> None:  # fmt: skip
    """outputs (m, p) = ½ q_L″ along the line whose `tangents` RQ and RZ are, with σ″ from ``curvatures``.

    q″ = z″ W + 2 z′ V and z″ = σ′ q″ + σ″ q′²; the memory has room for the halves of both, and for q′².
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
        rates, sigma = pointer(RQ, before * m), pointer(tape, slopes(program, layer, n, first))
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
            V, moved = pointer(v, program[layer + 1, WEIGHT]), pointer(RZ, before * m)
            gemm((False, False), shape, (moved, width), (V, fan_out), 1.0, (following, fan_out))
        bend, following = following, bend


@kernel
def begin_sensitivities(kind: Any, program: Any, tape: Any, n: Any, place: Any, S: Any) -> None:
    """S_L = ∂F/∂q_L (m, p, p) (``kind`` NONE: the identity)."""
    first, m = place
    last = program.shape[0] - 1
    p = program[last, FAN_OUT]
    start = units_before(program, last) * p * m
    sensitivities = cube(S, start, m, p, p)
    for i in range(m):
        for r in range(p):
            for k in range(p):
                sensitivities[i, r, k] = 1 if r == k else 0
    through_output(kind, program, tape, n, first, m, sensitivities)


@kernel
def step_back(
    program: Any, layer: Any, parameters: Any, source: Any, R: Any, m: Any, target: Any, target_start: Any
) -> None:
    """target (m·R, fan_in) = rows (m·R, fan_out) of the layer's part of ``source``, times W_lᵀ."""
    fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
    rows = pointer(source, units_before(program, layer) * R * m)
    W = pointer(parameters, program[layer, WEIGHT])
    here = pointer(target, target_start)
    gemm((False, True), (m * R, fan_in, fan_out), (rows, fan_out), (W, fan_out), 0.0, (here, fan_in))


@kernel
def pull_back(
    program: Any, parameters: Any, tape: Any, n: Any, place: Any, S: Any, R: Any, diagonal: Any,
    curvatures: Any, bends: Any,
) -> None:  # fmt: skip
    """From S_L to S_{L-1}, …, S_1: S_{l-1} = (S_l W_lᵀ) ∘ σ′(q_{l-1}), for R rows a sample.

    ``diagonal``: S_L is diag σ′(q_L), and its product with W_Lᵀ takes p·width multiplications, not p²·width.
    With σ″ given (``curvatures``, for the rows from the tape's first on), ``bends`` = (S_l W_lᵀ) ∘ σ″.
    """
    first, m = place
    last = program.shape[0] - 1
    for layer in range(last, 0, -1):
        fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
        before = units_before(program, layer - 1)
        here = before * R * m
        target = cube(S, here, m, R, fan_in)
        d = matrix(tape, slopes(program, layer - 1, n, first), m, fan_in)
        if layer == last and diagonal:
            W = matrix(parameters, program[layer, WEIGHT], fan_in, fan_out)
            source = cube(S, units_before(program, layer) * R * m, m, R, fan_out)
            for i in range(m):
                for r in range(R):
                    for j in range(fan_in):
                        target[i, r, j] = source[i, r, r] * W[j, r] * d[i, j]
            continue
        step_back(program, layer, parameters, S, R, m, S, here)
        if bends.size > 0:
            for i in range(m):
                c = pointer(curvatures, before * n + (first + i) * fan_in)
                for r in range(R):
                    row = here + (i * R + r) * fan_in
                    product(pointer(bends, row), (pointer(S, row), c), (), fan_in)
        multiply_rows(target, d)


@entry(
    lambda real: signature(
        types.void, PROGRAM, vector(real, readonly=True), vector(real, readonly=True), types.intp,
        types.UniTuple(types.intp, 2), types.intp, vector(real), vector(real, readonly=True), vector(real),
    )
)  # fmt: skip
def sensitivities(
    program: Any, parameters: Any, tape: Any, n: Any, place: Any, kind: Any, S: Any, curvatures: Any,
    bends: Any,
) -> None:  # fmt: skip
    """S_l = ∂F/∂q_l (m, p, width) of every layer (``kind`` NONE: ∂q_L/∂q_l); for the rest see `pull_back`."""
    begin_sensitivities(kind, program, tape, n, place, S)
    p = program[program.shape[0] - 1, FAN_OUT]
    pull_back(
        program, parameters, tape, n, place, S, p, kind != SOFTMAX and bends.size == 0, curvatures, bends
    )


@entry(
    lambda real: signature(
        types.void, PROGRAM, vector(real, readonly=True), vector(real, readonly=True), types.intp,
        types.UniTuple(types.intp, 2), types.intp, vector(real), vector(real), vector(real, readonly=True),
        vector(real),
    )
)  # fmt: skip
def cotangents(
    program: Any, parameters: Any, tape: Any, n: Any, place: Any, kind: Any, deltas: Any, inputs: Any,
    curvatures: Any, bends: Any,
) -> None:  # fmt: skip
    """From u (m, p), put where δ_L belongs: δ_l = u · ∂F/∂q_l of every layer, and u · ∂F/∂x in ``inputs``
    unless that is empty; for σ″ and ``bends`` see `pull_back`."""
    first, m = place
    last = program.shape[0] - 1
    p = program[last, FAN_OUT]
    through_output(kind, program, tape, n, first, m, cube(deltas, units_before(program, last) * m, m, 1, p))
    pull_back(program, parameters, tape, n, place, deltas, 1, False, curvatures, bends)
    if inputs.size > 0:
        step_back(program, 0, parameters, deltas, 1, m, inputs, 0)


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
        types.void, PROGRAM, vector(real, readonly=True), inputs_type(real), vector(real),
        vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), vector(real), vector(real), vector(real), vector(real), vector(real),
    )
)  # fmt: skip
def curvature_product(
    program: Any, parameters: Any, inputs: Any, v: Any, tape: Any, n: Any, place: Any,
    RQ: Any, RZ: Any, deltas: Any, bends: Any, rates: Any, product: Any,
) -> None:  # fmt: skip
    """product += Hv (Pearlmutter 1994), from the change of δ_L put where it belongs in ``rates``.

    G_l = z_{l-1}ᵀ Rδ_l + Rz_{l-1}ᵀ δ_l, and Rδ_{l-1} = (Rδ_l W_lᵀ + δ_l V_lᵀ) ∘ σ′ + bends ∘ Rq_{l-1}, where
    bends = (δ_l W_lᵀ) ∘ σ″. The Gauss-Newton product leaves out what has δ: then ``bends`` is empty.
    """
    first, m = place
    exact = bends.size > 0
    last = program.shape[0] - 1
    for layer in range(last, -1, -1):
        fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
        z = values(program, layer, inputs, tape, n, first)
        add_gradient(program, layer, inputs, z, first, m, rates, product, True)
        if layer == 0:
            return
        before = units_before(program, layer - 1) * m
        step_back(program, layer, parameters, rates, 1, m, rates, before)
        if exact:
            moved = pointer(RZ, before)
            add_gradient(program, layer, inputs, moved, first, m, deltas, product, False)
            rows, V = pointer(deltas, units_before(program, layer) * m), pointer(v, program[layer, WEIGHT])
            here, shape = pointer(rates, before), (m, fan_in, fan_out)
            gemm((False, True), shape, (rows, fan_out), (V, fan_out), 1.0, (here, fan_in))
        change, d = pointer(rates, before), pointer(tape, slopes(program, layer - 1, n, first))
        if exact:
            combined(change, (d, pointer(bends, before), pointer(RQ, before)), (), m * fan_in)
        else:
            multiply(change, (d,), (), m * fan_in)
