"""Compressed text files."""

import bz2
import gzip
import io
import zipfile
import zlib
from pathlib import PurePosixPath

import pyarrow as pa

from chainrule.tables._names import listed
from chainrule.tables.files._suffixes import TEXT_SUFFIXES

__all__ = ["unpacked"]

_NAMES = {".gz": "gzip", ".bz2": "bzip2", ".zip": "zip", ".zst": "Zstandard"}


def unpacked(data: bytes, packed: str, origin: str) -> bytes:
    """Return the text of a file that is compressed the way `packed` says (".gz", ".bz2", ".zip", ".zst").

    Raises
    ------
    ValueError
        It is compressed another way, cut off or damaged, or a zip file that does not hold just one table.
    """
    try:
        return _UNPACK[packed](data, origin)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        why = " ".join(str(error).split())
        raise ValueError(f"{origin} is not a whole {_NAMES[packed]} file ({why})") from error


def _zst(data: bytes, origin: str) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        return bytes(stream.read())


def _bz2(data: bytes, origin: str) -> bytes:
    try:
        return bz2.decompress(data)
    except ValueError as error:  # cut off
        raise EOFError(str(error)) from error


def _zip(data: bytes, origin: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        tables = [name for name in names if _is_table(name)]
        if len(tables) != 1:
            held = listed(tables or names) or "nothing"
            raise ValueError(f"{origin} must hold one table to be read; it holds {held}")
        if archive.getinfo(tables[0]).flag_bits & 1:
            raise ValueError(f"{origin} is encrypted; unpack it first")
        return archive.read(tables[0])


def _is_table(name: str) -> bool:
    # Folders of that name hold what one system adds to every file.
    path = PurePosixPath(name)
    hidden = "__MACOSX" in path.parts or path.name.startswith(".")
    return path.suffix.lower() in TEXT_SUFFIXES and not hidden


_UNPACK = {
    ".gz": lambda data, origin: gzip.decompress(data),
    ".bz2": _bz2,
    ".zip": _zip,
    ".zst": _zst,
}
