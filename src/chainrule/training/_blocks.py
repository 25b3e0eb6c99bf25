"""Rows that do not fit in memory: groups of them are loaded when they are needed, one ahead."""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import accumulate, groupby
from types import TracebackType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from chainrule.network import Bytes, as_bytes, in_words
from chainrule.training._decoded import Decoded
from chainrule.training._row_cache import Cache
from chainrule.training._source import Leaf

__all__ = ["Blocks", "RowGroup"]

Array = NDArray[Any]

_GROUPS_AT_ONCE = 3
"""One whose leaves are worked on, one that is loaded, and what loading takes beside its result."""
_KEPT = 0.6
"""Most of the memory that is for rows which stay in it."""


class RowGroup(Protocol):
    """Rows that are loaded together, such as a row group of a Parquet file.

    Attributes
    ----------
    name : str
        For messages, such as "sales/3.parquet, row group 2".
    n_rows : int
        Known before they are loaded.
    """

    @property
    def name(self) -> str: ...

    @property
    def n_rows(self) -> int: ...

    def load(self) -> tuple[Array, Array, Array]:
        """Return inputs (n, d), targets (n, p) and weights (n,) or (0,) in C order, of the network's type.

        Called in another thread. It should take no more memory than twice that of its result.
        """


class Blocks:
    """Rows in groups that are loaded when their leaves are asked for.

    A source of leaves (`Source`): each group is cut into leaves of ``leaf_rows``, its last leaf is shorter.
    While threads work on the leaves of a group, the next one is loaded in a thread that ends with the
    iterator. Three groups are in memory at once, beside those that are kept.

    Parameters
    ----------
    groups : sequence of RowGroup
    columns : (d, p)
        How many inputs and targets there are.
    dtype : dtype
        Of the network.
    leaf_rows : int
    weighted : bool, default=False
        Whether rows have weights.
    max_memory : int, float or str, optional
        Bytes for rows, or words like "2GiB"; half of what is free if not given.
    directory : path-like, optional
        Where rows are written that stay in no memory; without it the system's folder of large temporary
        files. It holds a file of no name, which goes when the source is closed or its process ends.
    cache : "auto" or False
        "auto" loads each group once: it is kept while 0.6 of ``max_memory`` (less where groups are large)
        lasts, the others are written as they are in memory, and read back from there. False loads each
        group in each pass.

    Attributes
    ----------
    n_rows, n_leaves : int
    lasting : bool
        Whether leaves can be held on to; not where ``cache`` is False: each would hold its group; nor where
        groups are in the file: rows taken from all over it bring most of it into memory.

    Raises
    ------
    ValueError
        If a group is so large that three of them exceed ``max_memory``. While reading: if a group is not what
        was announced, or holds a number that is not finite; the message names it.
    NotADirectoryError
        If there is no such folder.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Ones:
    ...     name: str
    ...     n_rows: int
    ...     def load(self):
    ...         return np.ones((self.n_rows, 3)), np.ones((self.n_rows, 1)), np.empty(0)
    >>> groups = [Ones("the first", 250), Ones("the second", 120)]
    >>> with Blocks(groups, (3, 1), "float64", 100, max_memory="1MiB") as blocks:
    ...     for number, leaf in blocks.leaves(range(blocks.n_leaves)):
    ...         print(number, leaf.inputs.shape)
    0 (100, 3)
    1 (100, 3)
    2 (50, 3)
    3 (100, 3)
    4 (20, 3)
    """

    def __init__(
        self,
        groups: Sequence[RowGroup],
        columns: tuple[int, int],
        dtype: DTypeLike,
        leaf_rows: int,
        *,
        weighted: bool = False,
        max_memory: Bytes | None = None,
        directory: str | os.PathLike[str] | None = None,
        cache: Literal["auto", False] = "auto",
    ) -> None:
        if leaf_rows < 1:
            raise ValueError(f"leaf_rows must be at least 1, got {leaf_rows}")
        if cache not in ("auto", False):
            raise ValueError(f'cache must be "auto" or False, got {cache!r}')
        self._groups, self._columns, self._dtype = list(groups), columns, np.dtype(dtype)
        self._leaf_rows, self._weighted = leaf_rows, weighted
        largest, budget = self._largest(), as_bytes(max_memory)
        self._check_size(largest, budget)
        room = min(int(_KEPT * budget), budget - _GROUPS_AT_ONCE * self._bytes_of(largest))
        self._cache = Cache(room, directory) if cache == "auto" else None
        counts = [-(-group.n_rows // leaf_rows) for group in self._groups]
        self._firsts = np.array([0, *accumulate(counts)])
        self._closed = False

    @property
    def n_rows(self) -> int:
        return sum(group.n_rows for group in self._groups)

    @property
    def n_leaves(self) -> int:
        return int(self._firsts[-1])

    @property
    def lasting(self) -> bool:
        return self._cache is not None and self._cache.in_memory

    def leaves(self, numbers: Sequence[int]) -> Generator[tuple[int, Leaf], None, None]:
        """Yield leaves with their numbers, in the order given: if they rise, each group is loaded once."""
        runs = self._runs(numbers)
        pool = ThreadPoolExecutor(1, "chainrule-reading")
        try:
            coming = [self._begin(pool, *runs[0])] if runs else []
            for place, (group, run) in enumerate(runs):
                rows = coming.pop()()
                for at, number in enumerate(run):
                    # From the second leaf on, whoever asks has done with the group before.
                    if at == min(1, len(run) - 1) and place + 1 < len(runs):
                        coming.append(self._begin(pool, *runs[place + 1]))
                    first = (number - int(self._firsts[group])) * self._leaf_rows
                    yield number, rows.leaf(first, self._leaf_rows)
        finally:
            pool.shutdown(cancel_futures=True)

    def close(self) -> None:
        """Forget what is kept, and give its memory and disk back."""
        self._closed = True
        if self._cache is not None:
            self._cache.close()

    def __enter__(self) -> "Blocks":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _largest(self) -> RowGroup | None:
        return max(self._groups, key=lambda group: group.n_rows, default=None)

    def _bytes_of(self, group: RowGroup | None) -> int:
        if group is None:
            return 0
        return group.n_rows * (sum(self._columns) + self._weighted) * self._dtype.itemsize

    def _check_size(self, group: RowGroup | None, budget: int) -> None:
        needed = _GROUPS_AT_ONCE * self._bytes_of(group)
        if group is not None and needed > budget:
            raise ValueError(
                f"{group.name}: {group.n_rows:,} rows are {in_words(self._bytes_of(group))} in memory, and "
                f"three such groups are held at once: max_memory must be at least {in_words(needed)}, got "
                f"{in_words(budget)}; or write a Parquet file in smaller row groups"
            )

    def _runs(self, numbers: Sequence[int]) -> list[tuple[int, list[int]]]:
        """Cut the numbers of leaves into runs of one group."""
        wanted = np.asarray(numbers, dtype=np.intp)
        if wanted.size and not 0 <= wanted.min() <= wanted.max() < self.n_leaves:
            raise ValueError(
                f"leaves {wanted.min()} to {wanted.max()} were asked for; there are {self.n_leaves}"
            )
        groups = np.searchsorted(self._firsts, wanted, side="right") - 1
        pairs = zip(groups.tolist(), wanted.tolist(), strict=True)
        return [(group, [number for _, number in run]) for group, run in groupby(pairs, lambda pair: pair[0])]

    def _begin(self, pool: ThreadPoolExecutor, group: int, run: list[int]) -> Callable[[], Decoded]:
        """Begin to load a group for some leaves, unless it is there; return what waits for it."""
        if self._closed:
            raise ValueError("the source of these rows has been closed")
        first = int(self._firsts[group])
        rows = slice((min(run) - first) * self._leaf_rows, (max(run) + 1 - first) * self._leaf_rows)
        found = self._cache.get(group, rows) if self._cache is not None else None
        if found is not None:
            return lambda: found
        future = pool.submit(copy_context().run, self._load, group)  # who hears warnings here hears its own
        return lambda: _result_of(future)

    def _load(self, number: int) -> Decoded:
        group = self._groups[number]
        rows = Decoded(*group.load())
        shapes = (group.n_rows, self._columns[0]), (group.n_rows, self._columns[1])
        rows.check(group.name, (*shapes, (group.n_rows if self._weighted else 0,)), self._dtype)
        if self._cache is not None:
            self._cache.put(number, rows)
            # What is written is taken from the file: its memory is the system's, whoever holds on to leaves.
            return self._cache.get(number) or rows
        return rows


def _result_of(future: "Future[Decoded]") -> Decoded:
    """Wait for a thread; looked for now and then, so that Ctrl-C is heard."""
    while not wait([future], timeout=0.2).done:
        pass
    return future.result()
