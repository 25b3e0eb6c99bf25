"""Sums over a leaf in scaled units, and those that the units are made of: what Levenberg-Marquardt asks.

Rows without a weight are left out: they may hold what would overflow. Whoever asks brings the units along,
so that nobody keeps anything between two questions; to scale a leaf is little beside what is made of it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.network import (
    SMALL,
    Architecture,
    CurvatureOperator,
    CurvatureSums,
    ForwardPass,
    Inputs,
    Iterates,
    Objective,
    evaluate,
)
from chainrule.network._team import Team
from chainrule.training._scaling import MEASURES, Scaling, halves_of
from chainrule.training._source import Leaf, Source

__all__ = ["OF_UNITS", "SCALED", "SCALED_SUMS", "with_weight"]

Array = NDArray[Any]
Double = NDArray[np.float64]
Add = Callable[[Leaf, Double], None]
OfRows = Callable[[Objective, Double], None]

SCALED = "scaled "
"""What the names of questions in scaled units begin with."""


class Asked(Protocol):
    """What a sum is about, beside η; see `chainrule.training.Evaluator`."""

    net: Architecture
    loss: str
    source: Source


def with_weight(
    inputs: Inputs, Y: Array, weights: Array, rows: NDArray[np.intp]
) -> tuple[Inputs, Array, Array]:
    """Return those of the rows that have a weight, with answers and weights, in float64 if there are some."""
    if weights.size:
        rows = rows[weights[rows] > 0]
    if len(rows) < len(inputs):
        inputs, Y = inputs.take(rows), Y[rows]
    return inputs, Y, weights[rows].astype(np.float64) if weights.size else weights


def _with_weight(leaf: Leaf) -> tuple[Inputs, Array, Array]:
    rows = leaf.rows if len(leaf.rows) else np.arange(len(leaf.inputs))
    return with_weight(leaf.inputs, leaf.Y, leaf.weights, rows)


# ---- what the units are made of


def _measure(name: str, asked: Asked, team: Team, total: Double, *arrays: Double) -> Add:
    """One of `MEASURES`, of each column and then each target."""

    def add(leaf: Leaf, sums: Double) -> None:
        inputs, Y, weights = _with_weight(leaf)
        shares = (weights if weights.size else np.ones(len(inputs))) / total
        sums += MEASURES[name](shares, halves_of(inputs.dense, Y), *arrays)

    return add


def _weights(asked: Asked, team: Team) -> Add:
    """How many rows have a weight, and Σ w (2,)."""

    def add(leaf: Leaf, sums: Double) -> None:
        inputs, _, weights = _with_weight(leaf)
        sums += len(inputs), weights.sum() if weights.size else len(inputs)

    return add


# ---- sums in scaled units


def _in_units(
    begin: Callable[..., OfRows],
    asked: Asked,
    team: Team,
    total: Double,
    centre: Double,
    spread: Double,
    target_centre: Double,
    target_spread: Double,
    *arrays: Double,
) -> Add:
    """Sums over rows that are scaled first, by the network in float64; weights are shares of a total.

    The passes of a table of one leaf are kept if they are small, as `fit` keeps them: then bits are the same.
    """
    budget = SMALL if asked.source.n_leaves == 1 else 0
    net = in_double(asked.net)
    scaling = Scaling(centre, spread, target_centre, target_spread, 1.0)
    add_rows = begin(net, budget, team, *arrays)

    def add(leaf: Leaf, sums: Double) -> None:
        inputs, Y, weights = _with_weight(leaf)
        if len(inputs):
            weights = (weights if weights.size else np.ones(len(inputs))) / total
            rows = scaling.inputs(inputs), asked.loss, scaling.targets(Y), weights
            add_rows(Objective(net, *rows), sums)

    return add


def in_double(net: Architecture) -> Architecture:
    """The same in float64."""
    return Architecture(net.layer_sizes, net.activations, net.output, np.dtype(np.float64))


def _error(net: Architecture, budget: int, team: Team, eta: Double) -> OfRows:
    """Σ w E (1,)."""

    def add(rows: Objective, sums: Double) -> None:
        sums[0] += rows.error_sum(eta)

    return add


def _gradient(net: Architecture, budget: int, team: Team, eta: Double) -> OfRows:
    """Σ w ∂E/∂η (P,)."""

    def add(rows: Objective, sums: Double) -> None:
        sums += Iterates(rows, budget=0).at(eta).gradient()

    return add


def _matrix(net: Architecture, budget: int, team: Team, eta: Double) -> OfRows:
    """Σ w ∂E/∂η and the sums that Gauss and Newton's matrix is made of: half as many as it has entries."""
    of_matrix, P = CurvatureSums(net), len(eta)

    def add(rows: Objective, sums: Double) -> None:
        of_matrix.hold(sums[P:])
        Iterates(rows, budget=budget).at(eta).add_to(sums[:P], of_matrix, lambda: team.broken)

    return add


