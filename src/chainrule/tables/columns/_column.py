"""One column: its values, and how it was read."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._as_text import about_twins
from chainrule.tables.columns._dates import FIRST_YEAR, LAST_YEAR, Dates, is_far
from chainrule.tables.columns._digits import in_ascii_digits
from chainrule.tables.columns._kinds import Kind
from chainrule.tables.columns._numbers import Numbers
from chainrule.tables.columns._odd import OddCells, odd_cells
from chainrule.tables.columns._spelling import DateSpelling, NumberSpelling, Order
from chainrule.tables.columns._texts import plain_text, read_texts
from chainrule.tables.columns._typed import beyond_floats

__all__ = [
    "Hints",
    "ReadColumn",
    "about_far",
    "far_days",
    "of_days",
    "of_found_dates",
    "of_found_numbers",
    "of_numbers",
    "of_plain_numbers",
    "of_texts",
    "of_truth",
]


@dataclass(frozen=True)
class Hints:
    """What is known of a column before it is read.

    Parameters
    ----------
    kind : {"number", "boolean", "date", "time", "text"}, optional
        The kind it must have.
    expected : bool
        Whether a model expects that kind: then more than a few cells of another kind are an error.
    na : frozenset of str
        Texts that stand for a missing cell, in every kind of column.
    mark : {".", ","}, optional
        Decimal mark, if the cells leave it open.
    order : {"dmy", "mdy"}, optional
        Order of day and month, if the cells leave it open.
    """

    kind: Kind | None = None
    expected: bool = False
    na: frozenset[str] = frozenset()
    mark: str | None = None
    order: Order | None = None


@dataclass(frozen=True)
class ReadColumn:
    """A column and how it was read.

    Parameters
    ----------
    name : str
    kind : {"number", "boolean", "date", "time", "text"} or None
        None if its cells cannot be used (lists, bytes).
    values : ndarray of shape (n_rows,)
        Floats, NaN where a cell is missing; of text an object array of str and NaN.
    spelling : NumberSpelling or DateSpelling, optional
    written : ChunkedArray, optional
        The cells as text, of a column that was text.
    odd : OddCells
        Cells that count as missing although they are not empty.
    notes : tuple of str
        What was guessed.
    is_open : bool
        Whether the cells leave the spelling open.
    example : str
    n_missing, n_different : int
        Of text; otherwise 0 different.
    type : str
        How the column is stored.
    why_text : str
        Why it is text although many of its cells are numbers.
    digits : ChunkedArray, optional
        The cells of whole numbers of which some are beyond 2^53, where floats merge neighbours.
    """

    name: str
    kind: Kind | None
    values: NDArray[Any]
    spelling: NumberSpelling | DateSpelling | None = None
    written: pa.ChunkedArray | None = None
    odd: OddCells = field(default_factory=OddCells)
    notes: tuple[str, ...] = ()
    is_open: bool = False
    example: str = ""
    n_missing: int = 0
    n_different: int = 0
    type: str = "text"
    why_text: str = ""
    digits: pa.ChunkedArray | None = None

    def noted(self, *notes: str) -> "ReadColumn":
        """Return the column with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def of_numbers(
    name: str, kind: Kind, values: NDArray[np.float64], written: pa.ChunkedArray | None, stored: str = "text"
) -> ReadColumn:
    missing = int(np.isnan(values).sum())
    return ReadColumn(name, kind, values, written=written, n_missing=missing, type=stored)


def of_truth(name: str, truth: NDArray[np.float64], texts: pa.ChunkedArray) -> ReadColumn:
    words = np.isnan(truth) & pc.is_valid(texts).to_numpy()
    return replace(of_numbers(name, "boolean", truth, texts), odd=odd_cells(texts, words))


def of_found_numbers(name: str, texts: pa.ChunkedArray, numbers: Numbers) -> ReadColumn:
    column = of_numbers(name, "number", numbers.values, texts)
    spelling = numbers.spelling
    notes = []
    if spelling.power:
        notes.append(f"column {name!r}: {spelling.suffix!r} behind a number is read as 10^{spelling.power}")
    if spelling.suffix == "%":
        notes.append(f"column {name!r} is read in per cent: 12% as 12")
    in_ascii = texts
    if numbers.other_digits:
        in_ascii = in_ascii_digits(texts, always=True) or texts
        written, read = numbers.other_digits
        notes.append(f"column {name!r}: digits of another script are read as 0 to 9, {written!r} as {read!r}")
    return replace(
        column, spelling=spelling, odd=numbers.odd, is_open=numbers.is_open, example=numbers.example,
        notes=tuple(notes), digits=texts if _are_long_digits(in_ascii, numbers.values) else None,
    )  # fmt: skip


def _are_long_digits(texts: pa.ChunkedArray, values: NDArray[np.float64]) -> bool:
    if not beyond_floats(values):
        return False
    return not pc.any(pc.invert(pc.match_substring_regex(texts, r"^\s*[-+]?\d+\s*$"))).as_py()


def of_found_dates(name: str, texts: pa.ChunkedArray, dates: Dates) -> ReadColumn:
    kind: Kind = "time" if dates.spelling.order == "time" else "date"
    column = of_numbers(name, kind, dates.values, texts)
    notes = []
    if dates.far.n:
        notes.append(about_far(name, dates.far))
    if dates.months:
        notes.append(f"column {name!r}: months are read as their first days")
    if dates.short_year:
        text, day = dates.short_year
        notes.append(
            f"column {name!r}: years of two digits are read as 1969 to 2068, "
            f"{plain_text(text)!r} as {np.array(day).astype('datetime64[D]')}"
        )
    return replace(
        column, spelling=dates.spelling, odd=dates.odd, is_open=dates.is_open, notes=tuple(notes)
    )  # fmt: skip


def of_days(name: str, days: NDArray[np.float64]) -> ReadColumn:
    """Return a column of dates that were stored as such."""
    far = far_days(days)
    column = of_numbers(name, "date", np.where(is_far(days), np.nan, days), None)
    return column.noted(about_far(name, far)) if far.n else column


def far_days(days: NDArray[np.float64]) -> OddCells:
    """Return the days that stand for dates which are not known."""
    far = is_far(days)
    if not far.any():
        return OddCells()
    shown = np.where(far, days, 0).astype("datetime64[D]").astype(str)
    return odd_cells(pa.chunked_array([pa.array(shown)]), far)


def about_far(name: str, far: OddCells) -> str:
    return (
        f"column {name!r}: {far.shown()} counted as missing: years before {FIRST_YEAR} or after {LAST_YEAR} "
        "stand for dates that are not known"
    )


def of_plain_numbers(column: ReadColumn) -> ReadColumn:
    """Return a column of a text file that came as numbers as if its text had been read."""
    some = column.values[:1000]
    fractions = some[(some != np.floor(some)) & np.isfinite(some)]
    example = np.format_float_positional(fractions[0]) if len(fractions) else ""
    return replace(column, type="text", spelling=column.spelling or NumberSpelling(), example=example)


def of_texts(name: str, texts: pa.ChunkedArray) -> ReadColumn:
    found = read_texts(texts)
    return ReadColumn(
        name, "text", found.values(), written=texts, notes=about_twins(name, found.twins),
        example=(*found.words, "")[0], n_missing=found.n_missing, n_different=len(found.words),
    )  # fmt: skip
