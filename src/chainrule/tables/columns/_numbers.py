"""Numbers of a column of text that are written in a known spelling, and cells that show a spelling."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._missing import spread
from chainrule.tables.columns._number_text import (
    APOSTROPHES,
    CURRENCY,
    INDIAN,
    MINUS,
    NO_CENTS,
    SPACES,
    Evidence,
    evidence_of,
    is_infinity,
)
from chainrule.tables.columns._odd import OddCells, odd_cells
from chainrule.tables.columns._spelling import NumberSpelling

__all__ = [
    "MOST_ODD",
    "PLAIN",
    "Numbers",
    "are_plain",
    "example_in",
    "numbers_in",
    "sample_of",
    "telling_in",
    "without_numbers",
]

MOST_ODD = 20_000
"""Different texts that are looked at one by one."""
PLAIN = NumberSpelling()
_S = rf"[\s{SPACES}]"  # Arrow's \s knows none but ASCII's spaces


@dataclass(frozen=True)
class Numbers:
    """Numbers that were found in a column of text.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        NaN where a cell is empty or odd.
    odd : OddCells
        Cells that are neither empty nor numbers.
    spelling : NumberSpelling
    is_open : bool
        Whether the cells leave open what a point or comma in them means, as in 1,234.
    example : str
        A cell that shows the spelling.
    evidence : Evidence
        What the cells say of their spelling.
    other_digits : tuple of str
        The first cell with digits of another script, as it is written and with the digits 0 to 9.
    """

    values: NDArray[np.float64]
    odd: OddCells
    spelling: NumberSpelling
    is_open: bool = False
    example: str = ""
    evidence: Evidence = field(default_factory=lambda: evidence_of({}))
    other_digits: tuple[str, str] | None = None


def are_plain(cells: Sequence[str]) -> bool:
    """Return whether cells are numbers with decimal points, as computers write them, and leave nothing open.

    If then all further cells are numbers for a computer too, none of them can change that.
    """
    present = [text for text in cells if text.strip()]
    evidence = evidence_of(Counter(present))
    if evidence.n < max(len(present), 1) or not evidence.units.keys() <= {("", "")}:
        return False
    return evidence.own_mark() == "." and evidence.spelling(None) == PLAIN


def example_in(sample: Iterable[str]) -> str:
    """Return a cell that shows the spelling."""
    return next((text for text in sample if any(mark in text for mark in ".,")), "")


def sample_of(texts: pa.ChunkedArray, size: int) -> dict[str, int]:
    """Return cells from all parts of the column, and about how often each occurs in all of it."""
    found = Counter(text for text in spread(texts, size).to_pylist() if text.strip())
    scale = max(1, len(texts) // size)
    return {text: count * scale for text, count in found.items()}


def telling_in(texts: pa.ChunkedArray) -> list[str]:
    """Return different cells that may say what a point or comma means.

    A sample of which all cells are like 1,234 cannot tell: the one cell 12,5 may be elsewhere.
    """
    sign = rf"{_S}*[(+{MINUS}]?{_S}*(?:{CURRENCY})?{_S}*[(+{MINUS}]?{_S}*"
    open_body = r"(?:[1-9]\d{0,2}[.,]\d{3}|\d{1,3})"
    fits = pc.match_substring_regex(texts, rf"^{sign}{open_body}(?:[^\d.,][^.,]*)?$|^\D*$")
    return list(pc.unique(texts.filter(pc.invert(fits)))[:MOST_ODD].to_pylist())


def numbers_in(texts: pa.ChunkedArray, spelling: NumberSpelling) -> Numbers:
    """Return the numbers of the cells that are written in a spelling; the others are odd."""
    if spelling == PLAIN:
        try:
            return _finished(texts, _floats(texts), spelling)
        except pa.ArrowInvalid:
            pass
    as_written, pattern = texts, _pattern(spelling)
    matches = pc.match_substring_regex(texts, pattern)
    others = texts.filter(pc.invert(matches))
    if len(others) and pc.any(pc.match_substring_regex(others, NO_CENTS.pattern)).as_py():
        texts = pc.replace_substring_regex(texts, NO_CENTS.pattern, r"\1")
        matches = pc.match_substring_regex(texts, pattern)
    plain = _plainly(pc.if_else(matches, texts, pa.scalar(None, pa.string())), spelling)
    return _finished(as_written, _floats(plain), spelling)


def without_numbers(
    values: NDArray[np.float64], spelling: NumberSpelling, na: frozenset[str]
) -> NDArray[np.float64]:
    """Return values with NaN for the numbers that stand for a missing cell, however they are written."""
    texts = pa.chunked_array([pa.array(sorted(na), pa.string())])
    numbers = [*numbers_in(texts, spelling).values, *numbers_in(texts, PLAIN).values]
    stands = np.isin(values, [number for number in numbers if not np.isnan(number)])
    return np.where(stands, np.nan, values) if stands.any() else values


def _floats(texts: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return the numbers of texts in plain spelling, chunk by chunk: that takes less memory."""
    numbers, end = np.empty(len(texts)), 0
    for chunk in texts.chunks:
        start, end = end, end + len(chunk)
        numbers[start:end] = pc.cast(chunk, pa.float64()).to_numpy(zero_copy_only=False)
    return numbers


