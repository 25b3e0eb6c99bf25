"""What the pieces of a table show of the target, merged in any order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables._number_facts import NumberFacts

__all__ = ["SeenLabels", "SeenNumbers", "seen_targets"]

Array = NDArray[Any]

_MOST_LABELS = 100_000
"""Different labels that are counted: nobody tells so many apart."""


@dataclass(frozen=True)
class SeenNumbers:
    """Range and exact sums of numbers."""

    facts: NumberFacts

    @classmethod
    def of(cls, values: Array) -> "SeenNumbers":
        facts = NumberFacts()
        facts.add(values)
        return cls(facts)

    def merged(self, other: "SeenNumbers") -> "SeenNumbers":
        """Return what both show."""
        both = NumberFacts()
        both.merge(self.facts)
        both.merge(other.facts)
        return SeenNumbers(both)


@dataclass(frozen=True)
class SeenLabels:
    """Labels of classes, sorted, and how often each occurs."""

    labels: Array
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, values: Array) -> "SeenLabels":
        labels, counts = np.unique(values, return_counts=True)
        return cls(_few(labels), counts.astype(np.int64))

    def merged(self, other: "SeenLabels") -> "SeenLabels":
        """Return what both show.

        Raises
        ------
        TypeError
            If they are of kinds that have no order, such as text and numbers.
        """
        pair = [each for each in (self, other) if len(each.labels)]
        if len(pair) < 2:
            return pair[0] if pair else self
        kinds = {_kind(each.labels) for each in pair}
        if len(kinds) > 1:
            raise TypeError(f"y holds {' and '.join(sorted(kinds))}: classes are named by one of them")
        labels, place = np.unique(np.concatenate([each.labels for each in pair]), return_inverse=True)
        counts = np.zeros(len(labels), dtype=np.int64)
        np.add.at(counts, place, np.concatenate([each.counts for each in pair]))
        return SeenLabels(_few(labels), counts)


def _kind(labels: Array) -> str:
    """Return what labels are; those of objects by the first of them, as they have an order."""
    text = labels.dtype.kind in "US" or (labels.dtype == object and isinstance(labels[0], str | bytes))
    return "text" if text else "numbers"


def _few(labels: Array) -> Array:
    if len(labels) > _MOST_LABELS:
        raise ValueError(
            f"y holds more than {_MOST_LABELS:,} different labels: if it is a number, take TableRegressor"
        )
    return labels


Seen = SeenNumbers | SeenLabels


def seen_targets(values: Array, classifies: bool) -> Seen:
    """Return what checked targets show."""
    return SeenLabels.of(values) if classifies else SeenNumbers.of(values)
