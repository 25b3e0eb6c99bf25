"""Whole numbers in the order of numbers: by their bits a quantile is found without sorting."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALL_BITS", "next_digits", "number_of_key", "ordered_keys"]

Keys = NDArray[np.uint64]

ALL_BITS = 64
"""Of a key."""


def ordered_keys(values: NDArray[np.float64]) -> Keys:
    """Return whole numbers in the order of the numbers: bits of a positive float rise with it."""
    bits = (values + 0.0).view(np.uint64)  # 0.0 for -0.0
    sign = np.uint64(1 << 63)
    return np.where(bits & sign, ~bits, bits | sign)


def number_of_key(key: int) -> float:
    """Return the number that a key is of."""
    bits = key ^ (1 << 63) if key >> 63 else key ^ ((1 << 64) - 1)
    return float(np.uint64(bits).view(np.float64))


def next_digits(
    values: NDArray[np.float64], weights: NDArray[np.float64], known: int, prefix: int, bits: int
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Return the next bits of the keys that begin with known ones, as they occur, and the weight of each.

    Parameters
    ----------
    values : array of shape (n,)
    weights : array of shape (n,)
    known : int
        How many bits are known.
    prefix : int
        These bits.
    bits : int
        How many come next.
    """
    keys = ordered_keys(values)
    if known:
        here = keys >> np.uint64(ALL_BITS - known) == np.uint64(prefix)
        keys, weights = keys[here], weights[here]
    following = keys >> np.uint64(ALL_BITS - known - bits) & np.uint64((1 << bits) - 1)
    digits, places = np.unique(following, return_inverse=True)
    return digits.astype(np.intp), np.bincount(places, weights, minlength=len(digits))
