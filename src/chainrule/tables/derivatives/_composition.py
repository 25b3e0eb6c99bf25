"""Transformers made of transformers: Pipeline, ColumnTransformer, FeatureUnion."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils._set_output import _wrap_data_with_container

from chainrule.tables._frames import is_frame
from chainrule.tables.derivatives._columns import names_of
from chainrule.tables.derivatives._passage import NOWHERE, Array, Passage, Place, chained, dense, unchanged
from chainrule.tables.derivatives._transformers import said, transformed


def through(transformer: Any, X: Any, place: Place) -> Passage:
    """Return the passage of rows through a transformer of any kind."""
    if transformer is None or _is(transformer, "passthrough"):
        return unchanged(X)
    if type(transformer) is Pipeline:
        return through_steps(transformer.steps, X, place)
    if type(transformer) is ColumnTransformer:
        return _through_columns(transformer, X, place)
    if type(transformer) is FeatureUnion:
        return _through_union(transformer, X, place)
    return transformed(transformer, X, place)


def through_steps(steps: Iterable[tuple[str, Any]], X: Any, place: Place) -> Passage:
    """Return the passage through one transformer after the other."""
    return reduce(
        lambda passage, step: chained(passage, through(step[1], passage.value, (*place, step[0]))),
        steps,
        unchanged(X),
    )


@dataclass(frozen=True, eq=False)
class _Branch:
    """The passage of some columns, and the weight of what becomes of them."""

    passage: Passage
    columns: NDArray[np.intp]
    weight: float

    @property
    def value(self) -> Any:
        value = self.passage.value
        return value if self.weight == 1 else value * self.weight

    def pullback(self, U: Array, rows: slice) -> Array:
        return self.passage.pullback(U if self.weight == 1 else U * self.weight, rows)

    @property
    def origin(self) -> NDArray[np.intp]:
        own = self.passage.origin
        if self.weight != 1:
            return np.full_like(own, NOWHERE)
        return np.where(own == NOWHERE, NOWHERE, self.columns[own])

    @property
    def computed(self) -> NDArray[np.bool_]:
        return self.passage.computed if self.weight == 1 else self.passage.used


def _through_columns(transformer: ColumnTransformer, X: Any, place: Place) -> Passage:
    columns_of = _ColumnsOf(transformer, X, place)
    weights = transformer.transformer_weights or {}
    branches = []
    for name, own, _ in transformer.transformers_:
        columns = np.empty(0, np.intp) if _is(own, "drop") else columns_of(name)
        if len(columns):
            passage = through(own, _safe_indexing(X, columns, axis=1), (*place, name))
            branches.append(_Branch(passage, columns, weights.get(name, 1)))
    return _joined(branches, _beside(branches, transformer, X, transformer.sparse_output_), X)


def _through_union(transformer: FeatureUnion, X: Any, place: Place) -> Passage:
    weights = transformer.transformer_weights or {}
    columns = np.arange(X.shape[1])
    branches = [
        _Branch(through(own, X, (*place, name)), columns, weights.get(name, 1))
        for name, own in transformer.transformer_list
        if not _is(own, "drop")
    ]
    any_sparse = any(sparse.issparse(branch.value) for branch in branches)
    return _joined(branches, _beside(branches, transformer, X, any_sparse), X)


class _ColumnsOf:
    """Where the columns of a transformer are in a table; by name if both tables had names."""

    def __init__(self, transformer: ColumnTransformer, X: Any, place: Place) -> None:
        self._indices = transformer._transformer_to_input_indices
        self._names: Any = None
        if is_frame(X) and hasattr(transformer, "feature_names_in_"):
            self._names = transformer.feature_names_in_
            self._places = {name: i for i, name in enumerate(names_of(X))}
        elif X.shape[1] != transformer.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} columns, but {said(place)} (ColumnTransformer) "
                f"takes {transformer.n_features_in_}"
            )

    def __call__(self, name: str) -> NDArray[np.intp]:
        indices = self._indices[name]
        if self._names is None:
            return np.asarray(indices, np.intp)
        names = self._names[indices]
        if missing := [str(one) for one in names if one not in self._places]:
            raise ValueError(f"columns are missing: {', '.join(map(repr, missing))}")
        return np.array([self._places[one] for one in names], np.intp)


def _beside(branches: Sequence[_Branch], transformer: Any, X: Any, as_sparse: bool) -> Any:
    """Return the values side by side, of the kind that the transformer itself returns."""
    values = [branch.value for branch in branches]
    if not values:
        return np.zeros((X.shape[0], 0))
    if as_sparse:
        return sparse.hstack([sparse.csr_array(value) for value in values]).tocsr()
    return _wrap_data_with_container(
        "transform", np.hstack([dense(value) for value in values]), X, transformer
    )


def _joined(branches: Sequence[_Branch], value: Any, X: Any) -> Passage:
    """Return the passage through all branches: what they pull back is added."""
    d = X.shape[1]
    ends = np.cumsum([0, *(branch.passage.value.shape[1] for branch in branches)])
    origin = np.concatenate([np.empty(0, np.intp), *(branch.origin for branch in branches)])
    computed, known = np.zeros(d, bool), {}
    for branch in branches:
        np.logical_or.at(computed, branch.columns, branch.computed)
        known.update({int(branch.columns[j]): values for j, values in branch.passage.known.items()})

    def pullback(U: Array, rows: slice) -> Array:
        result = np.zeros((*U.shape[:2], d))
        for branch, first, last in zip(branches, ends, ends[1:], strict=False):
            own = branch.pullback(U[:, :, first:last], rows)
            for j, column in enumerate(branch.columns):  # a column may be chosen twice
                result[:, :, column] += own[:, :, j]
        return result

    return Passage(value, pullback, origin, computed, known)


def _is(transformer: Any, word: str) -> bool:
    return isinstance(transformer, str) and transformer == word
