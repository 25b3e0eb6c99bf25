"""Columns and values that mislead a model: identifiers, and numbers that stand for a missing cell."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_ROWS", "number_for_missing", "why_identifier", "why_text_identifier"]

FEWEST_ROWS = 10
"""In shorter tables nothing is called an identifier: ten numbers in order may well be a measurement."""

MOST_CATEGORIES = 100
_NEARLY_ALL = 0.95
_HOW_FULL = 1.05
_FREQUENT = 0.005


def why_identifier(numbers: NDArray[np.float64]) -> tuple[bool, str]:
    """Return whether numbers only identify their rows, and why; or why they may.

    Whole numbers that are all different do if they rise or fall from row to row, or fill their range like
    a shuffled count of the rows. Others that are all different may be measured (populations, prices).

    >>> import numpy as np
    >>> why_identifier(np.arange(100.0))[0], why_identifier(np.arange(100.0) ** 2 % 101)[0]
    (True, False)
    """
    n = len(numbers)
    if n < FEWEST_ROWS or not np.isfinite(numbers).all() or not np.all(numbers == np.floor(numbers)):
        return False, ""
    steps = np.diff(numbers)
    if np.all(steps > 0) or np.all(steps < 0):
        return True, f"holds whole numbers that {'rise' if steps[0] > 0 else 'fall'} from row to row"
    if len(np.unique(numbers)) < n:
        return False, ""
    if np.max(numbers) - np.min(numbers) + 1 <= max(_HOW_FULL * n, n + 1):
        return True, "numbers the rows, in another order"
    return False, "holds whole numbers that are all different"


def why_text_identifier(different: int, present: int) -> str | None:
    """Return why texts only identify their rows, or None."""
    many = different > MOST_CATEGORIES and different * 2 > present
    if many or (present >= 2 * FEWEST_ROWS and different >= _NEARLY_ALL * present):
        return f"has {different:,} different texts in {present:,} rows (names, keys or remarks?)"
    return None


def number_for_missing(numbers: NDArray[np.float64]) -> tuple[float, int] | None:
    """Return a number that probably stands for a missing cell and how often it occurs, or None.

    It is the smallest or the largest, occurs several times, and lies further from all others than these
    lie from each other; 0 and 1 never are.

    >>> import numpy as np
    >>> number_for_missing(np.array([21.0, 19.5, -999.0, 20.0, -999.0, 22.0]))
    (-999.0, 2)
    """
    present = numbers[~np.isnan(numbers)]
    if len(present) < 5:
        return None
    for extreme in (float(present.min()), float(present.max())):
        count = int(np.sum(present == extreme))
        others = present[present != extreme]
        if count < max(2, _FREQUENT * len(present)) or not len(others) or extreme in (0.0, 1.0):
            continue
        low, high = float(others.min()), float(others.max())
        if min(abs(extreme - low), abs(extreme - high)) > max(high - low, 0.5 * max(abs(low), abs(high))):
            if len(np.unique(others[:1000])) > 2:
                return extreme, count
    return None
