"""A step from a gradient that was made elsewhere: the same arithmetic as in an epoch's batch."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, vector
from chainrule.kernels.arithmetic.intrinsics import call, pointer
from chainrule.kernels.learning.epochs import square_weights
from chainrule.kernels.learning.updates import ALPHA, STEPS, WEIGHT_SUM
from chainrule.kernels.passes import ALONE


@entry(
    lambda real: signature(
        types.float64,
        types.intp, vector(real), vector(real), vector(real), vector(types.float64), vector(types.float64),
        types.intp, types.float64,
    )
)  # fmt: skip
def step(
    update: Any, parameters: Any, gradient: Any, moments: Any, settings: Any, squares: Any, n_weights: Any,
    weight_sum: Any,
) -> Any:  # fmt: skip
    """Update η by the sums of a batch; return the L2 term before it, which is to be divided by Σ w."""
    square_weights(parameters, squares, n_weights, ALONE)
    penalty = 0.5 * settings[ALPHA] * squares.sum()
    settings[WEIGHT_SUM] = weight_sum
    settings[STEPS] += 1
    memory = pointer(parameters, 0), pointer(gradient, 0), pointer(moments, 0), pointer(settings, 0)
    call(update, memory, (0, parameters.size, n_weights, parameters.size))
    return penalty
