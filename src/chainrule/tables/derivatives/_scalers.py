"""Scalers: each column times a number, within limits where the scaler clips.

At a limit the right-hand derivative is taken: that of the scaler at the lower one, 0 at the upper one.
"""

from typing import Any

import numpy as np
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler

from chainrule.tables.derivatives._passage import Array, as_numbers


def divided(scaler: Any, X: Any) -> Array:
    """StandardScaler, RobustScaler: (x − centre) / scale, with scale None for 1."""
    return np.reciprocal(multiplied(scaler, X))


def multiplied(scaler: Any, Z: Any) -> Array:
    """Their inverse: z · scale + centre."""
    return np.ones((1, 1)) if scaler.scale_ is None else np.asarray(scaler.scale_, float)[None]


def by_range(scaler: MinMaxScaler, X: Any) -> Array:
    """MinMaxScaler: x · scale + min, clipped to the range or not."""
    slopes = np.asarray(scaler.scale_, float)[None]
    if not scaler.clip:
        return slopes
    low, high = scaler.feature_range
    # A column that had one value only is not scaled, and reaches the limit elsewhere than at its maximum.
    varies = scaler.scale_ * scaler.data_range_ > (high - low) / 2
    upper = np.where(varies, scaler.data_max_, scaler.data_min_ + (high - low) / scaler.scale_)
    return np.asarray(slopes * _within(as_numbers(X), scaler.data_min_, upper))


def from_range(scaler: MinMaxScaler, Z: Any) -> Array:
    """Its inverse, which does not clip: (z − min) / scale."""
    return np.asarray(np.reciprocal(np.asarray(scaler.scale_, float)[None]))


def by_largest(scaler: MaxAbsScaler, X: Any) -> Array:
    """MaxAbsScaler: x / scale, clipped to [−1, 1] or not."""
    slopes = divided(scaler, X)
    if not getattr(scaler, "clip", False):  # scikit-learn 1.9
        return slopes
    return np.asarray(slopes * _within(as_numbers(X), -scaler.scale_, scaler.scale_))


def _within(x: Array, low: Array, high: Array) -> Array:
    return np.asarray((x >= low) & (x < high))
