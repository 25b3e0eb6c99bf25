"""Tasks to learn: smooth functions of few inputs, where second order pays, and two tables of data."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

from chainrule import Network

Rows = tuple[np.ndarray, np.ndarray]
LEVELS = (1e-2, 1e-3, 1e-4, 1e-6)
NOISY = {"diabetes": (0.4, 0.3, 0.2), "diamonds": (5e-2, 2e-2, 1e-2)}  # no fit comes much below


@dataclass(frozen=True)
class Task:
    """A net and its rows, of mean 0 and variance 1 in the training part."""

    name: str
    sizes: tuple[int, ...]
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    levels: tuple[float, ...] = LEVELS

    @property
    def variance(self) -> float:
        """Of y, over rows, averaged over outputs."""
        return float(self.y.var(axis=0).mean())

    def network(self, seed: int) -> Network:
        """Where everyone begins."""
        return Network(self.sizes, "tanh", random_state=seed)

    def test_error(self, predict: Callable[[np.ndarray], np.ndarray]) -> float:
        """Mean of (F - y)² over the variance, on rows not learnt from."""
        off = np.asarray(predict(self.X_test)).reshape(self.y_test.shape) - self.y_test
        return float((off**2).mean() / self.y_test.var(axis=0).mean())


def friedman1(random: np.random.Generator) -> Rows:
    return datasets.make_friedman1(2000, noise=0, random_state=0)


def friedman2(random: np.random.Generator) -> Rows:
    return datasets.make_friedman2(1500, noise=0, random_state=0)


def sine(random: np.random.Generator) -> Rows:
    """Two periods."""
    x = random.uniform(-2 * math.pi, 2 * math.pi, size=(1200, 1))
    return x, np.sin(x)


def arm(random: np.random.Generator) -> Rows:
    """Distance of the hand from the base of an arm in the plane, whose third link is 1 long."""
    angles = random.uniform(-math.pi / 2, math.pi / 2, size=(4000, 3))
    lengths = random.uniform(0.5, 1.5, size=(4000, 2))
    turned = np.exp(1j * angles.cumsum(axis=1))
    hand = (turned[:, :2] * lengths).sum(axis=1) + turned[:, 2]
    return np.hstack([angles, lengths]), abs(hand)


def pose(random: np.random.Generator) -> Rows:
    """Four joints and four links: the place of the hand, and its derivatives by two of the angles."""
    angles = random.uniform(-math.pi / 4, math.pi / 4, size=(3000, 4))
    lengths = random.uniform(0.5, 1.5, size=(3000, 4))
    links = lengths * np.exp(1j * angles.cumsum(axis=1))
    hand, second, third = links.sum(axis=1), 1j * links[:, 1:].sum(axis=1), 1j * links[:, 2:].sum(axis=1)
    parts = [part for z in (hand, second, third) for part in (z.real, z.imag)]
    return np.hstack([angles, lengths]), np.stack(parts, axis=1)


def diabetes(random: np.random.Generator) -> Rows:
    """442 noisy rows in a random order."""
    X, y = datasets.load_diabetes(return_X_y=True)
    order = random.permutation(len(X))
    return X[order], y[order]


def diamonds(random: np.random.Generator) -> Rows:
    """20,000 rows of 26 columns, and the logarithm of the price."""
    from benchmarks.whole import diamonds as all_of_them

    X, y = all_of_them()
    chosen = random.permutation(len(X))[:20_000]
    return X[chosen], y[chosen]


# What is shown, the net, rows to learn from (the others are tested on), where they come from.
TASKS: dict[str, tuple[str, tuple[int, ...], int, Callable[[np.random.Generator], Rows]]] = {
    "friedman1": ("Friedman #1", (10, 20, 1), 1000, friedman1),
    "sine": ("sine", (1, 10, 1), 200, sine),
    "arm": ("arm", (5, 30, 1), 2000, arm),
    "friedman2": ("Friedman #2", (4, 10, 1), 500, friedman2),
    "diabetes": ("diabetes", (10, 10, 1), 342, diabetes),
    "diamonds": ("diamonds", (26, 20, 1), 10_000, diamonds),
    "pose": ("six outputs", (8, 40, 6), 1500, pose),
}


def make(key: str) -> Task:
    """The task of this name, always with the same rows."""
    name, sizes, n, source = TASKS[key]
    X, y = source(np.random.default_rng(0))
    (X, X_test), (y, y_test) = split(X, n), split(y.reshape(len(X), -1), n)
    return Task(name, sizes, X, y, X_test, y_test, NOISY.get(key, LEVELS))


def split(values: np.ndarray, n: int) -> Rows:
    """The first n rows and the others, both scaled as makes the first standard."""
    scaled = StandardScaler().fit(values[:n]).transform(values)
    return np.ascontiguousarray(scaled[:n]), np.ascontiguousarray(scaled[n:])
