"""Derivatives at the rows of data on a cluster: each partition's by whoever has it."""

from typing import Any

import dask
import dask.array as da
import numpy as np
from distributed import Client
from numpy.typing import NDArray

from chainrule.dask._plan import whole_rows
from chainrule.dask._predictions import check_columns
from chainrule.dask._refused import calling, refusing
from chainrule.dask._sums import added, answers_of
from chainrule.estimators import Sensitivities

__all__ = ["jacobians", "sensitivities"]

Array = NDArray[Any]


def jacobians(model: Any, X: Any, of: str) -> da.Array:
    """Return the Jacobian of a fitted network at each row, lazily: (n_samples, n_outputs, n_features).

    Parameters
    ----------
    model : estimator
        The plain one.
    X : dask array or data frame
    of : str
        As for its `jacobian`.
    """
    check_columns(model, X)
    features, outputs = model._names_of_jacobian(of)
    none = np.empty((0, len(outputs), len(features)), model.network_.dtype)
    if isinstance(X, da.Array):
        X = whole_rows(X)
        chunks = X.chunks[0], (len(outputs),), (len(features),)
        return X.map_blocks(
            _jacobian, model, of, none, meta=none, dtype=none.dtype, chunks=chunks, new_axis=2
        )
    return X.map_partitions(_jacobian, model, of, none, meta=none)


def _jacobian(X: Any, model: Any, of: str, none: Array) -> Array:
    return model._jacobian(X, of) if len(X) else none


async def sensitivities(client: Client, model: Any, X: Any, of: str) -> Sensitivities:
    """Return averages of ∂output/∂feature over all rows; their sums are made where the partitions are.

    Parameters
    ----------
    client : Client
    model, X, of
        As for `jacobians`.
    """
    check_columns(model, X)
    features, outputs = model._names_of_jacobian(of)
    parts = whole_rows(X) if isinstance(X, da.Array) else X.simplify()
    ask = dask.delayed(_sums, pure=False, traverse=False)
    given = dask.delayed(model, pure=False, traverse=False)
    asked = [
        ask(part, given, of, f"partition {number}")
        for number, part in enumerate(np.ravel(parts.to_delayed(optimize_graph=False)).tolist())
    ]
    n, *total = added(await answers_of(client, asked))
    sums = np.reshape(total, (3, len(outputs), len(features)))
    return Sensitivities.of_sums(sums, int(n), features, outputs)


@refusing
def _sums(X: Any, model: Any, of: str, name: str) -> Array:
    """How many rows there are, and Σ J, Σ |J|, Σ J² over them."""
    if not len(X):
        return np.empty(0)
    with calling(name):
        sums, n = model._sums_of_jacobians(X, of)
    return np.concatenate([[n], sums.ravel()])
