"""Scores of predictions, and of the best constant guess."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from chainrule.tables._names import counted
from chainrule.tables._sums import ExactSum
from chainrule.tables._target import Task

__all__ = [
    "ClassSums",
    "ConstantClass",
    "ConstantGuess",
    "ConstantNumber",
    "NumberSums",
    "class_scores",
    "constant_guess",
    "number_scores",
    "table_scores",
]


class NumberSums:
    """What R² and the mean absolute error are made of, added row by row, without rounding."""

    def __init__(self) -> None:
        self.n = 0
        self._targets, self._squares = ExactSum(), ExactSum()
        self._errors, self._squared_errors = ExactSum(), ExactSum()

    def add(self, y: NDArray[Any], predicted: NDArray[Any]) -> None:
        """Add rows: their targets and predictions."""
        errors = y - predicted
        self.n += len(y)
        self._targets.add(y)
        self._squares.add_squares(y)
        self._errors.add(np.abs(errors))
        self._squared_errors.add_squares(errors)

    def scores(self) -> dict[str, float]:
        """Return the scores of all rows; see `number_scores`."""
        return {"r2": self._r2(), "mean_absolute_error": float(self._errors) / self.n}

    def _r2(self) -> float:
        variation, rest = self._squares.variation(self._targets, self.n), float(self._squared_errors)
        if self.n < 2:
            return float("nan")
        if not variation:  # as scikit-learn defines it
            return float(rest == 0)
        return 1 - rest / variation


class ClassSums:
    """What accuracy and log loss are made of, added row by row, without rounding.

    Parameters
    ----------
    classes : array
        The labels that columns of probabilities belong to.
    """

    def __init__(self, classes: NDArray[Any]) -> None:
        self.n = self._right = 0
        self._classes, self._logarithms = classes, ExactSum()

    def add(self, y: NDArray[Any], probabilities: NDArray[Any]) -> None:
        """Add rows: their labels and the probabilities of the classes."""
        true = probabilities[y[:, None] == self._classes]
        floor = np.finfo(probabilities.dtype).eps
        self.n += len(y)
        self._right += int((self._classes[probabilities.argmax(axis=1)] == y).sum())
        self._logarithms.add(np.log(np.maximum(true, floor)))
        self._logarithms.add(np.log([floor]), times=len(y) - len(true))

    def scores(self) -> dict[str, float]:
        """Return the scores of all rows; see `class_scores`."""
        return {"accuracy": self._right / self.n, "log_loss": -float(self._logarithms) / self.n}


def number_scores(y: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
    """Return R² (NaN for a single row) and the mean absolute error in the units of `y`.

    >>> import numpy as np
    >>> number_scores(np.array([1.0, 3.0]), np.array([1.0, 2.0]))
    {'r2': 0.5, 'mean_absolute_error': 0.5}
    """
    _check_rows(y, predicted)
    sums = NumberSums()
    sums.add(y, predicted)
    return sums.scores()


def class_scores(y: NDArray[Any], probabilities: NDArray[Any], classes: NDArray[Any]) -> dict[str, float]:
    """Return accuracy and log loss (nats per row). A label that is no known class has probability zero.

    Probabilities below the rounding unit are raised to it, as in scikit-learn, so that a single zero does
    not make the log loss infinite.

    >>> import numpy as np
    >>> class_scores(np.array(["b", "a"]), np.array([[0.0, 1.0], [0.5, 0.5]]), np.array(["a", "b"]))
    {'accuracy': 1.0, 'log_loss': 0.3465...}
    """
    _check_rows(y, probabilities)
    sums = ClassSums(classes)
    sums.add(y, probabilities)
    return sums.scores()


def _check_rows(y: NDArray[Any], predicted: NDArray[Any]) -> None:
    """Raise ValueError unless there are rows, and as many predictions as targets."""
    if not len(y) or len(y) != len(predicted):
        rows, predictions = counted(len(y), "target"), counted(len(predicted), "prediction")
        raise ValueError(
            f"scores need as many predictions as targets, and at least one: {rows}, {predictions}"
        )


class _ConstantSums:
    """Sums of the scores of a constant number: R² of the mean, absolute errors of the median."""

    def __init__(self, guess: "ConstantNumber") -> None:
        self._guess, self._of_mean, self._of_median = guess, NumberSums(), NumberSums()

    def add(self, y: NDArray[Any]) -> None:
        self._of_mean.add(y, np.full(len(y), self._guess.mean))
        self._of_median.add(y, np.full(len(y), self._guess.median))

    def scores(self) -> dict[str, float]:
        return {**self._of_median.scores(), "r2": self._of_mean.scores()["r2"]}


class _ConstantClassSums:
    """Sums of the scores of probabilities that are the same in all rows."""

    def __init__(self, guess: "ConstantClass") -> None:
        self._guess, self._sums = guess, ClassSums(np.array(guess.classes))

    def add(self, y: NDArray[Any]) -> None:
        self._sums.add(y, np.tile(self._guess.shares, (len(y), 1)))

    def scores(self) -> dict[str, float]:
        return self._sums.scores()


@dataclass(frozen=True)
class ConstantNumber:
    """Best guess of a number without the columns: the mean for R², the median for absolute errors."""

    mean: float
    median: float

    def scores(self, y: NDArray[Any]) -> dict[str, float]:
        """Return the scores of the guess on the targets `y`."""
        sums = self.sums()
        sums.add(y)
        return sums.scores()

    def sums(self) -> _ConstantSums:
        """Return sums of the scores, to which targets are added."""
        return _ConstantSums(self)


@dataclass(frozen=True)
class ConstantClass:
    """Best guess of a class without looking at the columns: each class with its share of the rows."""

    classes: tuple[Any, ...]
    shares: tuple[float, ...]

    def scores(self, y: NDArray[Any]) -> dict[str, float]:
        """Return the scores of the guess on the labels `y`."""
        sums = self.sums()
        sums.add(y)
        return sums.scores()

    def sums(self) -> _ConstantClassSums:
        """Return sums of the scores, to which labels are added."""
        return _ConstantClassSums(self)


ConstantGuess = ConstantNumber | ConstantClass


def constant_guess(y: NDArray[Any], task: Task) -> ConstantGuess:
    """Return the best constant guess for the targets of the rows that a model learns from.

    >>> import numpy as np
    >>> guess = constant_guess(np.array([1.0, 2.0, 6.0]), "regression")
    >>> guess
    ConstantNumber(mean=3.0, median=2.0)
    >>> guess.scores(np.array([2.0, 4.0]))
    {'r2': 0.0, 'mean_absolute_error': 1.0}
    """
    if task == "regression":
        return ConstantNumber(float(np.mean(y)), float(np.median(y)))
    classes, counts = np.unique(y, return_counts=True)
    return ConstantClass(tuple(classes.tolist()), tuple((counts / len(y)).tolist()))


def table_scores(pipeline: Pipeline, X: pd.DataFrame, y: NDArray[Any], task: Task) -> dict[str, float]:
    """Return `number_scores` or `class_scores` of a fitted pipeline, as the task asks."""
    if task == "regression":
        return number_scores(y, pipeline.predict(X))
    return class_scores(y, pipeline.predict_proba(X), pipeline.classes_)
