"""A Hessian, or the Gauss-Newton matrix, times a direction in η (Pearlmutter 1994)."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, vector
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import (
    combined,
    multiply,
)
from chainrule.kernels.batch import inputs_type
from chainrule.kernels.derivatives.backward import step_back
from chainrule.kernels.derivatives.collect import add_gradient
from chainrule.kernels.program import FAN_IN, FAN_OUT, PROGRAM, WEIGHT
from chainrule.kernels.tape_layout import slopes, units_before, values


@entry(
    lambda real: signature(
        types.void, PROGRAM, vector(real, readonly=True), inputs_type(real), vector(real),
        vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), vector(real), vector(real), vector(real), vector(real), vector(real),
    )
)  # fmt: skip
def curvature_product(
    program: Any, parameters: Any, inputs: Any, v: Any, tape: Any, n: Any, place: Any,
    dq: Any, dz: Any, deltas: Any, curvature_terms: Any, rates: Any, product: Any,
) -> None:  # fmt: skip
    """product += Hv (Pearlmutter 1994), from the change of δ_L put where it belongs in ``rates``.

    With d for the change along v = (V, c): G_l = z_{l-1}ᵀ dδ_l + dz_{l-1}ᵀ δ_l, and

        dδ_{l-1} = (dδ_l W_lᵀ + δ_l V_lᵀ) ∘ σ′ + curvature_terms ∘ dq_{l-1}
        curvature_terms = (δ_l W_lᵀ) ∘ σ″.

    The Gauss-Newton product leaves out what has δ: then ``curvature_terms`` is empty.
    """
    first, m = place
    exact = curvature_terms.size > 0
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
            moved = pointer(dz, before)
            add_gradient(program, layer, inputs, moved, first, m, deltas, product, False)
            rows, V = pointer(deltas, units_before(program, layer) * m), pointer(v, program[layer, WEIGHT])
            here, shape = pointer(rates, before), (m, fan_in, fan_out)
            gemm((False, True), shape, (rows, fan_out), (V, fan_out), 1.0, (here, fan_in))
        change, d = pointer(rates, before), pointer(tape, slopes(program, layer - 1, n, first))
        if exact:
            combined(change, (d, pointer(curvature_terms, before), pointer(dq, before)), (), m * fan_in)
        else:
            multiply(change, (d,), (), m * fan_in)
