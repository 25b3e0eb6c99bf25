"""Archives: a JSON header and members of bytes or arrays in one file, checked before anything is parsed.

The file is a plain ZIP, which every tool opens: ``header.json``, then the members in the order in which the
header lists them, none compressed. The header has the size and the SHA-256 of every member; its own SHA-256
is the comment of the ZIP. The same content gives the same bytes, and a file is read only if its bytes are
those that `write_archive` would write for its content: all that a ZIP may hold besides cannot stand in one.

A digest finds damage, not forgery: whoever writes other content can write the digests of it, too.
"""

import hashlib
import os
import re
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version as installed_version
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from chainrule._archive._json import MOST_BYTES, parse_json, to_json_bytes
from chainrule._archive._npy import npy_header, parse_npy
from chainrule._archive._zip import Entry, directory, is_large, local_header
from chainrule._files import open_atomic, reading

__all__ = ["Archive", "read_archive", "read_archive_header", "write_archive"]

Bytes = bytes | bytearray | memoryview
Path = str | os.PathLike[str]

_HEADER_NAME = "header.json"
_NAME = re.compile(r"[A-Za-z0-9_]+(?:[./-][A-Za-z0-9_]+)*")
_LONGEST_NAME = 200
_OURS = ("format", "format_version", "members")
_COMMENT = b"header.json has SHA-256 "
_COMMENT_LENGTH = len(_COMMENT) + 64
_LOCAL = 30  # bytes of a local header before the name
_MOST_MEMBERS = 10_000


@dataclass(frozen=True)
class Archive:
    """What `read_archive` has found in a file.

    Attributes
    ----------
    path : path-like
        The file, for messages.
    version : int
        The version of the format.
    header : mapping of str to object
        What was given to `write_archive`, as JSON gives it back: tuples are lists, NaN is None.
    sizes : mapping of str to int
        Bytes of every member, in the order of the file.
    """

    path: Path
    version: int
    header: Mapping[str, Any]
    sizes: Mapping[str, int]
    _members: Mapping[str, bytearray]

    def bytes(self, name: str) -> bytearray:
        """Return a member's bytes, not a copy. Raises ValueError if there is no such member."""
        if name not in self._members:
            raise ValueError(f"{os.fspath(self.path)} is damaged: it lacks {name}")
        return self._members[name]

    def array(self, name: str) -> NDArray[Any]:
        """Return an array, not a copy. Raises ValueError if there is no such member, or it is no array."""
        try:
            return parse_npy(self.bytes(name))
        except ValueError as error:
            if name not in self._members:
                raise
            raise ValueError(f"{os.fspath(self.path)} is damaged: {name}: {error}") from error


def write_archive(
    path: Path,
    format: str,
    version: int,
    header: Mapping[str, Any],
    members: Mapping[str, Bytes | NDArray[Any]],
) -> None:
    """Write an archive; an earlier file of that name stays until the new one is on the disk.

    Parameters
    ----------
    path : path-like
    format : str
        What the file is, such as ``"chainrule model"``; messages name it.
    version : int
        The version of the format, at least 1.
    header : mapping of str to object
        JSON's values, up to 16 MiB and 500,000 of them; NumPy's numbers are taken, and NaN is written as
        null. ``format``, ``format_version`` and ``members`` are added.
    members : mapping of str to bytes-like or ndarray
        By names of letters, digits and ``_``, with ``.``, ``-`` and ``/`` between them. An array's name ends
        in ``.npy``; it is copied only if it is not contiguous or not little-endian.

    Raises
    ------
    TypeError
        The header holds what JSON cannot; an array is of objects.
    ValueError
        The header holds an infinite number or is too large; a name is none that is accepted.
    OSError
        The file cannot be written; the message names it.
    """
    if len(members) > _MOST_MEMBERS:
        raise ValueError(f"an archive holds up to {_MOST_MEMBERS:,} members, not {len(members):,}")
    for name, member in members.items():
        _check_name(name)
        if isinstance(member, np.ndarray) and not name.endswith(".npy"):
            raise ValueError(f"the name of an array in an archive ends in .npy, not {name!r}")
    if taken := sorted({*_OURS} & {*header}):
        raise ValueError(f"the header of an archive has {', '.join(taken)} of its own")
    entries, digests = [], []
    for name, member in members.items():
        entry, digest = _summed(name, member)
        entries.append(entry)
        digests.append({"bytes": entry.size, "sha256": digest})
    listed = dict(zip(members, digests, strict=True))
    first = to_json_bytes({"format": format, "format_version": version, **header, "members": listed})
    entries.insert(0, _entry(_HEADER_NAME, first))
    large = _is_large(first, {entry.name: entry.size for entry in entries[1:]})
    with open_atomic(path) as file:
        for entry, member in zip(entries, [first, *members.values()], strict=True):
            file.write(local_header(entry, large))
            for piece in _pieces(member):
                file.write(piece)
        file.write(directory(entries, large, _comment(first)))


