"""QuantileTransformer: piecewise linear between quantiles, then the normal distribution's inverse if wanted.

At a quantile the slope to the right of it is taken, beyond the outermost ones 0. At a value that several
quantiles share the function jumps; what is given there is the slope behind the jump.
"""

from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri
from sklearn.preprocessing import QuantileTransformer

from chainrule.tables.derivatives._passage import Array, as_numbers

_LIMIT = 1e-7  # scikit-learn keeps a distance from probabilities 0 and 1, where the inverse is infinite


def to_distribution(transformer: QuantileTransformer, X: Any) -> Array:
    """Return the slopes of x ↦ p(x), or of Φ⁻¹(p(x)): p′ / φ(Φ⁻¹(p))."""
    x = as_numbers(X)
    return _by_column(_to_normal if _is_normal(transformer) else interpolation_slopes, transformer, x)


def from_distribution(transformer: QuantileTransformer, Z: Any) -> Array:
    """Return the slopes of the inverse, z ↦ x(z), or of x(Φ(z))."""
    z = as_numbers(Z)
    return _by_column(_from_normal if _is_normal(transformer) else _from_uniform, transformer, z)


def interpolation_slopes(x: Array, points: Array, values: Array) -> Array:
    """Return the slopes to the right of x of the function that `numpy.interp` computes.

    Examples
    --------
    >>> interpolation_slopes(np.array([-1.0, 0, 1, 1.5, 3]), np.array([0.0, 1, 3]), np.array([0.0, 2, 3]))
    array([0. , 2. , 0.5, 0.5, 0. ])
    """
    left = np.searchsorted(points, x, side="right") - 1
    inside = (left >= 0) & (left < len(points) - 1)
    left = np.where(inside, left, 0)
    widths, rises = np.diff(points), np.diff(values)
    with np.errstate(divide="ignore", invalid="ignore"):  # a width of 0 is never chosen
        return np.where(inside, (rises / widths)[left], 0.0)


def _is_normal(transformer: QuantileTransformer) -> bool:
    return bool(transformer.output_distribution == "normal")


def _by_column(slopes: Any, transformer: QuantileTransformer, x: Array) -> Array:
    columns = zip(x.T, transformer.quantiles_.T, strict=True)
    return np.column_stack([slopes(column, own, transformer.references_) for column, own in columns])


def _to_normal(x: Array, quantiles: Array, references: Array) -> Array:
    p = np.interp(x, quantiles, references)
    inside = (x - _LIMIT >= quantiles[0]) & (x + _LIMIT <= quantiles[-1]) & (p >= _LIMIT) & (p < 1 - _LIMIT)
    return np.where(inside, interpolation_slopes(x, quantiles, references) / _density(ndtri(p)), 0.0)


def _from_normal(z: Array, quantiles: Array, references: Array) -> Array:
    p = ndtr(z)
    inside = (p >= _LIMIT) & (p <= 1 - _LIMIT)
    return np.where(inside, interpolation_slopes(p, references, quantiles) * _density(z), 0.0)


def _from_uniform(p: Array, quantiles: Array, references: Array) -> Array:
    return interpolation_slopes(p, references, quantiles)


def _density(z: Array) -> Array:
    return np.asarray(np.exp(-z * z / 2) / np.sqrt(2 * np.pi))
