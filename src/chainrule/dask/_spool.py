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
    room : int
        Those of them for partitions that are kept in memory.
    directory : str
    """

    def __init__(self, max_memory: int, room: int, directory: str) -> None:
        self._most, self._room, self._directory = max_memory, room, directory
        self._file: Any = None
        self._lock = Lock()
        self._largest = 1
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
            self._largest = max(self._largest, size)
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

    @property
    def numbers(self) -> list[int]:
        """Those of the partitions that are kept."""
        with self._lock:
            return list(self._kept)

    @property
    def at_once(self) -> int:
        """How many partitions may be worked on at a time."""
        return max(1, self._most // (_AT_ONCE * self._largest))

    def get(self, number: int) -> Rows | None:
        """Return a partition, None if it is not here."""
        with self._lock:
            kept = self._kept.get(number)
            return self._read(kept) if isinstance(kept, int) else kept

    def pop(self, number: int) -> Rows:
        """Return a partition, and forget it."""
        with self._lock:
            kept = self._kept.pop(number)
            if isinstance(kept, int):
                return self._read(kept)
            self._room += sum(sizeof(each) for each in kept)
            return kept

    def _read(self, start: int) -> Rows:
        self._file.seek(start)
        return Rows(*pickle.load(self._file))

    def close(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            if self._file is not None:
                self._file.close()
                self._file = None
