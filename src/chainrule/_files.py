"""Atomic writing of files: nobody ever sees a half-written one."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["check_writable", "open_atomic"]


@contextmanager
def open_atomic(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when it is complete.

    The bytes go to a temporary file in the same folder, which is renamed at the end, or removed if anything
    fails. An earlier file of that name stays as it is until then.

    Parameters
    ----------
    path : path-like
        The file to write. A link is followed; a device (``/dev/stdout``) is written to directly.

    Raises
    ------
    OSError
        The folder does not exist or cannot be written to; the message names it.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file() and not target.is_dir():
        with open(target, "wb") as device:
            yield device
        return
    part, file = _create_beside(target)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise the OSError that `open_atomic` would raise, before the work is done whose result is written."""
    target = Path(path).resolve()
    if target.is_dir() or not target.exists() or target.is_file():
        part, file = _create_beside(target)
        file.close()
        part.unlink()


def _create_beside(target: Path) -> tuple[Path, BinaryIO]:
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {target}: it is a folder; name a file in it")
    if not target.parent.is_dir():
        raise NotADirectoryError(f"cannot write {target}: there is no folder {target.parent}")
    part = target.parent / f".chainrule-{secrets.token_hex(6)}.part"
    try:
        return part, open(part, "xb")
    except OSError as error:
        raise type(error)(f"cannot write {target}: {error.strerror} in {target.parent}") from error
