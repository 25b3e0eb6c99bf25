"""Cells of a column that are not of its kind."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables._names import the_row
from chainrule.tables.columns._missing import stands_for_missing

__all__ = ["OddCells", "odd_cells"]


@dataclass(frozen=True)
class OddCells:
    """Cells that are not of their column's kind, by their text.

    Parameters
    ----------
    counts : dict of str to int
        How often each text occurs, in the order of first rows.
    first : dict of str to int
        The first row of each, from 0.
    """

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)

    @property
    def different(self) -> int:
        """Number of different texts."""
        return len(self.counts)

    @property
    def n(self) -> int:
        """Number of cells."""
        return sum(self.counts.values())

    def plus(self, others: "OddCells", rows: int) -> "OddCells":
        """Return these cells and those of a piece of the column that has `rows` rows before it."""
        if not others.counts:
            return self
        counts, first = dict(self.counts), dict(self.first)
        for text, count in others.counts.items():
            counts[text] = counts.get(text, 0) + count
            first.setdefault(text, rows + others.first[text])
        return OddCells(counts, first)

    def shown(self, most: int = 3) -> str:
        """Return the texts with their counts and first rows, counted from 1."""
        parts = [
            f"{text.strip()!r} ({f'{count:,} times, first ' * (count > 1)}in {the_row(self.first[text])})"
            for text, count in self.counts.items()
        ]
        return ", ".join(parts[:most]) + (f" and {len(parts) - most:,} more" if len(parts) > most else "")

    def which(self, missing: bool) -> dict[str, int]:
        """Return the texts that stand for a missing cell and their counts, or the others."""
        return {text: count for text, count in self.counts.items() if stands_for_missing(text) == missing}


def odd_cells(texts: pa.ChunkedArray, odd: NDArray[np.bool_]) -> OddCells:
    """Return the cells of the rows where ``odd`` is true."""
    rows = np.flatnonzero(odd)
    encoded: Any = texts.take(pa.array(rows)).combine_chunks()
    encoded = pc.dictionary_encode(encoded)
    codes = encoded.indices.to_numpy()
    words = encoded.dictionary.to_pylist()
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    # Codes are given in the order in which texts come up.
    return OddCells(
        {word: int(count) for word, count in zip(words, counts, strict=True)},
        {word: int(rows[at]) for word, at in zip(words, first, strict=True)},
    )
