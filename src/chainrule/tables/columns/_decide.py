"""The kind of a column, decided from all of its cells."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.tables._names import option
from chainrule.tables.columns._as_text import why_no_dates, why_no_numbers
from chainrule.tables.columns._asked import (
    EXPECTED,
    as_asked,
    days_of_numbers,
    nearly_all,
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
from chainrule.tables.columns._digits import in_ascii_digits
from chainrule.tables.columns._missing import stands_for_missing
from chainrule.tables.columns._number_search import find_numbers
from chainrule.tables.columns._number_text import Evidence
from chainrule.tables.columns._numbers import PLAIN, without_numbers
from chainrule.tables.columns._odd import odd_cells
from chainrule.tables.columns._spelling import NumberSpelling
from chainrule.tables.columns._truth import TRUTH, truth_values
from chainrule.tables.columns._typed import beyond_floats, is_category, is_text, texts_of, typed_values

__all__ = ["read_column", "without_empty"]


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


def _is_one_word_for_missing(texts: pa.ChunkedArray) -> bool:
    first = texts.slice(0, 100).drop_null().unique().to_pylist()
    return len(first) == 1 and stands_for_missing(first[0]) and len(texts.drop_null().unique()) == 1


def _read_text(name: str, texts: pa.ChunkedArray, hints: Hints) -> ReadColumn:
    if hints.kind is not None:
        return as_asked(name, texts, hints)
    present = len(texts) - texts.null_count
    if present == 0:
        return of_numbers(name, "number", np.full(len(texts), np.nan), texts)
    numbers = find_numbers(texts, hints.mark)
    if numbers is not None and nearly_all(numbers.odd, present):
        in_ascii = (numbers.other_digits and in_ascii_digits(texts, always=True)) or texts
        if _has_leading_zeros(in_ascii, numbers.spelling, numbers.evidence):
            why = (
                f"column {name!r} is read as text: it has digits with leading zeros, such as "
                f"{_first_with_zero(in_ascii)!r} ({option('--as', f'{name}=number')} reads numbers)"
            )
            return replace(of_texts(name, texts), why_text=why)
        return of_found_numbers(name, texts, numbers)
    dates = find_dates(texts, hints.order)
    if dates is not None and nearly_all(dates.odd, present):
        return of_found_dates(name, texts, dates)
    truth = truth_values(texts, TRUTH)
    if truth is not None:
        return of_truth(name, truth, texts)
    if _is_one_word_for_missing(texts):
        column = of_numbers(name, "number", np.full(len(texts), np.nan), texts)
        return replace(column, odd=odd_cells(texts, pc.is_valid(texts).to_numpy()))
    column = of_texts(name, texts)
    why = why_no_numbers(name, texts, numbers, present) or why_no_dates(name, dates, present)
    return replace(column, why_text=why)


def _has_leading_zeros(texts: pa.ChunkedArray, spelling: NumberSpelling, evidence: Evidence) -> bool:
    if spelling != NumberSpelling() or evidence.decimal["."]:
        return False
    like = pc.and_(pc.starts_with(texts, "0"), pc.greater(pc.binary_length(texts), 1))
    if not pc.any(like).as_py():
        return False
    candidates = texts.filter(pc.fill_null(like, False))
    if not pc.any(pc.match_substring_regex(candidates, r"^0\d+\s*$")).as_py():
        return False
    return not pc.any(pc.match_substring_regex(texts, r"^\s*[-+]?\d*[.]\d|\d[eE]")).as_py()


def _first_with_zero(texts: pa.ChunkedArray) -> str:
    found = texts.filter(pc.fill_null(pc.match_substring_regex(texts, r"^0\d+\s*$"), False))
    return str(found[0].as_py())
