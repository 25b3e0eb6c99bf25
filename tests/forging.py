"""Forged model files: other content than was saved, with all digests and records made anew."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from chainrule._archive._zip import Entry, directory, is_large, local_header

Members = dict[str, bytes]


def members_of(data: bytes) -> Members:
    """The members of a ZIP, the header first."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Mapping[str, bytes]) -> bytes:
    """An archive of any members, as ours are packed, with the digest of the header at its end."""
    entries = [Entry(name, len(data), zlib.crc32(data)) for name, data in members.items()]
    large = is_large([*members], [len(data) for data in members.values()])
    first = next(iter(members.values()), b"")
    comment = b"header.json has SHA-256 " + hashlib.sha256(first).hexdigest().encode()
    parts = [local_header(entry, large) + data for entry, data in zip(entries, members.values(), strict=True)]
    return b"".join(parts) + directory(entries, large, comment)


def listed(header: dict[str, Any], members: Mapping[str, bytes]) -> bytes:
    """A header that lists these members."""
    header["members"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
    }
    return json.dumps(header, indent=1).encode()


def forged(
    data: bytes,
    header: Callable[[dict[str, Any]], object] = lambda header: None,
    model: Callable[[dict[str, Any]], object] = lambda model: None,
    members: Callable[[Members], object] = lambda members: None,
) -> bytes:
    """A model file with changes to its header, to its structure or to its members, and all digests right."""
    found = members_of(data)
    top, structure = json.loads(found.pop("header.json")), json.loads(found["model.json"])
    model(structure)
    found["model.json"] = json.dumps(structure).encode()
    members(found)
    header(top)
    return packed({"header.json": listed(top, found), **found})


def repacked(members: Mapping[str, bytes], **to: Any) -> bytes:
    """The same members in another tool's ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **to) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()
