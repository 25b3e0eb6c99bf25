"""Axes of a chart: from numbers to places, round numbers beside them, and their names."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.report._html import Markup, joined, tag
from chainrule.report._words import cut, tick

__all__ = ["LETTER", "WIDTH", "Axis", "Frame", "round_steps"]

WIDTH = 360
"""Of every chart, in units of its own: that of a telephone, on which letters have their real size."""
LETTER = 6.1
"""Width of a letter of 11 units, on average."""


def round_steps(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers between two others: multiples of 1, 2 or 5 and a power of ten.

    >>> round_steps(0.0, 10.0), round_steps(-0.13, 0.22)
    ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], [-0.1, 0.0, 0.1, 0.2])
    """
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, -math.floor(math.log10(step)))
    return [round(k * step, digits) + 0.0 for k in range(first, last + 1)]


@dataclass(frozen=True)
class Axis:
    """What numbers an axis shows.

    Parameters
    ----------
    name : str
    low, high : float
    ticks : sequence of (number, text), optional
        By default round numbers.
    logarithmic : bool
    """

    name: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]] | None = None
    logarithmic: bool = False

    @classmethod
    def over(cls, name: str, *values: Any, margin: float = 0.04, logarithmic: bool = False) -> "Axis":
        """Return an axis that shows all finite values, with a margin."""
        flat = np.concatenate([np.ravel(np.asarray(each, dtype=float)) for each in values])
        flat = flat[np.isfinite(flat)]
        logarithmic = logarithmic and bool(len(flat)) and float(flat.min()) > 0
        low, high = (float(flat.min()), float(flat.max())) if len(flat) else (0.0, 1.0)
        if logarithmic:
            room = (high / low) ** margin if high > low else 1.5
            return cls(name, low / room, high * room, None, True)
        room = (high - low) * margin if high > low else abs(high) * 0.1 or 1.0
        return cls(name, low - room, high + room)

    def shares(self, values: Any) -> NDArray[Any]:
        """Return where values lie between the ends, from 0 to 1; what lies outside is moved to the end."""
        given = np.clip(np.asarray(values, dtype=float), self.low, self.high)
        if self.logarithmic:
            return np.asarray(np.log(given / self.low) / np.log(self.high / self.low))
        return np.asarray((given - self.low) / (self.high - self.low))

    @property
    def marks(self) -> list[tuple[float, str]]:
        """The numbers that are written beside the axis."""
        if self.ticks is not None:
            return [each for each in self.ticks if self.low <= each[0] <= self.high]
        if not self.logarithmic:
            return [(value, tick(value)) for value in round_steps(self.low, self.high)]
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        factors = (1, 2, 5) if self.high < 300 * self.low else (1,)
        found = [factor * 10.0**power for power in powers for factor in factors]
        return [(value, tick(value)) for value in found if self.low <= value <= self.high]


@dataclass(frozen=True)
class Frame:
    """The rectangle that two axes span."""

    across: Axis
    up: Axis
    height: float = 250.0

    @property
    def _left(self) -> float:
        return 12 + LETTER * max((len(text) for _, text in self.up.marks), default=1)

    _top, _bottom, _right = 26.0, 38.0, 12.0

    def x(self, values: Any) -> NDArray[Any]:
        """Return places from the left."""
        return np.asarray(self._left + self.across.shares(values) * (WIDTH - self._left - self._right))

    def y(self, values: Any) -> NDArray[Any]:
        """Return places from the top."""
        length = self.height - self._top - self._bottom
        return np.asarray(self._top + (1 - self.up.shares(values)) * length)

    def drawn(self) -> Markup:
        """Return a faint line at each round number, the numbers, and the names of the axes."""
        right, low = WIDTH - self._right, self.height - self._bottom
        parts = []
        for value, text in self.up.marks:
            y = float(self.y(value))
            parts += [
                tag("line", x1=self._left, x2=right, y1=y, y2=y, class_="grid"),
                tag("text", text, x=self._left - 6, y=y + 4, class_="end"),
            ]
        for value, text in self._marks_that_fit():
            x = float(self.x(value))
            parts += [
                tag("line", x1=x, x2=x, y1=low, y2=low + 4, class_="axis"),
                tag("text", text, x=x, y=low + 16, class_="mid"),
            ]
        parts += [
            tag("line", x1=self._left, x2=right, y1=low, y2=low, class_="axis"),
            tag("text", cut(self.up.name, 56), x=2, y=12, class_="name"),
            tag("text", cut(self.across.name, 52), x=right, y=self.height - 4, class_="name end"),
        ]
        return joined(parts)

    def _marks_that_fit(self) -> list[tuple[float, str]]:
        """Return the marks across that do not touch the one before, nor reach beyond the picture."""
        kept, end = [], -1.0
        for value, text in self.across.marks:
            middle, half = float(self.x(value)), LETTER * len(text) / 2
            if middle - half > end + 4 and middle + half <= WIDTH:
                kept.append((value, text))
                end = middle + half
        return kept
