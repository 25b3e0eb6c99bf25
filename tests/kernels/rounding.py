"""How far a network in a given precision may stray from calculus in float64: rounding, carried along.

Every step's own rounding, and what the step makes of the errors that come into it, are added up as
absolute values: a bound that knows no luck, some ten times what is seen.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import ACTIVATIONS, OUTPUTS, output_curvature, output_delta
from chainrule.network import Network

Array = NDArray[Any]


@dataclass(frozen=True)
class Strayed:
    """What calculus gives in float64, and how far from it a result may be."""

    outputs: Array
    outputs_error: Array
    gradient: Array
    gradient_error: Array


def spread(f: Any, q: Array, error: Array) -> Array:
    """How much f, a function of each number, changes within the error of q; a kink nearby shows."""
    return np.maximum(np.abs(f(q + error) - f(q)), np.abs(f(q - error) - f(q)))


def carried(matrix: Array, error: Array) -> Array:
    return 2 * np.einsum("nij,nj->ni", np.abs(matrix), error)


def stray(net: Network, loss: str, X: Array, Y: Array, weights: Array) -> Strayed:
    """F(x, η) and Σ w_i ∂E_i/∂η with their errors; `weights` (n,) multiply the rows."""
    ulp = float(np.finfo(net.dtype).eps)
    Ws, bs = [W.astype(float) for W in net.weights], [b.astype(float) for b in net.biases]
    X, Y = X.astype(float), Y.astype(float)
    z, e_z, zs, e_zs, ds, e_ds = X, np.zeros_like(X), [], [], [], []
    for name, W, b in zip([*net.activations, None], Ws, bs, strict=True):
        zs, e_zs = [*zs, z], [*e_zs, e_z]
        q = z @ W + b
        e_q = e_z @ np.abs(W) + (len(W) + 2) * ulp * (np.abs(z) @ np.abs(W) + np.abs(b))
        if name is not None:
            σ = ACTIVATIONS[name]
            z, d = σ.value(q), σ.derivative(q)
            e_z = spread(σ.value, q, e_q) + 8 * ulp * np.maximum(1, np.abs(z))
            ds, e_ds = [*ds, d], [*e_ds, spread(σ.derivative, q, e_q) + 8 * ulp * np.maximum(1, np.abs(d))]
    output = OUTPUTS[net.output]
    F, δ = output.value(q), output_delta(q, Y, loss, net.output)
    if net.output == "softmax":
        e_F = carried(output.derivative(q, F), e_q)
        e_δ = carried(output_curvature(q, Y, loss, net.output), e_q)
    else:
        e_F = spread(output.value, q, e_q)
        e_δ = spread(lambda q: output_delta(q, Y, loss, net.output), q, e_q)
    e_F += 8 * ulp * np.maximum(1, np.abs(F))
    e_δ += 16 * ulp * (1 + np.abs(F) + np.abs(Y)) ** (2 if "squared" in loss else 1)
    δ, e_δ = δ * weights[:, None], (e_δ + ulp * np.abs(δ)) * weights[:, None]

    by_W, by_b, e_by_W, e_by_b = [], [], [], []
    for layer in reversed(range(len(Ws))):
        z, e_z = zs[layer], e_zs[layer]
        by_W, by_b = [z.T @ δ, *by_W], [δ.sum(axis=0), *by_b]
        own = (len(X) + 2) * ulp
        e_by_W.insert(0, np.abs(z).T @ e_δ + e_z.T @ (np.abs(δ) + e_δ) + own * np.abs(z).T @ np.abs(δ))
        e_by_b.insert(0, (e_δ + own * np.abs(δ)).sum(axis=0))
        if layer:
            W, d, e_d = Ws[layer], ds[layer - 1], e_ds[layer - 1]
            back = δ @ W.T
            e_back = e_δ @ np.abs(W).T + (W.shape[1] + 2) * ulp * np.abs(δ) @ np.abs(W).T
            δ, e_δ = back * d, e_back * (np.abs(d) + e_d) + np.abs(back) * (e_d + ulp * np.abs(d))
    in_order = [np.concatenate([part.ravel() for part in parts]) for parts in (by_W + by_b, e_by_W + e_by_b)]
    return Strayed(F, e_F, *in_order)
