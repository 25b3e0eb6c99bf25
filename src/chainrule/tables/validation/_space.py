"""Settings that a search tries: a small space for each kind of model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.tables.ensemble import TableClassifier, TableRegressor

__all__ = ["Choice", "LogRange", "Space", "sampled", "space_of"]


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class LogRange:
    """A number whose logarithm is drawn evenly."""

    low: float
    high: float


Space = Mapping[str, Choice | LogRange]

_OF_TABLES: Space = {
    "hidden_layer_sizes": Choice(((32,), (64,), (64, 64), (128, 128), (64, 64, 64))),
    "activation": Choice(("silu", "relu", "tanh")),
    "learning_rate_init": LogRange(1e-3, 2e-2),
    "alpha": LogRange(1e-6, 1e-2),
    "n_bins": Choice((0, 8, 16, 32)),
    "scale_rate": Choice((0.0, 2.0, 6.0)),
}
_BATCHES = (32, 64, 128, 256)
_OF_PERCEPTRONS: Space = {
    "hidden_layer_sizes": Choice(((16,), (32,), (64,), (100,), (32, 32), (64, 64), (128, 64))),
    "activation": Choice(("relu", "tanh", "silu")),
    "learning_rate_init": LogRange(3e-4, 3e-2),
    "alpha": LogRange(1e-6, 1.0),
    "batch_size": Choice(_BATCHES),
    "early_stopping": Choice((False, True)),
}


def space_of(estimator: Any, n_rows: int) -> Space:
    """Return what to try for one of our estimators, and a table of so many rows.

    Raises
    ------
    TypeError
        The estimator is something else.
    """
    if isinstance(estimator, TableClassifier | TableRegressor):
        return _OF_TABLES
    if isinstance(estimator, MLPClassifier | MLPRegressor):
        stochastic = estimator.solver in ("adam", "sgd")
        foreign = set() if stochastic else {"learning_rate_init", "batch_size", "early_stopping"}
        space = {name: tried for name, tried in _OF_PERCEPTRONS.items() if name not in foreign}
        batches = Choice(tuple(size for size in _BATCHES if size <= n_rows // 4) or _BATCHES[:1])
        return space | {"batch_size": batches} if stochastic else space
    raise TypeError(f"there is no space of settings for {type(estimator).__qualname__}")


def sampled(space: Space, random: np.random.RandomState) -> dict[str, Any]:
    """Draw settings.

    >>> sampled({"alpha": LogRange(1e-6, 1e-2), "n_bins": Choice((8,))}, np.random.RandomState(0))
    {'alpha': 0.000157, 'n_bins': 8}
    """
    drawn = {}
    for name, tried in space.items():
        if isinstance(tried, Choice):
            drawn[name] = tried.values[random.randint(len(tried.values))]
        else:
            drawn[name] = rounded(np.exp(random.uniform(np.log(tried.low), np.log(tried.high))))
    return drawn


def rounded(number: float) -> float:
    """Return a number with three digits, so that it can be typed again."""
    return float(f"{number:.3g}")
