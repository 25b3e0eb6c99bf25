"""Stochastic gradient descent."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chainrule import kernels
from chainrule.network import as_flag, as_number
from chainrule.training._rules import Rules
from chainrule.training._schedule import Schedule, as_schedule
from chainrule.training._state import TrainingState
from chainrule.training.solvers._minibatches import MinibatchSolver, Settings
from chainrule.training.solvers._solver import check_choice


@dataclass(frozen=True)
class SGD(MinibatchSolver):
    """Stochastic gradient descent, v = μv − ηg and then p += v, or Nesterov's p += μv − ηg.

    Parameters
    ----------
    learning_rate_init : float, default=0.001
    learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
        invscaling: the rate after t samples is ``learning_rate_init / (t + 1)**power_t``, set once an
        epoch. adaptive: divided by 5 whenever learning comes to a halt, down to 1e-6.
    power_t : float, default=0.5
    momentum : float in [0, 1], default=0.9
    nesterovs_momentum : bool, default=True
    schedule : "cosine", callable or None, default=None
        As for `Adam`; goes with ``learning_rate="constant"``.
    """

    name = "sgd"
    n_moments = 1

    learning_rate_init: float = 0.001
    learning_rate: Literal["constant", "invscaling", "adaptive"] = "constant"
    power_t: float = 0.5
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    schedule: str | Schedule | None = None

    def __post_init__(self) -> None:
        as_number(self.learning_rate_init, "learning_rate_init", "> 0", lambda v: v > 0)
        as_number(self.momentum, "momentum", "in [0, 1]", lambda v: 0 <= v <= 1)
        as_number(self.power_t, "power_t", ">= 0", lambda v: v >= 0)
        as_flag(self.nesterovs_momentum, "nesterovs_momentum")
        check_choice("learning_rate", self.learning_rate, ("constant", "invscaling", "adaptive"))
        if as_schedule(self.schedule) is not None and self.learning_rate != "constant":
            raise ValueError(
                f"schedule={self.schedule!r} and learning_rate={self.learning_rate!r} both set the rate of "
                "each epoch: leave one of them out"
            )

    def settings(self, alpha: float) -> Settings:
        ahead = float(self.nesterovs_momentum)
        numbers = self.learning_rate_init, alpha, 1.0, 0.0, self.momentum, ahead
        return np.array(numbers, dtype=np.float64)

    def after_epoch(self, settings: Settings, state: TrainingState, rules: Rules) -> None:
        super().after_epoch(settings, state, rules)
        if self.learning_rate == "invscaling":
            settings[kernels.RATE] = float(self.learning_rate_init) / (state.samples_seen + 1) ** self.power_t

    def on_plateau(self, settings: Settings) -> tuple[bool, str]:
        if self.learning_rate != "adaptive":
            return False, "Stopping."
        if settings[kernels.RATE] <= 1e-6:
            return False, "Learning rate too small. Stopping."
        settings[kernels.RATE] /= 5.0
        return True, f"Setting learning rate to {settings[kernels.RATE]:f}"
