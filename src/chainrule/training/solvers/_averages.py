"""The average error at a sequence of η: of rows in this process, or by sums that a group makes."""

from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from chainrule.network import CurvatureSums, Iterates, Network, Objective
from chainrule.network._team import Team
from chainrule.training._group import Group
from chainrule.training._scaled_problem import ScaledProblem

Array = NDArray[np.float64]


class Curvature(Protocol):
    """Gauss and Newton's matrix A, which is not formed."""

    def __matmul__(self, v: Array) -> Any: ...

    def diagonal(self) -> Array: ...


class AverageAt(Protocol):
    """The average error at an η, and its derivatives; see `chainrule.network.ObjectiveAt`."""

    eta: Array

    @property
    def error(self) -> float: ...

    def gradient(self) -> Array: ...

    def gradient_and_matrix(self) -> tuple[Array, Array]: ...

    def curvature_along(self, s: Array) -> Array: ...

    def operator(self, *, keep: bool) -> Curvature: ...


class Averages(Protocol):
    """Where learning stands, and where it tries to go; see `chainrule.network.Iterates`."""

    def at(self, eta: Array) -> AverageAt: ...

    def trial(self, eta: Array) -> AverageAt: ...

    def accept(self) -> None: ...


def averages_of(scaled: ScaledProblem, team: Team, budget: int) -> Averages:
    """Return the average error of a problem; passes of rows that are here may take so many bytes."""
    problem, total = scaled.problem, scaled.total
    if problem.group is not None:
        return OfGroup(problem.group, problem.network)
    average = Objective(  # each weight is a share of the whole: sums are averages
        problem.network.architecture, problem.inputs, problem.loss, problem.Y, problem.weights / total
    )
    return Iterates(average, team, budget)


class OfGroup:
    """The average error over rows that a group holds.

    Parameters
    ----------
    group : Group
        Asked in scaled units, with weights whose sum is 1.
    network : Network
        That of the scaled problem.
    """

    def __init__(self, group: Group, network: Network) -> None:
        self.ask, self._network = group.total, network

    def at(self, eta: Array) -> "OfGroupAt":
        return OfGroupAt(self, eta)

    trial = at

    def accept(self) -> None:
        """Nothing is kept of a trial."""

    def written(self, sums: Array) -> Array:
        """The matrix (P, P) that sums make up, of which the lower half counts; its memory is used again."""
        self._sums.hold(np.require(sums, requirements="W"))  # what came in a message may not be writable
        return self._sums.write(self._matrix, whole=False)

    @cached_property
    def _sums(self) -> CurvatureSums:
        return CurvatureSums(self._network.architecture)

    @cached_property
    def _matrix(self) -> Array:
        return np.zeros((self._network.n_parameters,) * 2)


class OfGroupAt:
    """The average error at an η: each question is a round of sums."""

    def __init__(self, of: OfGroup, eta: Array) -> None:
        self._of, self.eta = of, eta

    @cached_property
    def error(self) -> float:
        return float(self._of.ask("error", self.eta)[0])

    def gradient(self) -> Array:
        return self._of.ask("gradient", self.eta)

    def gradient_and_matrix(self) -> tuple[Array, Array]:
        found, P = self._of.ask("matrix", self.eta), len(self.eta)
        return found[:P].copy(), self._of.written(found[P:])

    def curvature_along(self, s: Array) -> Array:
        return self._of.ask("bend", self.eta, s)

    def operator(self, *, keep: bool) -> "OfGroupCurvature":
        return OfGroupCurvature(self._of, self.eta)


class OfGroupCurvature(LinearOperator):
    """Gauss and Newton's matrix: a product with a vector is a round of sums."""

    def __init__(self, of: OfGroup, eta: Array) -> None:
        super().__init__(dtype=np.dtype(np.float64), shape=(len(eta),) * 2)  # type: ignore[call-arg]
        self._of, self._eta = of, eta

    def _matvec(self, v: Array) -> Array:
        return self._of.ask("product", self._eta, np.ascontiguousarray(v).reshape(-1))

    def diagonal(self) -> Array:
        return self._of.ask("diagonal", self._eta)
