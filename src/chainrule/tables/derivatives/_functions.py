"""FunctionTransformer: functions of NumPy and SciPy whose derivative is known.

At a kink, and at a jump of the derivative, the right-hand derivative is given.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special
from sklearn.preprocessing import FunctionTransformer

from chainrule.tables.derivatives._passage import Array, as_numbers

DERIVATIVES: dict[Any, Callable[[Array], Any]] = {
    np.positive: np.ones_like,
    np.negative: lambda x: -np.ones_like(x),
    np.absolute: lambda x: np.where(x >= 0, 1.0, -1.0),
    np.fabs: lambda x: np.where(x >= 0, 1.0, -1.0),
    np.square: lambda x: 2 * x,
    np.reciprocal: lambda x: -1 / (x * x),
    np.sqrt: lambda x: 0.5 / np.sqrt(x),
    np.cbrt: lambda x: 1 / (3 * np.cbrt(x) ** 2),
    np.exp: np.exp,
    np.exp2: lambda x: np.exp2(x) * np.log(2),
    np.expm1: np.exp,
    np.log: lambda x: 1 / x,
    np.log2: lambda x: 1 / (x * np.log(2)),
    np.log10: lambda x: 1 / (x * np.log(10)),
    np.log1p: lambda x: 1 / (1 + x),
    np.sin: np.cos,
    np.cos: lambda x: -np.sin(x),
    np.tan: lambda x: 1 / np.cos(x) ** 2,
    np.sinh: np.cosh,
    np.cosh: np.sinh,
    np.tanh: lambda x: 1 / np.cosh(x) ** 2,
    np.arcsin: lambda x: 1 / np.sqrt(1 - x * x),
    np.arccos: lambda x: -1 / np.sqrt(1 - x * x),
    np.arctan: lambda x: 1 / (1 + x * x),
    np.arcsinh: lambda x: 1 / np.sqrt(1 + x * x),
    np.arccosh: lambda x: 1 / np.sqrt(x * x - 1),
    np.arctanh: lambda x: 1 / (1 - x * x),
    np.deg2rad: lambda x: np.full_like(x, np.pi / 180),
    np.radians: lambda x: np.full_like(x, np.pi / 180),
    np.rad2deg: lambda x: np.full_like(x, 180 / np.pi),
    np.degrees: lambda x: np.full_like(x, 180 / np.pi),
    special.expit: lambda x: special.expit(x) * special.expit(-x),
    special.logit: lambda x: 1 / (x * (1 - x)),
}


def forwards(transformer: FunctionTransformer, X: Any) -> Array:
    """Slopes of `func`."""
    return _slopes(transformer.func, transformer.kw_args, X)


def backwards(transformer: FunctionTransformer, Z: Any) -> Array:
    """Slopes of `inverse_func`."""
    return _slopes(transformer.inverse_func, transformer.inv_kw_args, Z)


def _slopes(function: Any, keywords: Any, X: Any) -> Array:
    if function is None:
        return np.ones((1, 1))
    try:
        derivative = None if keywords else DERIVATIVES.get(function)
    except TypeError:  # a callable object that cannot be a key
        derivative = None
    if derivative is None:
        name = getattr(function, "__name__", repr(function))
        raise ValueError(
            f"no derivative is known of the function {name}{' with keywords' if keywords else ''}; "
            f"known are {', '.join(sorted({one.__name__ for one in DERIVATIVES}))}"
        )
    return np.asarray(derivative(as_numbers(X)))
