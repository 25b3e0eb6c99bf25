"""The kind of a column, decided from all of its cells."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables._names import option
from chainrule.tables.columns._as_text import why_no_dates, why_no_numbers
from chainrule.tables.columns._asked import (
    EXPECTED,
    as_asked,
    days_of_numbers,
    of_dates_in_numbers,
    order_of_numbers,
    two_numbers,
)
from chainrule.tables.columns._column import (
    Hints,
    ReadColumn,
    of_days,
    of_found_dates,
    of_found_numbers,
    of_numbers,
    of_texts,
    of_truth,
)
from chainrule.tables.columns._date_search import find_dates
from chainrule.tables.columns._dates import Dates
from chainrule.tables.columns._digits import in_ascii_digits
from chainrule.tables.columns._kind_of_text import (
    first_with_zero,
    has_point_or_exponent,
    may_be_codes,
    one_word_in,
    verdict_on,
)
from chainrule.tables.columns._number_search import find_numbers
from chainrule.tables.columns._numbers import PLAIN, Numbers, without_numbers
from chainrule.tables.columns._odd import odd_cells
from chainrule.tables.columns._spelling import NumberSpelling
from chainrule.tables.columns._truth import TRUTH, truth_values
from chainrule.tables.columns._typed import beyond_floats, is_category, is_text, texts_of, typed_values

__all__ = ["about_codes", "read_column", "without_empty"]


def read_column(name: str, cells: pa.ChunkedArray, hints: Hints, row: int = 0) -> ReadColumn:
    """Return the kind and the values of a column, or of a piece of it that has `row` rows before it.

    Raises
    ------
    ValueError
        The cells are not of the kind that the column must have; names column and row.
    """
    column = _read(name, cells, hints, row)
    if column.kind != "number" or not hints.na:
        return column
    spelling = column.spelling if isinstance(column.spelling, NumberSpelling) else PLAIN
    values = without_numbers(column.values, spelling, hints.na)
    return replace(column, values=values, n_missing=int(np.isnan(values).sum()))


def _read(name: str, cells: pa.ChunkedArray, hints: Hints, row: int) -> ReadColumn:
    if is_text(cells.type):
        return _read_text(name, without_empty(cells, hints.na), hints)
    if is_category(cells.type):
        texts = without_empty(texts_of(cells), hints.na)
        truth = truth_values(texts, TRUTH) if hints.kind in (None, "boolean") else None
        if truth is not None:
            return of_truth(name, truth, texts)
        return _read_text(name, texts, replace(hints, kind=hints.kind or "text"))
    return _read_typed(name, cells, hints, row)


def without_empty(texts: pa.ChunkedArray, na: frozenset[str]) -> pa.ChunkedArray:
    """Return the cells with nulls for empty ones, and for those that stand for missing ones."""
    if texts.type != pa.string():
        texts = texts.cast(pa.string())
    empty = pc.equal(pc.binary_length(texts), 0)
    if na:
        trimmed = pc.utf8_trim_whitespace(texts)
        empty = pc.or_(empty, pc.is_in(trimmed, pa.array(sorted(na), pa.string())))
    if pc.any(empty).as_py():
        return pc.if_else(empty, pa.scalar(None, pa.string()), texts)
    return texts


def _read_typed(name: str, cells: pa.ChunkedArray, hints: Hints, row: int) -> ReadColumn:
    found = typed_values(cells)
    shown = str(cells.type)
    if found is None:
        if hints.kind == "text" and not pa.types.is_nested(cells.type):
            return _read_text(name, texts_of(cells), hints)
        if hints.kind:
            raise ValueError(
                f"column {name!r} holds {shown} values, not a {EXPECTED.get(hints.kind, 'text')}"
            )
        return ReadColumn(name, None, np.empty(len(cells)), type=shown)
    kind, values = found
    if pa.types.is_null(cells.type) and hints.kind not in (None, "text"):
        kind = hints.kind  # without values it is of any
    if hints.kind in (None, kind):
        if kind == "date":
            return replace(of_days(name, values), type=shown)
        exact = cells if pa.types.is_integer(cells.type) and beyond_floats(values) else None
        column = replace(of_numbers(name, kind, values, None, shown), digits=exact)
        if pa.types.is_duration(cells.type):
            return column.noted(f"column {name!r} holds durations, which are read in seconds")
        return column
    if hints.kind == "text":
        return replace(_read_text(name, texts_of(cells), hints), type=shown)
    if hints.kind == "number" and kind == "boolean":
        return of_numbers(name, "number", values, None, shown)
    known = not hints.expected or hints.order in ("excel", "digits")
    if hints.kind == "date" and kind == "number" and known:
        order = hints.order if hints.order in ("excel", "digits") else order_of_numbers(values)
        return of_dates_in_numbers(name, days_of_numbers(values, order), None, order)
    if hints.kind == "boolean" and kind == "number":
        return two_numbers(name, values, hints, row)
    raise ValueError(f"column {name!r} holds {kind}s, not a {EXPECTED[hints.kind or kind]}")


def _read_text(name: str, texts: pa.ChunkedArray, hints: Hints) -> ReadColumn:
    if hints.kind is not None:
        return as_asked(name, texts, hints)
    column = _Whole(texts, hints)
    verdict = verdict_on(column)
    if verdict == "empty":
        return of_numbers(name, "number", np.full(len(texts), np.nan), texts)
    if verdict == "missing":
        words = odd_cells(texts, pc.is_valid(texts).to_numpy())
        return replace(of_numbers(name, "number", np.full(len(texts), np.nan), texts), odd=words)
    if verdict == "boolean":
        assert column.truth is not None
        return of_truth(name, column.truth, texts)
    numbers, dates = column.numbers, column.dates if verdict in ("date", "text") else None
    if verdict == "number":
        assert numbers is not None
        return of_found_numbers(name, texts, numbers)
    if verdict == "date":
        assert dates is not None
        return of_found_dates(name, texts, dates)
    if verdict == "codes":
        return replace(of_texts(name, texts), why_text=about_codes(name, column.zero or ""))
    why = why_no_numbers(name, numbers, _first(texts, numbers), column.present)
    return replace(of_texts(name, texts), why_text=why or why_no_dates(name, dates, column.present))


class _Whole:
    """What a column that is in memory may be; see `Candidates`."""

    def __init__(self, texts: pa.ChunkedArray, hints: Hints) -> None:
        self._texts, self._hints = texts, hints
        self.present = len(texts) - texts.null_count
        self.truth: NDArray[np.float64] | None = None
        self.zero: str | None = None

    @cached_property
    def numbers(self) -> Numbers | None:
        return find_numbers(self._texts, self._hints.mark)

    @cached_property
    def dates(self) -> Dates | None:
        return find_dates(self._texts, self._hints.order)

    def have_leading_zeros(self, numbers: Numbers) -> bool:
        if not may_be_codes(numbers):
            return False
        texts = self._texts
        if numbers.other_digits:
            texts = in_ascii_digits(texts, always=True) or texts
        self.zero = first_with_zero(texts)
        return self.zero is not None and not has_point_or_exponent(texts)

    def are_truth_values(self) -> bool:
        self.truth = truth_values(self._texts, TRUTH)
        return self.truth is not None

    def are_one_word_for_missing(self) -> bool:
        return one_word_in(self._texts) is not None


def _first(texts: pa.ChunkedArray, numbers: Numbers | None) -> tuple[str, int] | None:
    """Return the first cell that is a number, and its row."""
    if numbers is None or np.isnan(numbers.values).all():
        return None
    row = int(np.argmax(~np.isnan(numbers.values)))
    return texts[row].as_py(), row


def about_codes(name: str, example: str) -> str:
    """Return a note about digits with leading zeros."""
    return (
        f"column {name!r} is read as text: it has digits with leading zeros, such as {example!r} "
        f"({option('--as', f'{name}=number')} reads numbers)"
    )
