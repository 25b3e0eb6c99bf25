"""A step from a gradient that was made elsewhere: the same arithmetic as in an epoch's batch."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, vector
from chainrule.kernels.arithmetic.intrinsics import call, pointer
from chainrule.kernels.batch import ORDER
from chainrule.kernels.learning.epochs import square_weights
from chainrule.kernels.learning.input_scales import fold, has_scales, n_learned, unfold_gradient
from chainrule.kernels.learning.updates import ALPHA, STEPS, WEIGHT_SUM
from chainrule.kernels.passes import ALONE


@entry(
    lambda real: signature(
        types.float64,
        types.intp, vector(real), vector(real), vector(real), vector(types.float64), vector(types.float64),
        types.intp, types.float64, ORDER, types.float64,
    )
)  # fmt: skip
def step(
    update: Any, parameters: Any, gradient: Any, moments: Any, settings: Any, squares: Any, n_weights: Any,
    weight_sum: Any, scale_places: Any, scale_rate: Any,
) -> Any:  # fmt: skip
    """Update η by the sums of a batch; return the L2 term before it, which is to be divided by Σ w.

    Where there are ``scale_places`` (see `input_scales`), inputs have scales, which are learned too.
    """
    n_parameters = n_learned(parameters, scale_places)
    square_weights(parameters, squares, n_weights, ALONE)
    penalty = 0.5 * settings[ALPHA] * squares.sum()
    settings[WEIGHT_SUM] = weight_sum
    settings[STEPS] += 1
    memory = pointer(parameters, 0), pointer(gradient, 0), pointer(moments, 0), pointer(settings, 0)
    if has_scales(scale_places):
        unfold_gradient(parameters, gradient, scale_places, scale_rate, ALONE)
    call(update, memory, (0, n_parameters, n_weights, n_parameters))
    if has_scales(scale_places):
        fold(parameters, scale_places, scale_rate, ALONE)
    return penalty
