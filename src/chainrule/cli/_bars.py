"""Bars of text, to the right and to the left of zero."""

from collections.abc import Sequence

from chainrule.cli._terminal import cut, padded, width_of

__all__ = ["bars"]

_BLOCK = "█"


def bars(rows: Sequence[tuple[str, str, float | None]], width: int = 80) -> list[str]:
    """Return a line for each row: a label, a figure, and a bar as long as its number.

    Parameters
    ----------
    rows : sequence of (label, figure, number)
        Without a number there is no bar.
    width : int

    Examples
    --------
    >>> for line in bars([("start", "10", None), ("side", "+6", 6.0), ("town", "-3", -3.0)], 26):
    ...     print(line)
    start  10
    side   +6       ██████████
    town   -3  █████
    """
    figures = max(width_of(figure) for _, figure, _ in rows)
    labels = min(max(width_of(label) for label, _, _ in rows), max(6, width // 2 - figures))
    room = max(4, width - labels - figures - 4)
    numbers = [number for _, _, number in rows if number is not None]
    left, right = max(0.0, -min(numbers, default=0.0)), max(0.0, max(numbers, default=0.0))
    unit = (left + right) / room if left + right > 0 else 1.0
    zero = round(left / unit)
    return [
        f"{padded(cut(label, labels), labels)}  {figure.rjust(figures)}  {_bar(number, unit, zero)}".rstrip()
        for label, figure, number in rows
    ]


def _bar(number: float | None, unit: float, zero: int) -> str:
    if number is None:
        return ""
    length = round(abs(number) / unit)
    return " " * zero + _BLOCK * length if number >= 0 else " " * (zero - length) + _BLOCK * length
