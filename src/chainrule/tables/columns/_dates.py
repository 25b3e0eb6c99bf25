"""Dates and times in texts: their patterns, their parts, and the days that these stand for."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._missing import spread, stands_for_missing
from chainrule.tables.columns._months import HOURS_AHEAD, NUMBER_OF_MONTH
from chainrule.tables.columns._odd import OddCells
from chainrule.tables.columns._spelling import DateSpelling

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "MONTHS",
    "PATTERNS",
    "SECONDS_A_DAY",
    "Dates",
    "days_of",
    "from_digits",
    "from_excel",
    "is_far",
    "parts_of",
    "plain_days",
    "shapes_of",
]

FIRST_YEAR, LAST_YEAR = 1000, 2500
"""Other years, such as 9999, stand for "never" or "not known"."""

_CLOCK = (
    r"(?P<H>\d{1,2})[:h](?P<M>\d{2})(?::(?P<S>\d{2}(?:[.,]\d{1,9})?))?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?:\s*(?P<zone>Z|(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?|[A-Z]{3,4})(?:\s*[\[(][A-Za-z/_ ]+[\])])?| Uhr)?"
)
_BEHIND = rf"(?:(?:T|\s+(?:(?:um|à|at)\s+)?|,\s*|:){_CLOCK})?\s*$"
_LETTER = r"[A-Za-z\x{80}-\x{10FFFF}]"  # roughly; \p{L} takes milliseconds to compile, for every column
_WEEKDAY = rf"(?:{_LETTER}{{2,10}}\.?,?\s+)?"
_NAME = rf"(?P<name>{_LETTER}{{3,12}})\.?"
_YEAR = r"(?P<y>\d{4})"
_LIKELY_YEAR = r"(?P<y>1[5-9]\d{2}|20\d{2})"
_SHORT_YEAR = r"(?P<y>\d{4}|'?\d{2})"
PATTERNS: dict[str, str] = {
    "ymd": rf"^\s*{_YEAR}[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_BEHIND}",
    "a.b.y": rf"^\s*{_WEEKDAY}(?P<a>\d{{1,2}})\.\s?(?P<b>\d{{1,2}})\.\s?{_SHORT_YEAR}{_BEHIND}",
    "a/b/y": rf"^\s*{_WEEKDAY}(?P<a>\d{{1,2}})[-/](?P<b>\d{{1,2}})[-/]{_SHORT_YEAR}{_BEHIND}",
    "d name y": (
        rf"^\s*{_WEEKDAY}(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|[.º°])?[-\s/.]*(?:de\s+)?{_NAME}"
        rf"[-,\s/]*(?:del?\s+)?{_SHORT_YEAR}{_BEHIND}"
    ),
    "name d y": rf"^\s*{_WEEKDAY}{_NAME}\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}{_BEHIND}",
    "name d time y": rf"^\s*{_WEEKDAY}{_NAME}\s+(?P<d>\d{{1,2}})\s+{_CLOCK}\s+{_YEAR}\s*$",
    "y name d": rf"^\s*{_YEAR}[-\s/]{_NAME}[-\s/](?P<d>\d{{1,2}}){_BEHIND}",
    "y年m月d日": rf"^\s*{_YEAR}\s?[年년]\s?(?P<m>\d{{1,2}})\s?[月월]\s?(?P<d>\d{{1,2}})\s?[日일]{_BEHIND}",
    "ymdTHMS": (
        r"^\s*(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})T(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2}(?:[.,]\d{1,9})?)?"
        r"(?P<half>)(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?\s*$"
    ),
    "time": rf"^\s*{_CLOCK}\s*$",
    "y-m": rf"^\s*{_LIKELY_YEAR}[-/](?P<m>\d{{1,2}})\s*$",
    "m/y": rf"^\s*(?P<m>\d{{1,2}})[-/]{_LIKELY_YEAR}\s*$",
    "name y": rf"^\s*{_NAME}[-,\s/]*(?:del?\s+)?{_LIKELY_YEAR}\s*$",
    "name-yy": rf"^\s*{_NAME}[-'](?P<y>\d{{2}})\s*$",
}
MONTHS = ("y-m", "m/y", "name y", "name-yy")
"""Shapes without a day."""

SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Dates:
    """Dates that were found in a column of text.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Days since 1970-01-01, in universal time where cells name a zone; of times of day the part of the
        day. NaN where a cell is empty, odd or far.
    odd : OddCells
        Cells that are neither empty nor dates.
    far : OddCells
        Dates of years such as 9999.
    spelling : DateSpelling
    is_open : bool
        Whether the cells leave open which number is the day and which the month, as in 1/2/2021.
    short_year : tuple of str and float, optional
        The first date, as it is written and in days, if some years have two digits.
    months : bool
        Whether no cell names a day.
    """

    values: NDArray[np.float64]
    odd: OddCells
    far: OddCells
    spelling: DateSpelling
    is_open: bool = False
    short_year: tuple[str, float] | None = None
    months: bool = False


def plain_days(texts: pa.ChunkedArray) -> NDArray[np.float64] | None:
    """Return the days of cells that are nothing but 2024-02-29 and its like: Arrow reads these fast."""
    try:
        days = pc.cast(texts, pa.date32())
    except pa.ArrowInvalid:
        return None
    values: NDArray[np.float64] = days.cast(pa.int32()).cast(pa.float64()).to_numpy()
    return values


def shapes_of(texts: pa.ChunkedArray) -> tuple[Counter[str], int]:
    """Return how many cells each pattern fits, of some from all parts of the column, and of how many."""
    sample = [text for text in spread(texts, 200).to_pylist() if not stands_for_missing(text)]
    cells = pa.array(sample, pa.string())
    fits = {
        shape: pc.sum(pc.match_substring_regex(cells, pattern)).as_py() for shape, pattern in PATTERNS.items()
    }
    return Counter({shape: count for shape, count in fits.items() if count}), len(sample)


def parts_of(texts: pa.ChunkedArray, pattern: str) -> dict[str, NDArray[np.float64]]:
    """Return year, month, day and seconds of each cell, NaN where there are none."""
    found = pc.extract_regex(texts.combine_chunks(), pattern)
    matched = found.is_valid().to_numpy(zero_copy_only=False)
    field = {name: found.field(at) for at, name in enumerate(f.name for f in found.type)}
    parts = {name: _numbers(field[name], matched) for name in ("m", "d", "a", "b") if name in field}
    if "y" in field:
        years = pc.replace_substring(field["y"], "'", "")
        parts["y"] = _numbers(years, matched)
        parts["short"] = pc.equal(pc.utf8_length(years), 2).to_numpy(zero_copy_only=False) & matched
    if "name" in field:
        parts["m"] = _months(field["name"], matched)
    parts["seconds"], parts["zone"] = _seconds(field, matched)
    return parts


def _numbers(texts: pa.Array, matched: NDArray[np.bool_]) -> NDArray[np.float64]:
    texts = pc.if_else(
        pa.array(matched & (pc.binary_length(texts).to_numpy(zero_copy_only=False) > 0)), texts, None
    )
    values: NDArray[np.float64] = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    return values


def _months(names: pa.Array, matched: NDArray[np.bool_]) -> NDArray[np.float64]:
    encoded = pc.dictionary_encode(pc.utf8_lower(names))
    words = [NUMBER_OF_MONTH.get(word or "", "nan") for word in encoded.dictionary.to_pylist()]
    values: NDArray[np.float64] = np.array([float(word) for word in words] or [np.nan])
    codes = pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
    return np.where(matched, values[codes], np.nan)


def _seconds(field: dict[str, pa.Array], matched: NDArray[np.bool_]) -> tuple[NDArray[np.float64], Any]:
    """Return seconds since midnight in universal time, 0 where no time is given; and the zones as written."""
    if "H" not in field:
        return np.where(matched, 0.0, np.nan), np.zeros(len(matched))
    hour, minute = _numbers(field["H"], matched), _numbers(field["M"], matched)
    second = _numbers(pc.replace_substring(field["S"], ",", "."), matched)
    half = pc.utf8_lower(field["half"])
    pm, am = (pc.equal(half, letter).to_numpy(zero_copy_only=False) & matched for letter in "pa")
    hour = np.where(pm | am, np.where((hour < 1) | (hour > 12), np.nan, hour % 12 + 12 * pm), hour)
    given = ~np.isnan(minute)
    wrong = given & ((hour > 24) | np.isnan(hour) | (minute > 59) | (np.nan_to_num(second) > 60))
    total = np.nan_to_num(hour) * 3600 + np.nan_to_num(minute) * 60 + np.nan_to_num(second)
    total = np.where(wrong | ~matched, np.nan, total)
    return total - _offsets(field["zone"], matched), np.where(matched & given, 1, 0)


def _offsets(zones: pa.Array, matched: NDArray[np.bool_]) -> NDArray[np.float64]:
    encoded = pc.dictionary_encode(zones)
    seconds = []
    for zone in encoded.dictionary.to_pylist() or [None]:
        seconds.append(_seconds_ahead(zone or ""))
    codes = pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
    return np.where(matched, np.array(seconds, dtype=float)[codes], 0.0)


def _seconds_ahead(zone: str) -> float:
    """Return by how much a zone's clocks are ahead of universal time; NaN for zones that are not known."""
    if zone.isalpha():
        return HOURS_AHEAD.get(zone, np.nan) * 3600
    digits = "".join(c for c in zone if c.isdigit()).ljust(4, "0")
    return (-1 if "-" in zone else 1) * (int(digits[:2]) * 3600 + int(digits[2:4]) * 60)


