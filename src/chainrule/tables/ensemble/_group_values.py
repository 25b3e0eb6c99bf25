"""Values that say which rows belong together, and how many rows each has, seen piece by piece.

Each value has a bucket, by a hash of it, and folds are made of buckets: so nobody need know all values, and
equal ones are in one fold wherever they are. Of values that share a bucket the rows are in one fold, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.tables._names import shown
from chainrule.tables.ensemble._groups_given import SAME_VALUES, are_target, values_of_groups

__all__ = ["N_BUCKETS", "SeenGroups", "buckets_of"]

Array = NDArray[Any]

N_BUCKETS = 1 << 16
_KINDS = {
    "string": "text", "boolean": "numbers", "integer": "numbers", "floating": "numbers",
    "mixed-integer-float": "numbers", "decimal": "numbers", "datetime": "dates", "datetime64": "dates",
    "date": "dates",
}  # fmt: skip
"""What values may be, by what pandas calls them."""


@dataclass(frozen=True)
class SeenGroups:
    """What some pieces show of the groups that their rows are of.

    Attributes
    ----------
    buckets : array of int
        Those with rows, rising.
    rows : array of int
        Of each of them.
    kinds : dict of str to int
        What the values are, and the first piece with some of that kind.
    first : str
        A value, as messages show it.
    target : bool
        Whether they have the values of y.
    """

    buckets: NDArray[np.intp]
    rows: NDArray[np.int64]
    kinds: Mapping[str, int]
    first: str
    target: bool

    @classmethod
    def of(cls, piece: int, groups: Any, y: Any) -> "SeenGroups":
        """Look at the groups of a piece, beside its targets.

        Raises
        ------
        ValueError, TypeError
            If there is not one for each row, or they are no numbers, dates or text.
        """
        values = values_of_groups(groups, len(y))
        if not len(y):
            return cls(np.empty(0, np.intp), np.empty(0, np.int64), {}, "", True)
        buckets, rows = np.unique(buckets_of(values), return_counts=True)
        kinds = {_kind(values): piece}
        return cls(buckets, rows.astype(np.int64), kinds, shown(values[0]), are_target(values, y))

    def merged(self, other: "SeenGroups") -> "SeenGroups":
        """Return what both show; this one has the first piece."""
        buckets, places = np.unique(np.concatenate([self.buckets, other.buckets]), return_inverse=True)
        rows = np.zeros(len(buckets), dtype=np.int64)
        np.add.at(rows, places, np.concatenate([self.rows, other.rows]))
        kinds, target = {**other.kinds, **self.kinds}, self.target and other.target
        return SeenGroups(buckets, rows, kinds, self.first or other.first, target)

    def check(self, names: Sequence[str]) -> None:
        """Raise ValueError for the target, one group only, or values of two kinds; it has names of pieces."""
        if self.target:
            raise ValueError(SAME_VALUES)
        if len(self.kinds) > 1:
            (one, first), (other, second), *_ = sorted(self.kinds.items(), key=lambda each: each[1])
            raise ValueError(
                f"groups are {other} in {names[second]} and {one} in {names[first]}: convert one of them"
            )
        if len(self.buckets) < 2:
            raise ValueError(
                f"groups holds one group only, {self.first}: members need rows of others to stop by"
            )


def buckets_of(groups: Any) -> NDArray[np.intp]:
    """Return the bucket of each value, from 0 to below `N_BUCKETS`: by the value alone, not by its type.

    >>> buckets_of([3, 4, 3]).tolist() == buckets_of([3.0, 4.0, 3.0]).tolist()
    True
    """
    values = np.asarray(groups)
    keys = pd.util.hash_array(_keys_of(values, _kind(values)), categorize=True)
    return (keys >> np.uint64(64 - 16)).astype(np.intp)


def _kind(values: Array) -> str:
    missing = pd.isna(values)
    if missing.any():
        raise ValueError(f"groups has no value in row {int(missing.argmax()) + 1}: each row is of a group")
    called = pd.api.types.infer_dtype(values, skipna=False)
    if called not in _KINDS and len(values):
        raise TypeError(f"groups must be numbers, dates or text, got {called}")
    return _KINDS.get(called, "numbers")


def _keys_of(values: Array, kind: str) -> Array:
    """Return text as such, and all else as whole numbers: the same for what is equal."""
    if kind == "text":
        return values.astype(object)
    if kind == "dates":
        return values.astype("datetime64[us]").view(np.uint64)
    if values.dtype.kind == "O":
        values = np.array(values.tolist())
    if values.dtype.kind in "biu":
        return values.astype(np.uint64)
    floats = values.astype(np.float64) + 0.0  # 0.0 for -0.0
    keys = floats.view(np.uint64)
    whole = (floats == np.floor(floats)) & (np.abs(floats) < 2.0**63)
    keys[whole] = floats[whole].astype(np.int64).view(np.uint64)
    return keys