def _bend(net: Architecture, budget: int, team: Team, eta: Double, s: Double) -> OfRows:
    """½ Σ w JᵀH q″ (P,), q″ the second derivative of q_L along s."""

    def add(rows: Objective, sums: Double) -> None:
        sums += Iterates(rows, budget=budget).at(eta).curvature_along(s)

    return add


def _product(net: Architecture, budget: int, team: Team, eta: Double, v: Double) -> OfRows:
    """Σ w JᵀHJ v (P,)."""

    def add(rows: Objective, sums: Double) -> None:
        sums += _curvature(rows, eta) @ v

    return add


def _diagonal(net: Architecture, budget: int, team: Team, eta: Double) -> OfRows:
    """Of Σ w JᵀHJ (P,)."""

    def add(rows: Objective, sums: Double) -> None:
        sums += _curvature(rows, eta).diagonal()

    return add


def _curvature(rows: Objective, eta: Double) -> CurvatureOperator:
    at = ForwardPass(rows.net, eta, rows.inputs, keep=False)
    return CurvatureOperator(at, rows, exact=False, total=1.0)


def _squares(net: Architecture, budget: int, team: Team, eta: Double) -> OfRows:
    """Σ w ‖F − y‖² (1,)."""

    def add(rows: Objective, sums: Double) -> None:
        errors = ((evaluate(net, eta, rows.inputs) - rows.Y) ** 2).sum(axis=1)
        sums[0] += rows.weights @ errors

    return add


def _columns(net: Architecture) -> int:
    return net.layer_sizes[0] + net.layer_sizes[-1]


def _P(net: Architecture, *arrays: Array) -> int:
    return net.layout.n_parameters


def _one(net: Architecture, *arrays: Array) -> int:
    return 1


OF_UNITS: dict[str, tuple[Callable[..., int], Callable[..., Add]]] = {
    "weights": (lambda net: 2, _weights),
    "means": (lambda net, *arrays: _columns(net), partial(_measure, "means")),
    "distances": (lambda net, *arrays: 3 * _columns(net), partial(_measure, "distances")),
    "variances": (lambda net, *arrays: _columns(net), partial(_measure, "variances")),
}
"""Questions for the units, as `chainrule.training.QUESTIONS` has them; the first array is Σ w."""

SCALED_SUMS: dict[str, tuple[Callable[..., int], Callable[..., Add]]] = {
    SCALED + name: (size, partial(_in_units, begin))
    for name, size, begin in (
        ("error", _one, _error),
        ("gradient", _P, _gradient),
        ("matrix", lambda net, *arrays: _P(net) + CurvatureSums(in_double(net)).count, _matrix),
        ("bend", _P, _bend),
        ("product", _P, _product),
        ("diagonal", _P, _diagonal),
        ("squares", _one, _squares),
    )
}
"""Questions in scaled units: the first arrays are what weights are shares of, and `Scaling`'s four."""
