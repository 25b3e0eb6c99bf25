"""Problems whose truth is known: smooth, with steps, noise-free, very noisy, nothing but noise."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = Callable[[np.random.Generator, int], Array]


@dataclass(frozen=True)
class Problem:
    """Rows are drawn, the truth is a function of them, and normal noise is added.

    ``smooth`` are those that a network with these layers can follow closely, and whose noise lets it.
    """

    n: int
    layers: tuple[int, ...]
    noise: float
    truth: Callable[[Array], Array]
    rows: Rows
    smooth: bool = False

    def data(self) -> tuple[Array, Array, Array, Array]:
        """X and y to learn from, 4,000 other rows and the truth there; columns and targets standardised."""
        rng = np.random.default_rng(1)
        X = self.rows(rng, self.n)
        y = _columns(self.truth(X))
        y = y + self.noise * rng.normal(size=y.shape)
        new = self.rows(np.random.default_rng(999), 4000)
        right = _columns(self.truth(new))
        (X, new), (y, right) = _standardised(X, new), _standardised(y, right)
        return X, y, new, right


def _columns(values: Array) -> Array:
    return values.reshape(len(values), -1)


def _standardised(first: Array, other: Array) -> tuple[Array, Array]:
    mean, std = first.mean(axis=0), first.std(axis=0)
    return (first - mean) / std, (other - mean) / std


def _uniform(low: float, high: float, columns: int) -> Rows:
    return lambda rng, n: rng.uniform(low, high, (n, columns))


def _beside_an_idle_column(rng: np.random.Generator, n: int) -> Array:
    return np.column_stack([rng.uniform(-2, 2, n), rng.normal(size=n)])


def _friedman_2_rows(rng: np.random.Generator, n: int) -> Array:
    low, high = [0.0, 40 * np.pi, 0.0, 1.0], [100.0, 560 * np.pi, 1.0, 11.0]
    return rng.uniform(low, high, (n, 4))


def _friedman_1(X: Array) -> Array:
    return 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]


def _friedman_2(X: Array) -> Array:
    return np.sqrt(X[:, 0] ** 2 + (X[:, 1] * X[:, 2] - 1 / (X[:, 1] * X[:, 3])) ** 2)


def _three(X: Array) -> Array:
    return np.column_stack([np.sin(2 * X[:, 0]), X[:, 0] * X[:, 1], X[:, 1] ** 2])


def _wave(X: Array) -> Array:
    return np.sin(3 * X[:, 0])


def _cubic(X: Array) -> Array:
    return X[:, 0] ** 3 - 2 * X[:, 0]


PROBLEMS = {
    "sine": Problem(100, (12,), 0.1, _wave, _uniform(-2, 2, 1), smooth=True),
    "cubic": Problem(50, (8,), 0.1, _cubic, _uniform(-2, 2, 1), smooth=True),
    "sawtooth": Problem(200, (12,), 0.05, lambda X: X[:, 0] % 1, _uniform(-2, 2, 1)),
    "sine, idle column": Problem(1000, (12,), 0.1, _wave, _beside_an_idle_column, smooth=True),
    "Friedman #1": Problem(200, (10,), 1.0, _friedman_1, _uniform(0, 1, 10)),
    "Friedman #2": Problem(200, (10,), 50.0, _friedman_2, _friedman_2_rows),
    "steps": Problem(150, (10,), 0.1, lambda X: np.floor(1.5 * X[:, 0]), _uniform(-2, 2, 1)),
    "one step": Problem(80, (6,), 0.1, lambda X: (X[:, 0] > 0.3) * 1.0, _uniform(-1, 1, 1)),
    "product": Problem(200, (10,), 0.05, lambda X: X[:, 0] * X[:, 1], _uniform(-1, 1, 2), smooth=True),
    "ripple": Problem(300, (15,), 0.1, lambda X: np.sin(3 * np.hypot(*X.T)), _uniform(-2, 2, 2)),
    "three outputs": Problem(150, (10,), 0.1, _three, _uniform(-1.5, 1.5, 2), smooth=True),
    "sine without noise": Problem(60, (8,), 0.0, _wave, _uniform(-1, 1, 1), smooth=True),
    "cubic without noise": Problem(50, (6,), 0.0, _cubic, _uniform(-2, 2, 1), smooth=True),
    "very noisy sine": Problem(200, (12,), 1.0, _wave, _uniform(-2, 2, 1)),
    "nothing but noise": Problem(100, (8,), 1.0, lambda X: 0 * X[:, 0], _uniform(-1, 1, 3)),
    "few rows": Problem(20, (6,), 0.1, lambda X: np.sin(2 * X[:, 0]), _uniform(-1.5, 1.5, 1)),
    "straight line": Problem(
        100,
        (8,),
        0.3,
        lambda X: X @ [1.0, -2.0, 0.0, 0.5],
        lambda rng, n: rng.normal(size=(n, 4)),
        smooth=True,
    ),
    "two layers": Problem(200, (8, 6), 0.1, lambda X: _wave(X) * X[:, 1], _uniform(-1.5, 1.5, 2)),
    "chirp": Problem(200, (15,), 0.05, lambda X: np.sin(3 * X[:, 0] ** 2), _uniform(0, 2, 1), smooth=True),
    "bump": Problem(150, (10,), 0.05, lambda X: np.exp(-20 * (X**2).sum(axis=1)), _uniform(-1, 1, 2)),
}
