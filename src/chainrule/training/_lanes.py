"""Rows for the steps of learning by minibatches, drawn leaf by leaf: whoever holds which leaves.

The leaves of a table are dealt to lanes, runs of like length: leaf k of n is in lane ⌊k · n_lanes / n⌋. In an
epoch each lane goes through its leaves in an order of its own, and through the rows of a leaf in an order of
theirs, so that a step has rows from all parts of the table, and each leaf is read once.

An epoch has S steps, for each lane. Of a lane of q leaves the j-th lasts from j S / q to (j + 1) S / q, and a
step takes those of its rows that fall between s and s + 1: where a leaf is one of its lane's last, or ends
between two steps, there are two or more. So each row is in one step of an epoch, and which step that is
follows from numbers that everybody knows: of leaves, lanes and steps, and a seed.
"""

from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

__all__ = [
    "BY_FOLD",
    "BY_PLACE",
    "NUMBERS",
    "Draw",
    "LeafOrder",
    "Span",
    "count_parts",
    "draw_rows",
    "held_back",
    "lane_of",
    "numbers_of",
    "place_of",
]

Integers = NDArray[np.int64]
Rows = NDArray[np.intp]

_ORDER, _ROWS, _HELD = range(3)
"""What is drawn: each from a stream of its own."""
_BITS, _ROW_BITS = 62, 31
"""Each row has a number of so many bits, drawn or made of its leaf and its place there."""
NUMBERS = 2**_BITS
BY_PLACE = -1
"""In place of a seed: the numbers of rows rise with their places in the table."""
BY_FOLD = -2
"""In place of a seed: the number of a row is that of its fold, which comes with the leaf."""
_NO_FOLDS = np.empty(0)


class Draw(NamedTuple):
    """Which rows a step takes.

    Attributes
    ----------
    seed, n_lanes : int
    held : int
        No step takes the rows whose numbers are below this, and from ``held_from`` on; see `numbers_of`.
    epoch, n_steps, step : int
        Counted from 0.
    held_from, held_seed : int
        The seed is that of the numbers: `BY_PLACE` for places, `BY_FOLD` for folds.
    """

    seed: int
    n_lanes: int
    held: int = 0
    epoch: int = 0
    n_steps: int = 1
    step: int = 0
    held_from: int = 0
    held_seed: int = 0

    @classmethod
    def of(cls, numbers: Integers) -> Self:
        """Read it from what `numbers` returns."""
        return cls(*numbers.tolist())

    def numbers(self) -> Integers:
        """Return it as a vector, as groups are asked."""
        return np.array(self, dtype=np.int64)

    @classmethod
    def holding_back(cls, seed: int, n_lanes: int, fraction: float) -> Self:
        """Return a draw of which a fraction of the rows, 0 to below 1, is held back."""
        return cls(seed, n_lanes, int(fraction * NUMBERS), held_seed=seed)


class Span(NamedTuple):
    """What a step takes of a leaf: of its rows in their order those from begin / whole to end / whole.

    Attributes
    ----------
    leaf, begin, end, whole : int
    phase : int
        Of 0 up to ``whole``: where parts of a row are rounded, differently from lane to lane, so that not all
        of them take a row more in the same step.
    """

    leaf: int
    begin: int
    end: int
    whole: int
    phase: int

    def of(self, n: int) -> tuple[int, int]:
        """Return the first place, and the one after the last, in an order of n rows."""
        return (n * self.begin + self.phase) // self.whole, (n * self.end + self.phase) // self.whole


def lane_of(leaf: int, n_leaves: int, n_lanes: int) -> int:
    """Return the lane of a leaf.

    Who deals leaves to owners need not heed lanes. Owners work in step where each has whole lanes.

    >>> [lane_of(leaf, 5, 2) for leaf in range(5)]
    [0, 0, 0, 1, 1]
    """
    return leaf * n_lanes // n_leaves


def count_parts(n_leaves: int, draw: Draw) -> int:
    """Return of how many leaves a step takes rows: the parts that its sum is made of."""
    return int(_places(_lengths(n_leaves, draw.n_lanes), draw)[1].sum())


