"""The error of each sample as a function of q_L: value, derivative and second derivative, one table.

A function of the residuals F − y reaches q_L by the chain rule. A likelihood is written in q_L itself,
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


@dataclass(frozen=True)
class Residual:
    """A loss Σ_k ρ(F_k − y_k), by ρ, ρ′, ρ″ of each residual; ``square``: ρ″ is one number, ``flat``: 0."""

    value: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    second_derivative: Callable[[Array], Array]
    square: bool = False
    flat: bool = False


def _power(c: float) -> Residual:
    return Residual(lambda r: c * r**2, lambda r: 2 * c * r, lambda r: 2 * c * np.ones_like(r), square=True)


def _near(r: Array) -> Array:
    """r, or ±1 where that is nearer to 0; of a complex step, the constant takes no part."""
    near: Array = np.where(np.abs(r.real) > 1, np.sign(r.real), r)
    return near


def _pinball(*levels: float) -> Residual:
    """−τ r below the answer and (1 − τ) r from it on: ρ′ is right-handed; a τ, or one for each output."""

    def slope(r: Array) -> Array:
        return np.where(r.real < 0, -np.array(levels), 1 - np.array(levels)).astype(r.dtype)

    return Residual(lambda r: slope(r) * r, slope, np.zeros_like, flat=True)


# N2: ‖F − y‖² is the notes' error, half of it is scikit-learn's; their names keep them apart.
# Huber 1964: half the square of a residual up to 1, and of what is further away the tangent, |r| − ½.
# Koenker & Bassett 1978: the τ-quantile has the least pinball loss; its curvature is 0 but at the kink.
RESIDUALS: dict[str, Residual] = {
    "sum_squared_error": _power(1.0),
    "half_squared_error": _power(0.5),
    "huber": Residual(
        lambda r: _near(r) * (r - _near(r) / 2),
        _near,
        lambda r: np.asarray(np.where(np.abs(r.real) > 1, 0, np.ones_like(r))),
    ),
    "quantile": _pinball(0.5),
}


def levels_of(loss: str) -> tuple[float, ...]:
    """The levels in a name like ``"quantile(0.1, 0.9)"``; ValueError unless they lie between 0 and 1."""
    kind, _, numbers = loss.removesuffix(")").partition("(")
    levels = tuple(map(float, numbers.split(","))) if kind == "quantile" and numbers else ()
    if not all(0 < level < 1 for level in levels):
        raise ValueError(f"a level of {loss!r} is not between 0 and 1")
    return levels


def residual(loss: str) -> Residual | None:
    """The row of `RESIDUALS`, or one made for the levels in a name; None of a likelihood."""
    levels = levels_of(loss)
    return _pinball(*levels) if levels else RESIDUALS.get(loss)


def _of_residuals(ρ: Residual, output: Output) -> Loss:
    """Σ_k ρ(F_k − y_k), whose derivatives in F are ρ′ and diag ρ″, through σ_L."""

    def gauss_newton(q: Array, F: Array, y: Array, r: Array) -> Array:
        return output.pullback(q, F, ρ.second_derivative(F - y) * output.pullback(q, F, r))

    def curvature(q: Array, F: Array, y: Array) -> Array:
        DF = output.derivative(q, F)
        through: Array = DF.swapaxes(1, 2) @ (ρ.second_derivative(F - y)[:, :, None] * DF)
        return through + output.curvature(q, F, ρ.derivative(F - y))

    def product(q: Array, F: Array, y: Array, r: Array) -> Array:
        return gauss_newton(q, F, y, r) + output.curvature_product(q, F, ρ.derivative(F - y), r)

    return Loss(
        lambda q, F, y: ρ.value(F - y).sum(axis=1),
        lambda q, F, y: output.pullback(q, F, ρ.derivative(F - y)),
        curvature,
        product,
        gauss_newton,
        constant_curvature=ρ.flat or (ρ.square and output.name == "identity"),
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

LOSSES: dict[tuple[str, str], Loss] = _LIKELIHOODS | {
    (name, output): _of_residuals(ρ, OUTPUTS[output]) for name, ρ in RESIDUALS.items() for output in OUTPUTS
}


def loss_at(loss: str, output: str) -> Loss | None:
    """The row of `LOSSES`, or one made for the levels in a name; None if loss and output do not fit."""
    made = levels_of(loss) and residual(loss)
    return _of_residuals(made, OUTPUTS[output]) if made else LOSSES.get((loss, output))


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
    raise ValueError(f"output {output!r} leaves open which loss is meant: {' or '.join(RESIDUALS)}")


def _row(q: Array, y: Array, loss: str, output: str, F: Array | None) -> tuple[Loss, Array, Array]:
    if (row := loss_at(loss, output)) is None:
        pairs = ", ".join(f"{name} with {belongs}" for name, belongs in _LIKELIHOODS)
        raise ValueError(
            f"loss {loss!r} does not go with output {output!r}; accepted are {pairs}, "
            f"{' and '.join(RESIDUALS)} with any of {', '.join(OUTPUTS)}"
        )
    y = np.asarray(y)
    if y.shape != q.shape:
        raise ValueError(f"y has shape {y.shape}, the outputs {q.shape}")
    F = OUTPUTS[output].value(q) if F is None else F
    return row, F, y.astype(q.real.dtype, copy=False)


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
