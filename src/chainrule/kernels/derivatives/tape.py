"""Tape of a forward pass: all values that derivatives need, kept for n rows (N9).

A tape is one vector: z_1, …, z_{L-1} and q_L one after the other, each (n, width); then σ′(q_1), …,
σ′(q_L) likewise; F; and q_1, …, q_{L-1} where an activation's σ″ needs them. The inputs are read where they
stand: sparse, or rows in the order of C.
"""

from typing import Any

import numpy as np
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.arithmetic.intrinsics import call, pointer
from chainrule.kernels.arithmetic.rows import copied
from chainrule.kernels.batch import NO_ORDER, ORDER, inputs_type, is_sparse, matrix
from chainrule.kernels.forward import affine
from chainrule.kernels.program import FAN_IN, FAN_OUT, KEEP, PROGRAM, UNITS, VALUE_AND_SLOPE
from chainrule.kernels.tape_layout import slopes, tape_places, units_before


@kernel
def inputs_are_finite(program: Any, batch: Any, q: Any) -> Any:
    """Whether dense inputs are: what is not finite in a row makes all of q_1 so, whatever the weights.

    Only where q_1 is not, which may be an overflow, are the inputs themselves looked through.
    """
    others = 0
    for i in range(q.shape[0]):
        others += 0 if np.isfinite(q[i, 0]) else 1
    if others == 0 or is_sparse(batch[0]):
        return True
    fan_in = program[0, FAN_IN]
    rows = matrix(batch[0][0], batch[2] * fan_in, q.shape[0], fan_in)
    return np.isfinite(rows).all()


@kernel
def record(program: Any, parameters: Any, batch: Any, tape: Any, n: Any) -> Any:
    """Run forward over a batch and keep all of it in its rows of the tape; whether the inputs were finite."""
    m, row, last, fine = batch[3], batch[4], program.shape[0] - 1, True
    _, outputs, q, _ = tape_places(program, n)
    for layer in range(last):
        z, fan_out = affine(program, layer, parameters, batch, tape, n), program[layer, FAN_OUT]
        if layer == 0:
            fine = inputs_are_finite(program, batch, matrix(tape, z, m, fan_out))
        if program[layer, KEEP]:
            kept = q + units_before(program, layer) * n + row * fan_out
            copied(pointer(tape, kept), (pointer(tape, z),), (), m * fan_out)
        d = slopes(program, layer, n, row)
        call(program[layer, VALUE_AND_SLOPE], (pointer(tape, z), pointer(tape, d)), (m * fan_out, fan_out))
    z, p = affine(program, last, parameters, batch, tape, n), program[last, FAN_OUT]
    if last == 0:
        fine = inputs_are_finite(program, batch, matrix(tape, z, m, p))
    F, d = pointer(tape, outputs + row * p), pointer(tape, slopes(program, last, n, row))
    copied(F, (pointer(tape, z),), (), m * p)
    call(program[last, VALUE_AND_SLOPE], (F, d), (m * p, p))
    return fine


@entry(
    lambda real: signature(
        types.boolean, PROGRAM, vector(real, readonly=True), inputs_type(real), types.UniTuple(types.intp, 2),
        vector(real), types.intp,
    )
)  # fmt: skip
def record_tape(program: Any, parameters: Any, inputs: Any, place: Any, tape: Any, n: Any) -> Any:
    """Fill the rows ``place`` (first, m) of a tape of n rows from those inputs; whether they were finite."""
    first, m = place
    return record(program, parameters, (inputs, NO_ORDER, first, m, first), tape, n)


@entry(lambda real: signature(types.void, PROGRAM, ORDER, vector(real), vector(real), types.intp))
def second_derivatives(program: Any, loops: Any, tape: Any, curvatures: Any, n: Any) -> None:
    """curvatures = σ″(q_1), …, σ″(q_{L-1}), laid out as σ′ is; ``loops`` are the layers' loops for it."""
    q = tape_places(program, n)[2]
    for layer in range(program.shape[0] - 1):
        fan_out = program[layer, FAN_OUT]
        c = units_before(program, layer) * n
        kept = q + c if program[layer, KEEP] else 0
        arguments = (
            pointer(tape, kept),
            pointer(tape, program[layer, UNITS] * n),
            pointer(tape, slopes(program, layer, n, 0)),
            pointer(curvatures, c),
        )
        call(loops[layer], arguments, (n * fan_out, fan_out))


@entry(
    lambda real: signature(
        types.void, PROGRAM, types.intp, types.boolean, vector(real), types.intp,
        types.UniTuple(types.intp, 2), vector(real, readonly=True), vector(real), vector(real),
    )
)  # fmt: skip
def evaluate_loss(
    program: Any,
    output_loss: Any,
    from_q: Any,
    tape: Any,
    n: Any,
    place: Any,
    Y: Any,
    errors: Any,
    deltas: Any,
) -> None:
    """Write errors = E_i and deltas = ∂E_i/∂q_L for the rows of ``place``; see `kernels.losses`."""
    first, m = place
    last = program.shape[0] - 1
    p = program[last, FAN_OUT]
    start = program[last, UNITS] * n if from_q else tape_places(program, n)[1]
    here = pointer(tape, start + first * p), pointer(tape, slopes(program, last, n, first))
    call(output_loss, (*here, pointer(Y, 0), pointer(errors, 0), pointer(deltas, 0)), (m, p))
