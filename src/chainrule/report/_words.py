"""Numbers, shares and names as a reader has them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Unit", "cut", "number", "score", "share", "signed", "tick"]

_SIGNS = "$€£¥₹"


def number(value: float) -> str:
    """Return a number with about four digits.

    >>> number(2742.512), number(-296.1234), number(0.98123), number(1.5e-7), number(2e13), number(0.0)
    ('2,743', '−296.1', '0.9812', '1.5·10⁻⁷', '2·10¹³', '0')
    >>> number(326.0), number(999.96)
    ('326', '1,000')
    >>> number(float("nan"))
    'not defined'
    """
    if not math.isfinite(value):
        return "not defined" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    size = abs(value)
    if size >= 1e9 or 0 < size < 1e-4:
        digits, _, power = f"{value:.3e}".partition("e")
        digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
        return f"{digits}·10{str(int(power)).translate(_RAISED)}".replace("-", "−")
    if size >= 999.95:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def tick(value: float) -> str:
    """Return a round number beside an axis, with no more digits than it has.

    >>> tick(500.0), tick(12000.0), tick(-0.25), tick(5e9)
    ('500', '12,000', '−0.25', '5·10⁹')
    """
    large = abs(value) >= 1e7 or 0 < abs(value) < 1e-4
    return number(value) if large else f"{value:,.10g}".replace("-", "−")


def score(value: float) -> str:
    """Return R², an accuracy or a log loss with four decimals.

    >>> score(0.98204), score(-1.1e-6), score(-0.25), score(float("nan"))
    ('0.9820', '0.0000', '−0.2500', 'not defined')
    """
    if not math.isfinite(value) or abs(value) >= 1e4:
        return number(value)
    return f"{round(value, 4) + 0.0:.4f}".replace("-", "−")


def signed(value: float) -> str:
    """Return a number with its sign.

    >>> signed(3.0), signed(-3.0), signed(0.0)
    ('+3', '−3', '0')
    """
    return f"+{number(value)}" if value > 0 and math.isfinite(value) else number(value)


def share(value: float) -> str:
    """Return a share in percent.

    >>> share(0.9312), share(0.5), share(0.99996), share(1e-7)
    ('93.1 %', '50.0 %', '99.996 %', 'below 0.001 %')
    """
    if 0 < value < 1e-5:
        return "below 0.001 %"
    digits = 1 if 0.001 <= value <= 0.999 or value in (0, 1) else 3
    return f"{100 * value:.{digits}f} %"


def cut(text: str, most: int) -> str:
    """Return text with at most so many letters; an ellipsis stands for the rest.

    >>> cut("length", 6), cut("longer", 5)
    ('length', 'long…')
    """
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


@dataclass(frozen=True)
class Unit:
    """Unit of a column, and how a number is written with it.

    >>> Unit("$").of(273.2), Unit("euros").of(-1.5), Unit("").of(2.0), Unit("US dollars").signed(7.0)
    ('$273.2', '−1.5 euros', '2', '+7 US dollars')
    """

    name: str = ""

    def of(self, value: float) -> str:
        """Return a number with the unit."""
        return self._with(number(value))

    def column(self, values: Sequence[float], sign: bool = False) -> list[str]:
        """Return numbers with the unit, all with as many decimals as the largest one needs for four digits.

        >>> Unit("$").column([1234.6, 0.4]), Unit().column([0.31, -0.0201], sign=True)
        (['$1,235', '$0'], ['+0.3100', '−0.0201'])
        """
        largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
        if not 1e-3 <= largest < 1e7:
            return [self.signed(value) if sign else self.of(value) for value in values]
        decimals = max(0, 3 - math.floor(math.log10(largest)))
        return [self._with(_fixed(value, decimals, sign)) for value in values]

    def roughly(self, value: float) -> str:
        """Return a number with about three digits and the unit.

        >>> Unit("$").roughly(271.49), Unit("m").roughly(0.01234), Unit("$").roughly(2780.2)
        ('$271', '0.0123 m', '$2,780')
        """
        digits = 2 - math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 0
        rounded = round(value, digits)
        return self._with(tick(rounded) if math.isfinite(value) else number(value))

    def exactly(self, value: float) -> str:
        """Return a number with all digits of a whole one, else six, and the unit: as cells are shown.

        >>> Unit().exactly(18823.0), Unit("kg").exactly(-2.0867326761)
        ('18,823', '−2.08673 kg')
        """
        if not math.isfinite(value) or abs(value) >= 1e15 or 0 < abs(value) < 1e-4:
            return self._with(number(value))
        whole = value == round(value) or abs(value) >= 1e6
        return self._with((f"{value:,.0f}" if whole else f"{value:,.6g}").replace("-", "−"))

    def signed(self, value: float) -> str:
        """Return a number with its sign and the unit."""
        return self._with(signed(value))

    def _with(self, text: str) -> str:
        if self.name and self.name in _SIGNS:
            sign = text[0] if text[0] in "+−" else ""
            return f"{sign}{self.name}{text.removeprefix(sign)}"
        return f"{text} {self.name}" if self.name else text


def _fixed(value: float, decimals: int, sign: bool) -> str:
    if not math.isfinite(value):
        return number(value)
    rounded = round(value, decimals) + 0.0
    return f"{rounded:{'+' if sign and rounded else ''},.{decimals}f}".replace("-", "−")
