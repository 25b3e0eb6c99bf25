"""Transformers that combine or choose columns: PCA, TruncatedSVD, selectors of features."""

from typing import Any

import numpy as np
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectorMixin

from chainrule.tables.derivatives._passage import Array, Passage, copied, linear


def of_components(transformer: PCA, X: Any) -> Passage:
    """PCA: the components, each divided by its standard deviation if whitened."""
    components = transformer.components_
    if transformer.whiten:
        components = components / _deviations(transformer)
    return linear(components, transformer.transform(X))


def from_components(transformer: PCA) -> Array:
    """Return the matrix (d, m) of PCA's inverse."""
    components = transformer.components_
    return np.asarray((components * _deviations(transformer) if transformer.whiten else components).T)


def of_singular_vectors(transformer: TruncatedSVD, X: Any) -> Passage:
    """TruncatedSVD: the components, without a shift."""
    return linear(transformer.components_, transformer.transform(X))


def of_selection(transformer: SelectorMixin, X: Any) -> Passage:
    """Selectors: a column that is left out has derivative 0."""
    chosen = transformer.get_support(indices=True)
    d = X.shape[1]

    def pullback(U: Array, rows: slice) -> Array:
        result = np.zeros((*U.shape[:2], d))
        result[:, :, chosen] = U
        return result

    return copied(transformer.transform(X), pullback, chosen, d)


def _deviations(transformer: PCA) -> Array:
    """Return the standard deviations, (m, 1); one that is 0 as scikit-learn replaces it."""
    deviations = np.sqrt(transformer.explained_variance_)
    return np.asarray(np.maximum(deviations, np.finfo(deviations.dtype).eps)[:, None])
