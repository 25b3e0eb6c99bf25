"""The bytes of a file, read piece by piece, or held in memory where they had to be made."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

__all__ = ["Content", "state_of", "unchanged"]

_PIECE = 1 << 18  # bytes; stays in the cache


@dataclass(frozen=True)
class Content:
    """Bytes and where they come from.

    Parameters
    ----------
    origin : str
        The file's name, for messages.
    held : bytes or Path
        The bytes, or the file that they are read from. A file is never mapped into memory: if another
        program cut it meanwhile, the process would be killed.
    start : int
        Bytes at the beginning that are no text (a byte order mark).
    lines : int
        Lines of the file above the bytes, if they are a piece of it.
    """

    origin: str
    held: bytes | Path
    start: int = 0
    lines: int = 0

    def open(self, skip: int = 0) -> Any:
        """Return a `pyarrow.NativeFile` at the first byte after `start` and `skip`."""
        file = pa.BufferReader(self.held) if isinstance(self.held, bytes) else pa.OSFile(str(self.held))
        file.seek(self.start + skip)
        return file

    def head(self, size: int) -> bytes:
        """Return the first `size` bytes."""
        with self.open() as file:
            return bytes(file.read(size))

    def whole(self) -> bytes:
        """Return all bytes."""
        if isinstance(self.held, bytes):
            return self.held[self.start :] if self.start else self.held
        return self.held.read_bytes()[self.start :]

    def pieces(self) -> Iterator[bytes]:
        """Yield all bytes, piece by piece."""
        with self.open() as file:
            while piece := file.read(_PIECE):
                yield piece


def _check_is_file(path: Path) -> None:
    """Raise unless `path` is a file that is not empty."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a table in it (.csv, .parquet, .xlsx, ...)")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    if path.stat().st_size == 0 and path.is_file():
        raise ValueError(f"{path} is empty")


@contextmanager
def unchanged(path: Path, before: tuple[int, ...] | None = None) -> Iterator[None]:
    """Raise unless it is a file, and the same at the end as at the beginning; name it in system errors.

    ``before`` is what `state_of` returned when it was read first, if it is read again.
    """
    try:
        _check_is_file(path)
        before = before or state_of(path)
        try:
            yield
        except (OSError, ValueError):
            _check_same(path, before)  # then this is why
            raise
        _check_same(path, before)
    except OSError as error:
        if error.errno is None:
            raise
        why = os.strerror(error.errno)
        raise type(error)(f"cannot read {path}: {why}") from error


def _check_same(path: Path, before: tuple[int, ...]) -> None:
    if path.is_file() and state_of(path) != before:
        raise ValueError(f"{path} changed while it was read; try again when nothing writes to it")


def state_of(path: Path) -> tuple[int, ...]:
    """Return what is another when a file was written to."""
    facts = os.stat(path)
    return facts.st_ino, facts.st_size, facts.st_mtime_ns
