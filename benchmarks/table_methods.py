"""Methods that learn a table, each a function from training rows to a predictor of test rows.

A predictor gives numbers for a regression, and probabilities (n, n_classes) in the order of the sorted
classes. Peers get what they take best: LightGBM, CatBoost and HistGradientBoosting their own categories.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Predictor = Callable[[pd.DataFrame], np.ndarray]
Learn = Callable[[pd.DataFrame, np.ndarray, bool, int], Predictor]
"""Takes X, y, whether it is a regression, and a seed."""


def _ours(**settings: Any) -> Learn:
    def learn(X: pd.DataFrame, y: np.ndarray, regression: bool, seed: int) -> Predictor:
        from chainrule import TableClassifier, TableRegressor

        model = (TableRegressor if regression else TableClassifier)(random_state=seed, **settings).fit(X, y)
        learn.last = model  # type: ignore[attr-defined]
        return model.predict if regression else model.predict_proba

    return learn


def _texts(X: pd.DataFrame) -> list[str]:
    return [name for name in X if not pd.api.types.is_numeric_dtype(X[name]) and X[name].dtype.kind != "M"]


def _changed(X: pd.DataFrame, cells: dict[str, Any]) -> pd.DataFrame:
    """The table with some columns replaced; their names may be anything, "self" too."""
    changed = X.copy()
    for name, values in cells.items():
        changed[name] = values
    return changed


def _dates_as_days(X: pd.DataFrame) -> pd.DataFrame:
    return _changed(X, {name: X[name].astype("int64") / 86_400e9 for name in X if X[name].dtype.kind == "M"})


def _pipeline(regression: bool, model: Any, texts: list[str], numbers: list[str]) -> Any:
    from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("text", OneHotEncoder(max_categories=100, handle_unknown="infrequent_if_exist"), texts),
        ],
        sparse_threshold=0,
    )
    if regression:
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    return make_pipeline(columns, model)


def _in_pipeline(of_regression: Callable[[int], Any], of_classes: Callable[[int], Any]) -> Learn:
    def learn(X: pd.DataFrame, y: np.ndarray, regression: bool, seed: int) -> Predictor:
        X, texts = _dates_as_days(X), _texts(X)
        model = (of_regression if regression else of_classes)(seed)
        fitted = _pipeline(regression, model, texts, [name for name in X if name not in texts]).fit(X, y)
        predict = fitted.predict if regression else fitted.predict_proba
        return lambda new: predict(_dates_as_days(new))

    return learn


def _scikit_mlp() -> Learn:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    return _in_pipeline(
        lambda seed: MLPRegressor(random_state=seed), lambda seed: MLPClassifier(random_state=seed)
    )


def _linear() -> Learn:
    from sklearn.linear_model import LogisticRegression, Ridge

    return _in_pipeline(lambda seed: Ridge(), lambda seed: LogisticRegression(max_iter=1000))


def _as_categories(X: pd.DataFrame, known: dict[str, pd.Index]) -> pd.DataFrame:
    X = _dates_as_days(X)
    return _changed(X, {name: pd.Categorical(X[name], categories=levels) for name, levels in known.items()})


def _with_categories(make: Callable[[bool, int], Any], most: int | None = None) -> Learn:
    """With at most so many categories a column, the most frequent ones; others count as missing."""

    def learn(X: pd.DataFrame, y: np.ndarray, regression: bool, seed: int) -> Predictor:
        known = {name: X[name].value_counts().index[:most] for name in _texts(X)}
        model = make(regression, seed).fit(_as_categories(X, known), y)
        predict = model.predict if regression else model.predict_proba
        return lambda new: predict(_as_categories(new, known))

    return learn


def _lightgbm(regression: bool, seed: int) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    return (LGBMRegressor if regression else LGBMClassifier)(n_jobs=2, verbose=-1, random_state=seed)


def _histogram(regression: bool, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    return kind(categorical_features="from_dtype", random_state=seed)


def _catboost() -> Learn:
    def learn(X: pd.DataFrame, y: np.ndarray, regression: bool, seed: int) -> Predictor:
        from catboost import CatBoostClassifier, CatBoostRegressor

        texts = _texts(X)

        def prepared(frame: pd.DataFrame) -> pd.DataFrame:
            frame = _dates_as_days(frame)
            return _changed(
                frame, {name: frame[name].astype(object).fillna("missing").astype(str) for name in texts}
            )

        kind = CatBoostRegressor if regression else CatBoostClassifier
        model = kind(
            cat_features=texts, thread_count=2, verbose=0, random_seed=seed, allow_writing_files=False
        )
        model.fit(prepared(X), y)
        predict = model.predict if regression else model.predict_proba
        return lambda new: predict(prepared(new))

    return learn


def _realmlp() -> Learn:
    def learn(X: pd.DataFrame, y: np.ndarray, regression: bool, seed: int) -> Predictor:
        from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

        kind = RealMLP_TD_Regressor if regression else RealMLP_TD_Classifier
        known = {name: pd.Index(X[name].dropna().unique()) for name in _texts(X)}
        model = kind(device="cpu", random_state=seed, n_cv=1, n_threads=2).fit(_as_categories(X, known), y)
        predict = model.predict if regression else model.predict_proba
        return lambda new: predict(_as_categories(new, known))

    return learn


METHODS: dict[str, Callable[[], Learn]] = {
    "chainrule": lambda: _ours(),
    "chainrule, fast": lambda: _ours(effort="fast"),
    "chainrule, strong": lambda: _ours(effort="strong"),
    "LightGBM": lambda: _with_categories(_lightgbm),
    "HistGradientBoosting": lambda: _with_categories(_histogram, most=255),
    "CatBoost": _catboost,
    "ridge / logistic": _linear,
    "scikit-learn MLP": _scikit_mlp,
    "RealMLP-TD": _realmlp,
}
"""Methods by name; a call imports what they need."""
