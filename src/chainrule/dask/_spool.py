"""Rows that were loaded before it is known how the network takes them, kept within a budget of memory."""

import pickle
import tempfile
from threading import Lock
from typing import Any

from dask.sizeof import sizeof

from chainrule.dask._rows import Rows
from chainrule.network import in_words

__all__ = ["Spool"]

_AT_ONCE = 3
"""Rows as they were given, as the network takes them, and what the one becomes the other by."""


class Spool:
    """Partitions as they were given: in memory while there is room, the others in a temporary file.

    Parameters
    ----------
    max_memory : int
        Bytes for rows on this worker.
    directory : str
    """

    def __init__(self, max_memory: int, directory: str) -> None:
        self._most, self._room, self._directory = max_memory, max_memory // 2, directory
        self._file: Any = None
        self._lock = Lock()
        self._kept: dict[int, Rows | int] = {}

    def put(self, number: int, name: str, rows: Rows) -> None:
        """Keep a partition; raise ValueError if it is too large for the budget."""
        size = sum(sizeof(each) for each in rows)
        if _AT_ONCE * size > self._most:
            raise ValueError(
                f"{name} takes {in_words(size)}, and {_AT_ONCE} times as much is to fit "
                f"max_memory={in_words(self._most)}: make partitions smaller"
            )
        with self._lock:
            if size <= self._room:
                self._room -= size
                self._kept[number] = rows
            else:
                self._kept[number] = self._write(rows)

    def _write(self, rows: Rows) -> int:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._directory, prefix=".chainrule-")
        start: int = self._file.seek(0, 2)
        pickle.dump(rows, self._file, protocol=5)
        return start

    def pop(self) -> tuple[int, Rows] | None:
        """Return one of the partitions with its number, and forget it; None if there is none."""
        with self._lock:
            if not self._kept:
                return None
            number, kept = self._kept.popitem()
            if isinstance(kept, int):
                self._file.seek(kept)
                kept = Rows(*pickle.load(self._file))
            else:
                self._room += sum(sizeof(each) for each in kept)
            return number, kept

    def close(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            if self._file is not None:
                self._file.close()
                self._file = None
