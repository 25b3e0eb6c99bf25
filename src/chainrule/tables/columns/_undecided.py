"""A column of text of which nothing is known, read in pieces: first to decide what it is, then as that."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._as_text import why_no_dates, why_no_numbers
from chainrule.tables.columns._asked import DateReader, NumberReader, TextReader, reader_of
from chainrule.tables.columns._column import Hints, ReadColumn, of_numbers
from chainrule.tables.columns._date_search import DateSearch
from chainrule.tables.columns._dates import Dates
from chainrule.tables.columns._decide import about_codes
from chainrule.tables.columns._digits import in_ascii_digits
from chainrule.tables.columns._kind_of_text import (
    Verdict,
    first_with_zero,
    has_point_or_exponent,
    may_be_codes,
    one_word_in,
    verdict_on,
)
from chainrule.tables.columns._kinds import Kind
from chainrule.tables.columns._number_search import NumberSearch
from chainrule.tables.columns._numbers import Numbers
from chainrule.tables.columns._odd import OddCells, odd_cells
from chainrule.tables.columns._spelling import Order
from chainrule.tables.columns._truth import TRUTH, are_all, some_are

__all__ = ["UndecidedText"]

_MOST_ODD = 500_000
"""Different cells that are no numbers; a column with more is none of numbers."""


class _Seen:
    """What the pieces of a column say of what it may be; see `Candidates`."""

    def __init__(self, hints: Hints) -> None:
        self.search, self.date_search = NumberSearch(hints.mark), DateSearch(hints.order)
        self.begin()

    def begin(self) -> None:
        self.present = 0
        self.zero: str | None = None
        self.first_number: tuple[str, int] | None = None
        self._pointed = self._truth = False
        self._no_other = True
        self._words: set[str | None] = set()
        self.search.begin()
        self.date_search.begin()

    def look(self, texts: pa.ChunkedArray, row: int) -> None:
        present = len(texts) - texts.null_count
        if not present:
            return
        self.present += present
        self._look_at_numbers(texts, row)
        self.date_search.look(texts, row)
        if self._no_other:
            self._no_other = are_all(texts, TRUTH)
            self._truth = self._truth or some_are(texts, TRUTH)
        if len(self._words) < 2:
            self._words.add(one_word_in(texts))

    def _look_at_numbers(self, texts: pa.ChunkedArray, row: int) -> None:
        if self.search.different > _MOST_ODD:
            return
        values = self.search.look(texts, row)
        if self.first_number is None and not np.isnan(values).all():
            at = int(np.argmax(~np.isnan(values)))
            self.first_number = texts[at].as_py(), row + at
        in_ascii = in_ascii_digits(texts) or texts
        self.zero = self.zero or first_with_zero(in_ascii)
        self._pointed = self._pointed or has_point_or_exponent(in_ascii)

    def settle(self) -> bool:
        again = self.search.settle() and self.search.found
        return (self.date_search.settle() and self.date_search.found) or again

    @property
    def numbers(self) -> Numbers | None:
        found = self.search.found and self.search.different <= _MOST_ODD
        return self.search.numbers() if found else None

    def have_leading_zeros(self, numbers: Numbers) -> bool:
        return may_be_codes(numbers) and self.zero is not None and not self._pointed

    @property
    def dates(self) -> Dates | None:
        return self.date_search.dates() if self.date_search.found else None

    def are_truth_values(self) -> bool:
        return self._no_other and self._truth

    def are_one_word_for_missing(self) -> bool:
        return len(self._words) == 1 and None not in self._words


class UndecidedText:
    """Reader of the pieces of a column of text; see `TextReader`.

    What `look` returns has no meaning before `settle` has decided what the column is; then all pieces are
    looked at again.

    Parameters
    ----------
    name : str
    hints : Hints
        Without a kind.

    Attributes
    ----------
    of_categories : bool
        Whether the cells are of a categorical type: then they are text, or truth values.
    verdict : str or None
        What it is.
    """

    def __init__(self, name: str, hints: Hints) -> None:
        self.name, self.hints = name, hints
        self.of_categories = False
        self.verdict: Verdict | None = None
        self._why = ""
        self._seen = _Seen(hints)
        self._reader: TextReader | None = None

    @property
    def kind(self) -> Kind | None:
        """The kind, as soon as it is decided."""
        kinds: dict[Verdict, Kind] = {
            "empty": "number", "missing": "number", "number": "number",
            "codes": "text", "text": "text", "boolean": "boolean",
        }  # fmt: skip
        if self.verdict != "date":
            return None if self.verdict is None else kinds[self.verdict]
        return "time" if self._seen.date_search.shape == "time" else "date"

    def begin(self) -> None:
        (self._reader or self._seen).begin()

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[Any]:
        if self._reader is not None:
            return self._reader.look(texts, row)
        self._seen.look(texts, row)
        return np.full(len(texts), np.nan)

    def settle(self) -> bool:
        if self._reader is not None:
            return self._reader.settle()
        if not self.of_categories and self._seen.settle():
            return True
        self.verdict = self._decided()
        self._why = self._why_text()
        self._reader = self._reader_of()
        return True

    def _decided(self) -> Verdict:
        if self.of_categories:
            return "boolean" if self._seen.are_truth_values() else "text"
        return verdict_on(self._seen)

    def _why_text(self) -> str:
        seen = self._seen
        if self.verdict == "codes":
            return about_codes(self.name, seen.zero or "")
        if self.verdict != "text" or self.of_categories:
            return ""
        numbers = why_no_numbers(self.name, seen.numbers, seen.first_number, seen.present)
        return numbers or why_no_dates(self.name, seen.dates, seen.present)

    def _reader_of(self) -> TextReader:
        if self.verdict in ("number", "empty"):
            return NumberReader(self.name, replace(self.hints, kind="number"), self._seen.search)
        if self.verdict == "missing":
            return _Missing(self.name)
        kind: Any = self.kind
        if self.verdict == "date":
            return DateReader(self.name, replace(self.hints, kind=kind), self._seen.date_search)
        return reader_of(self.name, replace(self.hints, kind=kind))

    def values(self, texts: pa.ChunkedArray) -> NDArray[Any]:
        assert self._reader is not None
        return self._reader.values(texts)

    def column(self, values: NDArray[Any], texts: pa.ChunkedArray) -> ReadColumn:
        assert self._reader is not None
        return replace(self._reader.column(values, texts), why_text=self._why)

    def read_again(self, mark: str, order: Order) -> bool:
        return self._reader is not None and self._reader.read_again(mark, order)


class _Missing:
    """Reader of a column of which all cells hold the same word, that there is no value."""

    def __init__(self, name: str) -> None:
        self.name, self.odd = name, OddCells()

    def begin(self) -> None:
        self.odd = OddCells()

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[Any]:
        self.odd = self.odd.plus(odd_cells(texts, pc.is_valid(texts).to_numpy()), row)
        return self.values(texts)

    def settle(self) -> bool:
        return False

    def values(self, texts: pa.ChunkedArray) -> NDArray[Any]:
        return np.full(len(texts), np.nan)

    def column(self, values: NDArray[Any], texts: pa.ChunkedArray) -> ReadColumn:
        return replace(of_numbers(self.name, "number", values, texts), odd=self.odd)

    def read_again(self, mark: str, order: Order) -> bool:
        return False
