"""Explanation of one prediction of a fitted pipeline, whichever estimator it ends in."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from chainrule.tables._pipeline import fitted_estimator
from chainrule.tables.derivatives import PipelineJacobian, jacobian
from chainrule.tables.ensemble import TableClassifier, TableRegressor
from chainrule.tables.ensemble._encoder import MISSING, NumberColumn
from chainrule.tables.ensemble._explanation import Explanation

__all__ = ["derivatives_of", "explanation_of", "outputs_of", "typical_row", "with_changes"]

Array = NDArray[Any]


def outputs_of(pipeline: Pipeline, X: pd.DataFrame) -> Array:
    """Return what is differentiated (n, n_outputs): predictions, or probabilities; of two the second's."""
    if not is_classifier(pipeline):
        return np.asarray(pipeline.predict(X), dtype=float).reshape(len(X), -1)
    P = np.asarray(pipeline.predict_proba(X), dtype=float)
    return P[:, P.shape[1] == 2 :]


def derivatives_of(pipeline: Pipeline, X: pd.DataFrame) -> PipelineJacobian:
    """Return the derivatives of `outputs_of` by the columns of numbers; see `chainrule.jacobian`."""
    J = jacobian(pipeline, X)
    if is_classifier(pipeline) and len(J.outputs) == 2:  # MLPClassifier has both
        return PipelineJacobian(J.values[:, 1:], J.columns, J.outputs[1:])
    return J


def with_changes(rows: pd.DataFrame, changes: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return all rows once for each change, in which columns have the same value in every row.

    >>> rows = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    >>> with_changes(rows, [{"a": 5.0}, {"b": "z"}]).values.tolist()
    [[5.0, 'x'], [5.0, 'y'], [1.0, 'z'], [2.0, 'z']]
    """
    n = len(rows)
    columns = {str(name): np.tile(rows[name].to_numpy(), len(changes)) for name in rows}
    for place, change in enumerate(changes):
        for name, value in change.items():
            columns[name][place * n : (place + 1) * n] = value
    made = {name: pd.Series(cells, dtype=rows[name].dtype) for name, cells in columns.items()}
    return pd.DataFrame(made)


def typical_row(pipeline: Pipeline, X: pd.DataFrame) -> pd.DataFrame:
    """Return a row of medians and most frequent categories: of the rows learned from, where they are known.

    `MLPRegressor` and `MLPClassifier` do not keep how often categories occur: theirs are those of ``X``.
    """
    cells: dict[str, Any] = {}
    fitted = fitted_estimator(pipeline)
    if isinstance(fitted, TableClassifier | TableRegressor):
        for column in fitted.encoder_.columns:
            if isinstance(column, NumberColumn):
                cells[column.name] = column.centre
            else:
                found = column.name_of(column.most_frequent)
                cells[column.name] = None if found == MISSING and column.missing else found
    else:
        steps = pipeline.named_steps["columns"].named_transformers_
        numbers = steps["numbers"][0] if "numbers" in steps else None
        if numbers is not None:
            cells |= dict(zip(numbers.feature_names_in_, numbers.statistics_.tolist(), strict=True))
        for name in X:
            if name not in cells:
                counts = X[name].value_counts()
                cells[str(name)] = counts.index[0] if len(counts) else None
    return pd.DataFrame({name: pd.Series([cells[str(name)]], dtype=X[name].dtype) for name in X})


def explanation_of(pipeline: Pipeline, row: pd.DataFrame, typical: pd.DataFrame) -> Explanation:
    """Return what each column adds to the prediction for one row, by the model of first order there.

    Parameters
    ----------
    pipeline : Pipeline
        Made by `table_pipeline` and fitted.
    row : DataFrame
        One row, as `Schema.features` returns it.
    typical : DataFrame
        As `typical_row` returns it. Table estimators have their own, which is the same.

    Returns
    -------
    Explanation
        As ``TableRegressor.explain`` has it: of a number the derivative at the row times the distance from
        the typical one, of a category the exact difference.
    """
    fitted = fitted_estimator(pipeline)
    if isinstance(fitted, TableClassifier | TableRegressor):
        return fitted.explain(row)
    J = derivatives_of(pipeline, row)
    here, start = outputs_of(pipeline, row)[0], outputs_of(pipeline, typical)[0]
    # What is predicted with each cell in turn as it is usually.
    switched = with_changes(row, [{str(name): typical[name].iloc[0]} for name in row])
    parts = (here - outputs_of(pipeline, switched)).T
    for place, name in enumerate(J.columns):
        value, usual = row[name].iloc[0], typical[name].iloc[0]
        distance = 0.0 if pd.isna(value) else float(value) - float(usual)
        parts[:, list(row).index(name)] = J.values[0, :, place] * distance
    cells, usual_cells = (tuple(_shown(each[name].iloc[0]) for name in row) for each in (row, typical))
    columns = tuple(map(str, row))
    return Explanation(
        columns, cells, usual_cells, parts, start, here, here - start - parts.sum(axis=1), J.outputs
    )


def _shown(cell: Any) -> str:
    return MISSING if pd.isna(cell) else cell if isinstance(cell, str) else f"{cell:.4g}"
