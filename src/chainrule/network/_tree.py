"""Sums in a fixed tree over leaves: the same bits whoever makes which part of them, in whatever order.

The leaves of a table are runs of its rows, numbered from 0. Node (0, k) is the sum over leaf k; node (l, i)
is (l − 1, 2i) + (l − 1, 2i + 1), and where there is no right one, the left one alone. The sum of two numbers
does not depend on their order, so the root depends on the leaves alone.
"""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chainrule.network._spare import Spare
from chainrule.network._team import Team

Sum = NDArray[Any]
Node = tuple[int, int]
"""Level and index."""
Leaf = TypeVar("Leaf")
Add = Callable[[Leaf, Sum], None]
"""Adds what a leaf contributes to a vector."""


class Tree:
    """The sum of a vector a leaf, as far as it has been made.

    Of k leaves added in order no more than log₂ k + 1 vectors are held.

    Parameters
    ----------
    n_leaves : int
    size : int
        Length of the vectors.
    dtype : dtype, default=float64
    spare : Spare, optional
        Memory that trees before have left: taken from here, and left here.
    """

    def __init__(self, n_leaves: int, size: int, dtype: Any = np.float64, spare: Spare | None = None) -> None:
        self.n_leaves, self._top = n_leaves, max(n_leaves - 1, 0).bit_length()
        self.size, self._dtype = size, np.dtype(dtype)
        self._made: dict[Node, Sum] = {}
        self._spare = Spare() if spare is None else spare
        self._lock = Lock()

    def blank(self) -> Sum:
        """Return a vector of zeros for a leaf: memory that is no longer needed, if there is some."""
        vector = self.room()
        vector[:] = 0
        return vector

    def room(self) -> Sum:
        """Return a vector to be written to."""
        return self._spare.take(self.size, self._dtype)

    def leave(self) -> None:
        """Leave all vectors to trees that come: none of them is needed."""
        for vector in self._made.values():
            self._spare.leave(vector)
        self._made.clear()

    def add(self, node: Node, vector: Sum) -> None:
        """Add the sum of a node; the vector is the tree's from then on."""
        with np.errstate(over="ignore", invalid="ignore"):  # who asks looks whether sums are finite
            self._merge(node, vector)

    def add_leaf(self, number: int, leaf: Leaf, add: Add[Leaf]) -> None:
        """Add what a leaf contributes."""
        vector = self.blank()
        with np.errstate(over="ignore", invalid="ignore"):
            add(leaf, vector)
            self._merge((0, number), vector)

    def _merge(self, node: Node, vector: Sum) -> None:
        level, index = node
        while level < self._top:
            beside = index ^ 1
            if beside << level < self.n_leaves:  # else there is none
                with self._lock:
                    other = self._made.pop((level, beside), None)
                    if other is None:
                        self._made[level, index] = vector
                        return
                vector += other
                self._spare.leave(other)
            level, index = level + 1, index >> 1
        self._made[level, index] = vector

    def nodes(self) -> list[tuple[Node, Sum]]:
        """Return the largest nodes that the leaves added so far make up, in the order of their leaves."""
        return sorted(self._made.items(), key=lambda made: made[0][1] << made[0][0])

    def total(self) -> Sum:
        """Return the sum over all leaves.

        Raises
        ------
        ValueError
            If some have not been added.
        """
        if not self.n_leaves:
            return np.zeros(self.size, self._dtype)
        root = self._made.get((self._top, 0))
        if root is None:
            raise ValueError(f"some of {self.n_leaves} leaves are missing: there are {list(self._made)}")
        return root


def sum_leaves(
    tree: Tree,
    leaves: Iterator[tuple[int, Leaf]],
    begin: Callable[[], Add[Leaf]],
    team: Team,
    most: int = 2**31,
) -> None:
    """Add leaves to a tree, each in whichever thread is free.

    Parameters
    ----------
    tree : Tree
    leaves : iterator of (int, leaf)
        The next one is asked for by one thread at a time.
    begin : callable
        Called in each thread: returns what is called with a leaf and a vector, and has memory of its own.
    team : Team
    most : int, optional
        Of its threads: as many as pay.
    """
    lock = Lock()

    def share(worker: int) -> None:
        add = begin()
        while not team.broken:
            with lock:
                found = next(leaves, None)
            if found is None:
                return
            tree.add_leaf(*found, add)

    team.run(share, min(most, tree.n_leaves))
