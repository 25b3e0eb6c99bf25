"""What scikit-learn has checked, as a network takes it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_sample_weight

from chainrule.estimators._numbers import refuse_read_as_numbers
from chainrule.network import Inputs

Array = NDArray[Any]

ALL_ZERO = "Sample weights must contain at least one non-zero number."
"""Words of scikit-learn's."""


def as_weights(given: Any, X: Any) -> Array:
    """Return checked weights of the rows of X; empty for none."""
    if given is None:
        return np.empty(0, X.dtype)
    weights: Array = _check_sample_weight(given, X)
    refuse_read_as_numbers(given, "sample_weight")
    return weights


def as_type(values: Array, dtype: np.dtype[Any], name: str) -> Array:
    """Return checked values as the network's type; what was finite stays so."""
    with np.errstate(over="ignore"):
        converted = values.astype(dtype, copy=False)
    if converted is not values and not np.isfinite(converted).all():
        raise ValueError(f"{name} holds values too large for {dtype}, the type of the network")
    return converted


def as_inputs(X: Any, dtype: np.dtype[Any]) -> Inputs:
    """Return checked rows, dense or sparse, as the network's type."""
    if not hasattr(X, "tocsr"):
        return Inputs.of(as_type(X, dtype, "X"), dtype)
    inputs = Inputs.of(X, dtype)
    if not np.isfinite(inputs.values).all():
        raise ValueError(f"X holds values too large for {dtype}, the type of the network")
    return inputs
