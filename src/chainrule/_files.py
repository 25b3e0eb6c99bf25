"""Files: written as a whole or not at all, never in the place of what is read; errors that name them."""

import hashlib
import os
import secrets
import shutil
import stat
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import combinations
from pathlib import Path
from typing import BinaryIO

__all__ = ["are_one_file", "check_distinct", "check_writable", "open_atomic", "reading", "write_whole"]

PathOrDescriptor = str | os.PathLike[str] | int


@contextmanager
def open_atomic(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when it is complete.

    The bytes go to a temporary file in the same folder, which is renamed at the end, or removed if anything
    fails. An earlier file of that name stays as it is until then. What a process that was killed has left of
    it is removed by the next one that writes this file, but not on Windows.

    Parameters
    ----------
    path : path-like
        The file to write. A link is followed; a device (``/dev/stdout``) is written to directly.

    Raises
    ------
    OSError
        The folder does not exist or cannot be written to, or the device is full; the message names the file.
    """
    with _naming("write", path):
        target = _target(path)
        if target.exists() and not target.is_file() and not target.is_dir():
            with open(target, "wb") as device:
                yield device
            return
        _remove_left_of(target)
        with _part_of(target) as (part, file):
            yield file
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, part)
            if sys.platform == "win32":
                file.close()  # it cannot be renamed there while it is open; elsewhere it is locked until then
            os.replace(part, target)


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file, as `open_atomic` does."""
    with open_atomic(path) as file:
        file.write(content)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise the OSError that `open_atomic` would raise, before the work is done whose result is written."""
    with _naming("write", path):
        target = _target(path)
        if target.is_dir() or not target.exists() or target.is_file():
            with _part_of(target):
                pass


def reading(path: str | os.PathLike[str]) -> AbstractContextManager[None]:
    """Return a context in which errors of the system say that this file cannot be read.

    >>> with reading("t.csv"):
    ...     raise PermissionError(13, "Permission denied")
    Traceback (most recent call last):
    PermissionError: cannot read t.csv: Permission denied
    """
    return _naming("read", path)


def check_distinct(
    inputs: Mapping[str, PathOrDescriptor | None], outputs: Mapping[str, PathOrDescriptor | None]
) -> None:
    """Raise ValueError if a file is to be written that is also read, or two results are one file.

    Parameters
    ----------
    inputs, outputs : mapping of str to path-like, int or None
        Files by the words that a message has for them; an int is the descriptor of an open file. None stands
        for a file that was not asked for. Links are followed; devices and pipes may be both read and written.

    Examples
    --------
    >>> check_distinct({"the table": "t.csv"}, {"--output": "./t.csv"})
    Traceback (most recent call last):
    ValueError: --output ./t.csv would overwrite the table t.csv; name another file
    """
    written = {name: path for name, path in outputs.items() if path is not None}
    for name, path in written.items():
        for read_name, read in inputs.items():
            if read is not None and are_one_file(path, read):
                raise ValueError(
                    f"{_titled(name, path)} would overwrite {_titled(read_name, read)}; name another file"
                )
    for (one, path), (other, another) in combinations(written.items(), 2):
        if are_one_file(path, another):
            raise ValueError(
                f"{_titled(one, path)} and {_titled(other, another)} are the same file; name two files"
            )


def _titled(name: str, path: PathOrDescriptor) -> str:
    return name if isinstance(path, int) else f"{name} {os.fspath(path)}"


def are_one_file(one: PathOrDescriptor, other: PathOrDescriptor) -> bool:
    """Return whether two names are of one file, also of one that does not exist yet."""
    try:
        found, there = os.stat(one), os.stat(other)
    except OSError:  # at least one of them does not exist
        return _are_one_name(one, other)
    return os.path.samestat(found, there) and stat.S_ISREG(found.st_mode)


def _are_one_name(one: PathOrDescriptor, other: PathOrDescriptor) -> bool:
    if isinstance(one, int) or isinstance(other, int):
        return False
    first, second = _target(one), _target(other)
    if first == second:
        return True
    if _folded(first.name) != _folded(second.name):
        return False
    try:
        return os.path.samefile(first.parent, second.parent) and (
            first.name == second.name or _folds_names(first.parent)
        )
    except OSError:
        return False


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _folds_names(folder: Path) -> bool:
    """Return whether the file system takes names in capitals and small letters for the same."""
    with _part_of(folder / "name") as (part, _):
        return part.with_name(part.name.upper()).exists()


def _target(path: str | os.PathLike[str]) -> Path:
    # Path.resolve fails for links in a circle.
    return Path(os.path.realpath(path))


@contextmanager
def _naming(deed: str, path: str | os.PathLike[str]) -> Iterator[None]:
    """Say in errors of the system what cannot be done with which file; other files' errors pass."""
    if not isinstance(path, int) and "\0" in os.fsdecode(path):
        raise ValueError(f"cannot {deed} {path!r}: a path holds no null characters")
    try:
        yield
    except OSError as error:
        ours = error.filename is None or _target(error.filename).parent == _target(path).parent
        if error.strerror is None or not ours:
            raise
        raise type(error)(f"cannot {deed} {os.fspath(path)}: {error.strerror}") from error


@contextmanager
def _part_of(target: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Open a new file beside the target, and lock it; remove it at the end, unless it has been renamed."""
    part, file = _create_beside(target)
    try:
        with file:
            yield part, file
    finally:
        part.unlink(missing_ok=True)


def _create_beside(target: Path) -> tuple[Path, BinaryIO]:
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {target}: it is a folder; name a file in it")
    if not target.parent.is_dir():
        raise NotADirectoryError(f"cannot write {target}: there is no folder {target.parent}")
    part = target.parent / f"{_start_of_parts(target)}{secrets.token_hex(6)}.part"
    try:
        file = open(part, "xb")
    except OSError as error:
        raise type(error)(f"cannot write {target}: {error.strerror} in {target.parent}") from error
    if _lock(file) is not False and part.exists():
        return part, file
    file.close()  # before it was locked, another write of the target took it for one that was left
    return _create_beside(target)


def _remove_left_of(target: Path) -> None:
    """Remove the parts of a file that nobody writes any more: a process that is killed loses its locks."""
    with suppress(OSError):
        for part in target.parent.glob(f"{_start_of_parts(target)}*.part"):
            with suppress(OSError), open(part, "r+b") as file:
                if _lock(file):
                    part.unlink()


def _start_of_parts(target: Path) -> str:
    return f".chainrule-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]}-"


def _lock(file: BinaryIO) -> bool | None:
    """Lock a file while it is open; return False if another write has it, None where there are no locks."""
    if sys.platform == "win32":
        return None
    import fcntl  # of POSIX alone

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
