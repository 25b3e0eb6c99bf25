"""How many different values a column has, whichever pieces it comes in and in whatever order."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["MOST_DIFFERENT", "Different", "Words", "keys_of"]

Keys = NDArray[np.uint64]

MOST_DIFFERENT = 10_000_000
"""Different values that are told apart, in 8 bytes each."""


def keys_of(values: NDArray[Any]) -> Keys:
    """Return 64 bits for each number, others for other numbers; of text a hash.

    Two of ten million texts have the same hash with a probability of 3e-6.
    """
    if values.dtype.kind in "iu":
        return (
            values.astype(np.int64).view(np.uint64) if values.dtype.kind == "i" else values.astype(np.uint64)
        )
    if values.dtype.kind == "f":
        return (values.astype(np.float64) + 0.0).view(np.uint64)  # 0.0 for -0.0
    return np.asarray(pd.util.hash_array(values.astype(object), categorize=False), dtype=np.uint64)


class Different:
    """Counts different values exactly, up to `MOST_DIFFERENT` of them.

    Parameters
    ----------
    repeated : bool
        Whether it goes on to count when a value occurs twice; if not, only `all_differ` is known then.
    """

    def __init__(self, repeated: bool = True) -> None:
        self._repeated = repeated
        self._known = np.empty(0, dtype=np.uint64)
        self._new: list[Keys] = []
        self._n_new = self._n = 0
        self._many = self._twice = False

    def add(self, keys: Keys) -> None:
        """Add values by their keys."""
        self._n += len(keys)
        if not self._done:
            self._add(np.unique(keys), len(keys))

    def _add(self, different: Keys, n: int) -> None:
        self._twice |= len(different) < n
        self._new.append(different)
        self._n_new += len(different)
        if self._n_new > max(len(self._known), 1 << 18):
            self._gather()

    @property
    def _done(self) -> bool:
        return self._many or (self._twice and not self._repeated)

    def _gather(self) -> None:
        before = len(self._known) + self._n_new
        self._known = np.unique(np.concatenate([self._known, *self._new]))
        self._new, self._n_new = [], 0
        self._twice |= len(self._known) < before
        self._many |= len(self._known) > MOST_DIFFERENT
        if self._done:
            self._known = np.empty(0, dtype=np.uint64)

    def merge(self, other: "Different") -> None:
        """Add the values of another."""
        other._gather()
        self._n += other._n
        self._many |= other._many
        self._twice |= other._twice
        if not self._done:
            self._add(other._known, len(other._known))

    @property
    def count(self) -> int:
        """How many there are; one more than `MOST_DIFFERENT` if they are more, 0 if it is not known."""
        self._gather()
        return MOST_DIFFERENT + 1 if self._many else len(self._known)

    @property
    def all_differ(self) -> bool:
        """Whether no value occurs twice; False, too, if there are too many to know."""
        self._gather()
        return not self._twice and not self._many


class Words:
    """How often each of the texts of a column occurs, as long as they are few; else how many there are.

    Parameters
    ----------
    most : int
        Texts that are counted one by one.

    Attributes
    ----------
    counts : Counter of str, or None
        None if they are more.
    n : int
        Number of all texts.
    """

    def __init__(self, most: int) -> None:
        self._most, self.n = most, 0
        self.counts: Counter[str] | None = Counter()
        self._different = Different()

    def add(self, counts: Mapping[str, int]) -> None:
        """Add texts, and how often each occurs."""
        self.n += sum(counts.values())
        if self.counts is None:
            self._different.add(_hashes(counts))
            return
        self.counts.update(counts)
        if len(self.counts) > self._most:
            self._different.add(_hashes(self.counts))
            self.counts = None

    def merge(self, other: "Words") -> None:
        """Add the texts of another."""
        if other.counts is not None:
            self.add(other.counts)
            return
        self.n += other.n
        if self.counts is not None:
            self._different.add(_hashes(self.counts))
            self.counts = None
        self._different.merge(other._different)

    @property
    def different(self) -> int:
        """How many different texts there are; see `Different.count`."""
        return self._different.count if self.counts is None else len(self.counts)


def _hashes(words: Mapping[str, int]) -> Keys:
    return keys_of(np.array(list(words), dtype=object))
