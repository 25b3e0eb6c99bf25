"""Keeping a fit that is under way: the latest snapshot of each run of learning, written now and then."""

import os
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from chainrule import __version__
from chainrule._files import are_one_file
from chainrule.network import Network
from chainrule.training._checkpoint import Checkpoint, PathLike, as_checkpoint, begins_anew
from chainrule.training._checkpoint_file import (
    Content,
    check_replaceable,
    read_checkpoint,
    write_checkpoint,
)
from chainrule.training._identity import Identity, check_data
from chainrule.training._snapshot import Snapshot
from chainrule.training._state import TrainingState

__all__ = ["Recorder", "Run", "open_recorder"]

Array = NDArray[Any]

_LONG, _SHARE = 0.5, 20.0
"""After a write that took longer than this, in seconds, the next one waits so many times as long."""


class Limit(Protocol):
    """A limit of time, of which some is used."""

    @property
    def seconds(self) -> float: ...
    @property
    def used(self) -> float: ...


class Run:
    """One run of learning: a network on its way, of which the latest snapshot is kept.

    Parameters
    ----------
    recorder : Recorder
    kept : Snapshot or None
        Where it was when the process that began it ended; None to begin.
    ended : bool
        Whether it had come to its end.
    stop : Event
        Ends it from outside, before its own end.
    """

    def __init__(
        self, recorder: "Recorder", kept: Snapshot | None, ended: bool, stop: threading.Event
    ) -> None:
        self._recorder, self._last, self._stop = recorder, (ended, kept), stop
        self._spare: dict[str, Array] = {}
        self.epochs = 0

    @property
    def ended(self) -> bool:
        """Whether it came to its end."""
        return self._last[0]

    @property
    def stopped(self) -> bool:
        """Whether the fit was ended from outside."""
        return self._stop.is_set()

    @property
    def kept(self) -> Snapshot | None:
        """Where it was last."""
        return self._last[1]

    @property
    def done(self) -> int:
        """Epochs that were done before."""
        return 0 if self.kept is None else self.kept.part("state").count("n_iter")

    @property
    def keeps(self) -> bool:
        """Whether there is a file to write to."""
        return self._recorder.writes

    @property
    def time(self) -> tuple[float, float] | None:
        """Seconds that it may take, and of these those used; None without a limit, or to begin."""
        if self.kept is None or "time/limit" not in self.kept.values:
            return None
        time = self.kept.part("time")
        return time.real("limit"), time.real("used")

    def beside(self, number: int, stop: threading.Event) -> "Run":
        """Return another run of the same fit, by its number; ``stop`` ends it from outside."""
        return self._recorder.run(number, stop)

    def restore(self, network: Network, state: TrainingState, solver: Any) -> Snapshot | None:
        """Bring network and state to where they were; return what the solver kept; None to begin."""
        if self.kept is None:
            return None
        network.parameters[:] = self.kept.part("network").array("parameters", like=network.parameters)
        state.restore(self.kept.part("state"), network.parameters, solver)
        return self.kept.part("solver")

    def mark(self, network: Network, state: TrainingState, time: Limit | None, own: Snapshot) -> None:
        """Keep the end of an epoch that learning goes on from; write, if it is time to."""
        with self._recorder.lock:
            self._keep(network, state, time, own, ended=False)
            self.epochs += 1
            self._recorder.write_if_due(self.epochs)

    def end(self, network: Network, state: TrainingState) -> None:
        """Keep what has been learnt to the end; nothing, if it was ended before."""
        if not self.keeps or state.stop_reason == "interrupted" or self.stopped:
            return
        with self._recorder.lock:
            self._keep(network, state, None, Snapshot(), ended=True)
            self._spare = {}  # with the order of the rows, which is long
            self._recorder.write_if_due(self.epochs)

    def _keep(
        self, network: Network, state: TrainingState, time: Limit | None, own: Snapshot, ended: bool
    ) -> None:
        limit = {} if time is None else {"limit": time.seconds.hex(), "used": time.used.hex()}
        net = Snapshot(arrays={"parameters": network.parameters})
        parts = {"network": net, "state": state.snapshot(), "time": Snapshot(limit), "solver": own}
        snapshot = Snapshot.joined(parts)
        # Ctrl-C may come in between: the snapshot before this one stays whole until this one is.
        spare = self._spare
        for name, array in snapshot.arrays.items():
            if name not in spare or spare[name].shape != array.shape:
                spare[name] = np.empty_like(array)
            np.copyto(spare[name], array)
        arrays = {name: spare[name] for name in snapshot.arrays}
        before, self._last = self.kept, (ended, replace(snapshot, arrays=arrays))
        self._spare = {} if before is None or before.source else dict(before.arrays)
        self._recorder.unwritten = True


