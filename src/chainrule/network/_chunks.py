"""Chunks of rows: how many rows are worked on at a time."""

from collections.abc import Iterator

from chainrule.network._budget import Budget

_CACHE = 2**20
"""Work on some rows stays in a core's second cache: about 1 MB."""


def rows_at_a_time(n: int, bytes_a_row: int, budget: Budget, least: int = 1, fixed: int = 0) -> int:
    """Return how many of n rows to work on at a time: as many as a cache holds, if the budget allows.

    Parameters
    ----------
    n, bytes_a_row : int
    budget : Budget
    least : int
        Rows below which products become inefficient, whatever the cache.
    fixed : int
        Bytes that the work takes beside those of its rows.

    Raises
    ------
    MemoryError
        If the budget is too small for a single row.
    """
    left = budget.of_work(fixed + bytes_a_row) - fixed
    rows = max(1, min(n, max(_CACHE // bytes_a_row, least), left // bytes_a_row))
    return -(-n // -(-n // rows)) if n else rows  # chunks of like size: a short last one would pay most


def cut(n: int, step: int) -> Iterator[tuple[int, int]]:
    """Return first row and number of rows of each chunk."""
    return ((first, min(step, n - first)) for first in range(0, n, max(step, 1)))
