"""What learns from a table and is scored on rows held out: our models, and the simple ones beside them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from chainrule.tables._linear import linear_predictions
from chainrule.tables._pipeline import Estimator, check_one_number, table_pipeline
from chainrule.tables._scores import ConstantNumber, class_scores, constant_guess, number_scores
from chainrule.tables._split import SplitTable

__all__ = ["ERRORS", "Method", "Predictor", "constant", "linear", "of_estimator", "scored"]

Array = NDArray[Any]
Scores = dict[str, float]

ERRORS = {"regression": "root_mean_squared_error", "classification": "log_loss"}
"""The score that models are ranked by; less is better."""

Predictor = Callable[[pd.DataFrame], Array]
"""Numbers of a regression; probabilities (n_rows, n_classes) of the sorted classes."""


@dataclass(frozen=True)
class Method:
    """A way to learn from a table.

    Parameters
    ----------
    name : str
    scores : callable
        Learns from the rows to learn from, and returns scores on the rows held out; None where it cannot
        have any.
    """

    name: str
    scores: Callable[[SplitTable], Scores | None]


def scored(learn: Callable[[SplitTable], Predictor]) -> Callable[[SplitTable], Scores]:
    """Return the ``scores`` of a method that learns a predictor."""

    def scores(data: SplitTable) -> Scores:
        predicted = learn(data)(data.X_test)
        return _scores(data, predicted, np.unique(data.y_train))

    return scores


def _scores(data: SplitTable, predicted: Array, classes: Array | None) -> Scores:
    if data.task == "classification":
        assert classes is not None
        return class_scores(data.y_test, predicted, classes)
    return number_scores(data.y_test, predicted) | _root_mean_squared(data.y_test, predicted)


def _root_mean_squared(y: Array, predicted: Array | float) -> Scores:
    return {ERRORS["regression"]: float(np.sqrt(np.mean((y - predicted) ** 2)))}


def of_estimator(name: str, estimator: Estimator, n_jobs: int | None = None) -> Method:
    """Return the method that fits a clone of one of our estimators.

    Parameters
    ----------
    name : str
    estimator : MLPClassifier, MLPRegressor, TableClassifier or TableRegressor
    n_jobs : int, optional
        Threads for the members of a table estimator, if it does not say itself.

    Raises
    ------
    ValueError
        If it predicts several quantiles.
    """
    check_one_number(estimator)

    def learn(data: SplitTable) -> Predictor:
        fresh = clone(estimator)
        if n_jobs is not None and fresh.get_params().get("n_jobs", n_jobs) is None:
            fresh.set_params(n_jobs=n_jobs)
        pipeline = table_pipeline(data.schema, fresh).fit(data.X_train, data.y_train)
        predict: Predictor = pipeline.predict if data.task == "regression" else pipeline.predict_proba
        return predict

    return Method(name, scored(learn))


def constant() -> Method:
    """Return the method that guesses without looking at the columns."""

    def scores(data: SplitTable) -> Scores:
        guess = constant_guess(data.y_train, data.task)
        found = guess.scores(data.y_test)
        if isinstance(guess, ConstantNumber):
            found |= _root_mean_squared(data.y_test, guess.mean)
        return found

    return Method("constant guess", scores)


def linear(task: str) -> Method:
    """Return ridge or logistic regression on the inputs of a perceptron; see `linear_predictions`."""

    def scores(data: SplitTable) -> Scores | None:
        found = linear_predictions(_in_random_order(data))  # of many rows it takes the first
        return None if found is None else _scores(data, *found)

    return Method("ridge regression" if task == "regression" else "logistic regression", scores)


def _in_random_order(data: SplitTable) -> SplitTable:
    order = np.random.RandomState(0).permutation(len(data.y_train))
    return replace(data, X_train=data.X_train.iloc[order], y_train=data.y_train[order])
