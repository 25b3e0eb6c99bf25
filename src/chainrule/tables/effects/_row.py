"""The model of first order of one prediction: what each column adds to that of a typical row."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from chainrule.tables._pipeline import fitted_estimator
from chainrule.tables.derivatives import jacobian
from chainrule.tables.derivatives._columns import filled
from chainrule.tables.derivatives._prediction import predicted
from chainrule.tables.ensemble import TableClassifier, TableRegressor
from chainrule.tables.ensemble._explanation import Explanation

__all__ = ["explain_row"]


def explain_row(pipeline: Pipeline, X: pd.DataFrame, row: int) -> Explanation:
    """Return what each column adds to the prediction for a row, to first order (Taylor).

    Of a number it is the derivative at the row times the distance from the typical number; of a category the
    exact difference from the typical one. The remainder is what is left of the difference to the prediction
    for the typical row. A table estimator's typical row is that of the table it learned from; otherwise it is
    that of X: medians, and the most frequent categories.

    Parameters
    ----------
    pipeline : Pipeline
        Made by `table_pipeline` and fitted.
    X : DataFrame
        As `Schema.features` returns it.
    row : int
        Position of the row, from 0.

    Returns
    -------
    Explanation

    Raises
    ------
    IndexError
        There is no such row.
    """
    if not 0 <= row < len(X):
        raise IndexError(f"there is no row {row}: the table has {len(X):,}, the first is 0")
    here, fitted = X.iloc[[row]], fitted_estimator(pipeline)
    if isinstance(fitted, TableClassifier | TableRegressor):
        return fitted.explain(here)
    return _of_pipeline(pipeline, here, _typical(X, here))


def _typical(X: pd.DataFrame, here: pd.DataFrame) -> pd.DataFrame:
    """Return the typical row, indexed as the row that it stands beside."""
    cells: dict[Any, Any] = {}
    for name in X:
        known = X[name].dropna()
        numbers = X[name].dtype.kind in "fiub"
        cells[name] = np.nan if known.empty else known.median() if numbers else known.mode().iloc[0]
    typical = pd.DataFrame(cells, index=here.index)
    return typical.astype(dict(here.dtypes))


def _of_pipeline(pipeline: Pipeline, here: pd.DataFrame, typical: pd.DataFrame) -> Explanation:
    every = slice(None)
    found = jacobian(pipeline, here)
    prediction, start = (predicted(pipeline, X).values(every)[0] for X in (here, typical))
    slopes = dict(zip(found.columns, found.values[0].T, strict=True))
    parts = np.zeros((len(prediction), here.shape[1]))
    for place, name in enumerate(here):
        if name in slopes:
            distance = float(here[name].iloc[0]) - float(typical[name].iloc[0])
            parts[:, place] = 0.0 if np.isnan(distance) else slopes[name] * distance
        else:
            switched = filled(here, place, typical[name].iloc[0])
            parts[:, place] = prediction - predicted(pipeline, switched).values(every)[0]
    cells, usual = (tuple(_shown(X[name].iloc[0]) for name in X) for X in (here, typical))
    names = tuple(map(str, here))
    remainder = prediction - start - parts.sum(axis=1)
    return Explanation(names, cells, usual, parts, start, prediction, remainder, found.outputs)


def _shown(cell: Any) -> str:
    if pd.isna(cell):
        return "missing"
    return f"{cell:.4g}" if isinstance(cell, float | np.floating) else str(cell)
