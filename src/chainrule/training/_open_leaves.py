"""Leaves that steps of learning take their rows from, as they lie open: read once an epoch."""

from collections.abc import Callable, Container, Sequence
from contextlib import closing
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Objective
from chainrule.network._team import Team
from chainrule.training._lanes import Draw, LeafOrder, Span, draw_rows
from chainrule.training._source import Leaf, Source

__all__ = ["OpenLeaves", "Taken"]

Rows = NDArray[np.intp]


class _Open:
    """A leaf, and the order of its rows in the epoch of which it was asked last."""

    def __init__(self, number: int, objective: Objective, folds: NDArray[Any]) -> None:
        self._number, self.objective, self._folds = number, objective, folds
        self._of: Draw | None = None
        self._order: Rows

    def rows(self, epoch: Draw, span: Span) -> Rows:
        if self._of != epoch:
            self._order = draw_rows(epoch, self._number, len(self.objective.inputs), self._folds)
            self._of = epoch
        first, last = span.of(len(self._order))
        return self._order[first:last]


class Taken:
    """What a step takes of a leaf; the order of the rows is drawn in the thread that works on them.

    Attributes
    ----------
    objective : Objective
        The error of the leaf.
    """

    def __init__(self, leaf: _Open, epoch: Draw, span: Span) -> None:
        self.objective, self._leaf, self._epoch, self._span = leaf.objective, leaf, epoch, span

    def rows(self) -> Rows:
        """Return which of the leaf's rows the step takes."""
        return self._leaf.rows(self._epoch, self._span)


class OpenLeaves:
    """The leaves that a step takes rows of, as long as steps go on with them.

    They take no memory beside that of a source that holds its rows (`Source.lasting`); of others they are
    copied.

    What is asked of it depends on none of the questions before: those only save reading again.

    Parameters
    ----------
    source : Source
    objective : callable
        Returns the error of a leaf.
    """

    def __init__(self, source: Source, objective: Callable[[Leaf], Objective]) -> None:
        self._source, self._objective = source, objective
        self._order: LeafOrder | None = None
        self._open: dict[int, _Open] = {}
        self._numbers: list[int] = []
        self._owned: frozenset[int] = frozenset()

    def taken(self, draw: Draw, numbers: Sequence[int] | None, team: Team) -> list[tuple[int, Taken]]:
        """Return the parts of a step that are of some leaves (None: all), with their numbers."""
        n_leaves = self._source.n_leaves
        if self._order is None or not self._order.is_of(n_leaves, draw):
            self._order = LeafOrder(n_leaves, draw)
        spans = list(enumerate(self._order.spans(draw)))
        if numbers is not None:
            owned = self._owned_of(numbers)
            spans = [(part, span) for part, span in spans if span.leaf in owned]
        self._keep({span.leaf for _, span in spans}, team)
        epoch = draw._replace(n_lanes=1, n_steps=1, step=0)  # what the orders of rows depend on
        return [(part, Taken(self._open[span.leaf], epoch, span)) for part, span in spans]

    def _owned_of(self, numbers: Sequence[int]) -> Container[int]:
        if isinstance(numbers, range):
            return numbers
        listed = list(numbers)
        if listed != self._numbers:
            self._numbers, self._owned = listed, frozenset(listed)
        return self._owned

    def _keep(self, wanted: set[int], team: Team) -> None:
        """Open what is wanted, and close all else."""
        if wanted == self._open.keys():
            return
        self._open = {number: leaf for number, leaf in self._open.items() if number in wanted}
        missing = sorted(wanted - self._open.keys())
        if not missing:
            return
        lock = Lock()
        with closing(self._source.leaves(missing)) as leaves:

            def share(worker: int) -> None:
                while not team.broken:
                    with lock:
                        found = next(leaves, None)
                    if found is None:
                        return
                    number, leaf = found
                    kept = getattr(self._source, "lasting", False)  # now that its group has been read
                    leaf = leaf if kept else _copy(leaf)
                    self._open[number] = _Open(number, self._objective(leaf), leaf.folds)

            team.run(share)


def _copy(leaf: Leaf) -> Leaf:
    """Return the leaf alone: its rows may be a few of many that were read with it."""
    if len(leaf.rows):
        rows: Any = leaf.rows
        weights = leaf.weights[rows] if leaf.weights.size else leaf.weights
        return Leaf(leaf.inputs.take(rows), leaf.Y[rows], weights, folds=leaf.folds_of_rows())
    inputs = leaf.inputs.in_c_order(copy=True)
    return Leaf(inputs, leaf.Y.copy(), leaf.weights.copy(), folds=leaf.folds.copy())
