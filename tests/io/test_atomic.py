"""Files take their names only when they are whole."""

import os
import stat

import pytest

from chainrule._files import check_writable, open_atomic


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_at_the_end(tmp_path):
    with open_atomic(tmp_path / "a") as file:
        file.write(b"new")
        assert names(tmp_path) != ["a"]
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_was_there_stays_when_writing_fails(tmp_path, error):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(error), open_atomic(tmp_path / "a") as file:
        file.write(b"half")
        raise error
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_permissions_are_those_of_an_ordinary_file(tmp_path):
    (tmp_path / "kept").write_bytes(b"")
    (tmp_path / "kept").chmod(0o640)
    (tmp_path / "ordinary").write_bytes(b"")
    for name in ("kept", "new"):
        with open_atomic(tmp_path / name) as file:
            file.write(b"x")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes["kept"] == 0o640
    assert modes["new"] == modes["ordinary"]


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "a")
    with open_atomic(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == ["a"]


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="devices of POSIX")
def test_a_device_is_written_to():
    check_writable("/dev/null")
    with open_atomic("/dev/null") as file:
        file.write(b"gone")
    assert not os.path.isfile("/dev/null")


@pytest.mark.parametrize("check", [check_writable, lambda path: open_atomic(path).__enter__()])
def test_errors_name_the_place(tmp_path, check):
    with pytest.raises(NotADirectoryError, match="there is no folder"):
        check(tmp_path / "no" / "a")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        check(tmp_path)
    assert names(tmp_path) == []


def test_checking_leaves_nothing_behind(tmp_path):
    check_writable(tmp_path / "a")
    assert names(tmp_path) == []
