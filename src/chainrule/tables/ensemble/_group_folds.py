"""Folds of rows that others hold: by a number of each row, of its leaf and place or of the group it is of."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chainrule.tables.ensemble._folds import Folds, deal_groups
from chainrule.tables.ensemble._group_values import N_BUCKETS, SeenGroups, buckets_of
from chainrule.training import BY_FOLD, BY_PLACE, NUMBERS, Draw, Group, numbers_of, place_of

__all__ = ["FoldsByValue", "GroupFolds", "RowFolds"]


@dataclass(frozen=True)
class GroupFolds:
    """Folds: each holds the rows whose numbers are in a range of its own.

    Attributes
    ----------
    seed : int
        Of the numbers, `BY_PLACE` for places.
    edges : tuple of int
        Where folds begin, and where the last one ends.
    """

    seed: int
    edges: tuple[int, ...]

    @classmethod
    def random(cls, k: int, seed: int) -> Self:
        """Return k folds of about equal size: each row is in one."""
        return cls(seed, tuple(NUMBERS * fold // k for fold in range(k + 1)))

    @classmethod
    def last(cls, k: int, group: Group) -> Self:
        """Return one fold: the last of k parts of the rows, in the order of the leaves."""
        wanted = max(1, group.n_rows // k)

        def rows_from(leaf: int) -> int:
            draw = cls(BY_PLACE, (place_of(leaf, 0), NUMBERS)).draw(0, 0, 1)
            return int(group.total("held rows", draw.numbers())[0])

        first, after = 0, group.n_leaves
        while after - first > 1:
            middle = (first + after) // 2
            first, after = (middle, after) if rows_from(middle) >= wanted else (first, middle)
        return cls(BY_PLACE, (place_of(first, rows_from(first) - wanted), NUMBERS))

    @property
    def n_folds(self) -> int:
        return len(self.edges) - 1

    def draw(self, fold: int, seed: int, n_lanes: int) -> Draw:
        """Return a draw that holds a fold back."""
        return Draw(seed, n_lanes, self.edges[fold + 1], held_from=self.edges[fold], held_seed=self.seed)

    def of_rows(self, leaf: int, n: int, groups: Any = None) -> Folds:
        """Return the fold of each row of a leaf; -1 for rows that are never held back."""
        return np.searchsorted(np.array(self.edges), numbers_of(self.seed, leaf, n), side="right") - 1


@dataclass(frozen=True)
class FoldsByValue:
    """Folds that hold all rows with the same value, wherever they are: leaves bring the folds of their rows.

    Attributes
    ----------
    of_buckets : array of int
        The fold of each bucket of values; see `chainrule.tables.ensemble._group_values`.
    n_folds : int
    """

    of_buckets: NDArray[np.int32]
    n_folds: int

    @classmethod
    def dealt(cls, groups: SeenGroups, k: int, seed: int) -> Self:
        """Deal groups out to k folds, or to as many as there are groups, as `grouped_folds` does."""
        folds = deal_groups(groups.rows, k, np.random.RandomState(seed))
        of_buckets = np.zeros(N_BUCKETS, dtype=np.int32)
        of_buckets[groups.buckets] = folds
        return cls(of_buckets, int(folds.max()) + 1)

    def draw(self, fold: int, seed: int, n_lanes: int) -> Draw:
        """Return a draw that holds a fold back."""
        return Draw(seed, n_lanes, fold + 1, held_from=fold, held_seed=BY_FOLD)

    def of_rows(self, leaf: int, n: int, groups: Any = None) -> Folds:
        """Return the fold of each row of a leaf, by the values that these have."""
        return self.of_buckets[buckets_of(groups)].astype(np.intp)


RowFolds = GroupFolds | FoldsByValue
"""Either of them."""
