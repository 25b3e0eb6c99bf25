"""Content that is made while it is read: text that was compressed, or is in another encoding."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chainrule.tables.files._content import Content

__all__ = ["Flow", "line_ends", "whole_lines"]

_LEAST = 1 << 18  # bytes


@dataclass(frozen=True)
class Flow(Content):
    """Bytes that come from a function, from the beginning each time they are opened.

    Parameters
    ----------
    make : callable
        Returns an iterator of pieces of the bytes.
    """

    make: Callable[[], Iterator[bytes]] = field(default=lambda: iter(()))

    def open(self, skip: int = 0) -> Any:
        """Return a file at the first byte after `start` and `skip`."""
        file = io.BufferedReader(_Pieces(self.make()))
        left = self.start + skip
        while left and (read := file.read(min(left, _LEAST))):
            left -= len(read)
        return file

    def whole(self) -> bytes:
        """Return all bytes."""
        with self.open() as file:
            return bytes(file.read())


class _Pieces(io.RawIOBase):
    """A file of pieces of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of pieces again, cut at ends of lines."""
    rest: list[bytes] = []
    for piece in pieces:
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, len(piece) - 1)) + 1  # \n may follow a last \r
        if end:
            yield b"".join([*rest, piece[:end]])
            rest = [piece[end:]]
        else:
            rest.append(piece)
    if last := b"".join(rest):
        yield last


def line_ends(data: bytes) -> int:
    """Return how many lines end in the bytes."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
