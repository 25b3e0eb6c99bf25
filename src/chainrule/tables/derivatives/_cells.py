"""Transformers of cells that are no numbers yet: imputers and encoders of categories."""

from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn.utils._mask import _get_mask

from chainrule.tables.derivatives._passage import NOWHERE, Array, Passage, copied, dense


def of_imputation(transformer: SimpleImputer, X: Any) -> Passage:
    """SimpleImputer: a missing cell has derivative 0, as has the column that says whether it is missing."""
    missing = dense(_get_mask(transformer._validate_input(X, in_fit=False), transformer.missing_values))
    kept = np.arange(missing.shape[1])
    if not transformer.keep_empty_features:
        kept = kept[~_get_mask(transformer.statistics_, np.nan)]
    value = transformer.transform(X)
    origin = np.full(value.shape[1], NOWHERE)
    origin[: len(kept)] = kept

    def pullback(U: Array, rows: slice) -> Array:
        result = np.zeros((*U.shape[:2], missing.shape[1]))
        result[:, :, kept] = np.where(missing[rows][:, None, kept], 0.0, U[:, :, : len(kept)])
        return result

    return copied(value, pullback, origin, missing.shape[1])


def of_categories(transformer: OneHotEncoder | OrdinalEncoder, X: Any) -> Passage:
    """Encoders: nothing changes by a little, so the derivative is 0; the categories are kept."""
    d = len(transformer.categories_)
    value = transformer.transform(X)

    def pullback(U: Array, rows: slice) -> Array:
        return np.zeros((*U.shape[:2], d))

    return Passage(
        value,
        pullback,
        np.full(value.shape[1], NOWHERE),
        np.zeros(d, bool),
        dict(enumerate(transformer.categories_)),
    )
