"""Encodings of a table's columns as inputs of a network, and their derivatives.

A number, scaled to z = (x - centre) / scale, becomes z / √(1 + z² / c²), which bends towards ±c, and one ramp
for each interval between quantiles: 0 below it, 1 above, straight between (Gorishniy et al. 2022, "On
embeddings for numerical features in tabular deep learning"). A category becomes a vector of zeros with a
single 1. Each input depends on one column, so the derivative of an encoding has one entry in each row.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import Map

Array = NDArray[Any]


@dataclass(frozen=True)
class NumberEncoding:
    """z ↦ (z / √(1 + z² / clip²), ramps between edges, and 1 if z is missing).

    Parameters
    ----------
    edges : tuple of float
        Rising; ramp t goes from edge t to edge t + 1. With fewer than two there are no ramps.
    clip : float
        c, the size that large numbers come near.
    missing : bool
        Whether an input says that the number is missing. A missing number (NaN) is 0 otherwise.

    Examples
    --------
    >>> NumberEncoding((-1.0, 0.0, 2.0), clip=3.0, missing=True).value(np.array([1.0, np.nan])).round(3)
    array([[0.949, 1.   , 0.5  , 0.   ],
           [0.   , 1.   , 0.   , 1.   ]])
    """

    edges: tuple[float, ...]
    clip: float = 3.0
    missing: bool = False

    @property
    def n_ramps(self) -> int:
        """Number of ramps."""
        return max(0, len(self.edges) - 1)

    @property
    def width(self) -> int:
        """Number of inputs."""
        return 1 + self.n_ramps + self.missing

    @property
    def starts(self) -> Array:
        """Where each ramp begins."""
        return np.array(self.edges[:-1], dtype=float)

    @property
    def slopes(self) -> Array:
        """By how much each ramp rises for one unit of z, where it rises."""
        return 1.0 / np.diff(np.array(self.edges, dtype=float))

    def value(self, z: Array) -> Array:
        """The inputs (n, width) of numbers (n,)."""
        absent = np.isnan(z)
        z = np.where(absent, 0, z)
        smooth = z / np.sqrt(1 + (z / self.clip) ** 2)
        rise = (z[:, None] - self.starts) * self.slopes
        held = np.where(rise.real <= 0, 0, np.where(rise.real >= 1, 1, rise))
        parts = [smooth[:, None], held] + ([absent[:, None]] if self.missing else [])
        return np.asarray(np.concatenate(parts, axis=1), dtype=z.dtype)

    def derivative(self, z: Array) -> Array:
        """∂input/∂z (n, width). At an edge, where a ramp has a kink, that to the right of it."""
        absent = np.isnan(z)
        z = np.where(absent, 0, z)
        smooth = (1 + (z / self.clip) ** 2) ** -1.5
        z, edges = z[:, None], np.array(self.edges, dtype=float)
        rising = (z >= edges[:-1]) & (z < edges[1:])
        D = np.zeros((len(z), self.width), dtype=smooth.dtype)
        D[:, 0] = smooth
        D[:, 1 : 1 + self.n_ramps] = rising * self.slopes
        D[absent] = 0
        return D


@dataclass(frozen=True)
class CategoryEncoding:
    """Number of a category ↦ a vector of zeros with a 1 in its place; -1, for none of them, ↦ zeros.

    Two categories share one input: 0 for the first, and 1 for the second.

    Examples
    --------
    >>> CategoryEncoding(3).value(np.array([0.0, 2.0, -1.0]))
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 0., 0.]])
    """

    n_categories: int

    @property
    def width(self) -> int:
        """Number of inputs."""
        return 1 if self.n_categories == 2 else self.n_categories

    def value(self, codes: Array) -> Array:
        """The inputs (n, width) of numbers of categories (n,)."""
        numbers = np.arange(self.n_categories)[-self.width :]
        return np.asarray(codes[:, None] == numbers, dtype=codes.dtype)

    def derivative(self, codes: Array) -> Array:
        """Zeros: categories have differences, no derivative."""
        return np.zeros((len(codes), self.width), dtype=codes.dtype)


class Encoding(Map):
    """Encoding of all columns, side by side: a map from a row of n columns to m inputs; a first map.

    Parameters
    ----------
    columns : sequence of NumberEncoding, CategoryEncoding or None
        None is a column of no inputs.

    Attributes
    ----------
    n, m : int
        Columns, and inputs.

    Examples
    --------
    >>> encoding = Encoding([NumberEncoding((-1.0, 0.0, 2.0)), CategoryEncoding(3)])
    >>> encoding([0.5, 1.0]).round(3)
    array([0.493, 1.   , 0.25 , 0.   , 1.   , 0.   ])
    >>> encoding.derivative([0.5, 1.0]).round(3)[:3]
    array([[0.96, 0.  ],
           [0.  , 0.  ],
           [0.5 , 0.  ]])
    """

    name = "encoding"

    def __init__(self, columns: "list[NumberEncoding | CategoryEncoding | None]") -> None:
        self.columns = tuple(columns)
        widths = [0 if column is None else column.width for column in self.columns]
        self.n, self.m = len(widths), sum(widths)
        self.firsts = np.concatenate([[0], np.cumsum(widths)]).astype(np.intp)

    @cached_property
    def column_of(self) -> NDArray[np.intp]:
        """The column that each input depends on (m,)."""
        return np.repeat(np.arange(len(self.columns)), np.diff(self.firsts))

    def value(self, X: Array) -> Array:
        """The inputs (n_rows, m) of rows (n_rows, n); NaN is a missing number."""
        return self._side_by_side(X, [None if one is None else one.value for one in self.columns])

    def slopes(self, X: Array) -> Array:
        """The derivative of each input by its column (n_rows, m)."""
        return self._side_by_side(X, [None if one is None else one.derivative for one in self.columns])

    def pushforward_rows(self, X: Array, V: Array) -> Array:
        """Df(x) · v (n_rows, m) for a v (n_rows, n) of each row."""
        return self.slopes(X) * V[:, self.column_of]

    def pullback_rows(self, X: Array, U: Array) -> Array:
        """u · Df(x) (n_rows, …, n) for some u (n_rows, …, m) of each row."""
        slopes = self.slopes(X)
        weighed = U * slopes.reshape(len(X), *[1] * (U.ndim - 2), -1)
        total = np.zeros((*U.shape[:-1], len(self.columns)), dtype=weighed.dtype)
        for column, (first, end) in enumerate(zip(self.firsts[:-1], self.firsts[1:], strict=True)):
            total[..., column] = weighed[..., first:end].sum(axis=-1)
        return total

    def _side_by_side(self, X: Array, parts: list[object]) -> Array:
        inputs = np.empty((len(X), int(self.firsts[-1])), dtype=X.dtype)
        for column, part in enumerate(parts):
            if callable(part):
                inputs[:, self.firsts[column] : self.firsts[column + 1]] = part(X[:, column])
        return inputs

    def _value(self, x: Array) -> Array:
        return np.asarray(self.value(x[None])[0])

    def _derivative(self, x: Array) -> Array:
        D = np.zeros((int(self.firsts[-1]), len(self.columns)), dtype=x.dtype)
        D[np.arange(len(D)), self.column_of] = self.slopes(x[None])[0]
        return D
