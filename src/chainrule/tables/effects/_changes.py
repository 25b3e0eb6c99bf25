"""Rows with some of their cells changed, and what a fitted pipeline predicts for them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from chainrule.tables.derivatives import PipelineJacobian, jacobian

__all__ = ["derivatives_of", "outputs_of", "with_changes"]

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
