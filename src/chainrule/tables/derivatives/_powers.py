"""PowerTransformer: the formulas of Box and Cox (1964) and of Yeo and Johnson (2000), and their inverses."""

from typing import Any

import numpy as np
from sklearn.preprocessing import PowerTransformer

from chainrule.tables.derivatives._passage import Array, as_numbers


def to_normal(transformer: PowerTransformer, X: Any) -> Array:
    """x^(λ−1) for Box–Cox; (1 + x)^(λ−1) above 0, (1 − x)^(1−λ) below it for Yeo–Johnson."""
    x, λ = as_numbers(X), transformer.lambdas_
    if transformer.method == "box-cox":
        slopes = x ** (λ - 1)
    else:
        slopes = (1 + np.abs(x)) ** np.where(x >= 0, λ - 1, 1 - λ)
    return np.asarray(slopes / _scale(transformer))


def from_normal(transformer: PowerTransformer, Z: Any) -> Array:
    """Return the slopes of the inverse: (1 + λz)^(1/λ − 1), e^z for λ = 0; mirrored below 0, with 2 − λ."""
    z, λ = as_numbers(Z), transformer.lambdas_
    if transformer.standardize:
        z = z * _scale(transformer) + transformer._scaler.mean_
    if transformer.method == "yeo-johnson":
        z, λ = np.abs(z), np.where(z >= 0, λ, 2 - λ)
    zero = np.abs(λ) < np.spacing(1.0)
    λ = np.where(zero, 1.0, λ)
    return np.asarray(np.where(zero, np.exp(z), (1 + λ * z) ** (1 / λ - 1)) * _scale(transformer))


def _scale(transformer: PowerTransformer) -> Array:
    scale = transformer._scaler.scale_ if transformer.standardize else None
    return np.ones(1) if scale is None else np.asarray(scale)
