"""The spelling of a column's numbers, decided from all its cells, and their values; in pieces, if need be."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._digits import in_ascii_digits
from chainrule.tables.columns._missing import stands_for_missing
from chainrule.tables.columns._number_text import Evidence, evidence_of, is_infinity
from chainrule.tables.columns._numbers import (
    MOST_ODD,
    PLAIN,
    Numbers,
    example_in,
    numbers_in,
    sample_of,
    telling_in,
)
from chainrule.tables.columns._odd import OddCells
from chainrule.tables.columns._spelling import NumberSpelling

__all__ = ["NumberSearch", "find_numbers"]

_FIRST_LOOK, _SAMPLE = 100, 2_000
_ROUNDS = 4


def find_numbers(texts: pa.ChunkedArray, mark: str | None = None) -> Numbers | None:
    """Return the numbers of a column, or None if most of its cells are none.

    Parameters
    ----------
    texts : ChunkedArray of string
        Nulls where a cell is missing.
    mark : {".", ","}, optional
        Decimal mark if the cells leave it open.
    """
    search = NumberSearch(mark)
    values = search.look(texts, 0)
    while search.settle() and search.found:
        search.begin()
        values = search.look(texts, 0)
    return replace(search.numbers(), values=values) if search.found else None


class NumberSearch:
    """What pieces of a column say of its numbers.

    `look` at all pieces, from the first to the last, then `settle`; as long as that says so, `begin` again.

    Parameters
    ----------
    mark : {".", ","}, optional
        Decimal mark if the cells leave it open.

    Notes
    -----
    The spelling comes from a sample of the cells. All cells are then read by it, those that cannot be are
    looked at as well, and if they change the picture all cells are read again.
    """

    def __init__(self, mark: str | None) -> None:
        self.mark = mark
        self.spelling: NumberSpelling | None = None
        self.found = True
        self._other_digits = False
        self._rounds = 0
        self._earlier: dict[str, int] = {}  # cells that did not fit the spellings tried before
        self.begin()

    def begin(self) -> None:
        """Forget what cells said, before all pieces are looked at again."""
        self._evidence = evidence_of({})
        self._odd = OddCells()
        self._sampled: set[str] = set()
        self._numbers = self._cells = 0
        self._example = ""
        self._translated: tuple[str, str] | None = None
        self._left_out = self._as_written = False

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[np.float64]:
        """Return the values of a piece by the spelling as it is known; remember what its cells say.

        Parameters
        ----------
        texts : ChunkedArray of string
        row : int
            Number of rows before the piece.
        """
        in_ascii = in_ascii_digits(texts, self._other_digits)
        self._as_written |= in_ascii is None
        if in_ascii is not None and self._translated is None:
            self._translated = _first_translated(texts, in_ascii)
        return self._look(texts if in_ascii is None else in_ascii, row)

    def _look(self, texts: pa.ChunkedArray, row: int) -> NDArray[np.float64]:
        sample = sample_of(texts, _FIRST_LOOK)
        evidence = evidence_of(sample)
        if evidence.n and evidence.own_mark() == "." and evidence.spelling(self.mark) == PLAIN:
            self.spelling = self.spelling or PLAIN
            if self.spelling == PLAIN:
                found = numbers_in(texts, PLAIN)
                if not found.odd.different:  # most columns: a computer's numbers, nothing to be decided
                    self._remember(evidence, evidence.n, evidence.n, sample)
                    return found.values
        sample = sample_of(texts, _SAMPLE)
        evidence = evidence_of(sample)
        numbers = evidence.n + sum(n for text, n in sample.items() if is_infinity(text))
        cells = sum(n for text, n in sample.items() if not stands_for_missing(text))
        if self.spelling is None:
            if not numbers or numbers * 2 < cells:
                self._left_out |= bool(sample)
                self._remember(evidence, numbers, cells, sample)
                return np.full(len(texts), np.nan)
            self.spelling = evidence.spelling(self.mark)
        found = numbers_in(texts, self.spelling)
        self._odd = self._odd.plus(found.odd, row)
        if 0 < found.odd.different <= MOST_ODD:
            evidence = evidence_of(sample | found.odd.counts)
        if evidence.is_open and (telling := telling_in(texts)):
            evidence = evidence_of(dict.fromkeys(telling, 1) | sample)
        self._remember(evidence, numbers, cells, sample)
        return found.values

    def _remember(self, evidence: Evidence, numbers: int, cells: int, sample: dict[str, int]) -> None:
        self._evidence = self._evidence.plus(evidence)
        self._numbers += numbers
        self._cells += cells
        self._example = self._example or example_in(sample)
        self._sampled |= sample.keys()

    def settle(self) -> bool:
        """Decide the spelling; return whether all pieces must be looked at again, to be read by it."""
        found = bool(self._numbers) and self._numbers * 2 >= self._cells
        self._evidence = self._evidence.plus(evidence_of(self._seen_earlier()))
        spelling = self._evidence.spelling(self.mark) if found else NumberSpelling(decimal=self.mark or ".")
        digits = self._translated is not None
        untranslated = digits and self._as_written and not self._other_digits
        respelled = self.spelling is not None and spelling != self.spelling
        again = self._left_out or respelled or untranslated
        self.found, self._rounds = found, self._rounds + 1
        if not again or self._rounds > _ROUNDS:
            return False
        self.spelling, self._other_digits = spelling, digits
        if self._odd.different <= MOST_ODD:
            self._earlier |= self._odd.counts
        return True

    def _seen_earlier(self) -> dict[str, int]:
        """Return cells that fit now, and tell what the sample does not hold."""
        here = self._sampled | self._odd.counts.keys()
        return {text: count for text, count in self._earlier.items() if text not in here}

    def read_again(self, mark: str) -> bool:
        """Take `mark` for the decimal mark that the cells leave open; return whether that is another one."""
        self.mark, self._rounds, self._earlier = mark, 0, {}
        return self.settle()

    @property
    def different(self) -> int:
        """Number of different cells that are no numbers."""
        return self._odd.different

    def values(self, texts: pa.ChunkedArray) -> NDArray[np.float64]:
        """Return the values of a piece by the spelling that was decided."""
        in_ascii = in_ascii_digits(texts, self._other_digits)
        return numbers_in(texts if in_ascii is None else in_ascii, self.spelling or PLAIN).values

    def numbers(self) -> Numbers:
        """Return what was found, but for the values."""
        spelling = self.spelling or NumberSpelling(decimal=self.mark or ".")
        is_open = self.found and self._evidence.is_open
        return Numbers(
            np.empty(0), self._odd, spelling, is_open, self._example, self._evidence, self._translated
        )


def _first_translated(texts: pa.ChunkedArray, in_ascii: pa.ChunkedArray) -> tuple[str, str] | None:
    row = int(pc.index(pc.equal(texts, in_ascii), False).as_py())
    return None if row < 0 else (texts[row].as_py(), in_ascii[row].as_py())
