"""History of training: an immutable table with one row for each epoch."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class History:
    """A table with one row an epoch (or iteration of L-BFGS and Levenberg-Marquardt).

    Its columns are read-only copies.

    Attributes
    ----------
    loss : array of shape (n_epochs,)
        Average loss over the epoch's batches, with the L2 term, each before its update; with L-BFGS and
        Levenberg-Marquardt that after the iteration.
    validation_score : array of shape (n_epochs,) or None
    learning_rate : array of shape (n_epochs,)
        The rate during the epoch; NaN where there is none (L-BFGS, Levenberg-Marquardt).
    seconds : array of shape (n_epochs,)
        Time the epoch took.
    stop_reason : str
        "no improvement", "converged", "max_iter", "interrupted", "callback", "time limit" or "diverged"; of
        Levenberg-Marquardt "small gradient", "small step" or "small change".
    damping, gain_ratio, step_length : array of shape (n_epochs,) or None
        For Levenberg-Marquardt: μ, the fall of the loss divided by the predicted fall (NaN if no
        step could be computed, or its correction was too large for it to be tried), and ‖s‖; in scaled units.
    effective_parameters : array of shape (n_epochs,) or None
        Parameters that the data determine, for ``alpha="bayes"``.

    Examples
    --------
    >>> from chainrule import Network, train
    >>> net = Network((1, 4, 1), random_state=0)
    >>> history = train(net, [[0.0], [1.0]], [0.0, 1.0], loss="half_squared_error", max_iter=3)
    >>> history.epoch
    array([1, 2, 3])
    >>> history.stop_reason
    'max_iter'
    """

    loss: Array
    validation_score: Array | None
    learning_rate: Array
    seconds: Array
    stop_reason: str = ""
    damping: Array | None = None
    gain_ratio: Array | None = None
    step_length: Array | None = None
    effective_parameters: Array | None = None

    def __post_init__(self) -> None:
        for each in fields(self):
            column = getattr(self, each.name)
            if column is not None and not isinstance(column, str):
                own = np.array(column)
                own.flags.writeable = False
                object.__setattr__(self, each.name, own)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()  # arrays come out of a pickle writable

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def accepted(self) -> Array | None:
        """Whether each of Levenberg-Marquardt's steps was taken; None of other solvers."""
        return None if self.gain_ratio is None else self.gain_ratio > 0

    @property
    def epoch(self) -> Array:
        """Epochs, counted from 1."""
        return np.arange(1, len(self) + 1)

    def columns(self) -> dict[str, Array]:
        """Return the table by columns, without those there is nothing to say in."""
        named = {
            "epoch": self.epoch,
            "loss": self.loss,
            "validation_score": self.validation_score,
            "learning_rate": self.learning_rate,
            "seconds": self.seconds,
            "damping": self.damping,
            "gain_ratio": self.gain_ratio,
            "accepted": self.accepted,
            "step_length": self.step_length,
            "effective_parameters": self.effective_parameters,
        }
        return {name: column for name, column in named.items() if column is not None}

    def to_frame(self) -> "pd.DataFrame":
        """Return a pandas data frame, indexed by epoch.

        Raises
        ------
        ImportError
            Without pandas.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError("History.to_frame needs pandas: pip install 'chainrule[cli]'") from None
        return pd.DataFrame(self.columns()).set_index("epoch")

    def plot(self, ax: Any = None) -> Any:
        """Draw loss and validation score by epoch; return the `chainrule.display.HistoryDisplay`.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Raises
        ------
        ImportError
            Without matplotlib.
        """
        from chainrule.display import HistoryDisplay  # matplotlib is optional

        return HistoryDisplay(self).plot(ax=ax)

    def __repr__(self) -> str:
        if not len(self):
            return "History: no epochs"
        score = "" if self.validation_score is None else f", validation score {self.validation_score[-1]:.6g}"
        return (
            f"History: {len(self)} epochs in {self.seconds.sum():.3g} s, loss {self.loss[-1]:.6g}{score}"
            f" ({self.stop_reason})"
        )
