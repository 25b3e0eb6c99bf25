"""The solvers: their settings, what their kernels keep of them, and what they do after an epoch.

A minibatch solver is a loop over η (`chainrule.kernels.updates`), a vector of numbers that the loop
keeps (`settings`), and a memory of ``n_moments`` vectors.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any, Literal, Protocol, Self

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


class Settable:
    """Names a solver's settings, which scikit-learn's searches reach as ``solver__damping``.

    A solver does not change: several models may hold it. `changed` makes another.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]

    def changed(self, **settings: Any) -> Self:
        """Return another solver of this kind, with some settings changed.

        Raises
        ------
        ValueError, TypeError
            For a setting that is not there, or a value that is not accepted.

        Examples
        --------
        >>> from chainrule import Adam
        >>> Adam(0.01).changed(beta_1=0.5)
        Adam(learning_rate_init=0.01, beta_1=0.5, beta_2=0.999, epsilon=1e-08)
        """
        unknown = sorted(set(settings) - set(self.get_params()))
        if unknown:
            known = ", ".join(self.get_params())
            raise ValueError(f"{type(self).__name__} has no setting {unknown[0]!r}; there are {known}")
        other: Self = replace(self, **settings)  # type: ignore[type-var]
        return other


def _check(name: str, value: float, accepted: str, ok: Callable[[float], bool]) -> None:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number {accepted}, got {value!r}")
    if not ok(value):
        raise ValueError(f"{name} must be {accepted}, got {value!r}")


@dataclass(frozen=True)
class Adam(Settable):
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
        _check("learning_rate_init", self.learning_rate_init, "> 0", lambda v: v > 0)
        _check("beta_1", self.beta_1, "in [0, 1)", lambda v: 0 <= v < 1)
        _check("beta_2", self.beta_2, "in [0, 1)", lambda v: 0 <= v < 1)
        _check("epsilon", self.epsilon, "> 0", lambda v: v > 0)

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
class SGD(Settable):
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
        _check("learning_rate_init", self.learning_rate_init, "> 0", lambda v: v > 0)
        _check("momentum", self.momentum, "in [0, 1]", lambda v: 0 <= v <= 1)
        _check("power_t", self.power_t, ">= 0", lambda v: v >= 0)
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
class LBFGS(Settable):
    """L-BFGS on all rows at once, by `scipy.optimize.minimize`; Byrd, Lu, Nocedal & Zhu 1995.

    Parameters
    ----------
    max_fun : int, default=15000
        Most evaluations of loss and gradient.
    """

    max_fun: int = 15000

    def __post_init__(self) -> None:
        _check("max_fun", self.max_fun, ">= 1", lambda v: v >= 1)


@dataclass(frozen=True)
class LevenbergMarquardt(Settable):
    """Levenberg-Marquardt on all rows at once: damped Gauss-Newton steps, for up to some thousand parameters.

    A step solves (JᵀHJ + αI + μI) s = −gradient, with J = ∂q_L/∂η and H the loss's curvature there (for a
    squared error JᵀJ), α on weights alone. It is taken if the error diminishes; the damping μ follows the
    gain ratio by Nielsen's rule (Madsen, Nielsen & Tingleff 2004, "Methods for non-linear least squares
    problems", section 3.2). All of it is in float64 whatever the network's type: the normal equations square
    the condition of J, and in float32 a small μ would be lost in rounding.

    Units do not matter: it learns in scaled ones, where each column of X, and each target of an identity
    output, has mean 0 and standard deviation 1 over the rows and their weights (sparse columns are divided by
    their root mean square and not centred; counts and classes stay as they are). η is carried there and back
    exactly. α penalises the scaled weights; ``tol`` bounds the gradient of the scaled problem, so it is
    relative to the targets' variance; damping and lengths of steps are those of the scaled problem. Several
    targets of `train` are divided by one number, the root of their mean variance, so that the loss that falls
    is the one named; each target of `MLPRegressor` by its own standard deviation.

    A step s follows F along its tangent. Geodesic acceleration (Transtrum & Sethna 2012, "Improvements to the
    Levenberg-Marquardt algorithm for nonlinear least-squares minimization") adds what F's bend asks for,
    −½ (JᵀHJ + αI + μI)⁻¹ JᵀH q″, q″ the second derivative of q_L along s, exact. It costs a sweep forward
    and one backward; the smaller the error to be reached, the more steps it saves. Conjugate gradients
    go without.

    Parameters
    ----------
    damping : float, default=0.03
        μ at the start, as a share of the largest diagonal entry of the matrix.
    acceleration : float, default=0.5
        How long the acceleration may be, as a share of the step. Where F bends more the step is not tried but
        damped. 0: no acceleration.
    step_tol : float, default=1e-8
        Learning stops at a step shorter than ``step_tol · (‖η‖ + step_tol)``.
    loss_tol : float, default=1e-10
        Learning stops when a step neither promises nor brings a smaller share of the loss than this.
    way : {"auto", "normal", "dual", "cg"}, default="auto"
        To the step: by normal equations, P × P for P parameters; by their dual form, of as many equations
        as there are residuals; by conjugate gradients, which form no matrix. "auto": the cheapest; "cg" only
        where the others do not fit ``max_memory``.
    max_memory : int, float or str, optional
        Bytes for matrices, like "2GiB"; half of what is free without it.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import LevenbergMarquardt, Network, train
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> net = Network((1, 8, 1), "tanh", random_state=0)
    >>> options = {"loss": "half_squared_error", "tol": 1e-5}
    >>> history = train(net, x, np.sin(3 * x), solver=LevenbergMarquardt(), **options)
    >>> history.stop_reason, bool(history.loss[-1] < 1e-8)
    ('small gradient', True)
    """

    damping: float = 0.03
    acceleration: float = 0.5
    step_tol: float = 1e-8
    loss_tol: float = 1e-10
    way: Literal["auto", "normal", "dual", "cg"] = "auto"
    max_memory: int | float | str | None = None

    def __post_init__(self) -> None:
        _check("damping", self.damping, "> 0", lambda v: v > 0)
        _check("acceleration", self.acceleration, ">= 0", lambda v: v >= 0)
        _check("step_tol", self.step_tol, ">= 0", lambda v: v >= 0)
        _check("loss_tol", self.loss_tol, ">= 0", lambda v: v >= 0)
        ways = ("auto", "normal", "dual", "cg")
        if self.way not in ways:
            raise ValueError(f"way must be one of {', '.join(ways)}, got {self.way!r}")
