"""Rows that a lesson learns from, and the plane of two inputs in which they are drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOSSES_OF", "Data", "Plane"]

Array = NDArray[Any]
Task = Literal["regression", "classes"]

LOSSES_OF: dict[Task, tuple[str, ...]] = {
    "regression": ("half_squared_error", "sum_squared_error"),
    "classes": ("cross_entropy", "half_squared_error", "sum_squared_error"),
}
"""The losses that go with a task, the usual one first."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Two inputs (or one) over which outputs are drawn; the others are held at those of a row.

    Attributes
    ----------
    names : tuple of str
        Of the axes, in the units of the table.
    low, high : tuple of float
        Ends of the axes.
    points : array of shape (n_samples, len(names))
        Where the rows lie.
    to_inputs : callable
        Takes points of shape (k, len(names)) and the inputs of a row (n_inputs,); returns the network's
        inputs there, (k, n_inputs).
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    points: Array
    to_inputs: Callable[[Array, Array], Array] = field(repr=False)

    def grid(self, steps: int, row: Array) -> Array:
        """Return the inputs on a grid of steps × steps points, the upper ones first, or on a line."""
        lines = [np.linspace(low, high, steps) for low, high in zip(self.low, self.high, strict=True)]
        if len(lines) == 1:
            return self.to_inputs(lines[0][:, None], row)
        across, up = np.meshgrid(lines[0], lines[1][::-1])
        return self.to_inputs(np.column_stack([across.ravel(), up.ravel()]), row)


@dataclass(frozen=True, eq=False)
class Data:
    """Rows with their answers.

    Attributes
    ----------
    name : str
    task : "regression" or "classes"
    X : array of shape (n_samples, n_inputs)
    Y : array of shape (n_samples, n_outputs)
        Two classes are one output, 0 or 1; more are one output each.
    inputs, outputs : tuple of str
        Names of columns and classes.
    plane : Plane
    """

    name: str
    task: Task
    X: Array
    Y: Array
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    plane: Plane

    @property
    def losses(self) -> tuple[str, ...]:
        """The losses that go with these answers, the usual one first."""
        return LOSSES_OF[self.task]

    @property
    def output(self) -> str:
        """The function of the last layer."""
        if self.task == "regression":
            return "identity"
        return "logistic" if self.Y.shape[1] == 1 else "softmax"
