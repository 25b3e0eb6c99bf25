"""Arrays in messages between workers."""

from typing import Any

import numpy as np
from distributed.protocol import to_serialize
from numpy.typing import NDArray

__all__ = ["packed", "unpacked"]

Array = NDArray[Any]
_SMALL = 1 << 15
"""Bytes up to which an array is a part of its message. Dask sends others as frames of their own, which are
not copied; for each of them sender and receiver take as long as to copy some tens of kilobytes."""


def packed(array: Array) -> Any:
    """Return what a message holds of an array."""
    if array.nbytes > _SMALL:
        return to_serialize(array)
    return array.dtype.str, array.shape, array.tobytes()


def unpacked(given: Any) -> Array:
    """Return the array that a message holds; it may be written to, as kernels are compiled for."""
    if isinstance(given, np.ndarray):
        return given
    if isinstance(given, (tuple, list)):
        dtype, shape, data = given
        return np.frombuffer(data, np.dtype(dtype)).reshape(shape).copy()
    array: Array = given.data  # as it was packed: the message has not left this process
    return array
