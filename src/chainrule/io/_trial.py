"""The trial of a model that comes out of a file: it predicts one made-up row, by the book.

Networks are evaluated by `chainrule.calculus`: nothing is compiled, so a cold kernel cache costs nothing.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.pipeline import FeatureUnion, Pipeline

from chainrule._heard import heard
from chainrule.calculus.network import forward
from chainrule.network import Network
from chainrule.tables.ensemble import TableClassifier, TableRegressor
from chainrule.tables.ensemble._columns import TableColumn
from chainrule.tables.ensemble._encoder import NumberColumn

__all__ = ["try_out"]

Array = NDArray[Any]
_CELLS = (0.5, 1.5, -0.5, 0.0)
"""Numbers that a row is made up of, one after the other: a logarithm or a root does not take all of them."""


def try_out(model: Any) -> None:
    """Predict one made-up row.

    Raises
    ------
    ValueError
        The prediction is not finite, or something before it does not fit.
    Exception
        scikit-learn raises others where an attribute is lacking or is none.
    """
    with heard(), np.errstate(all="ignore"):
        for cell in _CELLS:
            found = _predicted(model, _made_up(model, cell))
            if np.isfinite(found).all():
                return
    raise ValueError("it predicts NaN or infinity for a made-up row")


def _predicted(model: Any, X: Any) -> Array:
    if type(model) is Pipeline:
        if len(model.steps) > 1:
            X = model[:-1].transform(X)
        return _predicted(model.steps[-1][1], X)
    if type(model) is TransformedTargetRegressor:
        outputs = _predicted(model.regressor_, X)
        if model._training_dim not in (1, 2):
            raise ValueError(f"its target has {str(model._training_dim)[:20]} dimensions")
        return np.asarray(model.transformer_.inverse_transform(outputs))
    if isinstance(model, TableClassifier | TableRegressor):
        return _of_members(model)
    network = model if isinstance(model, Network) else model.network_
    rows = np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=network.dtype)
    if rows.shape != (1, network.layer_sizes[0]):
        raise ValueError(f"a row becomes {rows.shape[1:]} inputs; its network has {network.layer_sizes[0]}")
    return _outputs(network, rows)


def _outputs(network: Network, rows: Array) -> Array:
    names = [str(name) for name in network.activations]
    return forward(rows, network.weights, network.biases, names, network.output).z[-1]


def _of_members(model: TableClassifier | TableRegressor) -> Array:
    """Return the mean of the members' outputs for the middle of all columns, through the encoder."""
    cells = [
        TableColumn(column.name, False, np.array([column.centre]))
        if isinstance(column, NumberColumn)
        else TableColumn(column.name, True, np.array([next(iter(column.categories), None)], dtype=object))
        for column in model.encoder_.columns
    ]
    packed = model.encoder_.packed(cells, model.members_[0].network.dtype)
    rows = model.encoder_.encoding.value(packed)
    mean = np.mean([_outputs(member.network, rows) for member in model.members_], axis=0)
    return mean if isinstance(model, TableClassifier) else model._given(model._limited(mean))


def _made_up(model: Any, cell: float) -> Any:
    """Return a row that a model takes: a data frame if it was fitted to names, else an array."""
    cells = _cells_for(model, cell)
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        texts = any(isinstance(each, str) for each in cells)
        return np.array([cells], dtype=object if texts else np.float64)
    import pandas as pd

    return pd.DataFrame({name: [each] for name, each in zip(names, cells, strict=True)})


def _cells_for(model: Any, cell: float) -> list[Any]:
    """Return a cell for each column of a model or transformer, categories and texts where it takes these."""
    if type(model) is Pipeline:
        for _, step in model.steps:
            if _says_cells(step):
                return _cells_for(step, cell)
        return [cell] * int(model.n_features_in_)
    if type(model) is FeatureUnion:
        return _cells_for(next(one for _, one in model.transformer_list if not isinstance(one, str)), cell)
    if type(model) is ColumnTransformer:
        return _cells_for_columns(model, cell)
    if hasattr(model, "categories_"):
        return [categories[0] for categories in model.categories_]
    if type(model) is TransformedTargetRegressor:
        return _cells_for(model.regressor_, cell)
    if isinstance(model, Network):
        return [cell] * model.layer_sizes[0]
    return [cell] * int(model.n_features_in_)


def _says_cells(step: Any) -> bool:
    """Return whether a step knows what it takes; an imputer of texts and a word do not."""
    if isinstance(step, str) or step is None:
        return False
    statistics = getattr(step, "statistics_", None)
    return statistics is None or statistics.dtype.kind in "fiub"


def _cells_for_columns(model: ColumnTransformer, cell: float) -> list[Any]:
    cells: list[Any] = [cell] * int(model.n_features_in_)
    for name, own, _ in model.transformers_:
        places = np.arange(len(cells))[model._transformer_to_input_indices[name]]
        if len(places) and isinstance(own, BaseEstimator):
            for place, found in zip(places, _cells_for(own, cell), strict=True):
                cells[place] = found
    return cells
