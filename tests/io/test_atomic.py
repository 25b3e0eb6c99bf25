"""Files take their names only when they are whole."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule import _files
from chainrule._files import check_distinct, check_writable, open_atomic, reading


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


KILLED = """
import importlib.util, os, signal, sys
spec = importlib.util.spec_from_file_location("files", sys.argv[1])
files = importlib.util.module_from_spec(spec)
spec.loader.exec_module(files)
with files.open_atomic(sys.argv[2]) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""
needs_locks = pytest.mark.skipif(os.name == "nt", reason="locks of POSIX")


@needs_locks
def test_what_a_killed_process_leaves_is_removed_by_the_next_write(tmp_path):
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", KILLED, _files.__file__, str(tmp_path / name)], check=False)
    assert len(names(tmp_path)) == 2
    with open_atomic(tmp_path / "a") as file:
        file.write(b"new")
    assert len(names(tmp_path)) == 2 and names(tmp_path)[1] == "a"  # what is left of b is not a's to remove
    with open_atomic(tmp_path / "b") as file:
        file.write(b"new")
    assert names(tmp_path) == ["a", "b"]


def test_two_writes_of_one_file_at_a_time(tmp_path):
    with open_atomic(tmp_path / "a") as one:
        one.write(b"one")
        check_writable(tmp_path / "a")
        with open_atomic(tmp_path / "a") as other:
            other.write(b"other")
        assert (tmp_path / "a").read_bytes() == b"other"
    assert (tmp_path / "a").read_bytes() == b"one"
    assert names(tmp_path) == ["a"]


@needs_locks
def test_a_write_that_is_taken_for_one_left_behind_begins_anew(tmp_path, monkeypatch):
    lock, taken = _files._lock, []

    def lock_too_late(file):
        if not taken:
            taken.append(file.name)
            Path(file.name).unlink()
        return lock(file)

    monkeypatch.setattr(_files, "_lock", lock_too_late)
    with open_atomic(tmp_path / "a") as file:
        file.write(b"new")
    assert taken and names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")


@needs_full
def test_a_full_disk_is_named(tmp_path):
    (tmp_path / "a").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"^cannot write .*a: No space left on device$"):
        with open_atomic(tmp_path / "a") as file:
            file.write(b"x" * 100_000)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_errors_of_the_system_name_the_file(tmp_path, monkeypatch, failing):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, fails)
    with pytest.raises(OSError, match=r"^cannot write .*a: No space left on device$"):
        with open_atomic(tmp_path / "a") as file:
            file.write(b"x")
    assert names(tmp_path) == []


def test_errors_of_other_files_keep_their_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="elsewhere"), open_atomic(tmp_path / "a"):
        open("/nowhere/elsewhere", "rb")


def test_links_in_a_circle_are_replaced(tmp_path):
    (tmp_path / "a").symlink_to("a")
    check_writable(tmp_path / "a")
    with open_atomic(tmp_path / "a") as file:
        file.write(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["x" * 300, "x" * 100_000])
def test_names_too_long(name):
    with pytest.raises(OSError, match=r"cannot write x.*name too long"):
        check_writable(name)
    with pytest.raises(OSError, match=r"cannot read x.*name too long"), reading(name):
        open(name, "rb")


# What is read, what is written; "old" and its links are there, the others are not.
SAME = [
    ("old", "old"),
    ("old", "./old"),
    ("old", "folder/../old"),
    ("old", "soft"),
    ("old", "hard"),
    ("soft", "hard"),
    ("old", "away/old"),
]
OTHER = [("old", "new"), ("old", "folder/old"), ("/dev/null", "/dev/null"), ("old", None)]


@pytest.fixture
def linked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "hard").hardlink_to("old")
    (tmp_path / "soft").symlink_to("old")
    (tmp_path / "to come").symlink_to("new")
    (tmp_path / "away").symlink_to(".")
    return tmp_path


@pytest.mark.parametrize(("read", "written"), SAME)
def test_an_output_that_is_an_input(linked, read, written):
    with pytest.raises(ValueError, match=f"--output {written} would overwrite the table {read}"):
        check_distinct({"the model": None, "the table": read}, {"--output": written})


@pytest.mark.parametrize(("read", "written"), OTHER)
def test_an_output_that_is_another_file(linked, read, written):
    check_distinct({"the table": read}, {"--output": written, "--plot": None})


@pytest.mark.parametrize(
    ("one", "other"), [("new", "./new"), ("new", "to come"), ("new", "away/new"), ("old", "hard")]
)
def test_two_outputs_that_are_one_file(linked, one, other):
    with pytest.raises(ValueError, match=f"--output {one} and --plot {other} are the same file"):
        check_distinct({}, {"--output": one, "--plot": other})
    check_distinct({}, {"--output": one, "--plot": "another"})


@pytest.mark.parametrize("folds", [True, False])
@pytest.mark.parametrize(("one", "other"), [("new", "NEW"), ("Größe", "größe"), ("\u00f6", "o\u0308")])
def test_file_systems_that_do_not_tell_capitals_apart(linked, monkeypatch, one, other, folds):
    monkeypatch.setattr(_files, "_folds_names", lambda folder: folds)
    outputs = {"--output": one, "--plot": other}
    if folds:
        with pytest.raises(ValueError, match="are the same file"):
            check_distinct({}, outputs)
    else:
        check_distinct({}, outputs)


def test_a_probe_of_the_file_system_leaves_nothing(linked):
    before = names(linked)
    assert _files._folds_names(linked) == (linked / "OLD").exists()
    assert names(linked) == before


def test_an_open_file_that_is_an_input(linked):
    with open("hard", "ab") as file, pytest.raises(ValueError, match="standard output would overwrite"):
        check_distinct({"the table": "old"}, {"standard output": file.fileno()})
