"""Predictions of data on a cluster: lazy, partition by partition."""

from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data

from chainrule._heard import heard
from chainrule.dask._plan import check_matrix, whole_rows
from chainrule.tables._warning import NewValues, TableWarning, note

__all__ = ["columns_of", "is_lazy", "predicted"]


def is_lazy(X: Any) -> bool:
    """Return whether X is a Dask array or frame, of which only what it will be is known.

    Raises
    ------
    TypeError
        If it is another collection of Dask's.
    """
    lazy = isinstance(X, da.Array | dd.DataFrame)
    if dask.is_dask_collection(X) and not lazy:
        raise TypeError(f"rows are a Dask array or data frame, got a Dask {type(X).__name__}")
    return lazy


def predicted(model: Any, method: str, X: Any, n_columns: int, dtype: Any, **options: Any) -> Any:
    """Return what a method of a fitted plain model gives for each row: a Dask array, series or frame.

    Parameters
    ----------
    model : estimator
    method : str
        "predict", "predict_proba" or another that takes X. Where it gives several arrays, they are columns.
    X : dask array or data frame
    n_columns : int
        Of the result; 0 for one that has one dimension.
    dtype : dtype
    **options
        Of the method.

    Raises
    ------
    ValueError
        If the columns are not those of the fit: at once, and not when it is computed.
    """
    check_columns(model, X)
    if isinstance(X, da.Array):
        X = whole_rows(X)
        columns = {"chunks": (X.chunks[0], (n_columns,))} if n_columns else {"drop_axis": 1}
        none = np.empty((0, n_columns) if n_columns else 0, dtype)
        return X.map_blocks(_of_block, model, method, none, options, meta=none, dtype=dtype, **columns)
    blank = pd.DataFrame(np.empty((0, n_columns or 1), dtype))
    meta = blank if n_columns else blank[0].rename(method)
    return X.map_partitions(_of_frame, model, method, meta, options, meta=meta)


def check_columns(model: Any, X: Any) -> None:
    """Raise ValueError where a Dask collection has not the columns that a fitted model has learnt from."""
    if isinstance(X, dd.DataFrame):
        validate_data(model, pd.DataFrame(columns=X.columns), reset=False, skip_check_array=True)
    else:
        check_matrix(X)
        validate_data(model, np.empty((0, X.shape[1])), reset=False, skip_check_array=True)


def columns_of(found: Any, n: int) -> tuple[Any, ...]:
    """Return the columns of what `predicted` gave, each for itself."""
    if isinstance(found, da.Array):
        return tuple(found[:, place] for place in range(n))
    return tuple(found[place] for place in range(n))


def _of_block(X: Any, model: Any, method: str, none: Any, options: dict[str, Any]) -> Any:
    return _called(model, method, X, options).astype(none.dtype, copy=False) if len(X) else none


def _of_frame(X: Any, model: Any, method: str, none: Any, options: dict[str, Any]) -> Any:
    if not len(X):
        return none
    values = _called(model, method, X, options)
    if isinstance(none, pd.Series):
        return pd.Series(values, index=X.index, name=none.name)
    return pd.DataFrame(values, index=X.index, columns=none.columns)


def _called(model: Any, method: str, X: Any, options: dict[str, Any]) -> Any:
    with heard(TableWarning) as said:
        found = getattr(model, method)(X, **options)
    for each in said:
        if isinstance(each.message, NewValues):  # all else was said where the prediction was asked for
            note(each.message)
    return np.column_stack(found) if isinstance(found, tuple) else found
