"""The same contents packed otherwise, JSON that is none, bombs, files of earlier formats and of others."""

import gzip
import io
import json
import pickle
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial

import numpy as np
from hostile_contents import replaced
from hostile_file import Hostile, Shell, cut, flipped, npy

from forging import forged, listed, members_of, packed, repacked


def of_containers(name: str, data: bytes) -> Iterator[Hostile]:
    """The same members packed otherwise, records that lie, and JSON that is none."""
    members = members_of(data)
    for what, to in {
        "stored": {},
        "deflated": {"compression": 8},
        "bzip2": {"compression": 12},
        "lzma": {"compression": 14},
    }.items():
        yield Hostile(f"{name}: packed anew, {what}", repacked(members, **to))
        yield Hostile(f"{name}: packed anew, {what}, with its comment", repacked(members, **to) + b"")
    for flag, what in (
        (1, "encrypted"),
        (8, "with descriptors"),
        (0x41, "strongly encrypted"),
        (0x800, "UTF-8"),
    ):
        yield Hostile(f"{name}: {what}", in_records(data, 6, 8, struct.pack("<H", flag)))
    for method in (8, 12, 14, 99):
        yield Hostile(f"{name}: method {method}", in_records(data, 8, 10, struct.pack("<H", method)))
    link, last = bytearray(data), data.rindex(b"PK\1\2")
    link[last + 38 : last + 42] = struct.pack("<L", 0o120777 << 16)
    yield Hostile(f"{name}: a link", bytes(link))
    for climbing in ("../../x", "/tmp/x", "..\\x", "C:\\x", "a//b", "./a", "header.json/", "x\0y", "é"):
        yield Hostile(f"{name}: a member {climbing!r}", with_member(data, climbing))
    first = members["header.json"]
    for what, other in {
        "empty": b"",
        "deep": b'{"format":' * 100_000,
        "a deep list": b"[" * 1_000_000,
        "a list": b"[1]",
        "huge": b" " * (1 << 24) + first,
        "NaN": first.replace(b": 4", b": NaN", 1),
        "no JSON": b"{",
        "Infinity": first.replace(b": 4", b": Infinity", 1),
        "1e999": first.replace(b": 4", b": 1e999", 1),
        "a huge number": first.replace(b": 4", b": " + b"4" * 5000, 1),
        "null": b"null",
        "a key twice": first.replace(b"{", b'{"format": "chainrule model",', 1),
        "UTF-16": first.decode().encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + first,
        "not ASCII": first.replace(b"chainrule model", "chainrule mödel".encode(), 1),
        "many values": first[:-1] + b',"x":[' + b"{}," * 600_000 + b"0]}",
        "as many values as may be": first[:-2] + b',"x":[' + b"{}," * 240_000 + b"0]}",
        "version 5": first.replace(b": 4", b": 5", 1),
        "version -1": first.replace(b": 4", b": -1", 1),
        "another format": first.replace(b"chainrule model", b"chainrule checkpoint", 1),
    }.items():
        yield Hostile(f"{name}: header is {what}", partial(packed, {**members, "header.json": other}))
    structure = members["model.json"]
    for what, other in {
        "empty": b"",
        "deep": b'{"a":' * 100_000,
        "a deep list": b"[" * 900 + b"]" * 900,
        "a pickle": pickle.dumps(Shell()),
        "a list": b"[]",
        "many lists": b"[" + b"[]," * 240_000 + b"[]]",
        "many mappings": b'{"pipeline":null,"models":[' + b"{}," * 240_000 + b"{}]}",
        "NaN": b'{"pipeline": NaN, "models": []}',
        "huge": structure + b" " * (1 << 24),
        "long": b'["' + b"\\ud83d\\ude00" + b"a" * ((1 << 24) - 20) + b'"]',
        "deep values": b'{"pipeline":null,"models":[' + b'{"$tuple":[' * 300 + b"]}" * 300 + b"]}",
    }.items():
        yield Hostile(f"{name}: structure is {what}", partial(replaced, data, "model.json", other))
    for key, value in (
        ("bytes", 10**12),
        ("bytes", -1),
        ("bytes", 1.0),
        ("sha256", "0" * 64),
        ("sha256", None),
    ):
        lie = json.loads(first)
        lie["members"]["model.json"][key] = value
        yield Hostile(
            f"{name}: {key} is {value}", packed({**members, "header.json": json.dumps(lie).encode()})
        )
    twice = first.replace(b'"members": {', b'"members": {"model.json": {"bytes": 0, "sha256": ""},', 1)
    yield Hostile(f"{name}: a member twice in the header", packed({**members, "header.json": twice}))
    yield Hostile(f"{name}: two members of a name", two_of_a_name(data))
    yield Hostile(f"{name}: a member that nothing refers to", with_member(data, "more"))
    yield Hostile(f"{name}: members in another order", packed(dict(reversed(members.items()))))


def in_records(data: bytes, local: int, central: int, value: bytes) -> bytes:
    """An archive with a field of its records changed everywhere."""
    other = bytearray(data)
    for mark, place in ((b"PK\3\4", local), (b"PK\1\2", central)):
        found = data.find(mark)
        while found >= 0:
            other[found + place : found + place + len(value)] = value
            found = data.find(mark, found + 1)
    return bytes(other)


def with_member(data: bytes, name: str) -> bytes:
    short = "x" * len(name.encode())
    return forged(data, members=lambda members: members.update({short: b"#!/bin/sh"})).replace(
        short.encode(), name.encode()
    )


