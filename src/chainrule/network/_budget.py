"""Memory limits for a result and the work on it, set by the caller or by the free memory."""

import re
from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network._free_memory import free_memory

Array = NDArray[Any]
Bytes = int | float | str

_UNITS = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_UNITS |= {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}

SMALL = 2**26
"""A result this small is not worth asking the system how much is free."""
ALWAYS = 2**20
"""Work this small is done whatever the bound."""


class Budget:
    """Bytes that work may take beside its result.

    Parameters
    ----------
    left : int
    bounded : bool
        Whether a caller set the bound, or the system was asked; if not, more than ``left`` may be had.
    """

    __slots__ = ("_bounded", "left")

    def __init__(self, left: int, bounded: bool = True) -> None:
        self.left, self._bounded = left, bounded

    def of_work(self, least: int) -> int:
        """Return the bytes for work that takes so many at least.

        Raises
        ------
        MemoryError
            If they are fewer.
        """
        if least <= self.left or least <= ALWAYS:
            return self.left
        left = self.left if self._bounded else as_bytes(None)
        if least > left:
            raise MemoryError(
                f"the work takes {in_words(least)} beside the result, even a row at a time; "
                f"left for it are {in_words(max(left, 0))}"
            )
        return left


UNBOUNDED = Budget(2**62)
_SMALL = Budget(SMALL, bounded=False)


def as_bytes(max_memory: Bytes | None) -> int:
    """Return a bound in bytes; None stands for half of what is free.

    Raises
    ------
    ValueError, TypeError
        For what is no positive number of bytes.
    """
    if max_memory is None:
        return free_memory() // 2
    if isinstance(max_memory, str):
        match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([A-Za-z]*)\s*", max_memory)
        unit = _UNITS.get(match[2].upper()) if match else None
        if match is None or unit is None:
            raise ValueError(
                f'max_memory is {max_memory!r}; accepted are bytes, or words like "2GiB", "500MB"'
            )
        max_memory = float(match[1]) * unit
    if isinstance(max_memory, bool) or not isinstance(max_memory, int | float | np.number):
        raise TypeError(f'max_memory must be bytes, or words like "2GiB", got {max_memory!r}')
    if not 1 <= max_memory < np.inf:
        raise ValueError(f'max_memory must be at least 1 byte, got {max_memory!r}; "2GiB" is accepted too')
    return int(min(max_memory, 2**62))


def in_words(size: float) -> str:
    """Return a size as people write it.

    Examples
    --------
    >>> in_words(3 * 2**30)
    '3 GiB'
    """
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.3g} {unit}" if size < 1000 else f"{size:,.0f} {unit}"
        size /= 1024
    raise AssertionError


def within_budget(
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    out: Array | None,
    max_memory: Bytes | None,
    instead: str,
    read: Iterable[Array] = (),
) -> tuple[Array, Budget]:
    """Return the array for a result, and what is left of the bound for the work.

    Parameters
    ----------
    shape, dtype
        Of the result.
    out : array or None
        Where the caller wants it.
    max_memory
        The bound as the caller gave it.
    instead : str
        Which calls answer without so large a result.
    read : iterable of array
        What is read while the result is written.

    Raises
    ------
    MemoryError
        If the result does not fit the bound: says how large it is.
    ValueError, TypeError
        For an ``out`` of another shape or type, not in C order, or in the memory of what is read.
    """
    size = prod(shape) * dtype.itemsize
    if out is None and max_memory is None and size <= SMALL:
        return np.empty(shape, dtype), _SMALL
    if out is not None:
        _check_out(out, shape, dtype, read)
        small = max_memory is None and size <= SMALL
        return out, _SMALL if small else Budget(as_bytes(max_memory))
    bound = as_bytes(max_memory)
    if size > bound:
        limit = (
            f"max_memory is {in_words(bound)}" if max_memory else f"half of what is free is {in_words(bound)}"
        )
        raise MemoryError(
            f"the result of shape {shape} in {dtype} takes {in_words(size)}, {limit}; {instead}, "
            "or give out=, which may be a numpy.memmap"
        )
    return np.empty(shape, dtype), Budget(bound - size)


def _check_out(out: Array, shape: tuple[int, ...], dtype: np.dtype[Any], read: Iterable[Array]) -> None:
    if type(out) not in (np.ndarray, np.memmap):
        raise TypeError(f"out must be an array of shape {shape} and {dtype}, got {type(out).__name__}")
    if out.shape != shape or out.dtype != dtype:
        raise ValueError(f"out has shape {out.shape} and {out.dtype}; the result is {shape} in {dtype}")
    if not (out.flags.c_contiguous and out.flags.aligned and out.flags.writeable):
        raise ValueError("out must be writable, aligned, and lie in C order without gaps")
    if any(np.shares_memory(out, part) for part in read):
        raise ValueError("out lies in memory of X, y, sample_weight or η, which are read while it is written")