def read_archive_header(path: Path, format: str, newest: int) -> Archive:
    """Return an archive without its members: its header, of which all is checked, and their sizes.

    Raises
    ------
    OSError
        The file does not exist or cannot be read.
    ValueError
        It is no archive of that format, is damaged, or its version is above `newest`.
    """
    with _opened(path) as file:
        return _read_header(path, file, format, newest)[0]


def read_archive(path: Path, format: str, newest: int) -> Archive:
    """Return an archive with its members, whose sizes and digests are checked.

    Raises as `read_archive_header`. No more is allocated than the file has bytes.
    """
    with _opened(path) as file:
        archive, first, digests = _read_header(path, file, format, newest)
        large = _is_large(first, archive.sizes)
        entries, members = [_entry(_HEADER_NAME, first)], {}
        file.seek(len(local_header(entries[0], large)) + len(first))
        for name, size in archive.sizes.items():
            written = file.read(len(local_header(Entry(name, size, 0), large)))
            member = bytearray(size)
            file.readinto(member)  # type: ignore[attr-defined]
            if hashlib.sha256(member).hexdigest() != digests[name]:
                raise _damaged(path, f"{name} does not have the digest that the header has for it")
            entries.append(_entry(name, member))
            if written != local_header(entries[-1], large):
                raise _damaged(path, f"{name} is not as it was written")
            members[name] = member
        if file.read() != directory(entries, large, _comment(first)):
            raise _damaged(path, "its directory is not that of its members")
    return replace(archive, _members=members)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with reading(path):
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(f"cannot read {os.fspath(path)}: it is a folder; name a file in it")
        if not stat.S_ISREG(mode):
            raise ValueError(f"cannot read {os.fspath(path)}: it is no file, but a device or a pipe")
        with open(path, "rb") as file:
            yield file


def _read_header(
    path: Path, file: BinaryIO, format: str, newest: int
) -> tuple[Archive, bytes, Mapping[str, str]]:
    """Return the archive without members, the bytes of its header, and the digests of the members."""
    first = _header_bytes(path, file, format)
    try:
        values = parse_json(first)
    except ValueError as error:
        raise _damaged(path, f"{_HEADER_NAME}: {error}") from error
    if not isinstance(values, dict) or values.get("format") != format:
        raise ValueError(f"{_not_one(path, format)}: {_HEADER_NAME} does not say that it is one")
    version = _version(path, values, newest)
    sizes, digests = _listed(path, values.get("members"))
    header = {key: value for key, value in values.items() if key not in _OURS}
    large = _is_large(first, sizes)
    listed = [Entry(_HEADER_NAME, len(first), 0), *(Entry(name, size, 0) for name, size in sizes.items())]
    expected = sum(len(local_header(entry, large)) + entry.size for entry in listed)
    expected += len(directory(listed, large, _comment(first)))
    if expected != (found := os.fstat(file.fileno()).st_size):
        raise _damaged(path, f"it has {found:,} bytes, and its header is of a file of {expected:,}")
    file.seek(0)
    start = local_header(_entry(_HEADER_NAME, first), large)
    if file.read(len(start)) != start:
        raise _damaged(path, f"{_HEADER_NAME} is not as it was written")
    return Archive(path, version, header, sizes, {}), first, digests


