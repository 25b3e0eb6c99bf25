"""Names that scikit-learn's own tests reach for and our estimators do not have.

The suite sets fitted attributes by hand before a first partial_fit, and reads the private state of
scikit-learn's optimiser. These subclasses answer to those names and change nothing else; they exist so that
the suite can run unmodified, and are no part of the library.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np

import chainrule
from chainrule.network import Inputs, Network
from chainrule.network._team import Team
from chainrule.training import Problem

SET_BY_HAND = (
    "coefs_", "intercepts_", "n_outputs_", "n_layers_", "out_activation_", "n_iter_", "t_", "best_loss_",
    "loss_curve_", "_no_improvement_count",
)  # fmt: skip


def settable(estimator: type, name: str) -> property:
    """Return a property that can be set before the first fit and is computed after it."""

    def get(self: Any) -> Any:
        by_hand = vars(self).get("_by_hand", {})
        if "network_" in vars(self) or name not in by_hand:
            return getattr(super(estimator, self), name)
        return by_hand[name]

    def put(self: Any, value: Any) -> None:
        vars(self).setdefault("_by_hand", {})[name] = value

    return property(get, put)


class PrivateNames:
    """What the suite reads and calls."""

    @property
    def _no_improvement_count(self) -> int:
        return self._state.no_improvement  # type: ignore[attr-defined]

    @property
    def _optimizer(self) -> SimpleNamespace:
        return SimpleNamespace(learning_rate=self._state.settings[0])  # type: ignore[attr-defined]

    def _fit(self, *given: Any, **more: Any) -> Any:
        by_hand = vars(self).pop("_by_hand", {})
        if "network_" not in vars(self) and "coefs_" in by_hand:
            self.network_ = Network.from_weights(
                by_hand["coefs_"], by_hand["intercepts_"], self.activation, by_hand["out_activation_"]
            )
            self._state = chainrule.training.TrainingState()
        return super()._fit(*given, **more)  # type: ignore[misc]

    def _loss_grad_lbfgs(self, eta: Any, X: Any, Y: Any, *buffers: Any) -> tuple[float, Any]:
        network = self.network_.copy()
        network.parameters = eta
        answers = np.asarray(Y, dtype=float)
        inputs = Inputs.of(X, network.dtype)
        no_weights = np.empty(0)
        loss = self._loss()[0]
        problem = Problem(network, inputs, answers, no_weights, np.arange(len(X)), loss, self.alpha)
        return problem.value_and_gradient(Team(1))


class MLPClassifier(PrivateNames, chainrule.MLPClassifier):
    """Ours, answering to scikit-learn's private names."""


class MLPRegressor(PrivateNames, chainrule.MLPRegressor):
    """Ours, answering to scikit-learn's private names."""


for estimator in MLPClassifier, MLPRegressor:
    for name in SET_BY_HAND:
        setattr(estimator, name, settable(estimator, name))
