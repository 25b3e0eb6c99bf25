"""Rules of training: batch size, number of epochs, and when to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from chainrule.network import Network
from chainrule.training._recorder import Run
from chainrule.training._snapshot import Snapshot
from chainrule.training._state import TrainingState


@dataclass(frozen=True)
class EpochReport:
    """Report of an epoch, which each hook receives after it.

    Attributes
    ----------
    epoch : int
        Counted from 1 in this call.
    max_epochs : int
    loss : float
    validation_score : float or None
    learning_rate : float
        The rate during the epoch; NaN for L-BFGS.
    seconds : float
        Time the epoch took.
    member : int
        Which of an ensemble's networks, from 0.
    """

    epoch: int
    max_epochs: int
    loss: float
    validation_score: float | None
    learning_rate: float
    seconds: float
    member: int = 0

    @classmethod
    def of(cls, state: TrainingState, rules: "Rules") -> "EpochReport":
        """Report the epoch that is just over."""
        row = state.epochs[-1]
        score = None if rules.score is None else row.validation_score
        return cls(state.n_iter, rules.max_iter, row.loss, score, row.learning_rate, row.seconds)


Hook = Callable[[EpochReport], bool | None]
"""Called after each epoch; returning True stops the learning."""


@dataclass(frozen=True)
class TimeLimit:
    """Seconds that learning may take, counted from when this is made.

    Parameters
    ----------
    seconds : float
    """

    seconds: float
    _began: float = field(default_factory=time.perf_counter)

    @classmethod
    def going_on(cls, seconds: float, used: float) -> "TimeLimit":
        """Return a limit of which so much was used before, in a process that has ended."""
        return cls(seconds, time.perf_counter() - used)

    @property
    def used(self) -> float:
        """Seconds that are over."""
        return time.perf_counter() - self._began

    @property
    def share(self) -> float:
        """How much of the time is over."""
        return min(1.0, self.used / self.seconds)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.seconds - self.used)

    def suffices(self, seconds: float) -> bool:
        """Return whether so many seconds more are within the limit, or over it by no more than 5 %."""
        return self.used + seconds <= 1.05 * self.seconds


@dataclass(frozen=True)
class Rules:
    """How long to learn.

    Attributes
    ----------
    batch_size : int
    max_iter : int
        Most epochs.
    shuffle : bool
    tol : float
        An epoch that betters the best loss (or score) by less is no improvement.
    n_iter_no_change : float
        Learning stops after more epochs than this without improvement; may be infinite.
    score : callable, optional
        Validation score of the network as it stands. With one, it decides instead of the loss, and the
        best η is kept.
    score_is_error : bool
        Whether that score is an error, negated, in the units of the loss.
    hooks : tuple of callable
    starts : tuple of callable
        Called without arguments before each epoch.
    announce : callable
        Told, in words, that learning came to a halt.
    time : TimeLimit, optional
        Learning by minibatches stops before an epoch that would go beyond it.
    record : Run, optional
        Keeps where learning is, and tells where it was when an earlier process ended.
    """

    batch_size: int = 200
    max_iter: int = 200
    shuffle: bool = True
    tol: float = 1e-4
    n_iter_no_change: float = 10
    score: Callable[[], float] | None = None
    score_is_error: bool = False
    hooks: tuple[Hook, ...] = ()
    starts: tuple[Callable[[], None], ...] = ()
    announce: Callable[[str], None] = field(default=lambda message: None)
    time: TimeLimit | None = None
    record: Run | None = None

    @property
    def keeps(self) -> bool:
        """Whether anything is kept of where learning is."""
        return self.record is not None and self.record.keeps

    def restore(self, network: Network, state: TrainingState, solver: Any) -> Snapshot | None:
        """Bring network and state to where they were; return what the solver kept; None to begin."""
        return None if self.record is None else self.record.restore(network, state, solver)

    def ended_before(self, network: Network, state: TrainingState, solver: Any) -> bool:
        """Return whether learning had come to its end, and bring network and state there if it had."""
        if self.record is None or not self.record.ended:
            return False
        self.record.restore(network, state, solver)
        return True

    def end(self, network: Network, state: TrainingState) -> None:
        """Keep what has been learnt to the end."""
        if self.record is not None:
            self.record.end(network, state)

    def cut_short(self, state: TrainingState) -> bool:
        """Return whether learning was stopped because the fit around it was: it would have gone on."""
        return self.record is not None and self.record.stopped and state.stop_reason == "callback"

    def mark(self, network: Network, state: TrainingState, own: Callable[[], Snapshot]) -> None:
        """Keep the end of an epoch that learning goes on from, with what the solver keeps of itself."""
        if self.record is not None and self.record.keeps:
            self.record.mark(network, state, self.time, own())

    def share_done(self, state: TrainingState) -> float:
        """Return how much of the learning is done: of the epochs, or of the time if that is more."""
        share = state.n_iter / self.max_iter
        return share if self.time is None else max(share, self.time.share)

    def watched_by(self, hook: Hook) -> "Rules":
        """Return the same rules with one hook more."""
        return replace(self, hooks=(*self.hooks, hook))

    def silent(self) -> "Rules":
        """Return the same rules with nobody to tell."""
        return replace(self, hooks=(), starts=(), announce=lambda message: None)

    def judge(self, state: TrainingState, error_unit: float = 1.0) -> bool:
        """Count the epoch as an improvement or not; return True if it has the best score so far.

        Where the score is an error, the least improvement is ``tol`` of `error_unit`.
        """
        loss, score = state.epochs[-1].loss, state.epochs[-1].validation_score
        best = False
        if self.score is None:
            better = not loss > state.best_loss - self.tol
            state.best_loss = min(state.best_loss, loss)
        else:
            least = self.tol * error_unit if self.score_is_error else self.tol
            better = not score < state.best_score + least
            best = score > state.best_score
            state.best_score = max(state.best_score, score)
        state.no_improvement = 0 if better else state.no_improvement + 1
        return best

    def out_of_patience(self, state: TrainingState) -> bool:
        return state.no_improvement > self.n_iter_no_change

    def halt_message(self) -> str:
        what = "Training loss" if self.score is None else "Validation score"
        return (
            f"{what} did not improve more than tol={self.tol:f} "
            f"for {int(self.n_iter_no_change)} consecutive epochs."
        )
