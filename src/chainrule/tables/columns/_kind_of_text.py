"""The kind of a column of text of which nothing is known, decided from all of its cells."""

from typing import Literal, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from chainrule.tables.columns._asked import nearly_all
from chainrule.tables.columns._dates import Dates
from chainrule.tables.columns._missing import stands_for_missing
from chainrule.tables.columns._numbers import Numbers
from chainrule.tables.columns._spelling import NumberSpelling

__all__ = [
    "Candidates",
    "Verdict",
    "first_with_zero",
    "has_point_or_exponent",
    "may_be_codes",
    "one_word_in",
    "verdict_on",
]

Verdict = Literal["empty", "number", "codes", "date", "boolean", "missing", "text"]
"""Codes are text that looks like numbers with leading zeros; "missing" is one word for it in all cells."""


class Candidates(Protocol):
    """What a column of text may be; the later is asked for only if the earlier is not so."""

    @property
    def present(self) -> int:
        """Number of cells that are not empty."""

    @property
    def numbers(self) -> Numbers | None:
        """Its numbers, None if most cells are none."""

    def have_leading_zeros(self, numbers: Numbers) -> bool:
        """Return whether its plain numbers have leading zeros, as codes have."""

    @property
    def dates(self) -> Dates | None:
        """Its dates, None if most cells are none."""

    def are_truth_values(self) -> bool:
        """Return whether all cells are words of truth, or stand for a missing cell."""

    def are_one_word_for_missing(self) -> bool:
        """Return whether all cells are the same, and it stands for a missing cell."""


def verdict_on(column: Candidates) -> Verdict:
    """Return what a column of text is."""
    if not column.present:
        return "empty"
    numbers = column.numbers
    if numbers is not None and nearly_all(numbers.odd, column.present):
        return "codes" if column.have_leading_zeros(numbers) else "number"
    dates = column.dates
    if dates is not None and nearly_all(dates.odd, column.present):
        return "date"
    if column.are_truth_values():
        return "boolean"
    return "missing" if column.are_one_word_for_missing() else "text"


def may_be_codes(numbers: Numbers) -> bool:
    """Return whether numbers are written as codes are: only digits."""
    return numbers.spelling == NumberSpelling() and not numbers.evidence.decimal["."]


def first_with_zero(texts: pa.ChunkedArray) -> str | None:
    """Return the first cell of nothing but digits of which the first is a zero."""
    like = pc.and_(pc.starts_with(texts, "0"), pc.greater(pc.binary_length(texts), 1))
    if not pc.any(like).as_py():
        return None
    candidates = texts.filter(pc.fill_null(like, False))
    found = candidates.filter(pc.match_substring_regex(candidates, r"^0\d+\s*$"))
    return str(found[0].as_py()) if len(found) else None


def has_point_or_exponent(texts: pa.ChunkedArray) -> bool:
    """Return whether some cells are numbers with a decimal point or an exponent."""
    return bool(pc.any(pc.match_substring_regex(texts, r"^\s*[-+]?\d*[.]\d|\d[eE]")).as_py())


def one_word_in(texts: pa.ChunkedArray) -> str | None:
    """Return the word that stands for a missing cell, if all cells hold it that are not empty."""
    first = texts.slice(0, 100).drop_null().unique().to_pylist()
    if len(first) == 1 and stands_for_missing(first[0]) and len(texts.drop_null().unique()) == 1:
        return str(first[0])
    return None
