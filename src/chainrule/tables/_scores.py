"""How good predictions are, and how good a constant guess would be."""

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
    """R² (NaN for a single row) and mean absolute error, the latter in the units of `y`.

    >>> import numpy as np
    >>> number_scores(np.array([1.0, 3.0]), np.array([1.0, 2.0]))
    {'r2': 0.5, 'mean_absolute_error': 0.5}
    """
    r2 = float(r2_score(y, predicted)) if len(y) > 1 else float("nan")
    return {"r2": r2, "mean_absolute_error": float(mean_absolute_error(y, predicted))}


def class_scores(y: NDArray[Any], probabilities: NDArray[Any], classes: NDArray[Any]) -> dict[str, float]:
    """Accuracy and log loss (nats a row). A label that is not among the classes has probability zero.

    Probabilities are kept from 0 by the rounding unit, as in scikit-learn, so that one of them
    does not make the log loss infinite.

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
    """The best guesses that do not look at the columns: the mean for R², the median for absolute errors."""

    mean: float
    median: float

    def scores(self, y: NDArray[Any]) -> dict[str, float]:
        """What the guess scores on the targets `y`."""
        r2 = number_scores(y, np.full(len(y), self.mean))["r2"]
        return {**number_scores(y, np.full(len(y), self.median)), "r2": r2}


@dataclass(frozen=True)
class ConstantClass:
    """The best guess that does not look at the columns: each class with the part of the rows that it has."""

    classes: tuple[Any, ...]
    shares: tuple[float, ...]

    def scores(self, y: NDArray[Any]) -> dict[str, float]:
        """What the guess scores on the labels `y`."""
        return class_scores(y, np.tile(self.shares, (len(y), 1)), np.array(self.classes))


ConstantGuess = ConstantNumber | ConstantClass


def constant_guess(y: NDArray[Any], task: Task) -> ConstantGuess:
    """The guess learned from the targets of the rows that the model learns from.

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
    """`number_scores` or `class_scores` of a fitted pipeline."""
    if task == "regression":
        return number_scores(y, pipeline.predict(X))
    return class_scores(y, pipeline.predict_proba(X), pipeline.classes_)