class LeafOrder:
    """The order in which an epoch goes through the leaves.

    Parameters
    ----------
    n_leaves : int
    draw : Draw
    """

    def __init__(self, n_leaves: int, draw: Draw) -> None:
        self._lengths = _lengths(n_leaves, draw.n_lanes)
        self._firsts = np.cumsum(self._lengths) - self._lengths
        self._of = self._key(n_leaves, draw)
        self._drawn = draw

    @staticmethod
    def _key(n_leaves: int, draw: Draw) -> tuple[int, ...]:
        return n_leaves, draw.seed, draw.n_lanes, draw.epoch

    def is_of(self, n_leaves: int, draw: Draw) -> bool:
        """Return whether it is the order of a draw."""
        return self._of == self._key(n_leaves, draw)

    @cached_property
    def _leaves(self) -> Rows:
        seed, epoch = self._drawn.seed, self._drawn.epoch
        orders = [
            first + _generator(_ORDER, seed, epoch, lane).permutation(length)
            for lane, (first, length) in enumerate(zip(self._firsts, self._lengths, strict=True))
        ]
        return np.concatenate(orders)

    def spans(self, draw: Draw) -> list[Span]:
        """Return what a step takes of which leaves, lane by lane."""
        S, (places, counts) = draw.n_steps, _places(self._lengths, draw)
        lanes = np.repeat(np.arange(len(counts)), counts)
        places = places[lanes] + np.arange(len(lanes)) - np.repeat(np.cumsum(counts) - counts, counts)
        begin = draw.step * self._lengths[lanes] - places * S
        end = np.minimum(begin + self._lengths[lanes], S)
        leaves = self._leaves[self._firsts[lanes] + places]
        phases = lanes * S // draw.n_lanes
        columns = leaves, np.maximum(begin, 0), end, np.full(len(lanes), S), phases
        return [Span(*row) for row in np.stack(columns, axis=1).tolist()]


def draw_rows(draw: Draw, leaf: int, n: int, folds: NDArray[Any] = _NO_FOLDS) -> Rows:
    """Return the rows of a leaf that are learnt from, of n, in the order of an epoch."""
    random = _generator(_ROWS, draw.seed, draw.epoch, leaf)
    if not draw.held:
        return random.permutation(n)
    return random.permutation(np.flatnonzero(~_held(draw, leaf, n, folds)))


def held_back(draw: Draw, leaf: int, n: int, folds: NDArray[Any] = _NO_FOLDS) -> Rows:
    """Return the rows of a leaf, of n, that no step takes: by seed, leaf and row alone, or by their folds."""
    return np.flatnonzero(_held(draw, leaf, n, folds))


def _held(draw: Draw, leaf: int, n: int, folds: NDArray[Any]) -> NDArray[np.bool_]:
    by_fold = draw.held_seed == BY_FOLD
    if by_fold and len(folds) != n:
        raise ValueError(f"leaf {leaf} has {n} rows, and came with the folds of {len(folds)}")
    numbers = folds if by_fold else numbers_of(draw.held_seed, leaf, n)
    return (numbers >= draw.held_from) & (numbers < draw.held)


def numbers_of(seed: int, leaf: int, n: int) -> Integers:
    """Return the number of each row of a leaf, from 0 to below `NUMBERS`: by seed, leaf and row alone."""
    if seed == BY_PLACE:
        return place_of(leaf, 0) + np.arange(n, dtype=np.int64)
    drawn = PCG64(SeedSequence([_HELD, seed, leaf])).random_raw(n)
    return (drawn >> np.uint64(64 - _BITS)).astype(np.int64)


def place_of(leaf: int, row: int) -> int:
    """Return the number of a row where they rise with the places in the table."""
    return leaf << _ROW_BITS | row


def _generator(*key: int) -> Generator:
    return Generator(PCG64(SeedSequence(key)))


def _lengths(n_leaves: int, n_lanes: int) -> Integers:
    """How many leaves each lane has."""
    edges = -(-np.arange(n_lanes + 1, dtype=np.int64) * n_leaves // n_lanes)
    return np.diff(edges)


def _places(lengths: Integers, draw: Draw) -> tuple[Integers, Integers]:
    """In each lane the place of the first leaf that a step takes rows of, and of how many it does."""
    S = draw.n_steps
    first = draw.step * lengths // S
    return first, -(-(draw.step + 1) * lengths // S) - first
