"""One step of a solver on η, fused with the L2 term: one pass over memory.

An update is a loop with a C signature, known to the epoch by its address:
(parameters, gradient, moments, settings, n_weights, n_parameters). ``gradient`` is the batch's sum of
w_i ∂E_i/∂η; (gradient + alpha · W) / S is the batch's gradient, the L2 term on weights alone.
``settings`` are float64 whatever the network's type; places 0 to 2 mean the same for all solvers.
"""

import math
from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Function, Loop, kernel

RATE, ALPHA, WEIGHT_SUM = range(3)  # learning rate; L2 strength; S, sum of the batch's sample weights
BETA_1, BETA_2, EPSILON, STEPS = range(3, 7)  # Adam
MOMENTUM, NESTEROV = range(3, 5)  # SGD


def _update(loop: Function) -> Loop:
    def declared(real: types.Float) -> Any:
        vectors = [types.CPointer(real)] * 3
        return signature(types.void, *vectors, types.CPointer(types.float64), types.intp, types.intp)

    return Loop(loop, declared)


@kernel
def _adam_run(
    parameters: Any, gradient: Any, first: Any, second: Any, settings: Any, alpha: Any, start: Any, stop: Any
) -> None:
    real = type(parameters[0])
    beta_1, beta_2, epsilon = real(settings[BETA_1]), real(settings[BETA_2]), real(settings[EPSILON])
    rest_1, rest_2 = real(1 - settings[BETA_1]), real(1 - settings[BETA_2])
    t = settings[STEPS]
    rate = real(settings[RATE] * math.sqrt(1 - settings[BETA_2] ** t) / (1 - settings[BETA_1] ** t))
    scale, decay = real(1 / settings[WEIGHT_SUM]), real(alpha)
    for i in range(start, stop):
        g = (gradient[i] + decay * parameters[i]) * scale
        m = beta_1 * first[i] + rest_1 * g
        v = beta_2 * second[i] + rest_2 * (g * g)
        first[i], second[i] = m, v
        parameters[i] -= rate * m / (real(math.sqrt(v)) + epsilon)


def _adam(parameters: Any, gradient: Any, moments: Any, settings: Any, n_weights: Any, n: Any) -> None:
    """Kingma & Ba 2015; ε is added to √v uncorrected, as scikit-learn does."""
    eta, g, values = carray(parameters, n), carray(gradient, n), carray(settings, 7)
    first, second = carray(moments, 2 * n)[:n], carray(moments, 2 * n)[n:]
    values[STEPS] += 1
    _adam_run(eta, g, first, second, values, values[ALPHA], 0, n_weights)
    _adam_run(eta, g, first, second, values, 0.0, n_weights, n)


@kernel
def _sgd_run(
    parameters: Any, gradient: Any, velocity: Any, settings: Any, alpha: Any, start: Any, stop: Any
) -> None:
    real = type(parameters[0])
    rate, momentum = real(settings[RATE]), real(settings[MOMENTUM])
    scale, decay = real(1 / settings[WEIGHT_SUM]), real(alpha)
    ahead = settings[NESTEROV] != 0
    for i in range(start, stop):
        step = rate * ((gradient[i] + decay * parameters[i]) * scale)
        v = momentum * velocity[i] - step
        velocity[i] = v
        parameters[i] += momentum * v - step if ahead else v


def _sgd(parameters: Any, gradient: Any, moments: Any, settings: Any, n_weights: Any, n: Any) -> None:
    """Gradient descent with momentum, or with Nesterov's look ahead."""
    eta, g, velocity, values = (
        carray(parameters, n),
        carray(gradient, n),
        carray(moments, n),
        carray(settings, 5),
    )
    _sgd_run(eta, g, velocity, values, values[ALPHA], 0, n_weights)
    _sgd_run(eta, g, velocity, values, 0.0, n_weights, n)


adam = _update(_adam)
sgd = _update(_sgd)
