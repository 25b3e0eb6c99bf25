"""Archives: what is written is read again, bit for bit; what is not as it would be written is not read."""

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule._archive import (
    Archive,
    parse_json,
    parse_npy,
    read_archive,
    read_archive_header,
    write_archive,
)
from chainrule._archive import _zip as zip_records
from sweeps import for_each

FORMAT = "chainrule test"
MEMBERS: dict[str, Any] = {
    "net/weights.npy": np.arange(12.0).reshape(3, 4),
    "texts.npy": np.array(["ab", "ü", "𝛿"]),
    "empty.npy": np.zeros((0, 3), np.float32),
    "one.npy": np.array(3),
    "flags.npy": np.array([True, False]),
    "days.npy": np.array(["2020-01-02", "NaT"], "datetime64[ns]"),
    "columns.npy": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "big_endian.npy": np.arange(3, dtype=">f4"),
    "strided.npy": np.arange(10)[::3],
    "schema.json": b"{}",
    "nothing": b"",
}
HEADER: dict[str, Any] = {
    "a": float("nan"),
    "b": [1, (2, 3)],
    "c": np.float32(3),
    "versions": {"chainrule": "9"},
}


def written(path: Path, header: dict[str, Any] = HEADER, members: dict[str, Any] = MEMBERS) -> Path:
    write_archive(path, FORMAT, 2, header, members)
    return path


def read(path: Path) -> Archive:
    return read_archive(path, FORMAT, 2)


