"""State of training, kept between epochs and from one call to the next."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.training._history import History
from chainrule.training._snapshot import Snapshot

Array = NDArray[Any]
StopReason = Literal[
    "", "no improvement", "converged", "max_iter", "interrupted", "callback", "diverged",
    "small gradient", "small step", "small change", "time limit",
]  # fmt: skip


_PLAIN = "n_iter", "samples_seen", "no_improvement", "scored_by", "stop_reason", "message", "settled"
_REAL = "best_loss", "best_score", "alpha", "effective", "log_evidence"
_ARRAYS = "settings", "moments", "best_parameters"
"""Attributes of a state, by what a snapshot has for them."""


class EpochRow(NamedTuple):
    """What is kept of an epoch; appended whole, so that an interruption leaves no half row."""

    loss: float
    validation_score: float
    learning_rate: float
    seconds: float
    damping: float = np.nan
    gain_ratio: float = np.nan
    step_length: float = np.nan
    effective_parameters: float = np.nan


@dataclass
class TrainingState:
    """The whole state of learning beside η itself.

    Attributes
    ----------
    solver : Solver or None
        Whose numbers and memory these are; none of L-BFGS, which keeps nothing from call to call.
    settings : array
        The solver's numbers as its kernel keeps them: rate, moments' decays, steps taken.
    moments : array
        The solver's memory, one or two vectors in the order of η.
    n_iter : int
        Epochs or iterations of the last call.
    samples_seen : int
        Rows learnt from, over all calls.
    no_improvement : int
        Epochs in a row without one.
    best_loss, best_score : float
    best_parameters : array or None
        η at the best validation score.
    scored_by : str
        What that score is: the estimator's "score", or its "loss", negated.
    epochs : list of EpochRow
        One row an epoch, over all calls; scores are NaN without validation.
    stop_reason : str
        Why the last call ended.
    message : str
        The solver's own last words, if it has any.
    alpha, effective, log_evidence : float
        Of Levenberg-Marquardt: the L2 term's strength, given or found; if found, the parameters that the data
        determine, and the evidence.
    settled : bool
        Whether the search for the highest evidence ended by itself.
    """

    solver: Any = None  # solvers know the state, not the state solvers
    settings: Array = field(default_factory=lambda: np.empty(0))
    moments: Array = field(default_factory=lambda: np.empty(0))
    n_iter: int = 0
    samples_seen: int = 0
    no_improvement: int = 0
    best_loss: float = np.inf
    best_score: float = -np.inf
    best_parameters: Array | None = None
    scored_by: str = "score"
    epochs: list[EpochRow] = field(default_factory=list)
    stop_reason: StopReason = ""
    message: str = ""
    alpha: float = 0.0
    effective: float = np.nan
    log_evidence: float = np.nan
    settled: bool = True

    @property
    def rate(self) -> float:
        """The learning rate as the solver's kernel has it now."""
        return float(self.settings[kernels.RATE])

    def forget_evidence(self) -> None:
        """Begin a call of which it is not known yet whether it finds the strength of the L2 term."""
        self.alpha, self.effective, self.log_evidence, self.settled = 0.0, np.nan, np.nan, True

    def history(self) -> History:
        """Return the epochs so far as an immutable table."""
        columns = dict(zip(EpochRow._fields, self._table(), strict=True))
        if self.best_parameters is None:
            columns["validation_score"] = None
        if not np.isfinite(columns["damping"]).any():
            columns |= dict.fromkeys(("damping", "gain_ratio", "step_length"))
        if not np.isfinite(columns["effective_parameters"]).any():
            columns["effective_parameters"] = None
        return History(stop_reason=self.stop_reason, **columns)

    def _table(self) -> Any:
        """The epochs by columns."""
        return _as_table(self.epochs).T.copy()

    def snapshot(self) -> Snapshot:
        """Return what there is now."""
        values = {name: getattr(self, name) for name in _PLAIN}
        values |= {name: float(getattr(self, name)).hex() for name in _REAL}
        arrays = {name: getattr(self, name) for name in _ARRAYS if getattr(self, name) is not None}
        epochs, n = self.epochs, len(self.epochs)  # rows are only ever appended
        values["has_solver"] = self.solver is not None
        return Snapshot(values, arrays, {"epochs": lambda: _as_table(epochs[:n])})

    def restore(self, snapshot: Snapshot, parameters: Array, solver: Any) -> None:
        """Become what there was, of a network with such parameters and such a solver."""
        rows = snapshot.array("epochs")
        if rows.dtype != np.float64 or rows.ndim != 2 or rows.shape[1] != len(EpochRow._fields):
            snapshot.fail("epochs")
        self.solver = solver if snapshot.flag("has_solver") else None
        self.settings, self.moments = snapshot.array("settings").copy(), snapshot.array("moments").copy()
        if self.settings.dtype != np.float64 or self.moments.dtype not in (np.float64, parameters.dtype):
            snapshot.fail("moments")
        scored = snapshot.has("best_parameters")
        self.best_parameters = snapshot.array("best_parameters", like=parameters).copy() if scored else None
        for name in ("n_iter", "samples_seen", "no_improvement"):
            setattr(self, name, snapshot.count(name))
        for name in _REAL:
            setattr(self, name, snapshot.real(name))
        self.scored_by, self.message = snapshot.text("scored_by"), snapshot.text("message")
        self.stop_reason, self.settled = snapshot.text("stop_reason"), snapshot.flag("settled")  # type: ignore[assignment]
        self.epochs = [EpochRow(*row) for row in rows.tolist()]

    def __getstate__(self) -> dict[str, Any]:
        # Arrays and plain values only: what a model file may hold. One number stands for a column of equals.
        loss, *columns = self._table()
        return self.__dict__ | {"epochs": [loss, *(_shortened(column) for column in columns)]}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        columns = np.broadcast_arrays(*kept["epochs"])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self.__dict__.update(kept, epochs=[EpochRow(*row) for row in rows])


def _as_table(epochs: list[EpochRow]) -> Array:
    return np.array(epochs, dtype=np.float64).reshape(-1, len(EpochRow._fields))


def _shortened(column: Array) -> Array:
    same = len(np.unique(column)) == 1  # NaN equals NaN here
    return column[:1].copy() if same else column
