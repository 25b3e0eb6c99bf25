"""F(x, η) by the book: forward, backward from the left, and the gradient in the order of η.

Rows are samples (N13): where the lecture has A x + b for a column x, a batch has X W + b with W = Aᵀ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chainrule.calculus.activations import ACTIVATIONS, OUTPUTS, Array, named
from chainrule.calculus.losses import output_delta, sample_errors, sample_shares


@dataclass(frozen=True)
class Tape:
    """What forward keeps for the way back (N9): q_1 … q_L, and z_0 = X, …, z_L = F. Each (n, width)."""

    q: list[Array]
    z: list[Array]


def forward(
    X: Array, weights: Sequence[Array], biases: Sequence[Array], activations: Sequence[str], output: str
) -> Tape:
    """N1: F = F_L ∘ … ∘ F_1 with z_l = F_l(z_{l−1}) = σ_l(q_l), q_l = z_{l−1} W_l + b_l, for all rows of X.

    `weights` are (fan_in, fan_out), `biases` (fan_out,); `activations` names one for each hidden layer.

    Examples
    --------
    >>> forward(np.array([[1.0, 2.0]]), [np.ones((2, 1))], [np.array([-3.0])], [], "logistic").z[-1]
    array([[0.5]])
    """
    if not len(weights) == len(biases) == len(activations) + 1:
        given = f"{len(weights)} weights, {len(biases)} biases, {len(activations)} hidden activations"
        raise ValueError(f"{given}: of these L layers want L, L and L − 1")
    σs = [named(ACTIVATIONS, "activation", name).value for name in activations]
    tape = Tape([], [X])
    for W, b, σ in zip(weights, biases, [*σs, named(OUTPUTS, "output", output).value], strict=True):
        tape.q.append(tape.z[-1] @ W + b)
        tape.z.append(σ(tape.q[-1]))
    return tape


def backward(tape: Tape, weights: Sequence[Array], activations: Sequence[str], δ: Array) -> list[Array]:
    """δ_l = ∂E/∂q_l (n, width) for l = 1 … L, from the last of them.

    N11: the long product is multiplied from the left, a row times matrix after matrix (N12 says what the
    other end would cost). N9: the factors W_lᵀ and diag σ′(q_l) are taken at the q_l of the tape.
    """
    δs = [δ]
    for W, σ, q in reversed(list(zip(weights[1:], activations, tape.q[:-1], strict=True))):
        δs.append(δs[-1] @ W.T * ACTIVATIONS[σ].derivative(q))
    return δs[::-1]


def error(
    X: Array,
    y: Array,
    weights: Sequence[Array],
    biases: Sequence[Array],
    activations: Sequence[str],
    output: str,
    loss: str,
    sample_weight: ArrayLike | None = None,
) -> np.number:
    """E(η) = (1/N) Σ E_i (N2, N14), or Σ w_i E_i / Σ w_i; arguments of `forward` and `sample_errors`."""
    tape = forward(X, weights, biases, activations, output)
    errors = sample_errors(tape.q[-1], y, loss, output, F=tape.z[-1])
    mean: np.number = (sample_shares(len(X), sample_weight, errors.real.dtype) * errors).sum()
    return mean


def gradient(
    X: Array,
    y: Array,
    weights: Sequence[Array],
    biases: Sequence[Array],
    activations: Sequence[str],
    output: str,
    loss: str,
    sample_weight: ArrayLike | None = None,
) -> Array:
    """∇E (P,) in the order of η: all weights, each in C order, then all biases. N3: learning goes against it.

    N8: for one sample of sum_squared_error it is 2 (F(x, η) − y)ᵀ · DF. N13: for N samples it looks the same,
    and z_{l−1}ᵀ δ_l, now a product of matrices, is already the sum over them.

    Examples
    --------
    >>> X, y, W, b = np.array([[1.0, 2.0]]), np.array([[0.0]]), np.ones((2, 1)), np.zeros(1)
    >>> gradient(X, y, [W], [b], [], "identity", "sum_squared_error")
    array([ 6., 12.,  6.])
    """
    tape = forward(X, weights, biases, activations, output)
    δ = output_delta(tape.q[-1], y, loss, output, F=tape.z[-1])
    shares = sample_shares(len(X), sample_weight, δ.real.dtype)
    δs = backward(tape, weights, activations, shares[:, None] * δ)
    by_weights = [(z.T @ δ).ravel() for z, δ in zip(tape.z[:-1], δs, strict=True)]
    return np.concatenate([*by_weights, *(δ.sum(axis=0) for δ in δs)])
