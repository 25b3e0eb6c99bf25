"""Where and how often a fit that is under way is kept, so that it can go on after the process has ended."""

import os
from dataclasses import dataclass

from chainrule._files import are_one_file
from chainrule.network import as_number

__all__ = ["Checkpoint", "PathLike", "as_checkpoint", "begins_anew"]

PathLike = str | os.PathLike[str]

_SECONDS = 30.0


@dataclass(frozen=True)
class Checkpoint:
    """A file that a fit writes now and then, from which ``resume=`` goes on.

    Parameters
    ----------
    path : path-like
        The file. It appears when it is complete: whenever the process ends, the one written last is there.
    epochs : int, optional
        Write after so many epochs, or iterations; of an ensemble, after so many of one of its members.
    seconds : float, optional
        Write at the first end of an epoch after so many seconds; 30 where neither is given.

    Raises
    ------
    TypeError, ValueError
        For a value that is not accepted, or both ``epochs`` and ``seconds``.

    Examples
    --------
    >>> from chainrule import Checkpoint
    >>> Checkpoint("run.ckpt", epochs=10)
    Checkpoint(path='run.ckpt', epochs=10, seconds=None)
    """

    path: PathLike
    epochs: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.path, str | os.PathLike) or not os.fspath(self.path):
            raise TypeError(f"path of a Checkpoint must be that of a file, got {self.path!r}")
        if self.epochs is not None and self.seconds is not None:
            raise ValueError(f"give epochs={self.epochs!r} or seconds={self.seconds!r}, not both")
        if self.epochs is not None:
            as_number(self.epochs, "epochs", ">= 1 and whole", lambda v: v >= 1 and v.is_integer())
        if self.seconds is not None:
            as_number(self.seconds, "seconds", "> 0", lambda v: v > 0)

    def due(self, epochs: int, seconds: float) -> bool:
        """Return whether it is time to write, so many epochs and seconds after the last time."""
        if self.epochs is not None:
            return epochs >= self.epochs
        return seconds >= (_SECONDS if self.seconds is None else self.seconds)


def as_checkpoint(given: object) -> Checkpoint | None:
    """Return a checkpoint given as such or by its path; None for none."""
    if given is None or isinstance(given, Checkpoint):
        return given
    if not isinstance(given, str | os.PathLike):
        raise TypeError(f"checkpoint must be a path or a chainrule.Checkpoint, got {given!r}")
    return Checkpoint(given)


def begins_anew(checkpoint: PathLike | None, resume: PathLike | None) -> bool:
    """Return whether a fit has nothing to go on from: no file, or the one it is yet to write."""
    if resume is None or checkpoint is None:
        return resume is None
    return are_one_file(checkpoint, resume) and not os.path.lexists(resume)
