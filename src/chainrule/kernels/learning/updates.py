"""One step of a solver on η, fused with the L2 term: one pass over memory.

An update is a loop with a C signature, known to the epoch by its address:
(parameters, gradient, moments, settings, first, end, n_weights, n_parameters), for the entries of η from
``first`` up to ``end``. ``gradient`` is the batch's sum of w_i ∂E_i/∂η; (gradient + alpha · W) / S is the
batch's gradient, the L2 term on weights alone. ``settings`` are float64 whatever the network's type; places
0 to 3 mean the same for all solvers.
"""

import math
from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Function, Loop, kernel
from chainrule.kernels.arithmetic.tiles import further

# Learning rate; L2 strength; S, sum of the batch's sample weights; steps taken, with this one.
RATE, ALPHA, WEIGHT_SUM, STEPS = range(4)
BETA_1, BETA_2, EPSILON = range(4, 7)  # Adam
MOMENTUM, NESTEROV = range(4, 6)  # SGD


def _update(loop: Function) -> Loop:
    def declared(real: types.Float) -> Any:
        vectors = [types.CPointer(real)] * 3
        return signature(types.void, *vectors, types.CPointer(types.float64), *[types.intp] * 4)

    return Loop(loop, declared)


@kernel
def _adam_run(
    parameters: Any, gradient: Any, mean: Any, square: Any, settings: Any, alpha: Any, count: Any
) -> None:
    real = type(parameters[0])
    beta_1, beta_2, epsilon = real(settings[BETA_1]), real(settings[BETA_2]), real(settings[EPSILON])
    rest_1, rest_2 = real(1 - settings[BETA_1]), real(1 - settings[BETA_2])
    # Rates and powers in float64 whatever the type, as 1 - β² ** t loses in float32 what the first steps
    # depend on; all that is done for each weight is in the network's type, and one pass over five vectors of
    # memory.
    t = settings[STEPS]
    rate = real(settings[RATE] * math.sqrt(1 - settings[BETA_2] ** t) / (1 - settings[BETA_1] ** t))
    scale, decay = real(1 / settings[WEIGHT_SUM]), real(alpha)
    eta, sums, first, second = (
        carray(parameters, count), carray(gradient, count), carray(mean, count), carray(square, count)
    )  # fmt: skip
    for i in range(count):
        g = (sums[i] + decay * eta[i]) * scale
        m = beta_1 * first[i] + rest_1 * g
        v = beta_2 * second[i] + rest_2 * (g * g)
        first[i], second[i] = m, v
        eta[i] -= rate * m / (real(math.sqrt(v)) + epsilon)


def _adam(
    parameters: Any, gradient: Any, moments: Any, settings: Any, first: Any, end: Any, n_weights: Any, n: Any
) -> None:
    """Kingma & Ba 2015; ε is added to √v uncorrected, as scikit-learn does."""
    values = carray(settings, 7)
    middle = min(max(first, n_weights), end)
    for alpha, start, stop in ((values[ALPHA], first, middle), (0.0, middle, end)):
        _adam_run(
            further(parameters, start), further(gradient, start), further(moments, start),
            further(moments, n + start), values, alpha, stop - start,
        )  # fmt: skip


@kernel
def _sgd_run(parameters: Any, gradient: Any, moments: Any, settings: Any, alpha: Any, count: Any) -> None:
    real = type(parameters[0])
    rate, momentum = real(settings[RATE]), real(settings[MOMENTUM])
    scale, decay = real(1 / settings[WEIGHT_SUM]), real(alpha)
    ahead = settings[NESTEROV] != 0
    eta, sums, velocity = carray(parameters, count), carray(gradient, count), carray(moments, count)
    for i in range(count):
        step = rate * ((sums[i] + decay * eta[i]) * scale)
        v = momentum * velocity[i] - step
        velocity[i] = v
        eta[i] += momentum * v - step if ahead else v


def _sgd(
    parameters: Any, gradient: Any, moments: Any, settings: Any, first: Any, end: Any, n_weights: Any, n: Any
) -> None:
    """Gradient descent with momentum, or with Nesterov's look ahead."""
    values = carray(settings, 6)
    middle = min(max(first, n_weights), end)
    for alpha, start, stop in ((values[ALPHA], first, middle), (0.0, middle, end)):
        memory = further(parameters, start), further(gradient, start), further(moments, start)
        _sgd_run(*memory, values, alpha, stop - start)


UPDATES = {"adam": _update(_adam), "sgd": _update(_sgd)}
"""The update of each solver, by its name."""
