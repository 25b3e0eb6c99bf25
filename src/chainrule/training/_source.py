"""Rows in leaves: what sums over a table are made of, wherever its rows are."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.network import ALL_ROWS, Architecture, Encoding, Inputs, Objective

__all__ = ["Encoded", "InMemory", "Leaf", "Source", "leaf_rows", "targets_of", "weights_of"]

Array = NDArray[Any]
NO_FOLDS: Array = np.empty(0)


@dataclass(frozen=True)
class Leaf:
    """Rows whose sums are made at once, by one thread.

    Attributes
    ----------
    inputs : Inputs
    Y : array of shape (n, p)
    weights : array of shape (n,) or (0,)
        Sample weights; empty for none.
    rows : array of int, or empty for all
        Which of the inputs they are.
    folds : array, or empty
        The fold of each of the inputs, where values of a column decide that; see `BY_FOLD`.
    """

    inputs: Inputs
    Y: Array
    weights: Array
    rows: NDArray[np.intp] = field(default_factory=lambda: ALL_ROWS)
    folds: Array = field(default_factory=lambda: NO_FOLDS)

    def __len__(self) -> int:
        return len(self.rows) or len(self.inputs)

    def folds_of_rows(self) -> Array:
        """Return the fold of each of the rows; none where no column decides it."""
        return self.folds[self.rows] if len(self.rows) and self.folds.size else self.folds


def weights_of(leaf: Leaf) -> NDArray[np.float64]:
    """The samples' weights (n,), ones where there are none."""
    if not leaf.weights.size:
        return np.ones(len(leaf))
    weights = leaf.weights[leaf.rows] if len(leaf.rows) else leaf.weights
    return weights.astype(np.float64, copy=False)


def targets_of(leaf: Leaf) -> NDArray[np.float64]:
    """The answers (n, p) in float64."""
    return (leaf.Y[leaf.rows] if len(leaf.rows) else leaf.Y).astype(np.float64, copy=False)


def leaf_rows(net: Architecture, n_rows: int) -> int:
    """Return how many rows each leaf has in sums over a table of dense rows, as `fit` cuts them.

    Parameters
    ----------
    net : Architecture
    n_rows : int
        Of the whole table.
    """
    inputs = Inputs.of(np.empty((0, net.layer_sizes[0])), net.dtype)
    nothing = np.empty((0, net.layer_sizes[-1]), net.dtype), np.empty(0, net.dtype)
    loss = "half_squared_error"  # any: it is not asked
    return Objective(net, inputs, loss, *nothing).rows_of_a_leaf(n_rows)


class Source(Protocol):
    """Rows in a fixed order, cut into leaves: by the data alone, never by who reads them.

    Attributes
    ----------
    n_rows, n_leaves : int
        Of the whole table.
    lasting : bool, optional
        Whether leaves can be held on to in place: they take no memory beside that of the source, as long as
        it is open. Where it is not said, those that are held are copied.
    """

    @property
    def n_rows(self) -> int: ...

    @property
    def n_leaves(self) -> int: ...

    def leaves(self, numbers: Sequence[int]) -> Generator[tuple[int, Leaf], None, None]:
        """Yield leaves with their numbers, in the order that is cheapest to read.

        Threads ask for the next one in turn, and each works on its leaf while others are read. Whoever asks
        closes the generator in the end: then nothing is read any more.
        """


class InMemory:
    """Rows that are in memory.

    Parameters
    ----------
    inputs : Inputs
    Y : array of shape (n, p)
    weights : array of shape (n,) or (0,)
    leaf_rows : int
        Rows of each leaf but the last.
    """

    lasting = True

    def __init__(self, inputs: Inputs, Y: Array, weights: Array, leaf_rows: int) -> None:
        self._inputs, self._Y, self._weights, self._leaf_rows = inputs, Y, weights, leaf_rows

    @property
    def n_rows(self) -> int:
        return len(self._inputs)

    @property
    def n_leaves(self) -> int:
        return -(-self.n_rows // self._leaf_rows)

    def leaves(self, numbers: Sequence[int]) -> Generator[tuple[int, Leaf], None, None]:
        for number in numbers:
            first = number * self._leaf_rows
            stop = min(first + self._leaf_rows, self.n_rows)
            some = slice(first, stop)
            yield number, Leaf(self._inputs.rows(first, stop), self._Y[some], self._weights[some])


class Encoded:
    """The leaves of a source, whose rows are those of a table's columns, as inputs of a network.

    Parameters
    ----------
    source : Source
        Of rows (n, encoding.n), NaN for a missing number.
    encoding : Encoding
    dtype : dtype
        Of the network.
    """

    def __init__(self, source: Source, encoding: Encoding, dtype: np.dtype[Any]) -> None:
        self._source = source
        self._none = Inputs.encoded(np.empty((0, len(encoding.columns)), dtype), encoding)
        self.n_rows, self.n_leaves = source.n_rows, source.n_leaves

    def leaves(self, numbers: Sequence[int]) -> Generator[tuple[int, Leaf], None, None]:
        with closing(self._source.leaves(numbers)) as leaves:
            for number, leaf in leaves:
                yield number, replace(leaf, inputs=self._none.of_same_columns(leaf.inputs.dense))
