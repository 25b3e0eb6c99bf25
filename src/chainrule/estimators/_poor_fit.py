"""Fits that end no better than a constant: whether one is, and what may be the cause."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import sample_errors
from chainrule.calculus.losses import levels_of
from chainrule.network import Network
from chainrule.training import Problem, Scaling, TrainingState, units_of

Array = NDArray[Any]

POOR = 0.01
"""R² below which a fit has learnt nothing to speak of."""
_ROWS = 1000
"""Rows enough to see that units do not react."""
_EFFECT = 1e-3
"""Change of what enters a unit that would show in its value."""
_FAR, _REMOTE = 100.0, 30.0
"""Standard deviations farther from 1 than this factor, and means more of them from 0, hinder the solvers."""


def error_of_a_constant(problem: Problem, scaled: bool) -> float:
    """Return the error, as learning reports it, of the best constant; 0 where the targets are constant.

    scaled: several targets are each taken over their own standard deviation.
    """
    Y = problem.Y[problem.rows].astype(np.float64)
    if not np.ptp(Y, axis=0).any():
        return 0.0
    weights = problem.weights[problem.rows] if problem.weights.size else None
    levels = levels_of(problem.loss)
    mean = _quantiles(Y, levels, weights) if levels else np.average(Y, axis=0, weights=weights)
    if scaled and Y.shape[1] > 1:
        Y = (Y - mean) / units_of(problem).target_spread
        mean = np.zeros_like(mean)
    output = problem.network.output
    with np.errstate(divide="ignore", invalid="ignore"):  # counts that are all 0 have the logarithm −∞
        q = np.broadcast_to(np.log(mean) if output == "exp" else mean, Y.shape)
        errors = sample_errors(q, Y, problem.loss, output)
    return problem.reported_share * float(np.average(errors, weights=weights))


def _quantiles(Y: Array, levels: tuple[float, ...], weights: Array | None) -> Array:
    each = np.broadcast_to(levels, Y.shape[1])
    return np.array(
        [
            np.quantile(column, level, weights=weights, method="inverted_cdf")
            for column, level in zip(Y.T, each, strict=True)
        ]
    )


def causes(
    problem: Problem,
    state: TrainingState,
    scaled: bool,
    columns: Sequence[str],
    targets: Sequence[str],
    rate: float | None,
) -> str:
    """Return in words what may have kept a network from learning.

    Parameters
    ----------
    problem : Problem
        With the network as it ended.
    state : TrainingState
    scaled : bool
        Whether the solver scales columns and targets itself.
    columns, targets : sequence of str
        Their names.
    rate : float, optional
        The learning rate, of a solver that has one.
    """
    found = [
        *_divergence(state, rate),
        *([] if scaled else _units(units_of(problem), columns, targets)),
        *_dead_units(problem.network, problem),
    ]
    if not found and state.stop_reason == "max_iter":
        found.append("it was not learnt to the end: raise max_iter")
    return "; ".join(found) or "the columns may say nothing of the target, or alpha or tol is too large"


def _divergence(state: TrainingState, rate: float | None) -> list[str]:
    rows = state.epochs[-state.n_iter :] if state.n_iter else []
    if not rows or not rows[-1].loss > 2 * rows[0].loss:
        return []
    lower = "" if rate is None else f"; lower learning_rate_init, now {rate:g}"
    return [f"learning diverged, from a loss of {rows[0].loss:.3g} to {rows[-1].loss:.3g}{lower}"]


def _units(units: Scaling, columns: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Name the column, and the target, that is farthest from mean 0 and standard deviation 1."""
    found = []
    for kind, names, centre, spread, cure in (
        ("column", columns, units.centre, units.spread, "scale the columns (StandardScaler)"),
        (
            "target",
            targets,
            units.target_centre,
            units.target_spread,
            "scale it (TransformedTargetRegressor)",
        ),
    ):
        far = np.maximum(np.abs(np.log(spread)) / np.log(_FAR), np.abs(centre) / spread / _REMOTE)
        worst = int(far.argmax())
        if far[worst] > 1:
            found.append(
                f"{kind} {names[worst]} has mean {centre[worst]:.3g} and standard deviation "
                f"{spread[worst]:.3g}: {cure}, or take solver='lm', which scales inside"
            )
    return found


def _dead_units(network: Network, problem: Problem) -> list[str]:
    """Name the first hidden layer whose values are the same in every row although what enters it is not."""
    rows = problem.inputs.take(problem.rows[:_ROWS])
    layers = network.layers(rows.matrix(slice(0, len(rows))))
    for number, (before, after) in enumerate(pairwise(layers[:-1]), start=1):
        entering = before @ network.weights[number - 1]
        if np.ptp(entering, axis=0).max() > _EFFECT and not np.ptp(after, axis=0).any():
            return [f"no unit of hidden layer {number} reacts to the columns (dead or saturated)"]
    return []
