"""Compressed text files."""

import bz2
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa

from chainrule.tables._names import listed
from chainrule.tables.files._suffixes import TEXT_SUFFIXES

__all__ = ["unpacked", "unpacked_pieces"]

_NAMES = {".gz": "gzip", ".bz2": "bzip2", ".zip": "zip", ".zst": "Zstandard"}


_PIECE = 1 << 18  # bytes


def unpacked(data: bytes, packed: str, origin: str) -> bytes:
    """Return the text of a file that is compressed the way `packed` says (".gz", ".bz2", ".zip", ".zst").

    Raises
    ------
    ValueError
        It is compressed another way, cut off or damaged, or a zip file that does not hold just one table.
    """
    return b"".join(unpacked_pieces(io.BytesIO(data), packed, origin))


def unpacked_pieces(file: BinaryIO, packed: str, origin: str) -> Iterator[bytes]:
    """Yield the same text piece by piece, from an open file."""
    try:
        with _OPEN[packed](file, origin) as unpacking:
            while piece := unpacking.read(_PIECE):
                yield bytes(piece)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        why = " ".join(str(error).split())
        raise ValueError(f"{origin} is not a whole {_NAMES[packed]} file ({why})") from error


def _zst(file: BinaryIO, origin: str) -> Any:
    return pa.CompressedInputStream(file, "zstd")


@contextmanager
def _zip(file: BinaryIO, origin: str) -> Iterator[Any]:
    with zipfile.ZipFile(file) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        tables = [name for name in names if _is_table(name)]
        if len(tables) != 1:
            held = listed(tables or names) or "nothing"
            raise ValueError(f"{origin} must hold one table to be read; it holds {held}")
        if archive.getinfo(tables[0]).flag_bits & 1:
            raise ValueError(f"{origin} is encrypted; unpack it first")
        with archive.open(tables[0]) as entry:
            yield entry


def _is_table(name: str) -> bool:
    # Folders of that name hold what one system adds to every file.
    path = PurePosixPath(name)
    hidden = "__MACOSX" in path.parts or path.name.startswith(".")
    return path.suffix.lower() in TEXT_SUFFIXES and not hidden


_OPEN = {
    ".gz": lambda file, origin: gzip.GzipFile(fileobj=file),
    ".bz2": lambda file, origin: bz2.BZ2File(file),
    ".zip": _zip,
    ".zst": _zst,
}
