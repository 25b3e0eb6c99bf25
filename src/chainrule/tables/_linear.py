"""The linear model that a network is compared with: ridge or logistic regression on the same inputs."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from chainrule._heard import heard
from chainrule.network._blas_threads import one_blas_thread
from chainrule.tables._pipeline import input_columns
from chainrule.tables._schema import Schema
from chainrule.tables._scores import class_scores, number_scores
from chainrule.tables._split import SplitTable
from chainrule.tables._target import Task

__all__ = ["linear_predictions", "linear_scores", "linear_scores_across"]

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
    return None if found is None else _scores(data.y_test, *found)


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
    return _predicted(data.schema, data.task, data.X_train, data.y_train, data.X_test)


def linear_scores_across(
    schema: Schema, task: Task, X: pd.DataFrame, y: NDArray[Any], n_folds: int = 5
) -> dict[str, float] | None:
    """Return the scores of linear models on all rows, each row's by a model that has not learned from it.

    For a table of its own: the models of `linear_scores` learn from all folds but one and predict that one,
    in turn.

    Returns
    -------
    dict or None
        None if there are fewer than two rows a fold, or of some class fewer than folds, or too many classes.
    """
    classes, counts = np.unique(y, return_counts=True) if task == "classification" else (None, [len(y) // 2])
    if min(counts) < n_folds or (classes is not None and len(classes) < 2):
        return None
    kind = KFold if classes is None else StratifiedKFold
    predicted = np.zeros(len(y) if classes is None else (len(y), len(classes)))
    for train, test in kind(n_folds, shuffle=True, random_state=0).split(X, y):
        found = _predicted(schema, task, X.iloc[train], y[train], X.iloc[test])
        if found is None:
            return None
        predicted[test] = found[0]
    return _scores(y, predicted, classes)


def _predicted(
    schema: Schema, task: Task, X_train: pd.DataFrame, y_train: NDArray[Any], X_test: pd.DataFrame
) -> tuple[NDArray[Any], NDArray[Any] | None] | None:
    """Return what a linear model predicts (numbers, or probabilities), and its classes."""
    with heard(), one_blas_thread():  # it may end before it has converged, which is not said
        inputs = input_columns(schema)
        Z = inputs.fit_transform(X_train)
        rows = _rows(Z.shape[1], task, y_train)
        if not rows:
            return None
        model = _linear_model(task).fit(Z[:rows], y_train[:rows])
        Z = inputs.transform(X_test)
        found = model.predict_proba(Z) if task == "classification" else model.predict(Z)
    return (found, getattr(model, "classes_", None)) if np.isfinite(found).all() else None


def _rows(width: int, task: Task, y_train: NDArray[Any]) -> int:
    """Return how many rows to learn from; 0 for too few to know every class."""
    classes = len(np.unique(y_train)) if task == "classification" else 1
    rows = min(len(y_train), _MOST_CELLS // (width * classes))
    whole = rows == len(y_train)
    return rows if whole or rows >= _ROWS_PER_CLASS * classes else 0


def _linear_model(task: Task) -> Any:
    if task == "classification":
        return LogisticRegression(max_iter=_MOST_STEPS)
    return TransformedTargetRegressor(Ridge(), transformer=StandardScaler())


def _scores(y: NDArray[Any], predicted: NDArray[Any], classes: NDArray[Any] | None) -> dict[str, float]:
    return number_scores(y, predicted) if classes is None else class_scores(y, predicted, classes)
