"""Data that a lesson makes: small problems of one or two inputs, each with something to be seen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.lesson.data._data import Data, Task
from chainrule.lesson.data._plane import Plane

__all__ = ["NAMES", "class_answers", "data_by_name", "simple_data"]

Array = NDArray[Any]
Maker = Callable[[int, float, np.random.Generator], tuple[Array, Array]]


def _xor(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    X = random.uniform(-1, 1, size=(n, 2))
    return X, _some_wrong((X[:, 0] * X[:, 1] > 0).astype(int), 2, noise, random)


def _circles(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    inside = np.arange(n) % 2
    radius = np.where(inside, 0.35, 0.8) + 0.25 * noise * random.normal(size=n)
    angle = random.uniform(0, 2 * np.pi, size=n)
    return _within(radius * np.cos(angle), radius * np.sin(angle)), inside


def _spirals(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    arm = np.arange(n) % 2
    along = np.sqrt(random.uniform(0.01, 1, size=n))
    angle = 3.5 * np.pi * along + np.pi * arm
    blur = 0.15 * noise * random.normal(size=(2, n))
    return _within(*(0.95 * along * np.array([np.cos(angle), np.sin(angle)]) + blur)), arm


def _moons(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    lower = np.arange(n) % 2
    angle = random.uniform(0, np.pi, size=n)
    across = np.where(lower, 0.5 - np.cos(angle), np.cos(angle) - 0.5)
    up = np.where(lower, 0.25 - np.sin(angle), np.sin(angle) - 0.25)
    blur = 0.25 * noise * random.normal(size=(2, n))
    return _within(0.6 * across + blur[0], 0.8 * up + blur[1]), lower


def _blobs(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    blob = np.arange(n) % 3
    angle = np.pi / 2 + 2 * np.pi * blob / 3
    blur = (0.1 + 0.3 * noise) * random.normal(size=(2, n))
    return _within(0.55 * np.cos(angle) + blur[0], 0.55 * np.sin(angle) + blur[1]), blob


def _sine(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    x = random.uniform(-1, 1, size=n)
    return x[:, None], 0.8 * np.sin(np.pi * x) + 0.5 * noise * random.normal(size=n)


def _plane(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    X = random.uniform(-1, 1, size=(n, 2))
    return X, 0.5 * X[:, 0] - 0.3 * X[:, 1] + noise * random.normal(size=n)


def _hills(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    X = random.uniform(-1, 1, size=(n, 2))
    up, down = (np.exp(-4 * np.sum((X - centre) ** 2, axis=1)) for centre in ((0.4, 0.4), (-0.4, -0.4)))
    return X, up - down + 0.5 * noise * random.normal(size=n)


def _notes(n: int, noise: float, random: np.random.Generator) -> tuple[Array, Array]:
    """What one layer of two neurons gives, with the matrix and the vector of `NOTES`."""
    X = random.uniform(-1, 1, size=(n, 2))
    A, b = NOTES
    return X, np.tanh(X @ np.array(A).T + b) + noise * random.normal(size=(n, 2))


NOTES = ((0.8, -0.4), (0.3, 0.6)), (0.1, -0.2)
"""A and b of the layer that the data "notes" are made by."""

_MAKERS: dict[str, tuple[Task, Maker]] = {
    "xor": ("classes", _xor),
    "circles": ("classes", _circles),
    "spirals": ("classes", _spirals),
    "moons": ("classes", _moons),
    "blobs": ("classes", _blobs),
    "sine": ("regression", _sine),
    "plane": ("regression", _plane),
    "hills": ("regression", _hills),
    "notes": ("regression", _notes),
}
_N_CLASSES = {"blobs": 3}
NAMES = tuple(_MAKERS)


def data_by_name(name: str, n: int, noise: float, seed: int) -> Data:
    """Return the data of a name: n rows, drawn from a seed.

    Parameters
    ----------
    name : one of NAMES
        Classes: "xor", "circles", "spirals", "moons" of two, "blobs" of three. Numbers: "sine" of one input,
        "plane" and "hills" of two; "notes" are two numbers, as one layer of two neurons makes them, which is
        small enough for every entry of its derivative to be seen (N10).
    n : int
    noise : float
        0 to 1: how much of what is learnt is chance; 1 is a standard deviation of 1 for "plane" and "notes",
        and half of all classes wrong for "xor".
    seed : int
    """
    task, make = _MAKERS[name]
    X, y = make(n, noise, np.random.default_rng(seed))
    data = simple_data(name, task, X, y, _N_CLASSES.get(name, 2))
    return replace(data, head="tanh") if name == "notes" else data


def simple_data(name: str, task: Task, X: Array, y: Array, n_classes: int = 2) -> Data:
    """Return rows of one or two inputs between -1 and 1 as data, with names by their numbers."""
    d = X.shape[1]
    inputs = tuple(f"x{number}" for number in range(1, d + 1)) if d > 1 else ("x",)
    plane = Plane(inputs, (-1.0,) * d, (1.0,) * d, X, lambda points, row: points)
    if task == "classes":
        Y, classes = class_answers(y, n_classes), tuple(map(str, range(n_classes)))
        return Data(name, task, X, Y, inputs, classes if n_classes > 2 else ("y",), plane, classes)
    Y = np.asarray(y, dtype=float).reshape(len(X), -1)
    outputs = tuple(f"y{number}" for number in range(1, Y.shape[1] + 1)) if Y.shape[1] > 1 else ("y",)
    return Data(name, task, X, Y, inputs, outputs, plane)


def class_answers(codes: Array, n_classes: int) -> Array:
    """Return numbers of classes as what outputs should be: one of two classes, else one each."""
    first = 1 if n_classes == 2 else 0
    return np.asarray(codes[:, None] == np.arange(first, n_classes), dtype=float)


def _some_wrong(codes: Array, n_classes: int, noise: float, random: np.random.Generator) -> Array:
    """Make a share of classes wrong: none without noise, half at most."""
    wrong = random.random(len(codes)) < noise / 2
    return np.where(wrong, (codes + 1) % n_classes, codes)


def _within(across: Array, up: Array) -> Array:
    inside: Array = np.clip(np.column_stack([across, up]), -1.0, 1.0)
    return inside