def refused(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(ValueError) as caught:
        read(path)
    message = str(caught.value)
    assert str(path) in message and "\n" not in message
    return message


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a"))
    assert found.version == 2
    assert found.header == {"a": None, "b": [1, [2, 3]], "c": 3.0, "versions": {"chainrule": "9"}}
    assert list(found.sizes) == list(MEMBERS)
    for name, member in MEMBERS.items():
        if isinstance(member, np.ndarray):
            array = found.array(name)
            np.testing.assert_array_equal(array, member)
            assert array.flags.f_contiguous == member.flags.f_contiguous or array.ndim < 2
            assert array.dtype == member.dtype.newbyteorder("<") and array.flags.writeable
        else:
            assert found.bytes(name) == member


def test_the_header_is_read_alone(tmp_path: Path) -> None:
    alone, whole = read_archive_header(written(tmp_path / "a"), FORMAT, 2), read(tmp_path / "a")
    assert (alone.header, alone.version, alone.sizes) == (whole.header, whole.version, whole.sizes)


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    again = {
        name: member.copy(order="K") if hasattr(member, "copy") else member
        for name, member in MEMBERS.items()
    }
    assert written(tmp_path / "a").read_bytes() == written(tmp_path / "b", members=again).read_bytes()
    os.utime(tmp_path / "b", (0, 0))


@pytest.mark.parametrize("large", [False, True])
def test_other_tools_open_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool) -> None:
    """Also with the sizes of 64 bits that files over 4 GiB have."""
    if large:
        monkeypatch.setattr(zip_records, "_large_from", 100)
    path = written(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["header.json", *MEMBERS]
        assert all(each.extract_version == (45 if large else 20) for each in archive.infolist())
        assert json.loads(archive.read("header.json"))["members"]["nothing"]["bytes"] == 0
        np.testing.assert_array_equal(np.load(archive.open("net/weights.npy")), MEMBERS["net/weights.npy"])
        assert archive.read("schema.json") == b"{}"
    assert read(path).bytes("schema.json") == b"{}"
    if large:
        message = refused(tmp_path / "b", written(tmp_path / "c", members={}).read_bytes()[:-1] + b"\0")
        assert "digest" in message


def test_unzip_and_its_check_find_nothing_wrong(tmp_path: Path) -> None:
    try:
        done = subprocess.run(["unzip", "-t", written(tmp_path / "a.zip")], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("unzip is not installed")
    assert done.returncode == 0, done.stdout


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    whole = written(tmp_path / "a").read_bytes()
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        refused(tmp_path / "b", bytes(flipped))


def test_every_other_length_is_found(tmp_path: Path) -> None:
    whole = written(tmp_path / "a").read_bytes()
    for length in [1, *range(3, len(whole), 101), len(whole) - 1]:
        refused(tmp_path / "b", whole[:length])
        refused(tmp_path / "b", whole[length:])
    refused(tmp_path / "b", whole + b"\0")
    refused(tmp_path / "b", b"\0" + whole)


def test_a_zip_of_the_same_members_is_refused(tmp_path: Path) -> None:
    """Re-packed, be it with the comment: another date, compressed, one name twice, something added."""
    with zipfile.ZipFile(written(tmp_path / "a")) as original:
        members = {name: original.read(name) for name in original.namelist()}
        comment = original.comment
    for compression, added in [(zipfile.ZIP_STORED, {}), (zipfile.ZIP_DEFLATED, {}), (0, {"more": b"0"})]:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", compression) as archive:
            for name, data in {**members, **added}.items():
                archive.writestr(name, data)
            archive.comment = comment
        refused(tmp_path / "b", packed.getvalue())


def with_header(change: Callable[[dict[str, Any]], None], path: Path) -> bytes:
    """An archive whose header is another, with all digests and records made anew."""
    archive_file = __import__("chainrule._archive._archive", fromlist=["x"])
    original = archive_file.to_json_bytes

    def changed(values: dict[str, Any]) -> bytes:
        change(values)
        return bytes(original(values))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive_file, "to_json_bytes", changed)
        return written(path).read_bytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda values: values.update(format="something else"), "not a test file"),
        (lambda values: values.pop("format"), "not a test file"),
        (
            lambda values: values.update(format_version=3),
            "format 3, written by chainrule 9; .* up to 2: upgrade",
        ),
        (
            lambda values: values.update(format_version=10**30, versions={"chainrule": "9\n" * 100}),
            "written by chainrule 9 9",
        ),
        (lambda values: values.update(format_version=10**30, versions=7), "chainrule of a later version"),
        (lambda values: values.update(format_version=True), "format_version is True"),
        (lambda values: values.update(format_version=0), "format_version is 0"),
        (lambda values: values.update(format_version=1.0), "format_version is 1.0"),
        (lambda values: values.pop("members"), "does not list its members"),
        (lambda values: values.update(members=[]), "does not list its members"),
        (lambda values: values["members"].pop("nothing"), "bytes, and its header is of a file of"),
        (lambda values: values["members"].update(more={"bytes": 0, "sha256": ""}), "is of a file of"),
        (lambda values: values["members"]["nothing"].update(bytes=10**12), "is of a file of 1,000,000,00"),
        (lambda values: values["members"]["nothing"].update(bytes=-1), "size or digest of nothing"),
        (lambda values: values["members"]["nothing"].update(bytes=None), "size or digest of nothing"),
        (lambda values: values["members"]["nothing"].update(sha256="0"), "nothing does not have the digest"),
        (lambda values: values["members"]["nothing"].update(more=0), "does not have size and digest"),
        (lambda values: values["members"].update({"../up": values["members"].pop("nothing")}), "'../up'"),
        (lambda values: values["members"].update({"/up": values["members"].pop("nothing")}), "'/up'"),
        (lambda values: values["members"].update({"a\n": values["members"].pop("nothing")}), r"'a\\n'"),
        (lambda values: values["members"].update({"header.json": {}}), "is not header.json"),
    ],
)
def test_a_forged_header_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(with_header(change, tmp_path / "b"))
    with pytest.raises(ValueError, match=says) as caught:
        read(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_members_in_another_order_are_refused(tmp_path: Path) -> None:
    def turn_round(values: dict[str, Any]) -> None:
        values["members"] = dict(reversed(values["members"].items()))

    assert "nothing is not as it was written" in refused(
        tmp_path / "a", with_header(turn_round, tmp_path / "b")
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1, "a": 1}', "a key twice"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100_000, "too deeply"),
        (b"9" * 5_000, "digits"),
        ('"ü"'.encode(), "not ASCII"),
        (b"[" + b"0," * 500_001 + b"0]", "500,002 values; 500,000 are accepted"),
        (b" " * (1 << 24) + b"0", "16,777,217 bytes"),
        (b"", "Expecting value"),
        (b'{"a": 1} x', "Extra data"),
    ],
)
def test_json_is_strict(data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_json(data)


def npy(array: np.ndarray[Any, Any], **to: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **to)
    return file.getvalue()


@pytest.mark.parametrize("array", [each for each in MEMBERS.values() if isinstance(each, np.ndarray)])
def test_arrays_as_numpy_writes_them_are_read(array: np.ndarray[Any, Any]) -> None:
    little = np.asarray(array, array.dtype.newbyteorder("<"))
    np.testing.assert_array_equal(parse_npy(npy(little)), array)


PLAIN = npy(np.arange(4.0))


@for_each(
    "data",
    [
        npy(np.array([None]), allow_pickle=True),
        npy(np.zeros(2, "V8")),
        npy(np.zeros(2, [("a", "f8")])),
        npy(np.zeros(2, ">f8")),
        npy(np.zeros(2, complex)),
        PLAIN + b"\0",
        PLAIN[:-1],
        PLAIN[:50],
        b"",
        PLAIN.replace(b"(4,)", b"(5,)"),
        PLAIN.replace(b"(4,)", b"(-4,)"),
        PLAIN.replace(b"(4,), } ", b"(-4, -1)}"),
        PLAIN.replace(b"(4,), }      ", b"(1" + b"0" * 9 + b"), "),
        PLAIN.replace(b"<f8", b"|O8"),
        PLAIN.replace(b"'<f8'", b"'<f4'"),
        PLAIN.replace(b"\x01\x00v", b"\x02\x00v"),
        PLAIN.replace(b"\x01\x00v", b"\x01\x00u"),
        PLAIN.replace(b"{'descr'", b"{'descx'"),
        PLAIN.replace(b"(4,)", b"f()."),
        npy(np.zeros((0, 1))).replace(b"(0, 1), }         ", b"(0, 1" + b"0" * 17 + b"), }")[:200],
        npy(np.array([0, 1, 2], np.uint8)).replace(b"|u1", b"|b1"),
        npy(np.array([0x110000], np.uint32)).replace(b"<u4", b"<U1"),
    ],
)
def test_arrays_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_npy(data)


@pytest.mark.parametrize(
    ("header", "members", "error", "says"),
    [
        ({"a": float("inf")}, {}, ValueError, "Out of range float|not JSON compliant"),
        ({"a": {1}}, {}, TypeError, "set"),
        ({"a": {1: 2}}, {}, TypeError, "a key in a header is a str, not int: 1"),
        ({"format": 1}, {}, ValueError, "has format of its own"),
        ({}, {"../a": b""}, ValueError, "not '../a'"),
        ({}, {"header.json": b""}, ValueError, "is not header.json"),
        ({}, {"a": np.zeros(3)}, ValueError, "ends in .npy"),
        ({}, {"a.npy": np.array([None])}, TypeError, "dtype object"),
        ({}, {"a.npy": np.zeros(2, complex)}, TypeError, "dtype complex128"),
        ({}, {f"a{i}": b"" for i in range(10_001)}, ValueError, "up to 10,000 members"),
    ],
)
def test_what_cannot_be_read_is_not_written(
    tmp_path: Path, header: dict[str, Any], members: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        written(tmp_path / "a", header, members)
    assert not list(tmp_path.iterdir())


def test_an_earlier_file_stays_when_writing_fails(tmp_path: Path) -> None:
    before = written(tmp_path / "a").read_bytes()
    with pytest.raises(TypeError):
        written(tmp_path / "a", members={"a.npy": np.array([None])})
    assert (tmp_path / "a").read_bytes() == before


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        read(tmp_path)
    with pytest.raises(FileNotFoundError, match="No such file"):
        read(tmp_path / "none")
    with pytest.raises(ValueError, match="a device or a pipe"):
        read(Path("/dev/zero"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="a device or a pipe"):
        read(tmp_path / "pipe")


def test_members_that_are_missing_or_no_array_are_named(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a"))
    with pytest.raises(ValueError, match="a is damaged: it lacks none"):
        found.bytes("none")
    with pytest.raises(ValueError, match=r"a is damaged: it lacks none\.npy"):
        found.array("none.npy")
    with pytest.raises(ValueError, match=r"a is damaged: schema\.json: it is no \.npy array"):
        found.array("schema.json")
