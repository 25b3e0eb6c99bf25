"""Base class of all solvers: their settings, and the attributes that describe a solver."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, ClassVar, Self

import numpy as np

from chainrule.network import Network
from chainrule.training._problem import Problem
from chainrule.training._rules import Rules
from chainrule.training._state import TrainingState
from chainrule.training.solvers._posterior import Posterior

DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
    "preprocessed."
)
"""scikit-learn's words."""


class Solver(ABC):
    """A training algorithm: an immutable dataclass of settings, with a method `learn` that changes η.

    A solver does not change, so several models may share it; `changed` makes another one. In scikit-learn's
    grid searches its settings have names like ``solver__damping``.

    Attributes
    ----------
    name : str
        As the estimators' parameter ``solver`` has it.
    title : str
        As warnings have it.
    stochastic : bool
        Whether it learns from batches, drawn at random: it then takes a batch size, reports a running mean as
        loss, and offers ``partial_fit``. The others need a loss and a gradient that belong together.
    validates : bool
        Whether it can stop early, by the score of rows that are held back.
    reports : bool
        Whether its iterations are printed if the model is verbose.
    classifies : bool
        Whether classifiers offer it.
    second_order : bool
        Whether it knows the curvature of the error: it can then find the strength of the L2 term itself and
        leave a covariance of η, and it may begin several times.
    scales : bool
        Whether it learns in units of its own, so that those of the data do not matter.
    by_groups : bool
        Whether it can learn from rows of which this process sees sums alone; see `chainrule.training.Group`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    stochastic: ClassVar[bool] = False
    validates: ClassVar[bool] = True
    reports: ClassVar[bool] = True
    classifies: ClassVar[bool] = True
    second_order: ClassVar[bool] = False
    scales: ClassVar[bool] = False
    by_groups: ClassVar[bool] = False

    @abstractmethod
    def learn(
        self, problem: Problem, rules: Rules, state: TrainingState, random: np.random.RandomState
    ) -> None:
        """Change the network's η, and ``state`` with it, until a tolerance is met or the rules say stop.

        Raises
        ------
        ValueError
            If the error or η does not stay finite, with what to change.
        """

    def learn_best_of(
        self,
        problem: Problem,
        networks: Sequence[Network],
        rules_for: Callable[[Problem], Rules],
        progress: bool,
    ) -> tuple[Network, TrainingState]:
        """Learn with each of the networks, side by side; return the one that ends best, with its state."""
        raise NotImplementedError(f"{self.title} is not of second order")

    def check_covariance(self, network: Network) -> None:
        """Raise MemoryError if what `posterior` needs is not allowed: asked before learning, not after it."""
        raise NotImplementedError(f"{self.title} is not of second order")

    def posterior(self, problem: Problem, alpha: float) -> Posterior:
        """Return the distribution of η around what was learnt, for the strength of the L2 term."""
        raise NotImplementedError(f"{self.title} is not of second order")

    def complaint(self, state: TrainingState, rules: Rules) -> str | None:
        """Return what to warn of after learning that did not converge, or None."""
        if state.stop_reason != "max_iter":
            return None
        return (
            f"{self.title}: Maximum iterations ({rules.max_iter}) reached and the optimization hasn't "
            "converged yet."
        )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]

    def changed(self, **settings: Any) -> Self:
        """Return another solver of this kind, with some settings changed.

        Raises
        ------
        ValueError, TypeError
            For a setting that does not exist, or a value that is not accepted.

        Examples
        --------
        >>> from chainrule import Adam
        >>> Adam(0.01).changed(beta_1=0.5)
        Adam(learning_rate_init=0.01, beta_1=0.5, beta_2=0.999, epsilon=1e-08, schedule=None)
        """
        unknown = sorted(set(settings) - set(self.get_params()))
        if unknown:
            known = ", ".join(self.get_params())
            raise ValueError(f"{type(self).__name__} has no setting {unknown[0]!r}; there are {known}")
        other: Self = replace(self, **settings)  # type: ignore[type-var]
        return other


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ValueError for a setting that is none of the choices."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
