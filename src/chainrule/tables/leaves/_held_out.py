"""Which rows are held out: by a seed and their place in the table, whoever reads them."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["held_out"]

_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def held_out(rows: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Return which rows of a table, from 0, are held out: about this share of them.

    Each is held out or not by a hash of the seed and its number. Source: G. Steele, D. Lea, C. Flood, Fast
    splittable pseudorandom number generators (2014): SplitMix64.

    >>> held_out(np.arange(8), 0.3, seed=0)
    array([False, False, False,  True, False, False, False,  True])
    """
    if not share:
        return np.zeros(len(rows), dtype=bool)
    start = _mixed(np.array([seed + 1], dtype=np.uint64))
    drawn = _mixed(start + rows.astype(np.uint64))
    return (drawn >> np.uint64(11)) * 2.0**-53 < share


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        mixed = numbers * np.uint64(_STEP)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_FIRST)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_SECOND)
    return mixed ^ (mixed >> np.uint64(31))
