"""Rows of a partition, and the leaves that the partitions of a table are cut into."""

import bisect
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from chainrule.training import Leaf
from chainrule.training._decoded import Decoded

__all__ = ["Held", "Leaves", "Rows"]


class Rows(NamedTuple):
    """Rows of a partition as they were given: arrays, or data frames."""

    X: Any
    y: Any
    weights: Any
    groups: Any = None


@dataclass(frozen=True)
class Leaves:
    """The leaves of a table: runs of at most ``size`` rows, none of which reaches over two partitions.

    Parameters
    ----------
    rows : tuple of int
        Rows of each partition.
    size : int
    """

    rows: tuple[int, ...]
    size: int

    @cached_property
    def n_rows(self) -> int:
        return sum(self.rows)

    @cached_property
    def ends(self) -> list[int]:
        """The number of the leaf after the last one of each partition."""
        return list(accumulate(-(-n // self.size) for n in self.rows))

    @property
    def n_leaves(self) -> int:
        return self.ends[-1] if self.rows else 0

    def of(self, parts: Iterable[int]) -> list[int]:
        """Return the leaves of some partitions, in order."""
        ends = [0, *self.ends]
        return [leaf for part in sorted(parts) for leaf in range(ends[part], ends[part + 1])]


class Held:
    """A `Source` of the partitions that a worker holds, of all of a table.

    Parameters
    ----------
    leaves : Leaves
    get : callable
        Returns the rows of a partition, as the network takes them.
    lasting : callable
        Whether all of them are in memory.
    """

    def __init__(self, leaves: Leaves, get: Callable[[int], Decoded], lasting: Callable[[], bool]) -> None:
        self._size, self._ends, self._get, self._lasting = leaves.size, leaves.ends, get, lasting
        self.n_rows, self.n_leaves = leaves.n_rows, leaves.n_leaves

    @property
    def lasting(self) -> bool:
        return self._lasting()

    def leaves(self, numbers: Sequence[int]) -> Generator[tuple[int, Leaf], None, None]:
        """Yield leaves with their numbers; see `chainrule.training.Source`."""
        at = -1
        for number in numbers:
            part = bisect.bisect_right(self._ends, number)
            if part != at:
                at, rows = part, self._get(part)
            first = (number - (self._ends[part - 1] if part else 0)) * self._size
            yield number, rows.leaf(first, self._size)
