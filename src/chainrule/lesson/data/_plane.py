"""The plane of two inputs in which rows are drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Plane"]

Array = NDArray[Any]


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
        Takes points of shape (k, len(names)) and the number of a row; returns the network's inputs there,
        (k, n_inputs).
    ticks : tuple of (tuple of str or None)
        Of an axis of text its categories, which lie at 0, 1, 2, …
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    points: Array
    to_inputs: Callable[[Array, int], Array] = field(repr=False)
    ticks: tuple[tuple[str, ...] | None, ...] = (None, None)

    def grid(self, steps: int, row: int) -> Array:
        """Return the inputs in the centres of steps × steps cells, the upper ones first; or on a line."""
        places = self.centres(steps)
        if len(places) == 1:
            return self.to_inputs(places[0][:, None], row)
        across, up = np.meshgrid(places[0], places[1][::-1])
        return self.to_inputs(np.column_stack([across.ravel(), up.ravel()]), row)

    def centres(self, steps: int) -> list[Array]:
        """Return the centres of so many cells of each axis."""
        inside = (np.arange(steps) + 0.5) / steps
        return [low + (high - low) * inside for low, high in zip(self.low, self.high, strict=True)]
