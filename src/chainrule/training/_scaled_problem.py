"""A training problem in scaled units, of rows that are here or that a group holds."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus.losses import residual
from chainrule.network import Inputs, Network
from chainrule.training._group import Group
from chainrule.training._problem import Problem
from chainrule.training._scaled_sums import SCALED, with_weight
from chainrule.training._scaling import Scaling, measured

Array = NDArray[Any]
Double = NDArray[np.float64]


@dataclass(frozen=True)
class ScaledProblem:
    """A problem in scaled units and in float64, and the units it was given in.

    Attributes
    ----------
    problem : Problem
        Holds the rows that are learnt from alone, all with a weight, or a group of them, which is asked in
        scaled units; and a network of its own.
    scaling : Scaling
    total : float
        Sum of the sample weights.
    """

    problem: Problem
    scaling: Scaling
    total: float

    @classmethod
    def of(cls, problem: Problem) -> "ScaledProblem":
        """Measure the rows that are learnt from, and scale them."""
        if problem.group is not None:
            return cls._of_group(problem, problem.group)
        inputs, Y, weights = _learnt_from(problem)
        scaling = _units(problem, inputs, Y, weights)
        scaled = replace(
            problem, inputs=scaling.inputs(inputs), Y=scaling.targets(Y), weights=weights,
            rows=np.arange(len(inputs)),
        )  # fmt: skip
        return cls(scaled, scaling, float(weights.sum())).beginning_at(problem.network)

    @classmethod
    def _of_group(cls, problem: Problem, group: Group) -> "ScaledProblem":
        n, total = group.total("weights").tolist()
        if total == 0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        scaling = _measured(problem, group, total)
        scaled = replace(problem, group=InUnits(group, scaling, int(n), total))
        return cls(scaled, scaling, total).beginning_at(problem.network)

    def beginning_at(self, network: Network) -> "ScaledProblem":
        """Return the same rows with another network, which is given, or drawn for the scaled problem."""
        own = self.scaling.network(network)
        if self.problem.drawn:
            own.parameters[:] = network.parameters
        return replace(self, problem=replace(self.problem, network=own))


class InUnits:
    """A group that is asked in scaled units, with weights whose sum is 1: sums are averages.

    Attributes
    ----------
    n_rows : int
        Those that have a weight.
    n_leaves : int
    """

    def __init__(self, group: Group, scaling: Scaling, n_rows: int, total: float) -> None:
        self._group, self.n_rows, self.n_leaves = group, n_rows, group.n_leaves
        units = scaling.centre, scaling.spread, scaling.target_centre, scaling.target_spread
        self._units = np.array([total]), *units

    def total(self, question: str, *arrays: Array) -> Double:
        return self._group.total(SCALED + question, *self._units, *arrays)


def units_of(problem: Problem) -> Scaling:
    """Measure the rows that a problem is learnt from."""
    return _units(problem, *_learnt_from(problem))


def _units(problem: Problem, inputs: Inputs, Y: Array, weights: Double) -> Scaling:
    return Scaling.of(inputs, Y, weights, **_choices(problem))


def _choices(problem: Problem) -> dict[str, bool]:
    """What `Scaling.of` does with the targets."""
    # An error of residuals does not see a shift of F and y alike; a square alone scales with them, by τ².
    ρ = residual(problem.loss) if problem.network.output == "identity" else None
    return {
        "centre_targets": ρ is not None,
        "scale_targets": ρ is not None and ρ.square,
        "each_target": problem.each_target,
    }


def _measured(problem: Problem, group: Group, total: float) -> Scaling:
    """Measure the rows of a group."""
    net, of_all = problem.network, np.array([total])
    mean, deviation = measured(lambda name, *arrays: group.total(name, of_all, *arrays), net.dtype)
    return Scaling.of_moments(mean, deviation, net.layer_sizes[0], **_choices(problem))


def _learnt_from(problem: Problem) -> tuple[Inputs, Array, Double]:
    """Return rows, answers and weights; without rows of no weight, which may hold what would overflow."""
    weights, rows = problem.weights, problem.rows
    if weights.size and weights[rows].sum() == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    inputs, Y, weights = with_weight(problem.inputs, problem.Y, weights, rows)
    return inputs, Y, weights if weights.size else np.ones(len(inputs))
