"""Files of checkpoints: what is written into one, and read from it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import __version__
from chainrule._archive import Archive, read_archive, read_archive_header, write_archive
from chainrule._files import check_writable
from chainrule.training._checkpoint import PathLike
from chainrule.training._identity import Identity
from chainrule.training._snapshot import Snapshot

__all__ = [
    "CheckpointSummary",
    "Content",
    "check_replaceable",
    "read_checkpoint",
    "read_checkpoint_summary",
    "write_checkpoint",
]

_FORMAT = "chainrule checkpoint"
_VERSION = 1
_SUFFIX = ".npy"


@dataclass(frozen=True)
class Content:
    """What a checkpoint holds.

    Attributes
    ----------
    identity : Identity
    data : mapping of str to str or None
        SHA-256 of what is learnt from.
    start : Snapshot
        What the fit began with, before anything was drawn.
    seconds : float
        How long it took so far.
    finished : bool
        Whether it had come to its end.
    runs : mapping of int to (bool, Snapshot)
        Of each run of learning whether it had ended, and where it was.
    version : str
        Of the library that wrote it.
    """

    identity: Identity
    data: Mapping[str, str | None]
    start: Snapshot
    seconds: float
    finished: bool
    runs: Mapping[int, tuple[bool, Snapshot]]
    version: str = __version__

    @property
    def epochs(self) -> int:
        """Epochs that were done, of all runs together."""
        return sum(run.part("state").count("n_iter") for _, run in self.runs.values())


@dataclass(frozen=True)
class CheckpointSummary:
    """What the header of a checkpoint says.

    Attributes
    ----------
    kind : str
        Class of the estimator, or "train".
    settings : mapping of str to object
        As JSON has them.
    networks : int
        How many had begun to learn.
    epochs : int
        Epochs that were done, of all networks together.
    finished : bool
        Whether the fit had come to its end.
    seconds : float
        How long it took so far.
    version : str
        Of the library that wrote it.
    """

    kind: str
    settings: Mapping[str, Any]
    networks: int
    epochs: int
    finished: bool
    seconds: float
    version: str


def read_checkpoint_summary(path: PathLike) -> CheckpointSummary:
    """Read the header of a checkpoint, and nothing else.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no checkpoint, is damaged, or was written by a later version.
    """
    archive = read_archive_header(path, _FORMAT, _VERSION)
    with _whole(path):
        header = archive.header
        return CheckpointSummary(
            str(header["model"]), dict(header["settings"]), len(header["runs"]),
            sum(int(run["state/n_iter"]) for run in header["runs"].values()),
            header["finished"] is True, float(header["seconds"]), str(header["versions"]["chainrule"]),
        )  # fmt: skip


@contextmanager
def _whole(path: PathLike) -> Iterator[None]:
    """Say of what is missing in a header that the file is damaged."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{os.fspath(path)} is damaged: its header lacks {error}") from error


def check_replaceable(path: PathLike) -> bool:
    """Return whether a fit that has not come to its end is overwritten.

    Raises what writing would raise, and ValueError for a file that is there and is no checkpoint.
    """
    check_writable(path)
    if not os.path.exists(path):
        return False
    try:
        archive = read_archive_header(path, _FORMAT, _VERSION)
    except ValueError as error:
        raise ValueError(
            f"checkpoint={os.fspath(path)!r} would overwrite a file that is no checkpoint ({error}); name "
            "another file, or remove it"
        ) from error
    return archive.header.get("finished") is not True


def write_checkpoint(path: PathLike, content: Content) -> None:
    """Write a checkpoint; the one that was there stays until it is complete.

    Raises
    ------
    OSError
        If it cannot be written; the message names it.
    """
    header = {
        "versions": {"chainrule": content.version, "numpy": np.__version__},
        "model": content.identity.kind,
        "settings": content.identity.settings,
        "data": content.data,
        "seconds": content.seconds,
        "finished": content.finished,
        "start": content.start.values,
        "runs": {str(n): {"ended": ended, **run.values} for n, (ended, run) in content.runs.items()},
    }
    parts = {"start": content.start} | {str(number): run for number, (_, run) in content.runs.items()}
    members = {f"{part}/{name}{_SUFFIX}": a for part, one in parts.items() for name, a in _arrays_of(one)}
    write_archive(path, _FORMAT, _VERSION, header, members)


def _arrays_of(snapshot: Snapshot) -> list[tuple[str, NDArray[Any]]]:
    return [*snapshot.arrays.items(), *((name, made()) for name, made in snapshot.fixed.items())]


def read_checkpoint(path: PathLike) -> Content:
    """Read a checkpoint.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is none, is damaged, or was written by a later version.
    """
    archive = read_archive(path, _FORMAT, _VERSION)
    header = archive.header
    with _whole(path):
        runs = {int(n): (_flag(values, "ended"), _snapshot(archive, n, values)) for n, values in
                header["runs"].items()}  # fmt: skip
        return Content(
            Identity(str(header["model"]), dict(header["settings"])), dict(header["data"]),
            _snapshot(archive, "start", header["start"]), float(header["seconds"]),
            _flag(header, "finished"), runs, str(header["versions"]["chainrule"]),
        )  # fmt: skip


def _flag(values: Mapping[str, Any], name: str) -> bool:
    return values[name] is True


def _snapshot(archive: Archive, part: str, values: Mapping[str, Any]) -> Snapshot:
    begin = f"{part}/"
    names = [name for name in archive.sizes if name.startswith(begin) and name.endswith(_SUFFIX)]
    arrays = {name.removeprefix(begin).removesuffix(_SUFFIX): archive.array(name) for name in names}
    return Snapshot(dict(values), arrays, {}, os.fspath(archive.path))
