"""How much memory work may take: what is free, what a caller allows, and how many rows that makes."""

import os
import re
from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bytes = int | float | str

_UNITS = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_UNITS |= {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}

# A piece of work stays in a core's second cache: about 1 MB.
_CACHE = 2**20
# A result this large is gone from a core's caches before it is read.
BEYOND_CACHES = 2**24
# A result this small is not worth asking the system how much is free.
SMALL = 2**26


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


def free_memory() -> int:
    """Bytes that the system could hand out now."""
    try:
        words = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return int(words["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows, macOS: no page count of what is free
        return 2**31


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


def room_for(
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    out: Array | None,
    max_memory: Bytes | None,
    instead: str,
    read: Iterable[Array] = (),
) -> tuple[Array, int]:
    """Return the array for a result, and the bytes left for the work.

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
        return np.empty(shape, dtype), SMALL
    if out is not None:
        small = max_memory is None and size <= SMALL
        return _check_out(out, shape, dtype, read), SMALL if small else as_bytes(max_memory)
    bound = as_bytes(max_memory)
    if size > bound:
        limit = (
            f"max_memory is {in_words(bound)}" if max_memory else f"half of what is free is {in_words(bound)}"
        )
        raise MemoryError(
            f"the result of shape {shape} in {dtype} takes {in_words(size)}, {limit}; {instead}, "
            "or give out=, which may be a numpy.memmap"
        )
    return np.empty(shape, dtype), bound - size


def _check_out(out: Array, shape: tuple[int, ...], dtype: np.dtype[Any], read: Iterable[Array]) -> Array:
    if type(out) not in (np.ndarray, np.memmap):
        raise TypeError(f"out must be an array of shape {shape} and {dtype}, got {type(out).__name__}")
    if out.shape != shape or out.dtype != dtype:
        raise ValueError(f"out has shape {out.shape} and {out.dtype}; the result is {shape} in {dtype}")
    if not (out.flags.c_contiguous and out.flags.aligned and out.flags.writeable):
        raise ValueError("out must be writable, aligned, and lie in C order without gaps")
    if any(np.shares_memory(out, part) for part in read):
        raise ValueError("out lies in memory of X, y, sample_weight or η, which are read while it is written")
    return out


def rows_at_a_time(n: int, bytes_a_row: int, left: int, least: int = 1) -> int:
    """Return how many of n rows to work on at a time: as many as a cache holds, if ``left`` allows.

    Parameters
    ----------
    n, bytes_a_row : int
    left : int
        Bytes that the work may take.
    least : int
        Rows below which products become inefficient, whatever the cache.
    """
    rows = max(1, min(n, max(_CACHE // bytes_a_row, least), left // bytes_a_row))
    return -(-n // -(-n // rows)) if n else rows  # pieces of like size: a short last one would pay most


def spans(n: int, step: int) -> Iterator[tuple[int, int]]:
    """Return first row and number of rows of each piece."""
    return ((first, min(step, n - first)) for first in range(0, n, max(step, 1)))
