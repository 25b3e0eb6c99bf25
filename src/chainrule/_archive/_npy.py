"""Arrays as ``.npy`` files (format 1.0 in `numpy.lib.format`): of numbers, texts, times, never objects."""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["npy_header", "parse_npy"]

_DTYPE = re.compile(
    r"\|b1|[|]i1|[|]u1|<[iu][248]|<f[248]|<U[1-9][0-9]{0,8}|<[mM]8\[(?:Y|M|W|D|h|m|s|ms|us|ns)\]"
)
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([!-~]{2,12})', 'fortran_order': (False|True), "
    rb"'shape': \(((?:[0-9]{1,18}, ?)*(?:[0-9]{1,18})?)\), \} *\n",
    re.DOTALL,
)
_LONGEST_HEADER = 1024
_LAST_CHARACTER = 0x10FFFF


def npy_header(array: NDArray[Any]) -> bytes:
    """Return what stands before the numbers of an array, which lie in C or in Fortran order.

    Raises
    ------
    TypeError
        Its dtype is none that archives hold.
    """
    if not _DTYPE.fullmatch(array.dtype.str):
        raise TypeError(f"an archive holds arrays of numbers, texts and times, not of dtype {array.dtype}")
    return _header(array.dtype.str, not array.flags.c_contiguous, array.shape)


def _header(dtype: str, fortran: bool, shape: tuple[int, ...]) -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': {fortran}, 'shape': {shape}, }}".encode("ascii")
    padding = -(10 + len(text) + 1) % 64  # the numbers begin at a multiple of 64
    length = len(text) + padding + 1
    return b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + text + b" " * padding + b"\n"


def parse_npy(data: bytes | bytearray | memoryview) -> NDArray[Any]:
    """Return the array that a ``.npy`` file holds: a view of `data`, which can be written to if `data` can.

    Raises
    ------
    ValueError
        It is not a ``.npy`` file of a dtype that archives hold, or its size is not its shape's.
    """
    found = _HEADER.match(bytes(memoryview(data)[:_LONGEST_HEADER]))
    if found is None or not _DTYPE.fullmatch(name := found[1].decode("ascii")):
        raise ValueError("it is no .npy array of numbers, texts or times")
    dtype = np.dtype(name)
    shape = tuple(int(size) for size in found[3].split(b",") if size.strip())
    if int.from_bytes(found[0][8:10], "little") != len(found[0]) - 10:
        raise ValueError("the length of its .npy header is another")
    if len(found[0]) + math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"its shape {shape} of {dtype} is not that of its {len(data):,} bytes")
    array = np.frombuffer(data, dtype=dtype, offset=len(found[0]))
    _check_values(array)
    return array.reshape(shape[::-1]).T if found[2] == b"True" else array.reshape(shape)


def _check_values(array: NDArray[Any]) -> None:
    """Raise ValueError for bits that are no value of the dtype; NumPy would trust them."""
    if array.dtype.kind == "b" and array.size and array.view(np.uint8).max() > 1:
        raise ValueError("an array of true and false holds something else")
    if array.dtype.kind == "U" and array.size and array.view(np.uint32).max(initial=0) > _LAST_CHARACTER:
        raise ValueError("an array of texts holds something that is no character")
