"""The solvers: their settings, what their kernels keep of them, and what they do after an epoch.

A minibatch solver is a loop over η (`chainrule.kernels.updates`), a vector of numbers that the loop
keeps (`settings`), and a memory of ``n_moments`` vectors.
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels

Settings = NDArray[np.float64]


class MinibatchSolver(Protocol):
    """What learning by minibatches asks of a solver."""

    @property
    def n_moments(self) -> int:
        """Vectors of memory, each as long as η."""

    def settings(self, alpha: float) -> Settings:
        """Return the kernel's numbers at the start."""

    def update(self, dtype: np.dtype[Any]) -> int:
        """Return the address of the kernel's loop."""

    def after_epoch(self, settings: Settings, samples_seen: int) -> None:
        """Set the rate of the next epoch."""

    def on_plateau(self, settings: Settings) -> tuple[bool, str]:
        """Learning has come to a halt: return whether to go on with another rate, and say so."""


def _check(name: str, value: float, accepted: str, ok: bool) -> None:
    if not ok:
        raise ValueError(f"{name} must be {accepted}, got {value!r}")


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015): steps scaled by running means of the gradient and its square.

    Parameters
    ----------
    learning_rate_init : float, default=0.001
    beta_1, beta_2 : float in [0, 1), default=0.9, 0.999
        Decay of the two means.
    epsilon : float, default=1e-8
        Added to the root of the second mean, not corrected for bias, as in scikit-learn.
    """

    learning_rate_init: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _check("learning_rate_init", self.learning_rate_init, "> 0", self.learning_rate_init > 0)
        _check("beta_1", self.beta_1, "in [0, 1)", 0 <= self.beta_1 < 1)
        _check("beta_2", self.beta_2, "in [0, 1)", 0 <= self.beta_2 < 1)
        _check("epsilon", self.epsilon, "> 0", self.epsilon > 0)

    @property
    def n_moments(self) -> int:
        return 2

    def settings(self, alpha: float) -> Settings:
        return np.array([self.learning_rate_init, alpha, 1.0, 0.0, self.beta_1, self.beta_2, self.epsilon])

    def update(self, dtype: np.dtype[Any]) -> int:
        return kernels.adam.address(dtype)

    def after_epoch(self, settings: Settings, samples_seen: int) -> None:
        """Adam keeps its rate."""

    def on_plateau(self, settings: Settings) -> tuple[bool, str]:
        return False, "Stopping."


@dataclass(frozen=True)
class SGD:
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
    """

    learning_rate_init: float = 0.001
    learning_rate: Literal["constant", "invscaling", "adaptive"] = "constant"
    power_t: float = 0.5
    momentum: float = 0.9
    nesterovs_momentum: bool = True

    def __post_init__(self) -> None:
        _check("learning_rate_init", self.learning_rate_init, "> 0", self.learning_rate_init > 0)
        _check("momentum", self.momentum, "in [0, 1]", 0 <= self.momentum <= 1)
        _check("power_t", self.power_t, ">= 0", self.power_t >= 0)
        schedules = ("constant", "invscaling", "adaptive")
        if self.learning_rate not in schedules:
            raise ValueError(
                f"learning_rate must be one of {', '.join(schedules)}, got {self.learning_rate!r}"
            )

    @property
    def n_moments(self) -> int:
        return 1

    def settings(self, alpha: float) -> Settings:
        ahead = float(self.nesterovs_momentum)
        return np.array([self.learning_rate_init, alpha, 1.0, 0.0, self.momentum, ahead])

    def update(self, dtype: np.dtype[Any]) -> int:
        return kernels.sgd.address(dtype)

    def after_epoch(self, settings: Settings, samples_seen: int) -> None:
        if self.learning_rate == "invscaling":
            settings[kernels.RATE] = self.learning_rate_init / (samples_seen + 1) ** self.power_t

    def on_plateau(self, settings: Settings) -> tuple[bool, str]:
        if self.learning_rate != "adaptive":
            return False, "Stopping."
        if settings[kernels.RATE] <= 1e-6:
            return False, "Learning rate too small. Stopping."
        settings[kernels.RATE] /= 5.0
        return True, f"Setting learning rate to {settings[kernels.RATE]:f}"


@dataclass(frozen=True)
class LBFGS:
    """L-BFGS on all rows at once, by `scipy.optimize.minimize`; Byrd, Lu, Nocedal & Zhu 1995.

    Parameters
    ----------
    max_fun : int, default=15000
        Most evaluations of loss and gradient.
    """

    max_fun: int = 15000

    def __post_init__(self) -> None:
        _check("max_fun", self.max_fun, ">= 1", self.max_fun >= 1)