def days_of(parts: dict[str, Any]) -> NDArray[np.float64]:
    """Return days since 1970-01-01 of years, months, days and seconds; NaN where there is no such day."""
    year, short = parts["y"], parts["short"]
    year = np.where(short, year + np.where(year < 69, 2000, 1900), year)
    days: NDArray[np.float64] = _days(year, parts["m"], parts["d"]) + parts["seconds"] / SECONDS_A_DAY
    return days


def _days(year: NDArray[Any], month: NDArray[Any], day: NDArray[Any]) -> NDArray[np.float64]:
    """Return days since 1970-01-01 in the Gregorian calendar; NaN for the 30th of February.

    A year begins in March here, so that the leap day is its last: the months' first days then lie at
    (153 m + 2) // 5. Source: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms (2013).
    """
    known = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    y, m, d = (np.where(known, part, 1).astype(np.int64) for part in (year, month, day))
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[m]
    leap = (m == 2) & (y % 4 == 0) & ((y % 100 != 0) | (y % 400 == 0))
    known &= d <= lengths + leap
    y = y - (m <= 2)
    era = y // 400
    of_era = y - era * 400
    of_year = (153 * ((m + 9) % 12) + 2) // 5 + d - 1
    count = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    return np.where(known, count.astype(float), np.nan)


def is_far(days: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which days since 1970-01-01 lie in years that stand for "never" or "not known"."""
    first, end = _days(*np.array([[FIRST_YEAR, LAST_YEAR + 1], [1, 1], [1, 1]]))
    far: NDArray[np.bool_] = (days < first) | (days >= end)
    return far


def from_excel(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return days since 1970-01-01 for days as Excel counts them (1 is the first of January 1900)."""
    return numbers - 25_569


def from_digits(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return days since 1970-01-01 for whole numbers such as 20240131."""
    return _days(numbers // 10_000, numbers // 100 % 100, numbers % 100)
