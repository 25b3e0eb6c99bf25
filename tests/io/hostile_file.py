"""What a hostile file is, and the plainest ones: with a byte flipped, or cut off."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

COMMAND = "touch chainrule-was-here"


@dataclass(frozen=True)
class Hostile:
    """A file that somebody may send, and the valid file whose predictions it must have if it loads at all."""

    name: str
    content: bytes | Callable[[], bytes]
    of: bytes | None = None

    @cached_property
    def data(self) -> bytes:
        """The bytes, which are made when they are asked for: most files are not tried in `make test`."""
        return self.content if isinstance(self.content, bytes) else self.content()


class Shell:
    """An object whose pickle runs a command."""

    def __reduce__(self) -> Any:
        import os

        return os.system, (COMMAND,)


def flipped(name: str, data: bytes, step: int) -> Iterator[Hostile]:
    """One bit of every byte, or of every so many, is another."""
    for place in range(0, len(data), step):
        other = bytearray(data)
        other[place] ^= 1 << place % 8
        yield Hostile(f"{name}: byte {place} flipped", bytes(other))


def cut(name: str, data: bytes, of: bytes | None = None) -> Iterator[Hostile]:
    """Cut off at every 1,000th byte, and begun there; with something before and behind."""
    for length in range(0, len(data), 1000):
        yield Hostile(f"{name}: cut off at {length}", data[:length], of)
        if length:
            yield Hostile(f"{name}: begun at {length}", data[length:], of)
    yield Hostile(f"{name}: something before", b"#!/bin/sh\n" + data, of)
    yield Hostile(f"{name}: something behind", data + b"\0" * 100, of)


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()
