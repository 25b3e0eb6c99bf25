"""Output functions, which map q_L to F, and their derivatives."""

from typing import Any

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import multiply
from chainrule.kernels.batch import matrix
from chainrule.kernels.program import FAN_OUT
from chainrule.kernels.softmax import pull_through_softmax
from chainrule.kernels.tape_layout import slopes, tape_places

ELEMENTWISE, SOFTMAX, NONE = range(3)
"""How an output maps q_L: number by number, by softmax, or (asked for ∂q_L) not at all."""


@kernel
def through_output(kind: Any, program: Any, tape: Any, n: Any, first: Any, m: Any, rows: Any) -> None:
    """rows (m, R, p) times ∂F/∂q_L, from either side, as it is symmetric."""
    last = program.shape[0] - 1
    p = program[last, FAN_OUT]
    R = rows.shape[1]
    if kind == ELEMENTWISE:
        for i in range(m):
            d = pointer(tape, slopes(program, last, n, first + i))
            for r in range(R):
                multiply(pointer(rows, (i * R + r) * p), (d,), (), p)
    elif kind == SOFTMAX:
        F = matrix(tape, tape_places(program, n)[1] + first * p, m, p)
        for i in range(m):
            for r in range(R):
                pull_through_softmax(F[i], rows[i, r])
