"""What learning remembers between epochs, and from one call to the next."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.training._history import History

Array = NDArray[Any]
StopReason = Literal["", "no improvement", "converged", "max_iter", "interrupted", "callback"]


@dataclass
class TrainingState:
    """The whole state of learning beside η itself.

    Attributes
    ----------
    settings : array or None
        The solver's numbers as its kernel keeps them: rate, moments' decays, steps taken.
    moments : array or None
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
    losses, scores, learning_rates, seconds : list of float
        One entry an epoch, over all calls; ``scores`` is empty without validation.
    stop_reason : str
        Why the last call ended.
    message : str
        The solver's own last words, if it has any.
    """

    settings: Array | None = None
    moments: Array | None = None
    n_iter: int = 0
    samples_seen: int = 0
    no_improvement: int = 0
    best_loss: float = np.inf
    best_score: float = -np.inf
    best_parameters: Array | None = None
    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    learning_rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    stop_reason: StopReason = ""
    message: str = ""

    def history(self) -> History:
        """Return the epochs so far as a frozen table."""
        return History(
            loss=np.array(self.losses),
            validation_score=np.array(self.scores) if self.scores else None,
            learning_rate=np.array(self.learning_rates),
            seconds=np.array(self.seconds),
            stop_reason=self.stop_reason,
        )
