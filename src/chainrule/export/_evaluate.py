"""What the values of a plan mean: outputs and derivatives of a model from its plan, in plain NumPy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import ACTIVATIONS, OUTPUTS
from chainrule.export._cells import cells_of
from chainrule.export._plan import Array, Encoding, Input, Layers, ModelPlan, OneHot, RampedNumber, Wave
from chainrule.network import NumberEncoding

LEAST_PROBABILITY = 1e-12
"""What a probability counts as at least where it is divided by or its logarithm is taken."""

_FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "identity": (lambda v: v, np.ones_like),
    "exp": (np.exp, np.exp),
    "expm1": (np.expm1, np.exp),
}


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Values of a model and their derivatives.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        Numbers, or probabilities.
    jacobian : ndarray of shape (n, p, d)
        By the columns that are no text, in their order: in units of the output for one unit of the column,
        one day of a date, or a whole day of a time. 0 where a cell is missing.
    """

    values: Array
    jacobian: Array


def evaluate(plan: ModelPlan, columns: Sequence[Any]) -> Evaluation:
    """Return what a model predicts for rows, and its derivatives, by its plan alone.

    Parameters
    ----------
    plan : ModelPlan
    columns : sequence of array of shape (n,)
        The cells of each input: numbers, NaN where one is missing; dates as days since 1970-01-01 or as
        datetime64; of text strings, None, NaN or "" where one is missing (unless "" is a category).

    Returns
    -------
    Evaluation

    Raises
    ------
    TypeError
        For anything but a plan, and for a data frame in place of its columns.
    ValueError
        For another number of columns, columns of different lengths, or text in a column of numbers.

    Examples
    --------
    >>> from chainrule import Network
    >>> from chainrule.export import evaluate, plan_of
    >>> plan = plan_of(Network.from_weights([[[2.0], [5.0]]], [[1.0]]))
    >>> found = evaluate(plan, [[3.0, 0.0], [0.0, 1.0]])
    >>> found.values[:, 0], found.jacobian[:, 0]
    (array([7., 6.]), array([[2., 5.], [2., 5.]]))
    """
    cells = cells_of(plan, columns)
    encoded = [_encoded(plan, each, cells[each.column]) for each in plan.encodings]
    n = len(cells[0])
    Z = np.concatenate([np.empty((n, 0)), *(value for value, _ in encoded)], axis=1).astype(plan.dtype)
    mean, total = np.zeros(()), np.zeros(())
    for network in plan.networks:
        F, J = _through_layers(network, Z)
        F, J = _limited(plan.output.limits, F.astype(np.float64), J.astype(np.float64))
        mean, total = mean + F / len(plan.networks), total + J / len(plan.networks)
    F, J = _finished(plan, mean, _by_column(plan, total, [D for _, D in encoded]))
    return Evaluation(F, J)


def _encoded(plan: ModelPlan, encoding: Encoding, cells: Array) -> tuple[Array, Array]:
    """Return inputs of the networks (n, width), and their derivatives by the column (n, width)."""
    if isinstance(encoding, OneHot):
        hot = _one_hot(encoding, plan.inputs[encoding.column], cells)
        return hot, np.zeros_like(hot)
    x, slope = _wave(encoding.wave, cells)
    z = (x - encoding.centre) / encoding.scale
    if isinstance(encoding, RampedNumber):
        parts = NumberEncoding(encoding.edges, encoding.clip, encoding.missing)
        z = np.clip(z, -1e15, 1e15).astype(plan.dtype)
        value, D = parts.value(z), parts.derivative(z)
    else:
        value, D = np.where(np.isnan(z), encoding.missing, z)[:, None], np.ones((len(z), 1))
    per_unit = np.where(np.isnan(cells), 0.0, slope / encoding.scale)
    return value, D * per_unit[:, None]


def _wave(wave: Wave, x: Array) -> tuple[Array, Array]:
    """Return what is encoded of the numbers of a column, and its derivative."""
    angle = 2 * np.pi * x
    if wave == "sine":
        return np.sin(angle), 2 * np.pi * np.cos(angle)
    if wave == "cosine":
        return np.cos(angle), -2 * np.pi * np.sin(angle)
    return x, np.ones_like(x)


def _one_hot(encoding: OneHot, column: Input, cells: Array) -> Array:
    known = dict(zip(column.categories, encoding.places, strict=True))
    hot = np.zeros((len(cells), encoding.width))
    for row, cell in enumerate(cells):
        if cell in known:
            place: int | None = known[cell]
        else:
            place = encoding.unknown if isinstance(cell, str) and cell else encoding.missing
        if place is None:
            hot[row] = np.nan
        elif place >= 0:
            hot[row, place] = 1
    return hot


def _through_layers(network: Layers, Z: Array) -> tuple[Array, Array]:
    """Return F (n, p) and ∂F/∂z (n, p, m), multiplied from the left (N11)."""
    qs, z = [], Z
    for W, b, name in zip(network.weights, network.biases, network.activations, strict=True):
        qs.append(z @ W + b)
        z = OUTPUTS[name].value(qs[-1])
    J = OUTPUTS[network.activations[-1]].derivative(qs[-1], z) @ network.weights[-1].T
    hidden = zip(network.weights[-2::-1], network.activations[-2::-1], qs[-2::-1], strict=True)
    for W, name, q in hidden:
        J = (J * ACTIVATIONS[name].derivative(q)[:, None]) @ W.T
    return z, J


def _limited(limits: tuple[float, float] | None, F: Array, J: Array) -> tuple[Array, Array]:
    if limits is None:
        return F, J
    inside = (F >= limits[0]) & (F < limits[1])
    return np.clip(F, *limits), np.where(inside[:, :, None], J, 0.0)


def _by_column(plan: ModelPlan, J: Array, slopes: Sequence[Array]) -> Array:
    """From ∂F/∂(inputs of the networks) to ∂F/∂column."""
    by_column = np.zeros((*J.shape[:2], len(plan.inputs)))
    for encoding, D, first in zip(plan.encodings, slopes, plan.firsts[:-1], strict=True):
        part = J[:, :, first : first + encoding.width]
        by_column[:, :, encoding.column] += (part * D[:, None]).sum(axis=2)
    return by_column[:, :, list(plan.numeric)]


def _finished(plan: ModelPlan, F: Array, J: Array) -> tuple[Array, Array]:
    output = plan.output
    if output.kind == "labels":
        return F, J
    if output.kind == "numbers":
        value, slope = _FUNCTIONS[output.function]
        factors = np.array(output.factors)
        v = factors * F + output.offsets
        return value(v), (slope(v) * factors)[:, :, None] * J
    if F.shape[1] == 1:
        F, J = np.concatenate([1 - F, F], axis=1), np.concatenate([-J, J], axis=1)
    F = F / F.sum(axis=1, keepdims=True)
    return (F, J) if output.temperature == 1 else _tempered(F, J, output.temperature)


def _tempered(p: Array, J: Array, temperature: float) -> tuple[Array, Array]:
    """q = p^(1/T) / Σ p^(1/T), so ∂q_k = q_k (r_k - Σ_j q_j r_j) / T with r = ∂p / p."""
    floor = np.maximum(p, LEAST_PROBABILITY)
    powers = np.exp(np.log(floor / floor.max(axis=1, keepdims=True)) / temperature)
    q: NDArray[Any] = powers / powers.sum(axis=1, keepdims=True)
    r = J / floor[:, :, None]
    return q, q[:, :, None] * (r - np.einsum("nk,nkd->nd", q, r)[:, None]) / temperature
