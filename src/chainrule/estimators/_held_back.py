"""Rows that judge a network while it learns: drawn from the given ones, or given beside them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import calculus
from chainrule.estimators._arrays import as_inputs, as_type
from chainrule.estimators._class_weight import ClassWeights
from chainrule.estimators._in_memory import refuse_dask
from chainrule.network import Inputs, Network, evaluate, sample_errors
from chainrule.training import Problem, units_of

Array = NDArray[Any]


@dataclass(frozen=True)
class HeldBack:
    """Rows that are not learnt from, their answers and weights.

    Attributes
    ----------
    inputs : Inputs of n_samples rows
    Y : array of shape (n_samples, n_outputs)
    weights : array of shape (n_samples,) or (0,)
    rows : array of int
        Which of them are held back; empty for all, which were then given to `fit` as such.
    """

    inputs: Inputs
    Y: Array
    weights: Array
    rows: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    @classmethod
    def of(
        cls, X: Any, Y: Array, weights: Array, of_classes: ClassWeights | None, dtype: np.dtype[Any]
    ) -> "HeldBack":
        """Take checked rows that were given to validate with, as the network's type."""
        weights = weights if of_classes is None else of_classes.times(weights, Y)
        answers = np.ascontiguousarray(as_type(Y, dtype, "y of validation_data"))
        return cls(as_inputs(X, dtype), answers, as_type(weights, dtype, "weights of validation_data"))

    @property
    def given(self) -> bool:
        return not self.rows.size

    def answers(self) -> Array:
        return self.Y if self.given else self.Y[self.rows]

    def counted(self) -> Array | None:
        """Weights of these rows, if they have some."""
        if not self.weights.size:
            return None
        return self.weights if self.given else self.weights[self.rows]

    def outputs(self, net: Network) -> Array:
        return evaluate(net.architecture, net.parameters, self.inputs, self.rows)

    def negated_loss(self, problem: Problem, scaled: bool) -> Callable[[], float]:
        """Return a score: the mean loss of these rows, negated, in the units that learning reports it in.

        scaled: several targets of an identity output are each taken over their own standard deviation.
        """
        net, share, counted = problem.network, problem.reported_share, self.counted()
        if scaled and self.Y.shape[1] > 1 and net.output == "identity":
            errors = self._errors_in(units_of(problem).target_spread, problem)
        else:

            def errors() -> Array:
                return sample_errors(
                    net.architecture, net.parameters, problem.loss, self.inputs, self.Y, self.rows
                )

        def score() -> float:
            return -share * float(np.average(errors().astype(np.float64), weights=counted))

        return score

    def _errors_in(self, units: Array, problem: Problem) -> Callable[[], Array]:
        Y, net = self.answers() / units, problem.network
        return lambda: calculus.sample_errors(self.outputs(net) / units, Y, problem.loss, "identity")


def as_validation_data(given: Any, model: Any) -> tuple[Any, Any, Any]:
    """Return X, y and weights (or None), given to a model.

    Raises
    ------
    TypeError, ValueError
        Unless it is a tuple of two or three, in memory.
    """
    if not isinstance(given, tuple | list):
        raise TypeError(
            f"validation_data must be (X, y) or (X, y, sample_weight), got {type(given).__name__}"
        )
    if len(given) not in (2, 3):
        raise ValueError(f"validation_data must be (X, y) or (X, y, sample_weight), got {len(given)} objects")
    refuse_dask(model, validation_data=given)
    return given[0], given[1], given[2] if len(given) == 3 else None
