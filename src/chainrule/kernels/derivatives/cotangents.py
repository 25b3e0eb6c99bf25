"""u · ∂F/∂q_l of every layer for one row u a sample: the pullback, and with u = ∂E/∂F backpropagation."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, vector
from chainrule.kernels.batch import cube
from chainrule.kernels.derivatives.backward import pull_back, step_back
from chainrule.kernels.derivatives.output import through_output
from chainrule.kernels.program import FAN_OUT, PROGRAM
from chainrule.kernels.tape_layout import units_before


@entry(
    lambda real: signature(
        types.void, PROGRAM, vector(real, readonly=True), vector(real, readonly=True), types.intp,
        types.UniTuple(types.intp, 2), types.intp, vector(real), vector(real), vector(real, readonly=True),
        vector(real),
    )
)  # fmt: skip
def cotangents(
    program: Any, parameters: Any, tape: Any, n: Any, place: Any, kind: Any, deltas: Any, inputs: Any,
    curvatures: Any, curvature_terms: Any,
) -> None:  # fmt: skip
    """From u (m, p), put where δ_L belongs: δ_l = u · ∂F/∂q_l of every layer, and u · ∂F/∂x in ``inputs``
    unless that is empty; for σ″ and ``curvature_terms`` see `pull_back`."""
    first, m = place
    last = program.shape[0] - 1
    p = program[last, FAN_OUT]
    through_output(kind, program, tape, n, first, m, cube(deltas, units_before(program, last) * m, m, 1, p))
    pull_back(program, parameters, tape, n, place, deltas, 1, False, curvatures, curvature_terms)
    if inputs.size > 0:
        step_back(program, 0, parameters, deltas, 1, m, inputs, 0)
