"""The error of each sample as a function of q_L: value, derivative and second derivative, one table.

A squared error is a function of F and reaches q_L by the chain rule. A likelihood is written in q_L itself,
for the one output it belongs to: nothing comes from a rounded F that can be had without.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log1p, xlogy

from chainrule.calculus.activations import ACTIVATIONS, OUTPUTS, Array, Output, complement, diagonal, largest

AtOutput: TypeAlias = Callable[[Array, Array, Array], Array]
Product: TypeAlias = Callable[[Array, Array, Array, Array], Array]


@dataclass(frozen=True)
class Loss:
    """E_i (n,), ∂E_i/∂q_L (n, p) and ∂²E_i/∂q_L² (n, p, p), each from q_L, F = σ_L(q_L) and y, all (n, p).

    With rows r (n, p), ``curvature_product(q, F, y, r)`` is the second derivative times r, and
    `gauss_newton_product` that without the curvature of σ_L: 2c DFᵀ DF r for a squared error. A likelihood
    has no such part. ``constant_curvature``: `gauss_newton_product` is the same at every q.
    """

    value: AtOutput
    derivative: AtOutput
    second_derivative: AtOutput
    curvature_product: Product
    gauss_newton_product: Product
    constant_curvature: bool = False


def _squared(c: float, output: Output) -> Loss:
    """c ‖F − y‖², whose derivatives in F are 2c (F − y) and 2c Id, through σ_L."""

    def gauss_newton(q: Array, F: Array, y: Array, r: Array) -> Array:
        return 2 * c * output.pullback(q, F, output.pullback(q, F, r))

    def curvature(q: Array, F: Array, y: Array) -> Array:
        DF = output.derivative(q, F)
        return 2 * c * DF.swapaxes(1, 2) @ DF + output.curvature(q, F, 2 * c * (F - y))

    return Loss(
        lambda q, F, y: c * ((F - y) ** 2).sum(axis=1),
        lambda q, F, y: output.pullback(q, F, 2 * c * (F - y)),
        curvature,
        lambda q, F, y, r: gauss_newton(q, F, y, r) + output.curvature_product(q, F, 2 * c * (F - y), r),
        gauss_newton,
        constant_curvature=output.name == "identity",
    )


def _softmax_cross_entropy(q: Array, F: Array, y: Array) -> Array:
    """−Σ_k y_k ln F_k with −ln F_k = q_m − q_k + log1p(S), q_m the largest, S = Σ_{k≠m} e^{q_k − q_m}."""
    top = largest(q)
    behind: Array = q[top][:, None] - q
    S = np.where(top, 0, np.exp(-behind)).sum(axis=1, keepdims=True)
    return np.asarray((y * (behind + log1p(S))).sum(axis=1))


_σ, _softplus = ACTIVATIONS["logistic"], ACTIVATIONS["softplus"].value


def _likelihood(value: AtOutput, derivative: AtOutput, curvature: AtOutput, product: Product) -> Loss:
    return Loss(value, derivative, curvature, product, product)


# N14 and its kin: the derivative collapses to F − y, written so that it does not cancel where F is near y.
# Softmax: F_k Σ_j y_j − y_k = F_k Σ_{j≠k} y_j − y_k (1 − F_k). Poisson: half the deviance of y from F.
_LIKELIHOODS: dict[tuple[str, str], Loss] = {
    ("cross_entropy", "logistic"): _likelihood(
        lambda q, F, y: (y * _softplus(-q) + (1 - y) * _softplus(q)).sum(axis=1),
        lambda q, F, y: (1 - y) * F - y * _σ.value(-q),
        lambda q, F, y: diagonal(_σ.derivative(q)),
        lambda q, F, y, r: _σ.derivative(q) * r,
    ),
    ("cross_entropy", "softmax"): _likelihood(
        _softmax_cross_entropy,
        lambda q, F, y: (y.sum(axis=1, keepdims=True) - y) * F - y * complement(F),
        lambda q, F, y: y.sum(axis=1)[:, None, None] * OUTPUTS["softmax"].derivative(q, F),
        lambda q, F, y, r: y.sum(axis=1, keepdims=True) * OUTPUTS["softmax"].pullback(q, F, r),
    ),
    ("poisson", "exp"): _likelihood(
        lambda q, F, y: (xlogy(y, y) - y * q - y + F).sum(axis=1),
        lambda q, F, y: F - y,
        lambda q, F, y: diagonal(F),
        lambda q, F, y, r: F * r,
    ),
}

# N2: ‖F − y‖² is the notes' error, half of it is scikit-learn's; their names keep them apart.
_SQUARES = {"sum_squared_error": 1.0, "half_squared_error": 0.5}

LOSSES: dict[tuple[str, str], Loss] = _LIKELIHOODS | {
    (name, output): _squared(c, OUTPUTS[output]) for name, c in _SQUARES.items() for output in OUTPUTS
}


def default_loss(output: str) -> str:
    """The loss that may be left unsaid: the likelihood that belongs to an output.

    Raises ValueError where there is none: N2's factor two is never chosen silently.

    Examples
    --------
    >>> default_loss("softmax")
    'cross_entropy'
    """
    for name, belongs in _LIKELIHOODS:
        if belongs == output:
            return name
    raise ValueError(f"output {output!r} leaves open which loss is meant: {' or '.join(_SQUARES)}")


def _row(q: Array, y: Array, loss: str, output: str, F: Array | None) -> tuple[Loss, Array, Array]:
    if (loss, output) not in LOSSES:
        pairs = ", ".join(f"{name} with {belongs}" for name, belongs in _LIKELIHOODS)
        raise ValueError(
            f"loss {loss!r} does not go with output {output!r}; accepted are {pairs}, "
            f"{' and '.join(_SQUARES)} with any of {', '.join(OUTPUTS)}"
        )
    y = np.asarray(y)
    if y.shape != q.shape:
        raise ValueError(f"y has shape {y.shape}, the outputs {q.shape}")
    F = OUTPUTS[output].value(q) if F is None else F
    return LOSSES[loss, output], F, y.astype(q.real.dtype, copy=False)


def sample_errors(q: Array, y: Array, loss: str, output: str, F: Array | None = None) -> Array:
    """E_i (n,) of a pair in `LOSSES`, from q = q_L (n, p), the right answers y (n, p), and F if known (N9).

    Raises ValueError where loss and output, or the two shapes, do not fit.

    Examples
    --------
    >>> q, y = np.array([[0.0, 50.0]]), np.array([[0.0, 1.0]])
    >>> sample_errors(q, y, "cross_entropy", "softmax")
    array([1.9...e-22])
    """
    row, F, y = _row(q, y, loss, output, F)
    return row.value(q, F, y)


def output_delta(q: Array, y: Array, loss: str, output: str, F: Array | None = None) -> Array:
    """δ_L = ∂E_i/∂q_L (n, p), where the backward pass begins; arguments of `sample_errors`."""
    row, F, y = _row(q, y, loss, output, F)
    return row.derivative(q, F, y)


def output_curvature(q: Array, y: Array, loss: str, output: str, F: Array | None = None) -> Array:
    """∂²E_i/∂q_L² (n, p, p); arguments of `sample_errors`."""
    row, F, y = _row(q, y, loss, output, F)
    return row.second_derivative(q, F, y)


def sample_shares(n: int, sample_weight: ArrayLike | None = None, dtype: Any = float) -> Array:
    """What each sample counts for in the mean (n,): 1/N, or w_i / Σ w."""
    w = np.ones(n) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    if w.shape != (n,) or not w.sum() > 0:
        raise ValueError(f"sample_weight, of shape {w.shape} and sum {w.sum()}, wants {n} and more than 0")
    return np.asarray(w / w.sum(), dtype=dtype)
