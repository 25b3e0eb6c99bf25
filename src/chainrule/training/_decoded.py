"""Decoded rows of a group: checked, and cut into leaves."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Inputs
from chainrule.training._source import NO_FOLDS, Leaf

__all__ = ["Decoded"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Decoded:
    """Rows of a group, as networks take them.

    Attributes
    ----------
    X : array of shape (n, d)
    Y : array of shape (n, p)
    weights, folds : array of shape (n,) or (0,)
        As of a `Leaf`.
    """

    X: Array
    Y: Array
    weights: Array
    folds: Array = field(default_factory=lambda: NO_FOLDS)

    @property
    def arrays(self) -> tuple[Array, Array, Array, Array]:
        return self.X, self.Y, self.weights, self.folds

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.arrays)

    def leaf(self, first: int, rows: int) -> Leaf:
        """Return some rows, without copying."""
        some = slice(first, first + rows)
        inputs = Inputs.of(self.X[some], self.X.dtype)
        return Leaf(inputs, self.Y[some], self.weights[some], folds=self.folds[some])

    def check(self, name: str, shapes: tuple[tuple[int, ...], ...], dtype: np.dtype[Any]) -> None:
        """Raise ValueError or TypeError, naming the group, if these are not the rows that were announced."""
        for what, array, shape in zip(("inputs", "targets", "weights"), self.arrays[:3], shapes, strict=True):
            _check_form(f"{name}: {what}", array, shape, dtype)
            _check_finite(f"{name}: {what}", array)


def _check_form(what: str, array: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if hasattr(array, "tocsr"):
        raise TypeError(f"{what} are sparse; rows that are read in groups must be dense arrays")
    if array.shape != shape:
        raise ValueError(f"{what} have the shape {array.shape}; announced were {shape}")
    if array.dtype != dtype:
        raise ValueError(f"{what} are {array.dtype}; the network's are {dtype}")
    if not array.flags.c_contiguous:
        raise ValueError(f"{what} are not in C order, one row after the other")


def _check_finite(what: str, array: Array) -> None:
    # Both pass a NaN on, and neither takes memory.
    if array.size and not (np.isfinite(array.min()) and np.isfinite(array.max())):
        row, *column = np.unravel_index(np.isfinite(array).argmin(), array.shape)
        where = f"row {row}, column {column[0]}" if column else f"row {row}"
        raise ValueError(f"{what} hold {array[(row, *column)]} in {where} (from 0); all must be finite")
