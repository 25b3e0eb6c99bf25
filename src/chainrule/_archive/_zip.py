"""The records of a ZIP archive of stored members, in one spelling only: APPNOTE 6.3.10, sections 4.3 and 4.5.

Nothing in them depends on the clock, the machine or the version of Python, and there is one right spelling
of every record: whoever reads makes the records anew and compares. What is compressed, encrypted, linked,
written twice or appended is spelled differently, and need not be looked for.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Entry", "directory", "is_large", "local_header"]

_DATE = 0x0021  # 1 January 1980, the first day that the format knows
_LARGE = 0xFFFF_FFFF  # stands where a size or offset is written in 64 bits
_large_from = _LARGE  # bytes of an archive; tests lower it


@dataclass(frozen=True)
class Entry:
    """One member as the records describe it: its ASCII name, its bytes, and their CRC-32."""

    name: str
    size: int
    crc: int


def is_large(names: Sequence[str], sizes: Sequence[int]) -> bool:
    """Return whether an archive of such members is written with sizes of 64 bits, all of them."""
    records = sum(len(name) for name in names) * 2 + 200 * len(names)
    return sum(sizes) + records >= _large_from


def local_header(entry: Entry, large: bool) -> bytes:
    """Return what stands before a member's bytes."""
    size = _LARGE if large else entry.size
    extra = struct.pack("<HHQQ", 1, 16, entry.size, entry.size) if large else b""
    return (
        struct.pack("<4s5H3L2H", b"PK\3\4", _version(large), 0, 0, 0, _DATE, entry.crc, size, size,
                    len(entry.name), len(extra))
        + entry.name.encode("ascii")
        + extra
    )  # fmt: skip


def directory(entries: Sequence[Entry], large: bool, comment: bytes) -> bytes:
    """Return what stands behind the last member: the central directory and the end record."""
    start, records = 0, []
    for entry in entries:
        records.append(_central_header(entry, start, large))
        start += len(local_header(entry, large)) + entry.size
    listed = b"".join(records)
    return listed + _end(len(entries), len(listed), start, large, comment)


def _central_header(entry: Entry, offset: int, large: bool) -> bytes:
    size = _LARGE if large else entry.size
    extra = struct.pack("<HHQQQ", 1, 24, entry.size, entry.size, offset) if large else b""
    return (
        struct.pack("<4s6H3L5H2L", b"PK\1\2", _version(large), _version(large), 0, 0, 0, _DATE, entry.crc,
                    size, size, len(entry.name), len(extra), 0, 0, 0, 0, _LARGE if large else offset)
        + entry.name.encode("ascii")
        + extra
    )  # fmt: skip


def _end(count: int, size: int, offset: int, large: bool, comment: bytes) -> bytes:
    wide = b""
    if large:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
        wide += struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1)
        count, size, offset = 0xFFFF, _LARGE, _LARGE
    return wide + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, len(comment)) + comment


def _version(large: bool) -> int:
    return 45 if large else 20  # the version of the format that is needed to read it
