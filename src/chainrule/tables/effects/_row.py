"""The model of first order of one prediction: what each column adds to that of a typical row."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from chainrule.network import as_index
from chainrule.tables._pipeline import fitted_estimator
from chainrule.tables.derivatives import jacobian
from chainrule.tables.derivatives._prediction import predicted
from chainrule.tables.effects._changes import with_changes
from chainrule.tables.ensemble import TableClassifier, TableRegressor
from chainrule.tables.ensemble._encoder import MISSING, CategoryColumn, NumberColumn
from chainrule.tables.ensemble._explanation import Explanation

__all__ = ["explain_row", "typical_row"]


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
    TypeError
        The row is no integer.
    IndexError
        There is no such row.
    """
    if not 0 <= as_index(row, "row") < len(X):
        raise IndexError(f"there is no row {row}: the table has {len(X):,}, the first is 0")
    here, fitted = X.iloc[[row]], fitted_estimator(pipeline)
    if isinstance(fitted, TableClassifier | TableRegressor):
        return fitted.explain(here)
    return _of_pipeline(pipeline, here, typical_row(pipeline, X))


def typical_row(pipeline: Pipeline, X: pd.DataFrame) -> pd.DataFrame:
    """Return the row that others are compared with; see `explain_row`. None stands for a missing text."""
    fitted = fitted_estimator(pipeline)
    cells: dict[Any, Any] = {}
    if isinstance(fitted, TableClassifier | TableRegressor):
        for column in fitted.encoder_.columns:
            cells[column.name] = column.centre if isinstance(column, NumberColumn) else _most_frequent(column)
    else:
        for name in X:
            known = X[name].dropna()
            numbers = X[name].dtype.kind in "fiub"
            cells[name] = np.nan if known.empty else known.median() if numbers else known.mode().iloc[0]
    return pd.DataFrame({name: pd.Series([cells[name]], dtype=X[name].dtype) for name in X})


def _most_frequent(column: CategoryColumn) -> str | None:
    found = column.name_of(column.most_frequent)
    return None if found == MISSING and column.missing else found


def _of_pipeline(pipeline: Pipeline, here: pd.DataFrame, typical: pd.DataFrame) -> Explanation:
    every = slice(None)
    found = jacobian(pipeline, here)
    prediction, start = (predicted(pipeline, X).values(every)[0] for X in (here, typical))
    slopes = dict(zip(found.columns, found.values[0].T, strict=True))
    # What is predicted with each cell in turn as it is in the typical row.
    switched = with_changes(here, [{str(name): typical[name].iloc[0]} for name in here])
    parts = (prediction - predicted(pipeline, switched).values(every)).T
    for place, name in enumerate(here):
        if name in slopes:
            distance = float(here[name].iloc[0]) - float(typical[name].iloc[0])
            parts[:, place] = 0.0 if np.isnan(distance) else slopes[name] * distance
    cells, usual = (tuple(_shown(X[name].iloc[0]) for name in X) for X in (here, typical))
    names = tuple(map(str, here))
    remainder = prediction - start - parts.sum(axis=1)
    return Explanation(names, cells, usual, parts, start, prediction, remainder, found.outputs)


def _shown(cell: Any) -> str:
    if pd.isna(cell):
        return "missing"
    return f"{cell:.4g}" if isinstance(cell, float | np.floating) else str(cell)
