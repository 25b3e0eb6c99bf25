"""Random initial parameters (Glorot & Bengio 2010), drawn as scikit-learn draws them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network._layout import ParameterLayout

RandomState = np.random.RandomState


def as_random_state(seed: int | np.random.RandomState | None) -> np.random.RandomState:
    """Return the stream a seed stands for: a fresh one, the one given, or numpy's global one for None.

    Raises
    ------
    ValueError
        If ``seed`` is neither None, a non-negative integer below 2³² nor a RandomState.
    """
    if seed is None:
        return np.random.mtrand._rand
    if isinstance(seed, np.random.RandomState):
        return seed
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool) and 0 <= seed < 2**32:
        return np.random.RandomState(seed)
    raise ValueError(f"random_state takes None, an integer in [0, 2**32) or a RandomState, not {seed!r}")


def draw_parameters(layout: ParameterLayout, logistic: bool, random: np.random.RandomState) -> NDArray[Any]:
    """Draw η: W_l, then b_l, layer by layer, uniform in ±√(c / (fan_in + fan_out)).

    c is 6, or 2 for logistic hidden layers. Drawn in float64 whatever the network's type.
    """
    eta = np.empty(layout.n_parameters)
    for weights, biases in zip(layout.weights, layout.biases, strict=True):
        bound = np.sqrt((2.0 if logistic else 6.0) / sum(weights.shape))
        weights.view(eta)[:] = random.uniform(-bound, bound, weights.shape)
        biases.view(eta)[:] = random.uniform(-bound, bound, biases.shape)
    return eta
