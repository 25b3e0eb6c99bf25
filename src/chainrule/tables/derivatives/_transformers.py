"""The derivative of each transformer of scikit-learn, by its class."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

from chainrule.tables.derivatives import _functions as functions
from chainrule.tables.derivatives import _powers as powers
from chainrule.tables.derivatives import _quantiles as quantiles
from chainrule.tables.derivatives import _scalers as scalers
from chainrule.tables.derivatives._cells import of_categories, of_imputation
from chainrule.tables.derivatives._expansions import of_polynomials, of_splines
from chainrule.tables.derivatives._passage import Array, Passage, Place, diagonal, unchanged
from chainrule.tables.derivatives._projections import (
    from_components,
    of_components,
    of_selection,
    of_singular_vectors,
)

Slopes: TypeAlias = Callable[[Any, Any], Array]

CELL_BY_CELL: dict[type, tuple[Slopes, Slopes]] = {
    StandardScaler: (scalers.divided, scalers.multiplied),
    RobustScaler: (scalers.divided, scalers.multiplied),
    MinMaxScaler: (scalers.by_range, scalers.from_range),
    MaxAbsScaler: (scalers.by_largest, scalers.multiplied),
    QuantileTransformer: (quantiles.to_distribution, quantiles.from_distribution),
    PowerTransformer: (powers.to_normal, powers.from_normal),
    FunctionTransformer: (functions.forwards, functions.backwards),
}
"""Slopes (n, d), or (1, d) where they are the same for all rows, of the transformer and of its inverse."""

OTHERS: dict[type, Callable[[Any, Any], Passage]] = {
    PolynomialFeatures: of_polynomials,
    SplineTransformer: of_splines,
    PCA: of_components,
    TruncatedSVD: of_singular_vectors,
    SimpleImputer: of_imputation,
    OneHotEncoder: of_categories,
    OrdinalEncoder: of_categories,
}


def transformed(transformer: Any, X: Any, place: Place) -> Passage:
    """Return the passage of rows through one transformer.

    Raises
    ------
    TypeError
        Its class has no derivative here.
    ValueError
        It does not take the rows, or holds a function without a known derivative.
    """
    kind = type(transformer)
    if kind is FunctionTransformer and transformer.func is None:
        return unchanged(transformer.transform(X))
    if kind in CELL_BY_CELL:
        value = transformer.transform(X)  # refuses rows that are none of its own, before they are used
        return diagonal(_slopes(CELL_BY_CELL[kind][0], transformer, X, place), value)
    if kind in OTHERS:
        return OTHERS[kind](transformer, X)
    if isinstance(transformer, SelectorMixin):
        return of_selection(transformer, X)
    raise _without_derivative(transformer, place)


def carried_back(transformer: Any, Z: Array, J: Array, place: Place) -> tuple[Array, Array]:
    """Return T⁻¹(Z) (n, q), and DT⁻¹(Z) · J of J (n, m, d)."""
    kind = type(transformer)
    if kind in CELL_BY_CELL:
        J = _slopes(CELL_BY_CELL[kind][1], transformer, Z, place)[:, :, None] * J
    elif kind is PCA:
        J = from_components(transformer) @ J
    elif kind is TruncatedSVD:
        J = transformer.components_.T @ J
    else:
        raise _without_derivative(transformer, place)
    value = np.asarray(transformer.inverse_transform(Z))
    return value.reshape(len(value), -1), J


def _slopes(slopes: Slopes, transformer: Any, X: Any, place: Place) -> Array:
    try:
        with np.errstate(all="ignore"):  # inf where the slope is infinite, as at 0 of a root
            found = slopes(transformer, X)
    except ValueError as error:
        raise ValueError(f"{said(place)}: {error}") from None
    return np.where(np.isnan(found), 0.0, found)


def said(place: Place) -> str:
    """Return the words for a place in a pipeline."""
    return f"step {' → '.join(map(repr, place))}" if place else "the model"


def _without_derivative(transformer: Any, place: Place) -> TypeError:
    return TypeError(
        f"{said(place)} ({type(transformer).__name__}) has no derivative here; pass its output to jacobian "
        "of the last step, or leave it out"
    )
