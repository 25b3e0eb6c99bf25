"""Facts about the columns of a table that are merged from its pieces, in any order, to the same."""

from typing import Any

import pandas as pd
from numpy.typing import NDArray

from chainrule.tables._number_facts import NumberFacts
from chainrule.tables.leaves._different import Words

__all__ = ["MOST_CATEGORIES_COUNTED", "ColumnFacts", "NumberFacts", "TextFacts"]

MOST_CATEGORIES_COUNTED = 100_000
"""Different texts of a column that are counted one by one."""


class TextFacts:
    """What a pipeline learns from texts: how often each of them occurs.

    Parameters
    ----------
    most : int
        Different texts that are counted.

    Attributes
    ----------
    n_missing : int
    """

    def __init__(self, most: int = MOST_CATEGORIES_COUNTED) -> None:
        self.n_missing = 0
        self.words = Words(most)

    def add(self, values: NDArray[Any]) -> None:
        """Add the texts of a piece, an object array of str and NaN."""
        found = pd.Series(values, dtype=object).value_counts(sort=False)
        counts = dict(zip(found.index.tolist(), found.tolist(), strict=True))
        self.n_missing += len(values) - sum(counts.values())
        self.words.add(counts)

    def merge(self, other: "TextFacts") -> None:
        """Add the texts of another piece."""
        self.n_missing += other.n_missing
        self.words.merge(other.words)


ColumnFacts = NumberFacts | TextFacts