class Recorder:
    """What a fit keeps of itself, and reads of an earlier one.

    A context: the first checkpoint is written where it begins, so that what hinders it is said before
    learning; the last one where it ends, however it ends. In between a checkpoint that cannot be written is
    warned of, and learning goes on.

    Parameters
    ----------
    checkpoint : Checkpoint or None
        Where to write.
    identity : Identity
    found : Content or None
        What was read, to go on from.

    Attributes
    ----------
    lock : lock
        Held while a snapshot is taken or written.
    unwritten : bool
        Whether there is something that is not in the file yet.
    """

    def __init__(self, checkpoint: Checkpoint | None, identity: Identity, found: Content | None) -> None:
        self._checkpoint, self._identity, self._found = checkpoint, identity, found
        self._data: Mapping[str, str | None] = {}
        self._start = Snapshot()
        self._runs: dict[int, Run] = {}
        self._began = self._written = time.perf_counter()
        self._rest, self._complaint = 0.0, ""
        self.lock, self.unwritten = threading.RLock(), False

    @property
    def start(self) -> Snapshot | None:
        """What the fit began with that is gone on with; None if it begins now."""
        return None if self._found is None else self._found.start

    @property
    def writes(self) -> bool:
        """Whether there is a file to write to."""
        return self._checkpoint is not None

    @property
    def seconds(self) -> float:
        """How long the fit takes so far, with what was done before."""
        return self.seconds_before + time.perf_counter() - self._began

    @property
    def seconds_before(self) -> float:
        """How long the fit that is gone on with took so far."""
        return 0.0 if self._found is None else self._found.seconds

    def knows(self, number: int) -> bool:
        """Return whether a run had begun before."""
        return self._found is not None and number in self._found.runs

    def begin(self, start: Snapshot, data: Mapping[str, str | None]) -> Self:
        """Say what the fit begins with, and what it learns from.

        Raises
        ------
        ValueError
            If it is gone on with, and learnt from something else.
        """
        self._start, self._data = start, data
        if self._found is not None:
            check_data(self._found.data, data, self._found.start.source)
            self._start = self._found.start
        return self

    def run(self, number: int = 0, stop: threading.Event | None = None) -> Run:
        """Return a run of learning, by its number in the fit."""
        ended, kept = (False, None) if self._found is None else self._found.runs.get(number, (False, None))
        run = Run(self, kept, ended, stop or threading.Event())
        with self.lock:
            self._runs[number] = run
        return run

    def __enter__(self) -> Self:
        if self._checkpoint is not None:
            self._write(self._checkpoint.path, finished=self._found is not None and self._found.finished)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.lock:
            finished = kind is None and all(run.ended and not run.stopped for run in self._runs.values())
            if self.unwritten or finished:
                self._write_or_warn(finished)

    def write_if_due(self, epochs: int) -> None:
        """Write, if that is to be done after so many epochs of a run, or now."""
        seconds = time.perf_counter() - self._written
        if self._checkpoint is not None and seconds >= self._rest and self._checkpoint.due(epochs, seconds):
            self._write_or_warn()

    def _write_or_warn(self, finished: bool = False) -> None:
        if self._checkpoint is None:
            return
        try:
            self._write(self._checkpoint.path, finished)
        except OSError as error:  # learning goes on: what was learnt is worth more than the file
            self._written = time.perf_counter()
            if str(error) != self._complaint:
                self._complaint = str(error)
                warnings.warn(f"no checkpoint was written, and learning goes on: {error}", stacklevel=2)

    def _write(self, path: PathLike, finished: bool = False) -> None:
        began = time.perf_counter()
        earlier = {} if self._found is None else dict(self._found.runs)
        now = {number: (run.ended, run.kept) for number, run in self._runs.items() if run.kept is not None}
        content = Content(
            self._identity, self._data, self._start, self.seconds, finished,
            dict(sorted((earlier | now).items())),
        )  # fmt: skip
        write_checkpoint(path, content)
        self._written = time.perf_counter()
        took = self._written - began
        self._rest = _SHARE * took if took > _LONG else 0.0
        self.unwritten = False
        for run in self._runs.values():
            run.epochs = 0


def open_recorder(
    checkpoint: object, resume: PathLike | None, identity: Callable[[], Identity], stacklevel: int
) -> Recorder | None:
    """Return what keeps a fit, or goes on with one; None where nothing of that is asked for.

    A checkpoint to go on with that is not there is none to go on with, if it is to be written to that place:
    so the same call begins a fit, and goes on with it as often as it is ended. ``stacklevel`` is that of
    warnings.

    Raises
    ------
    OSError
        If a file cannot be read or written.
    ValueError, TypeError
        If one is no checkpoint, or one of another model.
    """
    if checkpoint is None and resume is None:
        return None
    target = as_checkpoint(checkpoint)
    if resume is not None and (not isinstance(resume, str | os.PathLike) or not os.fspath(resume)):
        raise TypeError(f"resume must be the path of a checkpoint, got {resume!r}")
    path = None if target is None else target.path
    found, here = None, identity()
    if resume is not None and not begins_anew(path, resume):
        found = read_checkpoint(resume)
        here.check(found.identity, os.fspath(resume))
        if found.version != __version__:
            warnings.warn(
                f"{os.fspath(resume)} was written by chainrule {found.version}, and this is {__version__}: "
                "the result may differ in its last digits",
                stacklevel=stacklevel,
            )
    read = None if found is None else resume
    if path is not None and (read is None or not are_one_file(path, read)) and check_replaceable(path):
        warnings.warn(
            f"{os.fspath(path)} is overwritten: a checkpoint of a fit that had not come to its end "
            "(resume= would have gone on with it)",
            stacklevel=stacklevel,
        )
    return Recorder(target, here, found)
