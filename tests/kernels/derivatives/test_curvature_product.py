"""Hessian and Gauss-Newton products against the complex step of a gradient written in NumPy."""

import numpy as np
import pytest

from chainrule import kernels

from .taped import BOTH, Taped
from .test_cotangents import pulled
from .test_tangents import SMALL, along, directions, swept

both_types = pytest.mark.parametrize("dtype", BOTH)


def gradient(net, v, t):
    """Of E = ½ Σ ‖q_L‖² in η, at η + t v, with complex t; and δ_L = q_L."""
    nothing = np.zeros_like(net.X)
    qs, _, zs, _ = along(net, nothing, v, t)
    δ, total = qs[-1], np.zeros(net.n_parameters, complex)
    for layer in reversed(range(len(net.W))):
        (i, o, start), bias = net.weight_places[layer], net.bias_places[layer]
        z = net.X if layer == 0 else zs[layer - 1]
        total[start : start + i * o], total[bias : bias + o] = (z.T @ δ).ravel(), δ.sum(axis=0)
        if layer:
            W = net.W[layer] + t * v[start : start + i * o].reshape(i, o)
            σ = slope_of(net.hidden[layer - 1])
            δ = (δ @ W.T) * σ(qs[layer - 1])
    return total, qs[-1]


def slope_of(name):
    from chainrule.calculus import ACTIVATIONS

    return ACTIVATIONS[name].derivative


@both_types
@pytest.mark.parametrize("settings", [{}, {"is_sparse": True}, {"sizes": (2, 18, 3), "hidden": ("gelu",)}])
@pytest.mark.parametrize("exact", [True, False])
def test_of_half_the_square_of_q(dtype, settings, exact):
    net = Taped(dtype, output="identity", **settings)
    _, v = directions(net, False, True)
    dq, dz, rates_at_output = swept(net, np.zeros_like(net.X), v, kernels.NONE, False, True)
    deltas, _, terms = pulled(net, net.q[-1].astype(dtype), kernels.NONE, terms=True)
    rates = np.full(net.m * net.units, np.nan, net.dtype)
    rates[rates.size - rates_at_output.size :] = rates_at_output.ravel()
    begun = np.ones(net.n_parameters, net.dtype)
    kernels.curvature_product[net.dtype](
        net.program, net.parameters, net.inputs, v, net.tape, net.n, net.place, dq, dz, net.join(deltas),
        net.join(terms) if exact else dq[:0], rates, begun,
    )  # fmt: skip
    wide = v.astype(float)
    if exact:
        truth = gradient(net, wide, SMALL * 1j)[0].imag / SMALL
    else:
        J = net.jacobian(kernels.NONE)
        truth = np.einsum("mpk,mpj,j->k", J, J, wide)
    net.close(begun, 1 + truth, 8)