def two_of_a_name(data: bytes) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive.writestr("model.json", b'{"pipeline": null, "models": []}')
    return buffer.getvalue()


def of_former_files(name: str, data: bytes) -> Iterator[Hostile]:
    """Files of formats 1 to 3, which have no digests: damaged, bombs, forged."""
    yield from cut(name, data, data)
    for one in flipped(name, data, 199):
        yield Hostile(one.name, one.data, data)
    members = members_of(data)
    pipeline = members["pipeline.skops"]
    inner = members_of(pipeline)
    for what, to in {"bzip2": {"compression": 12}, "lzma": {"compression": 14}}.items():
        yield Hostile(f"{name}: {what}", repacked(members, **to))
    yield Hostile(f"{name}: encrypted", in_records(repacked(members), 6, 8, b"\1\0"))
    yield Hostile(f"{name}: two of a name", repacked_twice(members))
    for what, other in {
        "a bomb": {**members, "pipeline.skops": b"\0" * (1 << 28)},
        "a bomb in the header": {**members, "header.json": b" " * (1 << 28)},
        "a bomb more": {**members, "more": b"\0" * (1 << 28)},
        "a bomb inside": {
            **members,
            "pipeline.skops": repacked({**inner, "x": b"\0" * (1 << 28)}, compression=8),
        },
        "no pipeline": {"header.json": members["header.json"]},
        "many members": {**members, **{f"x{i}": b"" for i in range(20_000)}},
        "many members inside": {
            **members,
            "pipeline.skops": repacked({**inner, **{f"x{i}": b"" for i in range(20_000)}}),
        },
        "a pickle": {**members, "pipeline.skops": pickle.dumps(Shell())},
        "a deep header": {**members, "header.json": b"[" * 1_000_000},
        "a header null": {**members, "header.json": b"null"},
        "deep inside": {**members, "pipeline.skops": repacked({**inner, "schema.json": b'{"a":' * 100_000})},
        "nothing inside": {**members, "pipeline.skops": repacked({})},
    }.items():
        yield Hostile(f"{name}: {what}", partial(repacked, other, compression=8))
    for one, content in inner.items():
        if one.endswith(".npy"):
            array = np.load(io.BytesIO(content))
            if array.dtype.kind == "f" and array.ndim == 1 and array.size > 30:
                wrong = {**inner, one: npy(np.full_like(array, np.nan))}
                again = repacked({**members, "pipeline.skops": repacked(wrong)})
                # Arrays that are a record of the epochs may hold NaN.
                yield Hostile(f"{name}: {one} is NaN", again, data)
            pickled = {**inner, one: npy(np.array([Shell()], dtype=object))}
            yield Hostile(
                f"{name}: {one} is a pickle", repacked({**members, "pipeline.skops": repacked(pickled)})
            )
    schema = inner["schema.json"]
    for old, new in (
        (b'"sklearn.pipeline"', b'"os"'),
        (b'"JsonNode"', b'"FunctionNode"'),
        (b'"identity"', b'"exp\\n"'),
        (b'"logistic"', b'"identity"'),
        (b'"ObjectNode"', b'"TypeNode"'),
        (b'"layer_sizes"', b'"layers"'),
        (b'"network_"', b'"net"'),
        (b'"steps"', b'"predict"'),
    ):
        if old in schema:
            other = repacked({**inner, "schema.json": schema.replace(old, new)})
            yield Hostile(f"{name}: {new.decode()!r} inside", repacked({**members, "pipeline.skops": other}))
    for key, value in (
        ("format_version", 1e9),
        ("format_version", None),
        ("task", None),
        ("columns", 3),
        ("network", {}),
        ("training", None),
        ("guess", {"classes": None}),
        ("format", "x"),
    ):
        header = json.loads(members["header.json"]) | {key: value}
        yield Hostile(
            f"{name}: header, {key} is {value}",
            repacked({**members, "header.json": json.dumps(header).encode()}),
        )


def repacked_twice(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        for name, data in [*members.items(), *members.items()]:
            archive.writestr(name, data)
    return buffer.getvalue()


def foreign() -> Iterator[Hostile]:
    """Files of other formats, and of none."""
    arrays = io.BytesIO()
    np.savez(arrays, a=np.zeros(3))
    for name, data in {
        "empty": b"",
        "one byte": b"P",
        "a table": b"side,price\n1,2\n",
        "a zip of nothing": repacked({}),
        "JSON": b"{}",
        "a pickle": pickle.dumps(Shell()),
        "npz": arrays.getvalue(),
        "npy": npy(np.zeros(3)),
        "gzip": gzip.compress(b"x" * 1000),
        "zlib": zlib.compress(b"x" * 1000),
        "a script": b"#!/bin/sh\ntrue\n",
        "PNG": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        "zeros": b"\0" * 10_000,
        "an end alone": repacked({})[-22:],
        "many ends": repacked({}) * 100,
        "a page": b"<html></html>",
        "newlines": b"\n" * 1000,
        "a wheel": repacked({"a.py": b"", "a.dist-info/WHEEL": b""}, compression=8),
        "a header alone": repacked({"header.json": b'{"format": "chainrule model", "format_version": 3}'}),
        "a header that is huge": repacked(
            {"header.json": b'{"a": "' + b"x" * (1 << 26) + b'"}'}, compression=8
        ),
        "a checkpoint": packed(
            {"header.json": listed({"format": "chainrule checkpoint", "format_version": 1}, {})}
        ),
        "a model of no kind": packed(
            {"header.json": listed({"format": "chainrule model", "format_version": 4}, {})}
        ),
    }.items():
        yield Hostile(name, data)
