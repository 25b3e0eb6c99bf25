"""What a solver of second order brings to an estimator: restarts, a covariance, the evidence."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.estimators._base import BaseMultilayerPerceptron
from chainrule.estimators._held_back import HeldBack
from chainrule.network import Network
from chainrule.training import Posterior, Problem, Rules, Solver


class SecondOrder(BaseMultilayerPerceptron):
    """An estimator with the parameters ``n_restarts`` and ``keep_covariance``."""

    loss: str
    n_restarts: int
    keep_covariance: bool

    def _learn_by(
        self,
        solver: Solver,
        problem: Problem,
        rules: Rules,
        held: HeldBack | None,
        random: np.random.RandomState,
    ) -> None:
        self._posterior: Posterior | None = None
        for name, given in (("n_restarts", self.n_restarts > 1), ("keep_covariance", self.keep_covariance)):
            if given and not solver.second_order:
                raise ValueError(
                    f"{name}={getattr(self, name)!r} is for solver='lm', not for {self.solver!r}"
                )
        if self.keep_covariance and self.loss != "squared_error":
            raise ValueError(f"keep_covariance=True is for loss='squared_error', not for {self.loss!r}")
        if self.keep_covariance:
            solver.check_covariance(self.network_)
        if self.n_restarts > 1 and not self._state.epochs:
            self._learn_best_of(solver, problem, rules, held, random)
        else:
            super()._learn_by(solver, problem, rules, held, random)
        if self.keep_covariance:
            self._posterior = solver.posterior(replace(problem, network=self.network_), self._state.alpha)

    def _learn_best_of(
        self, solver: Solver, problem: Problem, rules: Rules, held: HeldBack | None, random: Any
    ) -> None:
        self._warn_of_silence(rules)
        net = self.network_
        drawn = (
            Network(net.layer_sizes, list(net.activations), net.output, net.dtype, random)
            for _ in range(1, self.n_restarts)
        )

        def rules_for(own: Problem) -> Rules:
            score = None if held is None else self._scorer(own, held)
            return replace(rules.silent(), score=score)

        self.network_, self._state = solver.learn_best_of(problem, [net, *drawn], rules_for, self.progress)

    def _warn_of_silence(self, rules: Rules) -> None:
        silent = ["verbose prints nothing"] if self.verbose else []
        silent += ["callbacks are told of no epoch"] if rules.starts else []
        if silent:
            why = f"n_restarts={self.n_restarts}: networks learn side by side, so that"
            warnings.warn(f"{why} {' and '.join(silent)}", stacklevel=8)

    @property
    def alpha_(self) -> float:
        """Strength of the L2 term that alpha="bayes" found, for the weights of the scaled problem."""
        return self._found("alpha_", self._fitted_state("alpha_").alpha)

    @property
    def n_effective_parameters_(self) -> float:
        """Number of parameters that the data determine, as estimated by alpha="bayes"."""
        name = "n_effective_parameters_"
        return self._found(name, self._fitted_state(name).effective)

    def _found(self, name: str, value: float) -> float:
        if not np.isfinite(self._state.log_evidence):
            raise AttributeError(f"{type(self).__name__!r} object has {name!r} after alpha='bayes' only")
        return value