def _header_bytes(path: Path, file: BinaryIO, format: str) -> bytes:
    """Return the header, of which nothing is known yet but that its digest is right."""
    found = os.fstat(file.fileno()).st_size
    file.seek(max(found - _COMMENT_LENGTH, 0))
    comment = file.read()
    file.seek(0)
    start = file.read(_LOCAL + len(_HEADER_NAME) + 20)
    if not start.startswith(b"PK\3\4") or start[_LOCAL:][: len(_HEADER_NAME)] != _HEADER_NAME.encode():
        raise ValueError(_not_one(path, format))
    if not comment.startswith(_COMMENT):
        raise ValueError(f"{_not_one(path, format)}, or not a whole one")
    size, extra = int.from_bytes(start[22:26], "little"), int.from_bytes(start[28:30], "little")
    if extra == 20:
        size = int.from_bytes(start[-8:], "little")
    if size > min(found, MOST_BYTES):
        raise _damaged(path, f"its header would have {size:,} bytes")
    file.seek(_LOCAL + len(_HEADER_NAME) + extra)
    first = file.read(size)
    if comment != _comment(first):
        raise _damaged(path, f"{_HEADER_NAME} does not have the digest that the end of the file has for it")
    return first


def _version(path: Path, values: Mapping[str, Any], newest: int) -> int:
    version = values.get("format_version")
    if type(version) is not int or version < 1:
        raise _damaged(path, f"its format_version is {_short(version)}")
    if version > newest:
        versions = values.get("versions")
        later = "of a later version"
        by = versions.get("chainrule", later) if isinstance(versions, dict) else later
        raise ValueError(
            f"{os.fspath(path)} has format {version}, written by chainrule {_short(by)}; this "
            f"is chainrule {installed_version('chainrule')}, which reads formats up to {newest}: upgrade it"
        )
    return version


def _listed(path: Path, members: object) -> tuple[dict[str, int], dict[str, str]]:
    """Return sizes and digests of the members, as the header has them."""
    if not isinstance(members, dict) or len(members) > _MOST_MEMBERS:
        raise _damaged(path, "its header does not list its members")
    for name, listed in members.items():
        try:
            _check_name(name)
        except ValueError as error:
            raise _damaged(path, str(error)) from error
        if not isinstance(listed, dict) or list(listed) != ["bytes", "sha256"]:
            raise _damaged(path, f"its header does not have size and digest of {name}")
        if type(listed["bytes"]) is not int or listed["bytes"] < 0 or not isinstance(listed["sha256"], str):
            raise _damaged(path, f"its header has a size or digest of {name} that is none")
    return {n: one["bytes"] for n, one in members.items()}, {n: one["sha256"] for n, one in members.items()}


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME or name == _HEADER_NAME or not _NAME.fullmatch(name):
        raise ValueError(
            f"the name of a member in an archive has up to {_LONGEST_NAME} letters, digits and _, with . - / "
            f"between them, and is not {_HEADER_NAME}: not {name[:_LONGEST_NAME]!r}"
        )


def _is_large(first: Bytes, sizes: Mapping[str, int]) -> bool:
    return is_large([_HEADER_NAME, *sizes], [len(first), *sizes.values()])


def _entry(name: str, data: Bytes) -> Entry:
    return Entry(name, len(data), zlib.crc32(data))


def _summed(name: str, member: Bytes | NDArray[Any]) -> tuple[Entry, str]:
    """Return what the records say of a member, and its SHA-256."""
    digest, crc, size = hashlib.sha256(), 0, 0
    for piece in _pieces(member):
        digest.update(piece)
        crc, size = zlib.crc32(piece, crc), size + len(piece)
    return Entry(name, size, crc), digest.hexdigest()


def _comment(first: Bytes) -> bytes:
    return _COMMENT + hashlib.sha256(first).hexdigest().encode()


def _pieces(member: Bytes | NDArray[Any]) -> Iterator[Bytes]:
    """Yield the bytes of a member, of which a large array is never copied."""
    if not isinstance(member, np.ndarray):
        yield memoryview(member).cast("B")
        return
    array = np.asarray(member, member.dtype.newbyteorder("<"), order="A")
    if not (array.flags.c_contiguous or array.flags.f_contiguous):
        array = np.ascontiguousarray(array)
    yield npy_header(array)
    if array.size:
        yield array.reshape(-1, order="A").view(np.uint8).data


def _not_one(path: Path, format: str) -> str:
    return f"{os.fspath(path)} is not a {format.removeprefix('chainrule ')} file"


def _short(value: object) -> str:
    """Return what stands in a file as it may stand in a message: one line, and no long one."""
    return " ".join(str(value)[:40].split())


def _damaged(path: Path, fault: str) -> ValueError:
    return ValueError(f"{os.fspath(path)} is damaged: {fault}")
