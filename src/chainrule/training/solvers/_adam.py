"""Adam."""

from dataclasses import dataclass

import numpy as np

from chainrule.network import as_number
from chainrule.training._schedule import Schedule, as_schedule
from chainrule.training.solvers._minibatches import MinibatchSolver, Settings


@dataclass(frozen=True)
class Adam(MinibatchSolver):
    """Adam (Kingma & Ba 2015): steps scaled by running means of the gradient and its square.

    Parameters
    ----------
    learning_rate_init : float, default=0.001
    beta_1, beta_2 : float in [0, 1), default=0.9, 0.999
        Decay of the two means.
    epsilon : float, default=1e-8
        Added to the root of the second mean, not corrected for bias, as in scikit-learn.
    schedule : "cosine", callable or None, default=None
        Factor of the rate in each epoch: half a cosine from 1 to 1e-4, or a function of the share of the
        learning that is done, 0 to 1. None is a constant rate.
    """

    name = "adam"
    n_moments = 2

    learning_rate_init: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    schedule: str | Schedule | None = None

    def __post_init__(self) -> None:
        as_number(self.learning_rate_init, "learning_rate_init", "> 0", lambda v: v > 0)
        as_number(self.beta_1, "beta_1", "in [0, 1)", lambda v: 0 <= v < 1)
        as_number(self.beta_2, "beta_2", "in [0, 1)", lambda v: 0 <= v < 1)
        as_number(self.epsilon, "epsilon", "> 0", lambda v: v > 0)
        as_schedule(self.schedule)

    def settings(self, alpha: float) -> Settings:
        numbers = self.learning_rate_init, alpha, 1.0, 0.0, self.beta_1, self.beta_2, self.epsilon
        return np.array(numbers, dtype=np.float64)
