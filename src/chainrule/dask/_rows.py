"""Rows of a partition, and the leaves that the partitions of a table are cut into."""

import bisect
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from numpy.typing import NDArray

from chainrule.network import Inputs
from chainrule.training import Leaf

__all__ = ["Held", "Leaves", "Prepared", "Rows"]

Array = NDArray[Any]


class Rows(NamedTuple):
    """Rows of a partition as they were given: arrays, or data frames."""

    X: Any
    y: Any
    weights: Any


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


class Prepared(NamedTuple):
    """Rows of a partition as the network takes them."""

    inputs: Inputs
    Y: Array
    weights: Array


class Held:
    """A `Source` of the partitions that a worker holds, of all of a table.

    Parameters
    ----------
    leaves : Leaves
    parts : mapping of int to Prepared
        May come to hold more.
    """

    def __init__(self, leaves: Leaves, parts: Mapping[int, Prepared]) -> None:
        self._size, self._ends, self._parts = leaves.size, leaves.ends, parts
        self.n_rows, self.n_leaves = leaves.n_rows, leaves.n_leaves

    def leaves(self, numbers: Sequence[int]) -> Generator[tuple[int, Leaf], None, None]:
        """Yield leaves with their numbers; see `chainrule.training.Source`."""
        for number in numbers:
            part = bisect.bisect_right(self._ends, number)
            inputs, Y, weights = self._parts[part]
            first = (number - (self._ends[part - 1] if part else 0)) * self._size
            stop = min(first + self._size, len(inputs))
            yield number, Leaf(inputs.rows(first, stop), Y[first:stop], weights[first:stop])
