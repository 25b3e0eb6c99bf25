"""Scores of predictions, and of the best constant guess."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.pipeline import Pipeline

from chainrule.tables._target import Task

__all__ = [
    "ConstantClass",
    "ConstantGuess",
    "ConstantNumber",
    "class_scores",
    "constant_guess",
    "number_scores",
    "table_scores",
]


def number_scores(y: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
    """Return R² (NaN for a single row) and the mean absolute error in the units of `y`.

    >>> import numpy as np
    >>> number_scores(np.array([1.0, 3.0]), np.array([1.0, 2.0]))
    {'r2': 0.5, 'mean_absolute_error': 0.5}
    """
    r2 = float(r2_score(y, predicted)) if len(y) > 1 else float("nan")
    return {"r2": r2, "mean_absolute_error": float(mean_absolute_error(y, predicted))}


def class_scores(y: NDArray[Any], probabilities: NDArray[Any], classes: NDArray[Any]) -> dict[str, float]:
    """Return accuracy and log loss (nats per row). A label that is no known class has probability zero.

    Probabilities below the rounding unit are raised to it, as in scikit-learn, so that a single zero does
    not make the log loss infinite.

    >>> import numpy as np
    >>> class_scores(np.array(["b", "a"]), np.array([[0.0, 1.0], [0.5, 0.5]]), np.array(["a", "b"]))
    {'accuracy': 1.0, 'log_loss': 0.3465...}
    """
    true = probabilities[y[:, None] == classes]
    missed = len(y) - len(true)
    floor = np.finfo(probabilities.dtype).eps
    logarithms = np.log(np.maximum(true, floor)).sum() + missed * np.log(floor)
    right = classes[probabilities.argmax(axis=1)] == y
    return {"accuracy": float(right.mean()), "log_loss": float(-logarithms / len(y))}


@dataclass(frozen=True)
class ConstantNumber:
    """Best guess of a number without the columns: the mean for R², the median for absolute errors."""

    mean: float
    median: float

    def scores(self, y: NDArray[Any]) -> dict[str, float]:
        """Return the scores of the guess on the targets `y`."""
        r2 = number_scores(y, np.full(len(y), self.mean))["r2"]
        return {**number_scores(y, np.full(len(y), self.median)), "r2": r2}


@dataclass(frozen=True)
class ConstantClass:
    """Best guess of a class without looking at the columns: each class with its share of the rows."""

    classes: tuple[Any, ...]
    shares: tuple[float, ...]

    def scores(self, y: NDArray[Any]) -> dict[str, float]:
        """Return the scores of the guess on the labels `y`."""
        return class_scores(y, np.tile(self.shares, (len(y), 1)), np.array(self.classes))


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
