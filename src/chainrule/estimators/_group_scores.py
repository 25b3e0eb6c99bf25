"""Scores of a network over rows that a group holds: all of them, or those that a draw holds back."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from chainrule.network import Network
from chainrule.training import Draw, Group, Problem
from chainrule.training._quantile_sums import best_constants

__all__ = ["accuracy_of", "centre_of", "explained_of_sums", "r2_of", "r2_of_sums", "scorer_of"]

Array = NDArray[Any]


def r2_of(group: Group, net: Network, held: Draw | None = None, centre: Array | None = None) -> float:
    """Return R², the mean of the outputs': 1 for a constant that is met, else 0.

    Parameters
    ----------
    group : Group
    net : Network
    held : Draw, optional
        Of the rows that it holds back; else of all.
    centre : array of shape (n_outputs,), optional
        Mean of each target over these rows, from `centre_of`: it is found out where it is not given.
    """
    centre = centre_of(group, net, held) if centre is None else centre
    return r2_of_sums(_ask(group, "residuals", held, net.parameters, centre))


def r2_of_sums(found: Array) -> float:
    """Return R² of Σ w, and of each output Σ w (y − c), Σ w (y − c)², Σ w (y − F)²."""
    shift, squares, errors = found[1:].reshape(3, -1)
    variation = squares - shift**2 / found[0]
    met, varies = errors == 0, variation > 0
    r2 = np.where(varies, 1 - errors / np.where(varies, variation, 1.0), np.where(met, 1.0, 0.0))
    return float(r2.mean())


def explained_of_sums(found: Array) -> float:
    """Return the share of the pinball loss that is explained, the mean of the outputs'.

    It is made of Σ w ρ(y − F) of each output, and Σ w ρ(y − c) of each; 1 for a constant that is met, else 0.
    """
    losses, of_constants = found.reshape(2, -1)
    met, varies = losses == 0, of_constants > 0
    shares = np.where(varies, 1 - losses / np.where(varies, of_constants, 1.0), np.where(met, 1.0, 0.0))
    return float(shares.mean())


def centre_of(group: Group, net: Network, held: Draw | None = None) -> Array:
    """Return the mean of each target."""
    p = net.layer_sizes[-1]
    found = _ask(group, "residuals", held, net.parameters, np.zeros(p))
    centre: Array = found[1 : 1 + p] / found[0]
    return centre


def accuracy_of(group: Group, net: Network, held: Draw | None = None) -> float:
    """Return the share of the rows whose class is the right one."""
    total, right = _ask(group, "right", held, net.parameters).tolist()
    return float(right / total)


def scorer_of(model: Any, problem: Problem) -> Callable[[], float]:
    """Return what scores the problem's network by the rows that its draw holds back.

    Raises
    ------
    ValueError
        If there are fewer than two of them, or nothing is left to learn from.
    """
    group, net, held = problem.group, problem.network, problem.draw
    assert group is not None and held is not None
    _check_held(group, held, model.validation_fraction)
    if model.validation_score == "loss":

        def negated_loss() -> float:
            error_sum, weight_sum = _ask(group, "error", held, net.parameters).tolist()
            return float(-problem.reported_share * error_sum / weight_sum)

        return negated_loss
    if is_classifier(model):
        if len(model.classes_) == 1:  # it is predicted whatever the output is
            return lambda: 1.0
        return lambda: accuracy_of(group, net, held)
    if getattr(model, "loss", None) == "quantile":
        levels = np.full(net.layer_sizes[-1], model._levels())
        constants = best_constants(levels.tolist(), lambda *asked: _ask(group, "digits", held, *asked))
        return lambda: explained_of_sums(_ask(group, "pinball", held, net.parameters, levels, constants))
    centre = centre_of(group, net, held)
    return lambda: r2_of(group, net, held, centre)


def _check_held(group: Group, held: Draw, fraction: float) -> None:
    n, weight_sum = group.total("held rows", held.numbers()).tolist()
    if n < 2 or not weight_sum > 0 or n == group.n_rows:
        raise ValueError(
            f"validation_fraction={fraction!r} holds back {int(n)} of {group.n_rows} rows, of weight "
            f"{weight_sum:g}: at least two are needed to validate with, and one to learn from"
        )


def _ask(group: Group, question: str, held: Draw | None, *arrays: Array) -> Array:
    if held is None:
        return group.total(question, *arrays)
    return group.total(f"held {question}", *arrays, held.numbers())
