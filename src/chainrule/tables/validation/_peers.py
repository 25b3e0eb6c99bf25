"""Models of scikit-learn and LightGBM, each given a table as it takes it best.

Linear models, perceptrons and forests get numbers and one input for each text; boosted trees get texts as
categories, and missing cells as they are. All have their settings by default.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule.tables._pipeline import input_columns, text_inputs
from chainrule.tables._split import SplitTable
from chainrule.tables.validation._methods import Method, Predictor, scored

__all__ = ["lightgbm_is_there", "peers"]

_MOST_LEVELS = 255
"""Most categories of a column that HistGradientBoosting takes."""


def peers(task: str, seed: int, n_jobs: int) -> list[Method]:
    """Return the models beside ours, the linear one aside; LightGBM only where it is installed.

    Parameters
    ----------
    task : {"regression", "classification"}
    seed, n_jobs : int
    """
    numbers = task == "regression"
    multilayer = (MLPRegressor if numbers else MLPClassifier)(random_state=seed)
    boosting = HistGradientBoostingRegressor if numbers else HistGradientBoostingClassifier
    forest = RandomForestRegressor if numbers else RandomForestClassifier
    found = [
        Method("scikit-learn MLP", scored(_on_inputs(multilayer))),
        Method(
            "HistGradientBoosting",
            scored(_with_categories(lambda: boosting(categorical_features="from_dtype", random_state=seed))),
        ),
        Method("random forest", scored(_on_texts_as_inputs(forest(n_jobs=n_jobs, random_state=seed)))),
    ]
    if lightgbm_is_there():
        found.append(
            Method("LightGBM", scored(_with_categories(lambda: _lightgbm(numbers, seed, n_jobs), None)))
        )
    return found


def lightgbm_is_there() -> bool:
    """Return whether LightGBM is installed."""
    return find_spec("lightgbm") is not None


def _lightgbm(numbers: bool, seed: int, n_jobs: int) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMRegressor if numbers else LGBMClassifier)(n_jobs=n_jobs, verbose=-1, random_state=seed)


def _on_inputs(model: Any) -> Callable[[SplitTable], Predictor]:
    """Learn as our perceptron does: from the same inputs, and the scaled target."""

    def learn(data: SplitTable) -> Predictor:
        last = model
        if data.task == "regression":
            last = TransformedTargetRegressor(model, transformer=StandardScaler())
        return _predictor(make_pipeline(input_columns(data.schema), last), data)

    return learn


def _on_texts_as_inputs(model: Any) -> Callable[[SplitTable], Predictor]:
    """Learn from numbers as they are, missing ones too, and one input for each text."""

    def learn(data: SplitTable) -> Predictor:
        texts = data.schema.inputs("text")
        columns = ColumnTransformer(
            [("text", text_inputs(), texts)] if texts else [], remainder="passthrough"
        )
        return _predictor(make_pipeline(columns, model), data)

    return learn


def _with_categories(
    make: Callable[[], Any], most: int | None = _MOST_LEVELS
) -> Callable[[SplitTable], Predictor]:
    """Learn from texts as categories: the most frequent ones of a column, others count as missing."""

    def learn(data: SplitTable) -> Predictor:
        texts = data.schema.inputs("text")
        known = {name: data.X_train[name].value_counts().index[:most] for name in texts}
        names = list(data.X_train)

        def prepared(X: pd.DataFrame) -> pd.DataFrame:
            # LightGBM takes no names with brackets, among others: columns are numbered.
            return pd.DataFrame(
                {
                    f"column {k}": pd.Categorical(X[name], categories=known[name])
                    if name in known
                    else X[name].to_numpy()
                    for k, name in enumerate(names)
                }
            )

        model = make().fit(prepared(data.X_train), data.y_train)
        predict: Predictor = model.predict if data.task == "regression" else model.predict_proba
        return lambda X: predict(prepared(X))

    return learn


def _predictor(pipeline: Any, data: SplitTable) -> Predictor:
    pipeline.fit(data.X_train, data.y_train)
    predict: Predictor = pipeline.predict if data.task == "regression" else pipeline.predict_proba
    return predict
