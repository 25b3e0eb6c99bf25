"""Columns of a kind that is known: asked for, or the one that a model was fitted to."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._as_text import and_more
from chainrule.tables.columns._column import (
    Hints,
    ReadColumn,
    of_found_dates,
    of_found_numbers,
    of_numbers,
    of_texts,
    of_truth,
)
from chainrule.tables.columns._dates import Dates, find_dates, from_digits, from_excel
from chainrule.tables.columns._kinds import Kind
from chainrule.tables.columns._missing import stands_for_missing
from chainrule.tables.columns._numbers import find_numbers, numbers_in
from chainrule.tables.columns._odd import OddCells, odd_cells
from chainrule.tables.columns._spelling import DateSpelling, NumberSpelling, Order
from chainrule.tables.columns._texts import plain_text, read_texts
from chainrule.tables.columns._truth import MORE_TRUTH, truth_values

__all__ = ["AS_ASKED", "EXPECTED", "dates_of_numbers", "nearly_all", "two_numbers"]

_NEARLY_ALL = 0.95
"""Share of the cells, not counting missing ones, that must be numbers (or dates) for a column of numbers."""

EXPECTED: dict[Kind, str] = {
    "number": "number",
    "boolean": "truth value (true or false)",
    "date": "date such as 2024-02-29",
    "time": "time of day such as 13:45",
}


def _as_number(name: str, texts: pa.ChunkedArray, hints: Hints) -> ReadColumn:
    numbers = find_numbers(texts, hints.mark)
    if numbers is None and texts.null_count < len(texts):
        numbers = numbers_in(texts, NumberSpelling(decimal=hints.mark or "."))
    if numbers is None:
        return of_numbers(name, "number", np.full(len(texts), np.nan), texts)
    _check(name, numbers.odd, len(texts) - texts.null_count, "number", hints)
    return of_found_numbers(name, texts, numbers)


def _as_date(name: str, texts: pa.ChunkedArray, hints: Hints) -> ReadColumn:
    dates = find_dates(texts, hints.order)
    if dates is not None:
        _check_times(name, dates, hints)
        _check(name, dates.odd, len(texts) - texts.null_count, "date", hints)
        return of_found_dates(name, texts, dates)
    present = len(texts) - texts.null_count
    if hints.expected and hints.order not in ("excel", "digits"):
        _check(name, odd_cells(texts, pc.is_valid(texts).to_numpy()), present, hints.kind or "date", hints)
    numbers = numbers_in(texts, NumberSpelling(decimal=hints.mark or "."))
    _check(name, numbers.odd, present, hints.kind or "date", hints)
    return dates_of_numbers(name, numbers.values, texts, hints.order)


def _check_times(name: str, dates: Dates, hints: Hints) -> None:
    """Raise ValueError for times of day where dates are wanted, and the other way round."""
    found = "time" if dates.spelling.order == "time" else "date"
    if hints.kind != found:
        raise ValueError(f"column {name!r} holds {found}s, not a {EXPECTED[hints.kind or 'date']}")


def dates_of_numbers(
    name: str, values: NDArray[np.float64], written: pa.ChunkedArray | None, order: Order | None
) -> ReadColumn:
    """Return dates of eight digits, or of days as Excel counts them: as is known, else as the cells fit."""
    digits = from_digits(values)
    eight = not np.isnan(values).all() and not np.isnan(digits[~np.isnan(values)]).any()
    eight = order == "digits" or (eight and order != "excel")
    days = digits if eight else from_excel(values)
    spelling = DateSpelling("digits" if eight else "excel")
    column = replace(of_numbers(name, "date", days, written), spelling=spelling)
    return column.noted(f"column {name!r} is read as dates: {spelling.in_words()}")


def _as_truth(name: str, texts: pa.ChunkedArray, hints: Hints) -> ReadColumn:
    truth = truth_values(texts, MORE_TRUTH)
    if truth is None and texts.null_count < len(texts):
        found = read_texts(texts)
        wrong = [
            word for word in found.words if word.casefold() not in MORE_TRUTH and not stands_for_missing(word)
        ]
        row = int(np.argmax(found.codes == found.words.index(wrong[0]))) if wrong else 0
        raise ValueError(
            f"column {name!r}, row {row + 1}: {(wrong or ['?'])[0]!r} is not a {EXPECTED['boolean']}"
        )
    return of_truth(name, np.full(len(texts), np.nan) if truth is None else truth, texts)


def two_numbers(name: str, values: NDArray[np.float64], hints: Hints) -> ReadColumn:
    different = np.unique(values[~np.isnan(values)])
    wrong = ~np.isnan(values) & ~np.isin(values, (0.0, 1.0))
    if wrong.any() and (hints.expected or len(different) > 2):
        row = int(wrong.argmax())
        raise ValueError(f"column {name!r}, row {row + 1}: {values[row]:g} is not a {EXPECTED['boolean']}")
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
        f"column {name!r}, row {odd.first[first] + 1}: {plain_text(first)!r} is not a {EXPECTED[kind]}"
        f"{and_more(others, 'and in')}"
    )


AS_ASKED: dict[Kind, Callable[[str, pa.ChunkedArray, Hints], ReadColumn]] = {
    "number": _as_number,
    "boolean": _as_truth,
    "date": _as_date,
    "time": _as_date,
    "text": lambda name, texts, hints: of_texts(name, texts),
}
