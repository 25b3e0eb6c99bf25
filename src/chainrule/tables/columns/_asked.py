"""Columns of a kind that is known, asked for or learned from; in pieces, if need be."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables._names import the_row
from chainrule.tables.columns._as_text import about_twins, and_more
from chainrule.tables.columns._column import (
    Hints,
    ReadColumn,
    of_found_dates,
    of_found_numbers,
    of_numbers,
    of_texts,
)
from chainrule.tables.columns._date_search import DateSearch
from chainrule.tables.columns._dates import Dates, from_digits, from_excel
from chainrule.tables.columns._kinds import Kind
from chainrule.tables.columns._number_search import NumberSearch
from chainrule.tables.columns._numbers import PLAIN, numbers_in, without_numbers
from chainrule.tables.columns._odd import OddCells, odd_cells
from chainrule.tables.columns._spelling import DateSpelling, NumberSpelling, Order
from chainrule.tables.columns._texts import plain_text, read_texts
from chainrule.tables.columns._truth import truth_of

__all__ = [
    "EXPECTED",
    "DateReader",
    "NumberReader",
    "TextReader",
    "as_asked",
    "days_of_numbers",
    "nearly_all",
    "of_dates_in_numbers",
    "order_of_numbers",
    "reader_of",
    "two_numbers",
]

_NEARLY_ALL = 0.95
"""Share of the cells, not counting missing ones, that must be numbers (or dates) for a column of numbers."""
_MOST_ODD = 500_000
"""Different cells of another kind; a column with more is not of its kind, however many rows are to come."""
_MOST_WORDS = 100_000
"""Different texts of which spellings are compared; it bounds the memory."""

EXPECTED: dict[Kind, str] = {
    "number": "number",
    "boolean": "truth value (true or false)",
    "date": "date such as 2024-02-29",
    "time": "time of day such as 13:45",
}
_OF_NUMBERS = ("excel", "digits")


class TextReader(Protocol):
    """Reader of the pieces of a column of text, the kind of which is known."""

    def begin(self) -> None:
        """Forget what cells said, before all pieces are looked at, the first time and again."""

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[Any]:
        """Return the values of a piece as far as its spelling is known; remember what its cells say."""

    def settle(self) -> bool:
        """Decide by all pieces; return whether all of them must be looked at again, to be read so."""

    def values(self, texts: pa.ChunkedArray) -> NDArray[Any]:
        """Return the values of a piece by what was decided."""

    def column(self, values: NDArray[Any], texts: pa.ChunkedArray) -> ReadColumn:
        """Return how the column was read, with all its values and texts, or with none and the first.

        Raises
        ------
        ValueError
            Too many cells are of another kind; names column and row.
        """

    def read_again(self, mark: str, order: Order) -> bool:
        """Take a mark or an order that cells leave open; return whether the column must be read again."""


class NumberReader:
    """Reader of numbers; of a search that has found some, if the kind has been decided by one."""

    def __init__(self, name: str, hints: Hints, search: NumberSearch | None = None) -> None:
        self.name, self.hints = name, hints
        self.search, self.present = search or NumberSearch(hints.mark), 0

    def begin(self) -> None:
        self.present = 0
        self.search.begin()

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[np.float64]:
        self.present += len(texts) - texts.null_count
        values = self.search.look(texts, row)
        if self.search.different > _MOST_ODD:
            _check(self.name, self.search.numbers().odd, self.present, "number", self.hints)
        return self._without_na(values)

    def _without_na(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        spelling, na = self.search.spelling or PLAIN, self.hints.na
        return without_numbers(values, spelling, na) if na else values

    def settle(self) -> bool:
        return self.search.settle()

    def values(self, texts: pa.ChunkedArray) -> NDArray[np.float64]:
        return self._without_na(self.search.values(texts))

    def column(self, values: NDArray[Any], texts: pa.ChunkedArray) -> ReadColumn:
        if not self.present:
            return of_numbers(self.name, "number", values, texts)
        numbers = replace(self.search.numbers(), values=values)
        _check(self.name, numbers.odd, self.present, "number", self.hints)
        return of_found_numbers(self.name, texts, numbers)

    def read_again(self, mark: str, order: Order) -> bool:
        return self.search.read_again(self.hints.mark or mark)


class DateReader:
    """Dates in texts; where most are none, in numbers: eight digits, or days as Excel counts them."""

    def __init__(self, name: str, hints: Hints, search: DateSearch | None = None) -> None:
        self.name, self.hints = name, hints
        self.search, self.present, self.order = search or DateSearch(hints.order), 0, hints.order
        self.odd, self.as_numbers = OddCells(), False

    def begin(self) -> None:
        self.present, self.odd = 0, OddCells()
        self.search.begin()

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[np.float64]:
        self.present += len(texts) - texts.null_count
        if not self.as_numbers:
            return self.search.look(texts, row)
        if self._of_no_kind:
            valid = pc.is_valid(texts).to_numpy()
            self.odd = self.odd.plus(odd_cells(texts, valid), row)
            return np.full(len(texts), np.nan)
        found = numbers_in(texts, self._spelling)
        self.odd = self.odd.plus(found.odd, row)
        self.order = self.order or order_of_numbers(found.values)
        return days_of_numbers(found.values, self.order)

    @property
    def _of_no_kind(self) -> bool:
        """Whether a model expects dates that are no numbers."""
        return self.hints.expected and self.hints.order not in _OF_NUMBERS

    @property
    def _spelling(self) -> NumberSpelling:
        return NumberSpelling(decimal=self.hints.mark or ".")

    def settle(self) -> bool:
        again = False if self.as_numbers else self.search.settle()
        if not self.search.found and not self.as_numbers:
            again = self.as_numbers = True
            self.order = self.hints.order if self.hints.order in _OF_NUMBERS else None
        return again

    def values(self, texts: pa.ChunkedArray) -> NDArray[np.float64]:
        if not self.as_numbers:
            return self.search.values(texts)
        if self._of_no_kind:
            return np.full(len(texts), np.nan)
        return days_of_numbers(numbers_in(texts, self._spelling).values, self.order)

    def column(self, values: NDArray[Any], texts: pa.ChunkedArray) -> ReadColumn:
        kind: Kind = self.hints.kind or "date"
        if not self.as_numbers:
            dates = replace(self.search.dates(), values=values)
            _check_times(self.name, dates, self.hints)
            _check(self.name, dates.odd, self.present, "date", self.hints)
            return of_found_dates(self.name, texts, dates)
        _check(self.name, self.odd, self.present, kind, self.hints)
        return of_dates_in_numbers(self.name, values, texts, self.order)

    def read_again(self, mark: str, order: Order) -> bool:
        return self.search.read_again(self.hints.order or order)


class _Truth:
    def __init__(self, name: str, hints: Hints) -> None:
        self.name, self.odd, self.wrong = name, OddCells(), OddCells()

    def begin(self) -> None:
        self.odd, self.wrong = OddCells(), OddCells()

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[np.float64]:
        truth, wrong = truth_of(texts)
        others = np.isnan(truth) & pc.is_valid(texts).to_numpy()
        if wrong.any() and not self.wrong.n:
            self.wrong = self.wrong.plus(odd_cells(texts, wrong), row)
        self.odd = self.odd.plus(odd_cells(texts, others & ~wrong), row)
        return truth

    def settle(self) -> bool:
        return False

    def values(self, texts: pa.ChunkedArray) -> NDArray[np.float64]:
        return truth_of(texts)[0]

    def column(self, values: NDArray[Any], texts: pa.ChunkedArray) -> ReadColumn:
        if self.wrong.n:
            text, row = next(iter(self.wrong.first.items()))
            raise ValueError(
                f"column {self.name!r}, {the_row(row)}: {plain_text(text)!r} is not a {EXPECTED['boolean']}"
            )
        return replace(of_numbers(self.name, "boolean", values, texts), odd=self.odd)

    def read_again(self, mark: str, order: Order) -> bool:
        return False


class _Texts:
    def __init__(self, name: str, hints: Hints) -> None:
        self.name, self.example = name, ""
        self.spelled: dict[str, str] = {}
        self.twins: dict[str, str] = {}

    def begin(self) -> None:
        self.spelled, self.twins, self.example = {}, {}, ""

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[np.object_]:
        found = read_texts(texts, self.spelled if len(self.spelled) < _MOST_WORDS else dict(self.spelled))
        self.twins |= found.twins
        self.example = self.example or (*found.words, "")[0]
        return found.values()

    def settle(self) -> bool:
        return False

    def values(self, texts: pa.ChunkedArray) -> NDArray[np.object_]:
        return read_texts(texts).values()

    def column(self, values: NDArray[Any], texts: pa.ChunkedArray) -> ReadColumn:
        notes = about_twins(self.name, self.twins)
        return ReadColumn(self.name, "text", values, written=texts, notes=notes, example=self.example)

    def read_again(self, mark: str, order: Order) -> bool:
        return False


_READERS: dict[Kind, Callable[[str, Hints], TextReader]] = {
    "number": NumberReader,
    "boolean": _Truth,
    "date": DateReader,
    "time": DateReader,
    "text": _Texts,
}


def reader_of(name: str, hints: Hints) -> TextReader:
    """Return the reader of a column of text of a known kind."""
    return _READERS[hints.kind or "text"](name, hints)


def as_asked(name: str, texts: pa.ChunkedArray, hints: Hints) -> ReadColumn:
    """Return a column of text as one of the kind that it must have.

    Raises
    ------
    ValueError
        Cells are of another kind; names column and row.
    """
    if hints.kind == "text":
        return of_texts(name, texts)
    reader = reader_of(name, hints)
    values = reader.look(texts, 0)
    while reader.settle():
        reader.begin()
        values = reader.look(texts, 0)
    return reader.column(values, texts)


def _check_times(name: str, dates: Dates, hints: Hints) -> None:
    """Raise ValueError for times of day where dates are wanted, and the other way round."""
    found = "time" if dates.spelling.order == "time" else "date"
    if hints.kind != found:
        raise ValueError(f"column {name!r} holds {found}s, not a {EXPECTED[hints.kind or 'date']}")


def order_of_numbers(values: NDArray[np.float64]) -> Order:
    """Return whether numbers are dates of eight digits, or days as Excel counts them."""
    present = values[~np.isnan(values)]
    return "digits" if len(present) and not np.isnan(from_digits(present)).any() else "excel"


def days_of_numbers(values: NDArray[np.float64], order: Order | None) -> NDArray[np.float64]:
    """Return days since 1970-01-01."""
    return from_digits(values) if order == "digits" else from_excel(values)


def of_dates_in_numbers(
    name: str, days: NDArray[np.float64], written: pa.ChunkedArray | None, order: Order | None
) -> ReadColumn:
    """Return a column of dates that are written as numbers."""
    spelling = DateSpelling("digits" if order == "digits" else "excel")
    column = replace(of_numbers(name, "date", days, written), spelling=spelling)
    return column.noted(f"column {name!r} is read as dates: {spelling.in_words()}")


def two_numbers(name: str, values: NDArray[np.float64], hints: Hints, row: int = 0) -> ReadColumn:
    """Return a column of truth values that are stored as two numbers; `row` rows are before it."""
    different = np.unique(values[~np.isnan(values)])
    wrong = ~np.isnan(values) & ~np.isin(values, (0.0, 1.0))
    if wrong.any() and (hints.expected or len(different) > 2):
        at = int(wrong.argmax())
        raise ValueError(
            f"column {name!r}, {the_row(row + at)}: {values[at]:g} is not a {EXPECTED['boolean']}"
        )
    if wrong.any():
        values = np.where(np.isnan(values), np.nan, (values == different[-1]).astype(float))
    return of_numbers(name, "boolean", values, None)


def nearly_all(odd: OddCells, present: int) -> bool:
    """Return whether all but a few cells are of a kind, not counting words for missing cells."""
    words = sum(odd.which(missing=True).values())
    others = odd.n - words
    return present > odd.n and others <= (1 - _NEARLY_ALL) * (present - words)


def _check(name: str, odd: OddCells, present: int, kind: Kind, hints: Hints) -> None:
    """Raise ValueError for the first cell of another kind, if a model expects this one or none is of it."""
    others = odd.which(missing=False)
    if (
        not others
        or (not hints.expected and odd.n < present)
        or (hints.expected and nearly_all(odd, present))
    ):
        return
    first = min(others, key=lambda text: odd.first[text])
    raise ValueError(
        f"column {name!r}, {the_row(odd.first[first])}: {plain_text(first)!r} is not a {EXPECTED[kind]}"
        f"{and_more(others, 'and in')}"
    )
