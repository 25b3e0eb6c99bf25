"""Spellings of numbers and dates: what a column's text has in common."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

__all__ = ["DateSpelling", "NumberSpelling", "Order"]

_GROUPS = ("", ".", ",", "'", " ")
_LARGEST_POWER = 30
Order = Literal["ymd", "dmy", "mdy", "time", "excel", "digits"]
"""Order of a date's parts; times of day; days as Excel counts them; eight digits such as 20240131."""


@dataclass(frozen=True)
class NumberSpelling:
    """Spelling of the numbers of a column.

    Parameters
    ----------
    decimal : {".", ","}
        Decimal mark.
    group : str
        Mark between groups of three digits: a point, a comma, an apostrophe, or " " for any kind of space.
        Empty if there are no groups.
    prefix, suffix : str
        Currency or unit before or behind every number, such as ``$`` or ``kg``.
    power : int
        Numbers are multiplied by this power of ten: 3 for the suffix k, 6 for M.
    """

    decimal: str = "."
    group: str = ""
    prefix: str = ""
    suffix: str = ""
    power: int = 0

    def in_words(self) -> str:
        """Return a short description, empty for numbers in plain spelling.

        >>> NumberSpelling(",", ".", suffix="€").in_words()
        "decimal mark ',', groups by '.', unit '€'"
        """
        parts = [f"decimal mark {self.decimal!r}"] if self.decimal != "." else []
        if self.group:
            parts.append(f"groups by {'spaces' if self.group == ' ' else repr(self.group)}")
        unit = self.prefix + self.suffix
        if self.power:
            parts.append(f"{unit!r} is 10^{self.power}")
        elif unit:
            parts.append("per cent" if unit == "%" else f"unit {unit!r}")
        return ", ".join(parts)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return the spelling that `dataclasses.asdict` has written; ValueError for one that cannot be."""
        marks = {name: str(plain[name]) for name in ("decimal", "group", "prefix", "suffix")}
        power = int(plain["power"])
        if marks["decimal"] not in (".", ",") or marks["group"] not in _GROUPS or abs(power) > _LARGEST_POWER:
            raise ValueError(f"no numbers are spelled so: {str(dict(plain))[:200]}")
        return cls(**marks, power=power)

    def to_json(self) -> dict[str, Any]:
        """Return the spelling as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class DateSpelling:
    """Spelling of the dates of a column: the order of year, month and day."""

    order: Order = "ymd"

    def in_words(self) -> str:
        """Return a short description."""
        return {
            "ymd": "year-month-day",
            "dmy": "day-month-year",
            "mdy": "month-day-year",
            "time": "times of day",
            "excel": "days as Excel counts them",
            "digits": "eight digits: year, month, day",
        }[self.order]
