"""Data that a lesson makes: small problems of two inputs, each with something to be seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.lesson.data._data import Data, Plane

__all__ = ["NAMES", "data_by_name"]

Array = NDArray[Any]
Maker = Callable[[int, float, np.random.Generator], tuple[Array, Array]]


def _xor(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    X = random.uniform(-1, 1, size=(n, 2))
    wrong = random.random(n) < noise / 2
    return X, ((X[:, 0] * X[:, 1] > 0) != wrong).astype(float)


def _plane(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    X = random.uniform(-1, 1, size=(n, 2))
    return X, 0.5 * X[:, 0] - 0.3 * X[:, 1] + noise * random.normal(size=n)


_MAKERS: dict[str, tuple[str, Maker]] = {"xor": ("classes", _xor), "plane": ("regression", _plane)}
NAMES = tuple(_MAKERS)


def data_by_name(name: str, n: int, noise: float, seed: int) -> Data:
    """Return the data of a name: n rows, drawn from a seed.

    Parameters
    ----------
    name : one of NAMES
    n : int
    noise : float
        0 to 1: standard deviation of what is added to answers, or twice the share of wrong classes.
    seed : int
    """
    task, make = _MAKERS[name]
    X, y = make(n, noise, np.random.default_rng(seed))
    ends = (-1.0,) * X.shape[1], (1.0,) * X.shape[1]
    inputs = tuple(f"x{number}" for number in range(1, X.shape[1] + 1))
    plane = Plane(inputs, *ends, X, lambda points, row: points)
    return Data(name, task, X, y[:, None], inputs, ("y",), plane)  # type: ignore[arg-type]
