"""The rows of a table that a rank holds, in leaves of the whole table."""

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.mpi._ranks import Ranks
from chainrule.network import Inputs
from chainrule.training import Leaf

__all__ = ["Plan", "Rows", "Share", "exchange"]

Array = NDArray[Any]


class Rows(NamedTuple):
    """Rows as the network takes them.

    Attributes
    ----------
    X : array of shape (n, d)
    Y : array of shape (n, p)
    weights : array of shape (n,) or (0,)
        Empty for none.
    """

    X: Array
    Y: Array
    weights: Array

    def part(self, first: int, stop: int) -> "Rows":
        return Rows(*(each[first:stop] for each in self))


class Plan:
    """Who has which rows and which leaves.

    A leaf is made by the rank on which it begins, whatever ranks its rows are on.

    Parameters
    ----------
    counts : sequence of int
        Rows of each rank; the table is all of them in this order.
    leaf_rows : int
        Rows of each leaf but the last.

    >>> plan = Plan([5, 1, 4], leaf_rows=4)
    >>> plan.ends
    [2, 2, 3]
    >>> plan.head(1), plan.head(2)
    (1, 2)
    """

    def __init__(self, counts: Sequence[int], leaf_rows: int) -> None:
        self.leaf_rows = leaf_rows
        self.starts = [0, *np.cumsum(counts, dtype=np.int64).tolist()]
        self.ends = [-(-stop // leaf_rows) for stop in self.starts[1:]]

    @property
    def n_rows(self) -> int:
        return int(self.starts[-1])

    def head(self, rank: int) -> int:
        """Return how many of a rank's first rows belong to a leaf that began on an earlier one."""
        start, stop = self.starts[rank : rank + 2]
        return int(min(-(-start // self.leaf_rows) * self.leaf_rows, stop) - start)

    def owner(self, rank: int) -> int:
        """Return where the leaf begins that a rank's first row belongs to."""
        number = self.starts[rank] // self.leaf_rows
        return next(each for each, end in enumerate(self.ends) if number < end)


class Share:
    """The leaves that a rank holds, of all of a table: a `chainrule.training.Source`.

    Parameters
    ----------
    plan : Plan
    first : int
        The first of its leaves.
    rows : Rows
        Those of its leaves that were given here.
    last : Rows or None
        All of its last leaf, if some came from other ranks.
    """

    lasting = True

    def __init__(self, plan: Plan, first: int, rows: Rows, last: Rows | None) -> None:
        self.n_rows, self.n_leaves, self._size = plan.n_rows, plan.ends[-1], plan.leaf_rows
        self._first, self._rows, self._last = first, rows, last

    def leaves(self, numbers: Sequence[int]) -> Generator[tuple[int, Leaf], None, None]:
        """Yield leaves with their numbers; see `chainrule.training.Source`."""
        for number in numbers:
            at = (number - self._first) * self._size
            whole = self._last is None or at + self._size <= len(self._rows.X)
            X, Y, weights = self._rows.part(at, at + self._size) if whole else self._last  # type: ignore[misc]
            yield number, Leaf(Inputs.of(X, X.dtype), Y, weights)


def exchange(ranks: Ranks, plan: Plan, rows: Rows) -> Share:
    """Send rows at the boundaries to where their leaves begin; return what is held here then.

    Parameters
    ----------
    ranks : Ranks
    plan : Plan
    rows : Rows
        Those of this rank.

    Raises
    ------
    Exception
        On all ranks the same, if one has no memory for them.
    """
    here, head = ranks.rank, plan.head(ranks.rank)
    begun = rows.part(head, len(rows.X))
    senders = [each for each in range(here + 1, ranks.size) if plan.head(each) and plan.owner(each) == here]
    whole = len(begun.X) // plan.leaf_rows * plan.leaf_rows
    kept = begun.part(whole, len(begun.X)) if senders else None
    last = ranks.together(lambda: kept and _room_for(kept, sum(map(plan.head, senders))))
    to = plan.owner(here) if head else here
    sent = [ranks.comm.Isend(np.ascontiguousarray(each), to) for each in rows.part(0, head) if head]
    at = len(begun.X) - whole
    for source in senders:
        for each in last or ():
            ranks.comm.Recv(each[at : at + plan.head(source)], source)
        at += plan.head(source)
    for request in sent:
        request.Wait()
    return Share(plan, plan.ends[here - 1] if here else 0, begun, last)


def _room_for(rows: Rows, more: int) -> Rows:
    """Return a copy of rows with room for some more behind them; for weights only where there are some."""
    room = []
    for each in rows:
        there = each.size or each.ndim > 1
        room.append(np.empty((len(each) + more if there else 0, *each.shape[1:]), each.dtype))
        room[-1][: len(each)] = each
    return Rows(*room)
