"""Activations: a table of σ, σ′ and σ″; and the output functions, which the last layer applies to q_L.

Every formula keeps the precision it is given, never overflows on the way to a finite result, and takes
complex q (branches by real part), so that a complex step differentiates it. At a kink, q = 0, each
derivative is that of the left side, the branch q ≤ 0: relu has 0, elu 1 and 1, selu λα and λα.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc, log1p  # NumPy's complex log1p drops the real part of small arguments

Array: TypeAlias = NDArray[Any]
Function: TypeAlias = Callable[[Array], Array]
Row = TypeVar("Row")


@dataclass(frozen=True)
class ActivationFunction:
    """A function σ of each number of an array, with its derivatives σ′ and σ″.

    Examples
    --------
    >>> float(ACTIVATIONS["tanh"].derivative(np.array(30.0)))  # where tanh has rounded to 1
    3.5...e-26
    """

    name: str
    value: Function
    derivative: Function
    second_derivative: Function


def named(table: Mapping[str, Row], kind: str, name: str) -> Row:
    """The row of that name, or a ValueError that lists what there is."""
    if name not in table:
        raise ValueError(f"unknown {kind} {name!r}; accepted are {', '.join(table)}")
    return table[name]


# Python's own numbers take the precision of the array beside them; NumPy's would widen float32.


def _step(q: Array, left: float, right: float) -> Array:
    return np.where(q.real <= 0, left, right * np.ones_like(q))


def _below(q: Array) -> Array:
    return np.where(q.real <= 0, q, 0)


def _above(q: Array) -> Array:
    return np.where(q.real <= 0, 0, q)


def _size(q: Array) -> Array:
    return np.where(q.real <= 0, -q, q)


def _fall(q: Array) -> Array:
    """E = e^{−|q|}, in which the logistic function and its kin can neither overflow nor cancel."""
    return np.exp(-_size(q))


def _hump(E: Array) -> Array:
    hump: Array = E / (1 + E) ** 2  # σ (1 − σ), without the cancellation in 1 − σ
    return hump


def _logistic(q: Array) -> Array:
    E = _fall(q)
    return np.where(q.real <= 0, E / (1 + E), 1 / (1 + E))


def _normal(q: Array) -> Array:
    """Φ by erfc: exact in the left tail too."""
    return erfc(-q / math.sqrt(2)) / 2


def _near(q: Array) -> Array:
    """q, or 40 from where e^{−q²/2} is 0 and q² might overflow."""
    return np.where(np.abs(q.real) < 40, q, 40)


def _bell(q: Array) -> Array:
    return np.exp(-(_near(q) ** 2) / 2) / math.sqrt(2 * math.pi)


def _exp(q: Array) -> Array:
    with np.errstate(over="ignore"):  # inf is the rounded answer
        return np.exp(q)


_α, _λ = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017

_TABLE: dict[str, tuple[Function, Function, Function]] = {
    "identity": (lambda q: q, np.ones_like, np.zeros_like),
    "logistic": (_logistic, lambda q: _hump(_fall(q)), lambda q: -_hump(_fall(q)) * np.tanh(q / 2)),
    "tanh": (np.tanh, lambda q: 4 * _hump(_fall(q) ** 2), lambda q: -8 * _hump(_fall(q) ** 2) * np.tanh(q)),
    "relu": (_above, lambda q: _step(q, 0, 1), np.zeros_like),
    "leaky_relu": (lambda q: _above(q) + 0.01 * _below(q), lambda q: _step(q, 0.01, 1), np.zeros_like),
    "elu": (
        lambda q: _above(q) + np.expm1(_below(q)),
        lambda q: np.exp(_below(q)),
        lambda q: _step(q, 1, 0) * np.exp(_below(q)),
    ),
    "selu": (
        lambda q: _λ * _above(q) + _λ * _α * np.expm1(_below(q)),
        lambda q: _step(q, _λ * _α, _λ) * np.exp(_below(q)),
        lambda q: _step(q, _λ * _α, 0) * np.exp(_below(q)),
    ),
    "softplus": (lambda q: _above(q) + log1p(_fall(q)), _logistic, lambda q: _hump(_fall(q))),
    "silu": (
        lambda q: q * _logistic(q),
        lambda q: _logistic(q) + q * _hump(_fall(q)),
        lambda q: _hump(_fall(q)) * (2 - q * np.tanh(q / 2)),
    ),
    "gelu": (
        lambda q: q * _normal(q),
        lambda q: _normal(q) + q * _bell(q),
        lambda q: (2 - _near(q) ** 2) * _bell(q),
    ),
    "softsign": (
        lambda q: q / (1 + _size(q)),
        lambda q: (1 / (1 + _size(q))) ** 2,
        lambda q: _step(q, 2, -2) * (1 / (1 + _size(q))) ** 3,
    ),
    "sine": (np.sin, np.cos, lambda q: -np.sin(q)),
}
ACTIVATIONS = {name: ActivationFunction(name, *row) for name, row in _TABLE.items()}


@dataclass(frozen=True)
class Output:
    """F = σ_L(q_L), where σ_L may mix the numbers of a row: `value` maps q (n, p) to F (n, p).

    The others take q and the F kept from it (N9): ``derivative(q, F)`` is DF (n, p, p), and with rows g
    (n, p) ``pullback(q, F, g)`` is g · DF (n, p), ``curvature(q, F, g)`` is Σ_k g_k D²F_k (n, p, p),
    ``curvature_product(q, F, g, r)`` is that times r (n, p), and ``second(q, F, r)`` is D²F[r, r] (n, p).
    DF is symmetric, so that g · DF is DF · g too; where each output is a function of its own q alone
    (``separable``) it is diagonal.
    """

    name: str
    separable: bool
    value: Function
    derivative: Callable[[Array, Array], Array]
    pullback: Callable[[Array, Array, Array], Array]
    curvature: Callable[[Array, Array, Array], Array]
    curvature_product: Callable[[Array, Array, Array, Array], Array]
    second: Callable[[Array, Array, Array], Array]


def diagonal(d: Array) -> Array:
    """A diagonal matrix for each row: (n, p) → (n, p, p)."""
    return np.where(np.eye(d.shape[1], dtype=bool), d[:, :, None], 0)


def _elementwise(σ: ActivationFunction) -> Output:
    return Output(
        σ.name,
        True,
        σ.value,
        lambda q, F: diagonal(σ.derivative(q)),
        lambda q, F, g: g * σ.derivative(q),
        lambda q, F, g: diagonal(g * σ.second_derivative(q)),
        lambda q, F, g, r: g * σ.second_derivative(q) * r,
        lambda q, F, r: σ.second_derivative(q) * r**2,
    )


def largest(q: Array) -> Array:
    """True at the first largest number of each row, by real part: (n, p) → (n, p)."""
    top: Array = np.arange(q.shape[1]) == np.argmax(q.real, axis=1)[:, None]
    return top


def softmax(q: Array) -> Array:
    """e^{q_k} / Σ_j e^{q_j} in each row of q (n, p), shifted by the row's largest.

    Examples
    --------
    >>> softmax(np.array([[1000.0, 1000.0, -1000.0]]))
    array([[0.5, 0.5, 0. ]])
    """
    e = np.exp(q - q[largest(q)][:, None])
    p: Array = e / e.sum(axis=1, keepdims=True)
    return p


def complement(p: Array) -> Array:
    """1 − p_k in rows that sum to 1; of the largest it is the sum of the others, which does not cancel."""
    top = largest(p)
    return np.where(top, np.where(top, 0, p).sum(axis=1, keepdims=True), 1 - p)


def _softmax_derivative(q: Array, p: Array) -> Array:
    """diag p − p pᵀ."""
    on_diagonal = diagonal(np.ones_like(p))
    return np.where(on_diagonal, (p * complement(p))[:, :, None], -p[:, :, None] * p[:, None, :])


def _softmax_pullback(q: Array, p: Array, g: Array) -> Array:
    """p_k (g_k − Σ_j p_j g_j). Shifting g changes nothing, and g = 0 at the largest p avoids 1 − p."""
    g = g - g[largest(p)][:, None]
    c: Array = p * (g - (p * g).sum(axis=1, keepdims=True))
    return c


def _softmax_curvature(q: Array, p: Array, g: Array) -> Array:
    """Σ_k g_k D²p_k = diag c − c pᵀ − p cᵀ with c = g · Dp."""
    c = _softmax_pullback(q, p, g)
    curvature: Array = diagonal(c) - c[:, :, None] * p[:, None, :] - p[:, :, None] * c[:, None, :]
    return curvature


def _softmax_curvature_product(q: Array, p: Array, g: Array, r: Array) -> Array:
    """c ∘ r − c (pᵀr) − p (cᵀr)."""
    c = _softmax_pullback(q, p, g)
    r = r - (p * r).sum(axis=1, keepdims=True)
    product: Array = c * r - p * (c * r).sum(axis=1, keepdims=True)
    return product


def _softmax_second(q: Array, p: Array, r: Array) -> Array:
    """p_k ((r_k − m)² − v) with the mean m and the variance v of r under p."""
    r = r - r[largest(p)][:, None]
    squares = (r - (p * r).sum(axis=1, keepdims=True)) ** 2
    return _softmax_pullback(q, p, squares)


OUTPUTS: dict[str, Output] = {name: _elementwise(σ) for name, σ in ACTIVATIONS.items()} | {
    "exp": _elementwise(ActivationFunction("exp", _exp, _exp, _exp)),
    "softmax": Output(
        "softmax", False, softmax, _softmax_derivative, _softmax_pullback, _softmax_curvature,
        _softmax_curvature_product, _softmax_second,
    ),
}  # fmt: skip
