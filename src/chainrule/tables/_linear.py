"""The linear model that a network is compared with: ridge or logistic regression on the same inputs."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from chainrule.network._blas_threads import one_blas_thread
from chainrule.tables._pipeline import input_columns
from chainrule.tables._scores import class_scores, number_scores
from chainrule.tables._split import SplitTable

__all__ = ["linear_predictions", "linear_scores"]

_MOST_CELLS = 10_000_000
"""Most cells to learn from, times classes: so it takes two or three seconds at most, and changes no more."""

_ROWS_PER_CLASS = 10
_MOST_STEPS = 100


def linear_scores(data: SplitTable) -> dict[str, float] | None:
    """Return the scores, on the rows held out, of a linear model that learned from the same rows.

    Parameters
    ----------
    data : SplitTable

    Returns
    -------
    dict or None
        As `table_scores` returns them. None as of `linear_predictions`.
    """
    found = linear_predictions(data)
    if found is None:
        return None
    predicted, classes = found
    if classes is None:
        return number_scores(data.y_test, predicted)
    return class_scores(data.y_test, predicted, classes)


def linear_predictions(data: SplitTable) -> tuple[NDArray[Any], NDArray[Any] | None] | None:
    """Return what a linear model predicts for the rows held out, and the classes of probabilities.

    Ridge regression with α = 1, or logistic regression with C = 1 and at most 100 steps, on the inputs of the
    perceptron. Of a large table it learns from the first rows (they are in random order).

    Parameters
    ----------
    data : SplitTable

    Returns
    -------
    (predicted, classes) or None
        Numbers and None, or probabilities (n_rows, n_classes) and the classes. None if no rows were held out,
        or if there are too many classes to learn them quickly, or if the model has not stayed finite.
    """
    if not len(data.y_test):
        return None
    with warnings.catch_warnings(), one_blas_thread():
        warnings.simplefilter("ignore")  # it may end before it has converged
        inputs = input_columns(data.schema).fit(data.X_train)
        rows = _rows(inputs, data)
        if not rows:
            return None
        model = _linear_model(data).fit(inputs.transform(data.X_train.iloc[:rows]), data.y_train[:rows])
        X = inputs.transform(data.X_test)
        classifies = isinstance(model, LogisticRegression)
        predicted = model.predict_proba(X) if classifies else model.predict(X)
    if not np.isfinite(predicted).all():
        return None
    return predicted, model.classes_ if classifies else None


def _rows(inputs: Any, data: SplitTable) -> int:
    """Return how many rows to learn from; 0 for too few to know every class."""
    classes = len(np.unique(data.y_train)) if data.task == "classification" else 1
    width = inputs.transform(data.X_train.iloc[:1]).shape[1]
    rows = min(len(data.y_train), _MOST_CELLS // (width * classes))
    whole = rows == len(data.y_train)
    return rows if whole or rows >= _ROWS_PER_CLASS * classes else 0


def _linear_model(data: SplitTable) -> Any:
    if data.task == "classification":
        return LogisticRegression(max_iter=_MOST_STEPS)
    return TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
