"""Groups of rows that have been read once: kept in memory, or written to a raw file and mapped from there."""

import math
import mmap
import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import in_words
from chainrule.training._decoded import Decoded

__all__ = ["Cache"]

Array = NDArray[Any]


class Cache:
    """Groups that have been read once: in memory while there is room, the others in a raw file.

    Parameters
    ----------
    room : int
        Bytes that are kept in memory.
    directory : path-like or None
        Where the raw file is; None for the system's folder of large temporary files.
    """

    def __init__(self, room: int, directory: str | os.PathLike[str] | None) -> None:
        self._room = room
        self._kept: dict[int, Decoded] = {}
        self._file = RawFile(directory)
        self._written: dict[int, Written] = {}
        self._lock, self._closed = Lock(), False

    def get(self, group: int, rows: slice = slice(None)) -> Decoded | None:
        """Return a group that has been put here; of one in the file these rows are needed first."""
        with self._lock:
            written = self._written.get(group)
            return self._kept.get(group) if written is None else self._file.read(written, rows)

    def put(self, group: int, rows: Decoded) -> None:
        """Keep a group, or write it.

        Raises
        ------
        OSError
            If it cannot be written; then it is as if it had not been put here.
        """
        with self._lock:
            if self._closed or group in self._kept or group in self._written:
                return
            if rows.nbytes <= self._room:
                self._room -= rows.nbytes
                self._kept[group] = rows
            else:
                self._written[group] = self._file.write(rows)

    @property
    def in_memory(self) -> bool:
        """Whether nothing has been written."""
        return not self._written

    def close(self) -> None:
        """Forget all of them; what is read of the file at this moment can be read to its end."""
        with self._lock:
            self._closed = True
            self._kept.clear()
            self._written.clear()
            self._file.close()


@dataclass(frozen=True)
class Written:
    """Where rows are in a raw file: its bytes from ``start`` on are those of arrays of these shapes."""

    start: int
    size: int
    dtype: np.dtype[Any]
    shapes: tuple[tuple[int, ...], ...]

    def places(self, rows: slice) -> Iterator[tuple[int, int]]:
        """Yield the pages of each array that some rows lie in: where they begin, and how many bytes."""
        begin = 0
        for n, *width in self.shapes:
            row = math.prod(width) * self.dtype.itemsize
            first, stop, _ = rows.indices(n)
            start = (begin + first * row) // mmap.PAGESIZE * mmap.PAGESIZE
            if stop > first and row:
                yield start, begin + stop * row - start
            begin += n * row


class RawFile:
    """A temporary file of rows, written once and mapped into memory when they are needed.

    It has no name, so it goes with its process, however that ends; on Windows it has one while it is open.

    Parameters
    ----------
    directory : path-like or None
        None for the system's folder of large temporary files.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    """

    def __init__(self, directory: str | os.PathLike[str] | None) -> None:
        self.directory = _large_temporary_files() if directory is None else Path(directory)
        if not self.directory.is_dir():
            raise NotADirectoryError(f"cannot write rows to {self.directory}: there is no such folder")
        self._file: Any = None
        self._end = 0

    def write(self, rows: Decoded) -> Written:
        """Write rows at the end.

        Raises
        ------
        OSError
            If they cannot be written as a whole; the next ones are written in their place.
        """
        try:
            file = self._open()
            try:
                _write_all(file, self._end, rows)
            except OSError:
                with suppress(OSError):  # others may need the disk
                    file.truncate(self._end)
                raise
        except OSError as error:
            raise type(error)(
                f"cannot write {in_words(rows.nbytes)} of rows to a temporary file in {self.directory}: "
                f"{error.strerror}; directory= names another folder, cache=False reads the table in each pass"
            ) from error
        shapes = tuple(array.shape for array in rows.arrays)
        written = Written(self._end, rows.nbytes, rows.X.dtype, shapes)
        pages = -(-rows.nbytes // mmap.ALLOCATIONGRANULARITY)  # a mapping begins at a page
        self._end += pages * mmap.ALLOCATIONGRANULARITY
        return written

    def _open(self) -> Any:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self.directory, prefix=".chainrule-", buffering=0)
            weakref.finalize(self, self._file.close)
        return self._file

    def read(self, written: Written, rows: slice = slice(None)) -> Decoded:
        """Return rows whose memory is the file's, and of which the system begins to read some.

        Raises
        ------
        OSError
            If the file has become shorter since they were written.
        """
        found = os.fstat(self._file.fileno()).st_size
        if found < written.start + written.size:
            raise OSError(
                f"the temporary file of rows in {self.directory} has been cut to {in_words(found)}: "
                "learning must begin anew"
            )
        # Changes would stay in memory: kernels take arrays that may be written to.
        memory = mmap.mmap(self._file.fileno(), written.size, access=mmap.ACCESS_COPY, offset=written.start)
        if hasattr(mmap, "MADV_WILLNEED"):
            for start, size in written.places(rows):
                memory.madvise(mmap.MADV_WILLNEED, start, size)
        return Decoded(*_arrays_in(memory, written))

    def close(self) -> None:
        """Give the disk back."""
        if self._file is not None:
            self._file.close()
            self._file, self._end = None, 0


def _write_all(file: Any, start: int, rows: Decoded) -> None:
    file.seek(start)
    for array in rows.arrays:
        left = array.reshape(-1).view(np.uint8).data
        while left:
            left = left[file.write(left) :]


def _arrays_in(memory: mmap.mmap, written: Written) -> list[Array]:
    arrays, offset = [], 0
    for shape in written.shapes:
        count = int(np.prod(shape))
        array = np.frombuffer(memory, written.dtype, count, offset) if count else np.empty(0, written.dtype)
        arrays.append(array.reshape(shape))
        offset += array.nbytes
    return arrays


def _large_temporary_files() -> Path:
    """Return the folder for temporary files, but not /tmp if nobody asked for it: it often is memory."""
    if not any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")) and os.access("/var/tmp", os.W_OK):
        return Path("/var/tmp")
    return Path(tempfile.gettempdir())
