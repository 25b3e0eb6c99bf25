"""Local models by Taylor's theorem, and how fast what they leave out shrinks (N5)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chainrule.calculus.activations import Array
from chainrule.calculus.maps import Map


@dataclass(frozen=True)
class LocalModel:
    """f(x) + Df(x) Δx (+ ½ Δxᵀ D²f(x) Δx), as a function of Δx.

    Attributes
    ----------
    value : array (m,)
    derivative : array (m, n)
    second_derivative : array (m, n, n) or None
    """

    value: Array
    derivative: Array
    second_derivative: Array | None

    def __call__(self, Δx: ArrayLike) -> Array:
        """The model's value (m,) at a step Δx (n,)."""
        step = np.asarray(Δx, dtype=float)
        if step.shape != self.derivative.shape[1:]:
            raise ValueError(f"Δx has shape {step.shape}, the model takes {self.derivative.shape[1:]}")
        linear: Array = self.value + self.derivative @ step
        return linear if self.second_derivative is None else linear + self.second_derivative @ step @ step / 2


def local_model(f: Map, x: ArrayLike, order: int = 1) -> LocalModel:
    """Taylor's model of f at x (n,): the best one of its order.

    Raises ValueError for an order other than 1 and 2.

    Examples
    --------
    >>> from chainrule.calculus import Function
    >>> local_model(Function("exp(x)"), [0.0], order=2)([0.1])
    array([1.105])
    """
    if order not in (1, 2):
        raise ValueError(f"order is {order!r}; a local model has order 1 or 2")
    return LocalModel(f(x), f.derivative(x), f.second_derivative(x) if order == 2 else None)


def remainder_slope(f: Map, x: ArrayLike, direction: ArrayLike, order: int = 1) -> float:
    """The power of h with which ‖f(x + hv) − model(hv)‖ shrinks: 2 for the first order, 3 for the second.

    The median over steps from 1e-1 to 1e-3; a wrong derivative gives 1. inf where nothing is left out. For
    functions that are no `Map`, with a derivative of their own: `chainrule.testing.remainder_slope`.

    Examples
    --------
    >>> from chainrule.calculus import Function
    >>> [round(remainder_slope(Function("exp(x)"), [0.0], [1.0], order), 1) for order in (1, 2)]
    [2.0, 3.0]
    """
    x, v = np.asarray(x, dtype=float), np.asarray(direction, dtype=float)
    model, steps = local_model(f, x, order), np.geomspace(1e-1, 1e-3, 8)
    remainders = np.array([np.linalg.norm(f(x + h * v) - model(h * v)) for h in steps])
    clear = remainders > 100 * np.finfo(float).eps * np.linalg.norm(model.value)
    if clear.sum() < 2:
        return float("inf")
    return float(np.median(np.diff(np.log(remainders[clear])) / np.diff(np.log(steps[clear]))))
