"""Compiled twins of `chainrule.calculus.network`: forward keeping the tape, backward from the left (N11).

The tape of a batch of m rows lies in a workspace of ``capacity`` rows: the values z_0 (the inputs, unless
they are sparse), z_1, …, z_L one after the other, each (m, width); and likewise σ′(q_1), …, σ′(q_L).
"""

from typing import Any

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.columns import COLUMNS, add_up_rows
from chainrule.kernels.arithmetic.gemm import gemm, gemm_upon
from chainrule.kernels.arithmetic.intrinsics import call, pointer
from chainrule.kernels.arithmetic.partition import part_of
from chainrule.kernels.arithmetic.rows import multiply
from chainrule.kernels.batch import is_sparse, matrix
from chainrule.kernels.inputs import add_sparse_gradient, first_product
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, UNITS, VALUE, VALUE_AND_SLOPE, WEIGHT
from chainrule.kernels.tape_layout import slopes_place, values_place


@kernel
def affine(program: Any, layer: Any, parameters: Any, batch: Any, tape: Any, capacity: Any) -> Any:
    """q_l = z_{l-1} W_l + b_l, written where z_l will be; returns its place on the tape."""
    m = batch[3]
    fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
    z = values_place(program, layer, batch, capacity)
    if layer == 0:
        first_product(program, parameters, batch, tape, capacity)
        return z
    gemm_upon(
        (False, False),
        (m, fan_out, fan_in),
        (pointer(tape, values_place(program, layer - 1, batch, capacity)), fan_in),
        (pointer(parameters, program[layer, WEIGHT]), fan_out),
        1.0,
        (pointer(parameters, program[layer, BIAS]), 0),
        (pointer(tape, z), fan_out),
    )
    return z


@kernel
def forward_values(program: Any, parameters: Any, batch: Any, tape: Any, capacity: Any) -> Any:
    """F(x, η) for a batch (N1); returns the place of the outputs."""
    z = 0
    for layer in range(program.shape[0]):
        z = affine(program, layer, parameters, batch, tape, capacity)
        fan_out = program[layer, FAN_OUT]
        if program[layer, VALUE] != 0:
            call(program[layer, VALUE], (pointer(tape, z),), (batch[3] * fan_out, fan_out))
    return z


@kernel
def forward(program: Any, parameters: Any, batch: Any, tape: Any, d: Any, capacity: Any) -> Any:
    """The same, keeping σ′(q_l) from place ``d`` on: what backward needs is not computed twice (N9)."""
    z = 0
    for layer in range(program.shape[0]):
        z = affine(program, layer, parameters, batch, tape, capacity)
        fan_out = program[layer, FAN_OUT]
        if program[layer, VALUE_AND_SLOPE] != 0:
            slopes = slopes_place(program, layer, batch, d, capacity)
            call(
                program[layer, VALUE_AND_SLOPE],
                (pointer(tape, z), pointer(tape, slopes)),
                (batch[3] * fan_out, fan_out),
            )
    return z


@kernel
def deltas(
    program: Any, parameters: Any, batch: Any, tape: Any, d: Any, delta: Any, products: Any, capacity: Any
) -> None:
    """From δ_L at place ``delta``: δ_l of all layers, multiplied from the left, where σ′(q_l) was."""
    m = batch[3]
    here = delta + batch[4] * program[program.shape[0] - 1, FAN_OUT]
    product = products + batch[4] * program[:, FAN_OUT].max()  # no other rows' whatever layer they are at
    for layer in range(program.shape[0] - 1, 0, -1):
        fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
        # The product needs a place of its own: σ′(q_(l-1)), with which it is multiplied next, stands where it
        # will go.
        gemm(  # δ_{l-1} = (δ_l W_lᵀ) ∘ σ′(q_{l-1})
            (False, True),
            (m, fan_in, fan_out),
            (pointer(tape, here), fan_out),
            (pointer(parameters, program[layer, WEIGHT]), fan_out),
            0.0,
            (pointer(tape, product), fan_in),
        )
        here = slopes_place(program, layer - 1, batch, d, capacity)
        multiply(pointer(tape, here), (pointer(tape, product),), (), m * fan_in)


@kernel
def layer_gradient(
    program: Any, layer: Any, batch: Any, tape: Any, d: Any, delta: Any, gradient: Any, beta: Any,
    capacity: Any, share: Any,
) -> None:  # fmt: skip
    """∂E/∂W_l = z_{l-1}ᵀ δ_l and ∂E/∂b_l = Σ_i δ_l, added to beta times what is there: one thread's share.

    Sparse rows are added to what is there.
    """
    m, last = batch[3], program.shape[0] - 1
    fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
    here = delta if layer == last else slopes_place(program, layer, batch, d, capacity)
    # Each entry of the gradient is made by one thread, which sums it over all rows of the batch in order. So
    # the number of threads is in no sum; parts are whole vectors of columns, or lanes would be added up in
    # other accumulators.
    first, end = part_of(fan_out, COLUMNS, share)
    biases, errors = pointer(gradient, program[layer, BIAS] + first), pointer(tape, here + first)
    add_up_rows(biases, type(gradient[0])(beta), errors, fan_out, m, end - first)
    if layer == 0 and is_sparse(batch[0]):
        sums = matrix(gradient, program[0, WEIGHT], fan_in, fan_out)
        add_sparse_gradient(batch, matrix(tape, here, m, fan_out), sums)
        return
    first, end = part_of(fan_in, COLUMNS, share)
    gemm(
        (True, False),
        (end - first, fan_out, m),
        (pointer(tape, (program[layer, UNITS] - fan_in) * capacity + first), fan_in),
        (pointer(tape, here), fan_out),
        beta,
        (pointer(gradient, program[layer, WEIGHT] + first * fan_out), fan_out),
    )
