"""The order of a column's dates, decided from all its cells, and their values; in pieces, if need be."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._dates import (
    MONTHS,
    PATTERNS,
    SECONDS_A_DAY,
    Dates,
    days_of,
    is_far,
    parts_of,
    plain_days,
    shapes_of,
)
from chainrule.tables.columns._odd import OddCells, odd_cells
from chainrule.tables.columns._spelling import DateSpelling, Order

__all__ = ["DateSearch", "find_dates"]

_ROUNDS = 4


def find_dates(texts: pa.ChunkedArray, order: Order | None = None) -> Dates | None:
    """Return the dates of a column, or None if most of its cells are none.

    Parameters
    ----------
    texts : ChunkedArray of string
        Nulls where a cell is missing.
    order : {"dmy", "mdy"}, optional
        Order of day and month if the cells leave it open.
    """
    search = DateSearch(order)
    values = search.look(texts, 0)
    while search.settle() and search.found:
        search.begin()
        values = search.look(texts, 0)
    return replace(search.dates(), values=values) if search.found else None


@dataclass
class _Order:
    """What cells such as 1/2/21 say of the order of their numbers; counts of cells.

    ``day_first`` counts those whose first number is no month, ``month_first`` those whose second is none.
    """

    day_first: int = 0
    month_first: int = 0
    fits: Counter[str] = field(default_factory=Counter)
    firsts: set[float] = field(default_factory=set)
    lasts: set[float] = field(default_factory=set)
    short: bool = False
    differ: bool = False

    def look(self, parts: dict[str, Any]) -> None:
        a, b, c = parts["a"], parts["b"], parts["y"]
        self.day_first += int(np.sum(a > 12))
        self.month_first += int(np.sum(b > 12))
        self.differ |= bool(np.any((a != b) & ~np.isnan(a)))
        self.short |= bool(parts["short"].any())
        self.fits["ymd"] += int(np.sum((b <= 12) & (c <= 31)))
        self.fits["dmy"] += int(np.sum((a <= 31) & (b <= 12)))
        self.fits["mdy"] += int(np.sum((a <= 12) & (b <= 31)))
        self.firsts |= set(np.unique(a[~np.isnan(a)]).tolist())
        self.lasts |= set(np.unique(c[~np.isnan(c)]).tolist())

    @property
    def is_open(self) -> bool:
        """Whether every number may be a day or a month, and it matters."""
        return not self.day_first and not self.month_first and self.differ

    def decided(self, order: Order | None) -> Order:
        """Return the order in which more cells are dates; where both are, the one asked for."""
        if self.short and self._year_is_first():
            return "ymd"
        if self.day_first != self.month_first:
            return "dmy" if self.day_first > self.month_first else "mdy"
        return order or "dmy"

    def _year_is_first(self) -> bool:
        """Return whether 21-12-31 is of the year 2021: more cells are dates so, or years are fewer."""
        first, last = self.fits["ymd"], max(self.fits["dmy"], self.fits["mdy"])
        return first > last or (first == last and 2 * len(self.firsts) < len(self.lasts))


class DateSearch:
    """What pieces of a column say of its dates; used as `NumberSearch` is.

    Parameters
    ----------
    order : {"dmy", "mdy"}, optional
        Order of day and month if the cells leave it open.
    """

    def __init__(self, order: Order | None) -> None:
        self.asked = order
        self.shape: str | None = None
        self.order: Order | None = None
        self.found = True
        self._rounds = 0
        self.begin()

    def begin(self) -> None:
        """Forget what cells said, before all pieces are looked at again."""
        self._fits: Counter[str] = Counter()
        self._cells = 0
        self._evidence = _Order()
        self._odd, self._far = OddCells(), OddCells()
        self._months_differ = self._left_out = self._short = False
        self._first: tuple[str, float] | None = None

    def look(self, texts: pa.ChunkedArray, row: int) -> NDArray[np.float64]:
        """Return the values of a piece by the pattern as it is known; remember what its cells say."""
        fits, cells = shapes_of(texts)
        self._fits += fits
        self._cells += cells
        self.shape = self.shape or _best(fits, cells)
        if self.shape is None:
            self._left_out |= texts.null_count < len(texts)
            return np.full(len(texts), np.nan)
        days, short = self._days(texts, looking=True)
        odd = np.isnan(days) & pc.is_valid(texts).to_numpy()
        if odd.any():
            self._odd = self._odd.plus(odd_cells(texts, odd), row)
        far = is_far(days) & (self.shape != "time")
        if far.any():
            self._far = self._far.plus(odd_cells(texts, far), row)
            days = np.where(far, np.nan, days)
        self._short |= short
        if self._first is None and not np.isnan(days).all():
            at = int(np.argmax(~np.isnan(days)))
            self._first = texts[at].as_py(), float(days[at])
        return days

    def _days(self, texts: pa.ChunkedArray, looking: bool) -> tuple[NDArray[np.float64], bool]:
        """Return days, far ones too, and whether some years have two digits."""
        assert self.shape is not None
        if self.shape == "ymd" and (plain := plain_days(texts)) is not None:
            return plain, False
        parts = parts_of(texts, PATTERNS[self.shape])
        if self.shape == "time":
            return parts["seconds"] / SECONDS_A_DAY, False
        if "a" in parts:
            if looking:
                self._evidence.look(parts)
            self.order = self.order or self._evidence.decided(self.asked)
            parts |= _in_order(parts, self.order)
        if self.shape in MONTHS:
            self._months_differ |= bool(np.any(parts["m"] != (parts["y"] + 1) % 100))
            parts["d"] = parts["m"] * 0 + 1
        return days_of(parts), bool(parts["short"].any())

    def settle(self) -> bool:
        """Decide pattern and order; return whether all pieces must be looked at again, to be read by them."""
        shape = _best(self._fits, self._cells)
        seasons = shape == self.shape == "y-m" and not self._months_differ  # such as 2009-10
        order = None if self.order is None else self._evidence.decided(self.asked)
        again = shape is not None and (self._left_out or shape != self.shape or order != self.order)
        self.found, self._rounds = shape is not None and not seasons, self._rounds + 1
        if not again or self._rounds > _ROUNDS:
            return False
        self.order = order if shape == self.shape else None
        self.shape = shape
        return True

    def read_again(self, order: Order) -> bool:
        """Take `order` where the cells leave it open; return whether that is another one."""
        self.asked, self._rounds = order, 0
        return self.settle()

    def values(self, texts: pa.ChunkedArray) -> NDArray[np.float64]:
        """Return the values of a piece by what was decided."""
        days, _ = self._days(texts, looking=False)
        return np.where(is_far(days), np.nan, days) if self.shape != "time" else days

    def dates(self) -> Dates:
        """Return what was found, but for the values."""
        spelling = DateSpelling("time" if self.shape == "time" else self.order or "ymd")
        is_open = self.shape == "a/b/y" and spelling.order != "ymd" and self._evidence.is_open
        return Dates(
            np.empty(0), self._odd, self._far, spelling, is_open,
            self._first if self._short else None, self.shape in MONTHS,
        )  # fmt: skip


def _best(fits: Counter[str], cells: int) -> str | None:
    """Return the pattern that fits most cells; of several the first."""
    best = max(PATTERNS, key=lambda shape: fits[shape])
    return best if fits[best] * 2 > cells else None


def _in_order(parts: dict[str, Any], order: Order) -> dict[str, Any]:
    """Return year, month and day of the numbers in this order."""
    first, second, last = parts["a"], parts["b"], parts["y"]
    if order == "ymd":
        return {"y": first, "m": second, "d": last}
    return {"d": first, "m": second} if order == "dmy" else {"d": second, "m": first}
