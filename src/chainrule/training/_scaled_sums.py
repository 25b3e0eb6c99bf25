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
from chainrule.training._scaling import Scaling
from chainrule.training._source import Leaf

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


def with_weight(inputs: Inputs, Y: Array, weights: Array, rows: NDArray[np.intp]) -> tuple[Inputs, Array, Array]:
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


def _of_columns(
    sums: Callable[..., list[Double]], asked: Asked, team: Team, total: Double, *arrays: Double
) -> Add:
    """Sums of each column, then of each target, from halves of the numbers and the rows' shares."""

    def add(leaf: Leaf, vector: Double) -> None:
        inputs, Y, weights = _with_weight(leaf)
        shares = (weights if weights.size else np.ones(len(inputs))) / total
        halves = np.concatenate([inputs.dense, Y], axis=1, dtype=np.float64)
        halves *= 0.5  # differences do not overflow
        vector += np.concatenate(sums(shares, halves, *arrays))

    return add


def _means(shares: Double, halves: Double) -> list[Double]:
    """Σ s x/2 of each column."""
    return [_sum(shares, halves)]


def _distances(shares: Double, halves: Double, centre: Double, tolerance: Double) -> list[Double]:
    """Σ s (x − c)/2, Σ s |x − c|/2 and how many x are farther than the tolerance from c."""
    halves -= centre / 2
    sizes = np.abs(halves)
    far = (sizes > tolerance / 2).sum(axis=0).astype(np.float64)
    return [_sum(shares, halves), _sum(shares, sizes), far]


def _variances(shares: Double, halves: Double, mean: Double, unit: Double) -> list[Double]:
    """Σ s ((x − mean) / unit)²."""
    halves -= mean / 2
    halves /= unit / 2
    return [np.einsum("i,ij,ij->j", shares, halves, halves)]


def _sum(shares: Double, values: Double) -> Double:
    return np.einsum("i,ij->j", shares, values)  # no BLAS: the same bits for any number of threads


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
    centre: Double,
    spread: Double,
    target_centre: Double,
    target_spread: Double,
    *arrays: Double,
) -> Add:
    """Sums over rows that are scaled first, by the network in float64."""
    net = in_double(asked.net)
    scaling = Scaling(centre, spread, target_centre, target_spread, 1.0)
    add_rows = begin(net, team, *arrays)

    def add(leaf: Leaf, sums: Double) -> None:
        inputs, Y, weights = _with_weight(leaf)
        if len(inputs):
            rows = scaling.inputs(inputs), asked.loss, scaling.targets(Y), weights
            add_rows(Objective(net, *rows), sums)

    return add


def in_double(net: Architecture) -> Architecture:
    """The same in float64."""
    return Architecture(net.layer_sizes, net.activations, net.output, np.dtype(np.float64))


def _error(net: Architecture, team: Team, eta: Double) -> OfRows:
    """Σ w E (1,)."""

    def add(rows: Objective, sums: Double) -> None:
        sums[0] += rows.error_sum(eta)

    return add


def _gradient(net: Architecture, team: Team, eta: Double) -> OfRows:
    """Σ w ∂E/∂η (P,)."""

    def add(rows: Objective, sums: Double) -> None:
        sums += rows.gradient_sum(eta)

    return add


def _matrix(net: Architecture, team: Team, eta: Double) -> OfRows:
    """Σ w ∂E/∂η and the sums that Gauss and Newton's matrix is made of: half as many as it has entries."""
    of_matrix, P = CurvatureSums(net), len(eta)

    def add(rows: Objective, sums: Double) -> None:
        of_matrix.hold(sums[P:])
        Iterates(rows, budget=0).at(eta).add_to(sums[:P], of_matrix, lambda: team.broken)

    return add


def _bend(net: Architecture, team: Team, eta: Double, s: Double) -> OfRows:
    """½ Σ w JᵀH q″ (P,), q″ the second derivative of q_L along s."""

    def add(rows: Objective, sums: Double) -> None:
        sums += Iterates(rows, budget=0).at(eta).curvature_along(s)

    return add


def _product(net: Architecture, team: Team, eta: Double, v: Double) -> OfRows:
    """Σ w JᵀHJ v (P,)."""

    def add(rows: Objective, sums: Double) -> None:
        sums += _curvature(rows, eta) @ v

    return add


def _diagonal(net: Architecture, team: Team, eta: Double) -> OfRows:
    """Of Σ w JᵀHJ (P,)."""

    def add(rows: Objective, sums: Double) -> None:
        sums += _curvature(rows, eta).diagonal()

    return add


def _curvature(rows: Objective, eta: Double) -> CurvatureOperator:
    at = ForwardPass(rows.net, eta, rows.inputs, keep=False)
    return CurvatureOperator(at, rows, exact=False, total=1.0)


def _squares(net: Architecture, team: Team, eta: Double) -> OfRows:
    """Σ w ‖F − y‖² (1,)."""

    def add(rows: Objective, sums: Double) -> None:
        errors = ((evaluate(net, eta, rows.inputs) - rows.Y) ** 2).sum(axis=1)
        sums[0] += np.einsum("i,i->", rows.weights, errors)

    return add


def _all_columns(net: Architecture) -> int:
    return net.layer_sizes[0] + net.layer_sizes[-1]


def _P(net: Architecture, *arrays: Array) -> int:
    return net.layout.n_parameters


def _one(net: Architecture, *arrays: Array) -> int:
    return 1


OF_UNITS: dict[str, tuple[Callable[..., int], Callable[..., Add]]] = {
    "weights": (lambda net: 2, _weights),
    "means": (lambda net, total: _all_columns(net), partial(_of_columns, _means)),
    "distances": (lambda net, *arrays: 3 * _all_columns(net), partial(_of_columns, _distances)),
    "variances": (lambda net, *arrays: _all_columns(net), partial(_of_columns, _variances)),
}
"""Questions for the units, as `chainrule.training.QUESTIONS` has them."""

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
"""Questions in scaled units: the first four arrays are `Scaling`'s centres and spreads."""
