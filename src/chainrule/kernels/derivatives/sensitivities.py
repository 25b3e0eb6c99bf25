"""S_l = ∂F/∂q_l of every layer: the backward pass from the identity at the output."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.batch import cube
from chainrule.kernels.derivatives.backward import pull_back
from chainrule.kernels.derivatives.output import SOFTMAX, through_output
from chainrule.kernels.program import FAN_OUT, PROGRAM
from chainrule.kernels.tape_layout import units_before


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


@entry(
    lambda real: signature(
        types.void, PROGRAM, vector(real, readonly=True), vector(real, readonly=True), types.intp,
        types.UniTuple(types.intp, 2), types.intp, vector(real), vector(real, readonly=True), vector(real),
    )
)  # fmt: skip
def sensitivities(
    program: Any, parameters: Any, tape: Any, n: Any, place: Any, kind: Any, S: Any, curvatures: Any,
    curvature_terms: Any,
) -> None:  # fmt: skip
    """S_l = ∂F/∂q_l (m, p, width) of every layer (``kind`` NONE: ∂q_L/∂q_l); for the rest see `pull_back`."""
    begin_sensitivities(kind, program, tape, n, place, S)
    p = program[program.shape[0] - 1, FAN_OUT]
    pull_back(
        program,
        parameters,
        tape,
        n,
        place,
        S,
        p,
        kind != SOFTMAX and curvature_terms.size == 0,
        curvatures,
        curvature_terms,
    )