def _pattern(spelling: NumberSpelling) -> str:
    """Return the pattern of a cell; its groups are two signs, digits, exponent, and a sign behind."""
    decimal = re.escape(spelling.decimal)
    body = rf"\d+(?:{decimal}\d*)?|{decimal}\d+"
    if spelling.group:
        marks = {" ": f"[{SPACES}]", "'": f"[{APOSTROPHES}]"}.get(spelling.group, re.escape(spelling.group))
        body += rf"|[1-9]\d{{0,2}}(?:{marks}\d{{3}})+(?:{decimal}\d*)?"
    if (spelling.group, spelling.decimal) == (",", "."):
        body += f"|{INDIAN}"
    prefix = f"{re.escape(spelling.prefix)}" if spelling.prefix else ""
    suffix = f"{_S}*{re.escape(spelling.suffix)}" if spelling.suffix else ""
    exponent = "()" if spelling.power else rf"([eEdD][+{MINUS}]?\d{{1,4}})?"
    sign = rf"([(+{MINUS}]?){_S}*"
    inner = sign if prefix else "()"
    number = rf"{prefix}{_S}*{inner}({body}){exponent}{_S}*([{MINUS}]?){suffix}"
    zero = r"|()(0)()()" if prefix or suffix else ""
    return rf"^{_S}*{sign}(?:{number}{zero}){_S}*\)?{_S}*$"


def _plainly(texts: pa.ChunkedArray, spelling: NumberSpelling) -> pa.ChunkedArray:
    """Return cells that fit a spelling as a computer writes them; null where their signs contradict."""
    if spelling.prefix or spelling.suffix:
        zero = r"\6\7\8\9"  # the groups of a plain 0
        closed = pc.match_substring(texts, ")")
        texts = pc.replace_substring_regex(texts, _pattern(spelling), rf"\5\1\2\3\4{zero}")
        if pc.any(closed).as_py():
            texts = pc.binary_join_element_wise(texts, pc.if_else(closed, ")", ""), "")
    texts = _without(texts, spelling.group)
    if spelling.decimal != ".":
        texts = pc.replace_substring(texts, spelling.decimal, ".")
    if pc.any(pc.match_substring_regex(texts, rf"[()\s+dD{SPACES}{MINUS[:-1]}]|-$|^--")).as_py():
        texts = pc.replace_substring_regex(texts, rf"[{SPACES}\s+]", "")
        texts = pc.replace_substring_regex(texts, f"[{MINUS[:-1]}]", "-")
        texts = pc.replace_substring_regex(texts, r"^\(([^-]*)\)$|^([^-].*)-$", r"-\1\2")
        texts = pc.replace_substring_regex(texts, "[dD]", "e")
        one_sign = pc.match_substring_regex(texts, r"^-?[\d.][^()-]*(?:[eE]-\d+)?$")
        texts = pc.if_else(one_sign, texts, pa.scalar(None, pa.string()))
    if spelling.power:
        texts = pc.binary_join_element_wise(texts, f"e{spelling.power}", "")
    return texts


def _without(texts: pa.ChunkedArray, group: str) -> pa.ChunkedArray:
    for mark in {" ": SPACES, "'": APOSTROPHES}.get(group, group):
        if pc.any(pc.match_substring(texts, mark)).as_py():
            texts = pc.replace_substring(texts, mark, "")
    return texts


def _finished(texts: pa.ChunkedArray, numbers: NDArray[np.float64], spelling: NumberSpelling) -> Numbers:
    odd = np.isnan(numbers) & pc.is_valid(texts).to_numpy()
    if not odd.any():
        return Numbers(numbers, OddCells(), spelling)
    infinite = _infinities(texts, np.flatnonzero(odd))
    for row, value in infinite.items():
        numbers[row], odd[row] = value, False
    return Numbers(numbers, odd_cells(texts, odd), spelling)


def _infinities(texts: pa.ChunkedArray, rows: NDArray[Any]) -> dict[int, float]:
    cells = texts.take(pa.array(rows))
    like = pc.match_substring_regex(cells, "(?i)^[^a-z∞]{0,2}(inf|infinity|∞)").to_numpy()
    found = {int(rows[at]): cells[int(at)].as_py() for at in np.flatnonzero(like)}
    return {
        row: -np.inf if text.strip()[0] in MINUS else np.inf
        for row, text in found.items()
        if is_infinity(text)
    }
