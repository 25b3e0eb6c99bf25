"""Quantiles as what a regressor learns: their levels, the loss's name, the score."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import d2_pinball_score

Array = NDArray[Any]


def as_levels(quantile: Any, loss: str) -> tuple[float, ...]:
    """Return the levels of loss="quantile"; none of another loss.

    Raises
    ------
    ValueError
        Unless each lies between 0 and 1, once; where another loss is beside one that is not the default.
    """
    try:
        levels = np.atleast_1d(np.asarray(quantile, dtype=float))
    except (TypeError, ValueError):
        levels = np.empty(0)
    if levels.ndim > 1 or not len(levels) or not np.all((0 < levels) & (levels < 1)):
        raise ValueError(f"quantile must be a number between 0 and 1, or a list of these, got {quantile!r}")
    if len(np.unique(levels)) < len(levels):
        raise ValueError(f"quantile={quantile!r} has a number twice")
    if loss == "quantile":
        return tuple(levels.tolist())
    if levels.tolist() != [0.5]:
        raise ValueError(f"quantile={quantile!r} goes with loss='quantile', not with loss={loss!r}")
    return ()


def loss_of_levels(levels: tuple[float, ...]) -> str:
    """Return the name of the network's loss.

    >>> loss_of_levels((0.1, 0.9))
    'quantile(0.1, 0.9)'
    """
    return f"quantile({', '.join(map(repr, levels))})"


def a_column_for_each(levels: tuple[float, ...], Y: Array) -> Array:
    """Return the answers (n, p); of several levels those of one target, once for each level."""
    if len(levels) > 1 and Y.shape[1] > 1:
        raise ValueError(f"quantile={[*levels]} is for one target, y has {Y.shape[1]} outputs")
    return np.repeat(Y, len(levels), axis=1) if len(levels) > 1 else Y


def share_explained(
    answers: Array, outputs: Array, levels: tuple[float, ...], weights: Array | None
) -> float:
    """Return 1 − pinball loss / that of the best constant, in the mean over the outputs."""
    each = np.broadcast_to(levels, outputs.shape[1])
    shares = [
        d2_pinball_score(y, F, sample_weight=weights, alpha=level)
        for y, F, level in zip(answers.T, outputs.T, each, strict=True)
    ]
    return float(np.mean(shares))
