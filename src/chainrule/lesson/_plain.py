"""Arrays as what JSON knows: whole doubles, and null for what is not finite."""

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["LARGEST_GRID", "MOST_NUMBERS", "heat", "matrix", "plain"]

LARGEST_GRID = 12
"""Rows and columns of a matrix that is shown as numbers; a larger one is a heat map."""
MOST_NUMBERS = 40_000
"""Numbers of a matrix that go along with a heat map, for pointing."""


def plain(values: ArrayLike) -> Any:
    """Return an array, or a number, as lists of floats (of ints and flags where it holds those)."""
    array = np.asarray(values)
    if array.dtype.kind in "biuU":
        return array.tolist()
    if np.isfinite(array).all():
        return array.astype(np.float64).tolist()
    return np.where(np.isfinite(array), array, None).tolist()  # type: ignore[call-overload]


def heat(values: ArrayLike, bound: float | None = None, middle: float = 0.0) -> dict[str, Any]:
    """Return a matrix as a heat map of 255 steps: 127 is the middle of its range, of ``middle ± bound``.

    Without a bound, or with one that is not finite, the range is symmetric about the middle, and as wide as
    the number farthest from it. 255 stands for what is not finite.
    """
    array = np.atleast_2d(np.asarray(values, dtype=np.float64)) - middle
    finite = np.isfinite(array)
    if not finite.all():
        array = np.where(finite, array, 0.0)
    given = bound is not None and np.isfinite(bound)
    high = float(bound if given else np.abs(array).max(initial=0.0))  # type: ignore[arg-type]
    steps = np.rint(np.clip(array * (127 / (high or 1.0)), -127, 127) + 127).astype(np.uint8)
    steps[~finite] = 255
    written = b64encode(steps.tobytes()).decode("ascii")
    return {"shape": list(array.shape), "low": middle - high, "high": middle + high, "bytes": written}


def matrix(values: ArrayLike) -> dict[str, Any]:
    """Return a matrix with its numbers; one of more than 12 rows or columns as a heat map too."""
    array = np.atleast_2d(np.asarray(values, dtype=np.float64))
    shown: dict[str, Any] = {"shape": list(array.shape), "values": None}
    if array.size <= MOST_NUMBERS:
        shown["values"] = plain(array)
    if max(array.shape) > LARGEST_GRID:
        shown["heat"] = heat(array)
    return shown
