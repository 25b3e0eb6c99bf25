"""Numbers as people write them: which decimal mark, groups and units a column's cells have in common.

Here every cell is looked at by itself, in Python. A column is decided from some of its cells and from all
those that contradict what these say; `_numbers` finds the latter, and converts.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from chainrule.tables.columns._spelling import NumberSpelling

__all__ = [
    "APOSTROPHES",
    "CURRENCY",
    "INDIAN",
    "MINUS",
    "NO_CENTS",
    "SPACES",
    "Evidence",
    "evidence_of",
    "is_infinity",
    "parsed",
]

SPACES = " \u00a0\u2009\u202f"
"""Space, no-break space, thin space, narrow no-break space: marks between groups of three."""
APOSTROPHES = "'’"
_GROUP_MARKS = f"{SPACES}{APOSTROPHES}"

# Currencies stand before or behind a number, units behind it. A unit has no digit but one at its end (m2,
# m³), and other letters before a number make a code (A12, Q3) of it.
CURRENCY = (
    r"(?:[A-Z]{1,3})?[$€£¥₹₩₽₺₴₦₪฿₫]"
    r"|EUR|USD|GBP|CHF|JPY|CNY|RMB|INR|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|RUB|UAH|TRY|BRL|MXN|AUD|CAD|NZD|ZAR|KRW|SGD|HKD"
    r"|Fr\.?|SFr\.?|Rs\.?|Rp\.?|RM|S/|kr\.?|zł|Kč|Ft"
)
UNIT = r"(?:[%‰°$€£¥₹₩₽₺₴₦₪฿₫µμ″′]|[^\W\d_])[^\d(),;|]{0,14}[23²³]?"
MINUS = "\u2212\u2013-"  # minus sign, en dash, hyphen (last, so that it makes no range in a class)
INDIAN = r"[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d*)?"
"""Groups of two before the last one of three: 12,34,567.50."""
_CELL = re.compile(
    rf"""
    (?P<sign>[(+{MINUS}])? \s* (?P<prefix>{CURRENCY})? \s* (?P<inner>[(+{MINUS}])? \s*
    (?P<body>[0-9][0-9.,{_GROUP_MARKS}]*[0-9][.,]? | [0-9][.,]? | [.,][0-9]+ )
    (?P<exponent>[eEdD][+{MINUS}]?\d{{1,4}}(?![^\W_]))? (?:\s*(?P<behind>[{MINUS}]))?
    (?P<space>\s*) (?P<suffix>{UNIT})? \s* (?P<close>\))?
    """,
    re.VERBOSE,
)
NO_CENTS = re.compile("(\\d[.,])[-\u2013\u2014]{1,2}")
"""A dash for no cents, as in 12,- and 7.–; its digits and mark are the group."""
_INFINITY = re.compile(rf"[+{MINUS}]?(inf|infinity|∞)", re.IGNORECASE)
_POWERS = {"k": 3, "K": 3, "M": 6}


@dataclass(frozen=True)
class Cell:
    """The parts of a cell that looks like a number."""

    body: str
    unit: tuple[str, str]


def parsed(text: str) -> Cell | None:
    """Return the parts of a cell, or None if it does not look like a number.

    >>> parsed("$ -1,200.50"), parsed("soon")
    (Cell(body='1,200.50', unit=('$', '')), None)
    """
    found = _CELL.fullmatch(NO_CENTS.sub(r"\1", text.strip()))
    if not found or not is_body(found["body"]):
        return None
    signs = [found[name] for name in ("sign", "inner", "behind") if found[name]]
    if len(signs) > 1 or ("(" in signs) != (found["close"] is not None):
        return None
    suffix = (found["suffix"] or "").rstrip()
    if suffix in _POWERS and found["space"]:
        suffix = f" {suffix}"  # 300K are thousands, 300 K are kelvins
    return Cell(found["body"], ((found["prefix"] or ""), suffix))


def is_infinity(text: str) -> bool:
    """Return whether a cell is an infinity in words or as a symbol."""
    return _INFINITY.fullmatch(text.strip()) is not None


@cache
def _grouped(mark: str) -> "re.Pattern[str]":
    marks = {" ": f"[{SPACES}]", "'": f"[{APOSTROPHES}]"}.get(mark, re.escape(mark))
    return re.compile(rf"[1-9]\d{{0,2}}({marks}\d{{3}})+")


@cache
def _shapes() -> "re.Pattern[str]":
    groups = [(f"[{SPACES}]", "[.,]"), (f"[{APOSTROPHES}]", "[.,]"), (r"\.", ","), (",", r"\.")]
    grouped = "|".join(rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+(?:{decimal}\d*)?" for mark, decimal in groups)
    return re.compile(rf"\d+(?:[.,]\d*)?|[.,]\d+|{grouped}|{INDIAN}")


def is_body(body: str) -> bool:
    """Return whether digits and marks are a number in any spelling: 1,2,3 is none."""
    return _shapes().fullmatch(body) is not None


@dataclass
class Evidence:
    """What the cells of a column say of their spelling; counts of cells.

    ``decimal`` and ``group`` count the cells that can only be read with this decimal mark or this mark of
    groups; ``either`` those like 1,234 that can be read in two ways, by their mark.
    """

    decimal: Counter[str]
    group: Counter[str]
    either: Counter[str]
    units: Counter[tuple[str, str]]
    n: int = 0
    long: bool = False  # four digits and more without groups

    def plus(self, other: "Evidence") -> "Evidence":
        """Return what the cells of both say."""
        return Evidence(
            self.decimal + other.decimal,
            self.group + other.group,
            self.either + other.either,
            self.units + other.units,
            self.n + other.n,
            self.long or other.long,
        )

    def spelling(self, mark: str | None) -> NumberSpelling:
        """Return the spelling; ``mark`` is the decimal mark if the column itself leaves it open."""
        decimal = self.own_mark() or mark or "."
        group = self._group(decimal)
        prefix, suffix = self.unit()
        power = 0 if prefix else _POWERS.get(suffix, 0)
        return NumberSpelling(decimal, group, prefix, suffix.strip(), power)

    def unit(self) -> tuple[str, str]:
        """Return the prefix and suffix of most cells."""
        return self.units.most_common(1)[0][0] if self.units else ("", "")

    def own_mark(self) -> str | None:
        """Return the decimal mark that the column's own cells show, None if they leave it open."""
        points = self.decimal["."] + self.group[","]
        commas = self.decimal[","] + self.group["."]
        if points or commas:
            return "." if points >= commas else ","
        if self.long and self.either and len(self.either) == 1:
            # Who writes 1234 without a mark does not write 1,234 for it.
            return next(iter(self.either))
        return None

    @property
    def is_open(self) -> bool:
        """Whether the column's own cells leave open what a point or a comma in them means."""
        return bool(self.either) and self.own_mark() is None

    def _group(self, decimal: str) -> str:
        other = "," if decimal == "." else "."
        counts = {mark: self.group[mark] for mark in (" ", "'")}
        counts[other] = self.group[other] + self.either[other]
        best = max(counts, key=lambda mark: counts[mark])
        return best if counts[best] else ""


def evidence_of(cells: Mapping[str, int]) -> Evidence:
    """Return what the cells that look like numbers say of their spelling; ``cells`` are counted by text.

    >>> evidence_of({"1.234,5": 1, "7": 1}).spelling(None)
    NumberSpelling(decimal=',', group='.', prefix='', suffix='', power=0)
    >>> evidence_of({"3,424": 1, "720,872": 1}).is_open
    True
    """
    found = Evidence(Counter(), Counter(), Counter(), Counter())
    for text, count in cells.items():
        cell = Cell(text, ("", "")) if text.isascii() and text.isdigit() else parsed(text)  # quick
        if cell is not None:
            found.n += count
            if cell.unit != ("", "") or cell.body != "0":  # $ 5 and a plain 0 share their unit
                found.units[cell.unit] += count
            _look_at(cell.body, count, found)
    return found


def _look_at(body: str, count: int, found: Evidence) -> None:
    for mark, kin in ((" ", SPACES), ("'", APOSTROPHES)):
        if any(one in body for one in kin):
            found.group[mark] += count
            for one in kin:
                body = body.replace(one, "")
            if "." in body or "," in body:
                found.decimal["." if "." in body else ","] += count
            return
    points, commas = body.count("."), body.count(",")
    if points and commas:
        decimal, group = sorted(".,", key=body.rfind, reverse=True)
        found.decimal[decimal] += count
        found.group[group] += count
    elif points > 1 or commas > 1:
        found.group["." if points else ","] += count
    elif points or commas:
        mark = "." if points else ","
        found.long |= len(body.split(mark)[0]) > 3
        (found.either if _grouped(mark).fullmatch(body) else found.decimal)[mark] += count
    else:
        found.long |= len(body) > 3
