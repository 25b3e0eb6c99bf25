"""Report of a fit: how good it is on rows held back, beside simple guesses, and what is to be noticed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables.ensemble._encoder import TableEncoder
from chainrule.tables.ensemble._members import Member
from chainrule.training import History

Array = NDArray[Any]

_LEAST = 1e-12
LEAK = 0.99
_MOST_ROWS, _FEWEST_ROWS = 4_000, 50
_OVERFIT = 4.0
_FALL, _LEAST_FALL, _SHARE = 0.1, 0.02, 0.7


@dataclass(frozen=True)
class Scores:
    """Error of a model on rows held back, and the same in words.

    Parameters
    ----------
    error : float
        Root mean squared error, or log loss.
    share : float
        R², or the share of rows whose class is right.
    n_rows : int
    """

    error: float
    share: float
    n_rows: int

    @classmethod
    def of_numbers(cls, y: Array, predicted: Array) -> "Scores":
        squares = float(np.mean((y - predicted) ** 2))
        spread = float(np.var(y))
        return cls(float(np.sqrt(squares)), 1 - squares / spread if spread else float("nan"), len(y))

    @classmethod
    def of_classes(cls, codes: NDArray[np.intp], p: Array) -> "Scores":
        true = p[np.arange(len(p)), codes]
        right = float(np.mean(p.argmax(axis=1) == codes))
        return cls(float(-np.mean(np.log(np.maximum(true, _LEAST)))), right, len(p))


@dataclass(frozen=True)
class FitReport:
    """What a fit found, from rows that the predicting member had not learned from.

    Parameters
    ----------
    task : {"regression", "classification"}
    model : Scores
    constant : Scores
        Of the mean, or of the shares of the classes.
    linear : Scores or None
        Of ridge or logistic regression, on a part of the rows.
    model_there : Scores or None
        Of the model on that part.
    notices : tuple of str
        What is to be noticed, the most important first.
    stopped : str
        What ended the fit before its time.
    """

    task: str
    model: Scores
    constant: Scores
    linear: Scores | None
    model_there: Scores | None
    notices: tuple[str, ...]
    stopped: str = ""

    @property
    def verdict(self) -> str:
        """One sentence: how much better than the constant guess and than a line, or that it is not."""
        gain = _gain(self.model, self.constant)
        beside = ""
        if self.linear is not None and self.model_there is not None:
            line = _gain(self.model_there, self.linear)
            kind = "ridge regression" if self.task == "regression" else "logistic regression"
            if line < 0:
                return (
                    f"Worse than {kind} by {-line:.0%} in {self._measure}: a line fits these rows better; "
                    f"take it, or try effort='strong'"
                )
            beside = f", {line:.0%} less than that of {kind}"
        if gain <= 0:
            return (
                f"No better than the constant guess ({self._measure} {self.model.error:.4g}): the columns "
                "tell nothing of the target"
            )
        share = f"R² {self.model.share:.3f}" if self.task == "regression" else f"{self.model.share:.1%} right"
        return f"{share}; {self._measure} {gain:.0%} less than that of the constant guess{beside}"

    @property
    def _measure(self) -> str:
        return "root mean squared error" if self.task == "regression" else "log loss"

    def __str__(self) -> str:
        return "\n".join([self.verdict, *filter(None, [self.stopped]), *self.notices])


def _gain(model: Scores, other: Scores) -> float:
    return 1 - model.error / other.error if other.error else 0.0


def possible_leaks(encoder: TableEncoder, packed: Array, Y: Array) -> list[str]:
    """Return the columns each of which explains more than 99 % of the targets' variance alone."""
    rows = slice(0, _MOST_ROWS)
    targets = Y[rows].astype(np.float64)
    n, total = len(targets), float(((targets - targets.mean(axis=0)) ** 2).sum())
    if n < _FEWEST_ROWS or not total:
        return []
    found = []
    for place, column in enumerate(encoder.columns):
        if column.encoding is None or (column.encoding.width + 1) * 5 > n:
            continue
        U = column.encoding.value(packed[rows, place].astype(np.float64))
        Z = np.column_stack([np.ones(n), U])
        gram = Z.T @ Z
        fitted = Z @ np.linalg.solve(gram + 1e-6 * np.eye(len(gram)), Z.T @ targets)
        left = float(((targets - fitted) ** 2).sum()) / (n - Z.shape[1]) * (n - 1)
        if 1 - left / total > LEAK:
            found.append(column.name)
    return found


def notices(members: Sequence[Member], leaks: Sequence[str]) -> tuple[str, ...]:
    """Return sentences on leaks, and on how the members' learning ended."""
    found = [
        f"Column {name!r} alone predicts nearly everything: leave it out if it is not known beforehand"
        for name in leaks
    ]
    scored = [member.history for member in members if member.history.validation_score is not None]
    if scored:
        errors = [-np.asarray(history.validation_score) for history in scored]
        inside = np.median([history.loss[e.argmin()] for history, e in zip(scored, errors, strict=True)])
        outside = np.median([e.min() for e in errors])
        if inside > 0 and outside > _OVERFIT * inside:
            found.append(
                f"Overfitted: the error of rows held back is {outside / inside:.1f} times that of rows "
                "learned from; more rows or a larger alpha= may help"
            )
        if sum(map(_still_falls, scored)) > len(scored) / 2:
            found.append("The error was still falling when learning ended: more n_steps= may help")
    return tuple(found)


def _still_falls(history: History) -> bool:
    """Return whether the error held back fell much in the last quarter of learning, measured by the rate.

    Much is a tenth; or, where learning is slow, a share of what it fell in the second quarter.
    """
    errors = np.minimum.accumulate(-np.asarray(history.validation_score))
    done = np.cumsum(history.learning_rate)
    quarters = np.searchsorted(done, done[-1] * np.array([0.25, 0.5, 0.75, 1.0]))
    first, second, third, last = np.log(np.maximum(errors[np.minimum(quarters, len(errors) - 1)], _LEAST))
    fall = third - last
    return bool(fall > _FALL or (fall > _LEAST_FALL and fall > _SHARE * (first - second)))
