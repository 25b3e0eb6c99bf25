"""u · ∂F/∂q_l and u · ∂F/∂x against the chain rule in NumPy."""

import numpy as np
import pytest

from chainrule import kernels
from sweeps import for_each

from .taped import BOTH, Taped

both_types = pytest.mark.parametrize("dtype", BOTH)


def pulled(net, U, kind, terms=False):
    """δ_l of every layer, the product with ∂/∂x, and the curvature terms."""
    deltas = np.full(net.m * net.units, np.nan, net.dtype)
    deltas[deltas.size - U.size :] = U.ravel()
    inputs = np.full(net.m * net.sizes[0], np.nan, net.dtype)
    curvature_terms = np.full(net.m * sum(net.sizes[1:-1]), np.nan, net.dtype)
    nothing = deltas[:0]
    kernels.cotangents[net.dtype](
        net.program, net.parameters, net.tape, net.n, net.place, kind, deltas, inputs,
        net.curvatures if terms else nothing, curvature_terms if terms else nothing,
    )  # fmt: skip
    return (
        net.cut(deltas),
        inputs.reshape(net.m, net.sizes[0]),
        net.cut(curvature_terms, layers=len(net.hidden)),
    )


@both_types
@for_each(
    "settings", [{}, {"output": "identity"}, {"sizes": (4, 6, 1), "hidden": ("elu",)}, {"m": 0}, {"m": 1}]
)
@for_each("at_q", [False, True])
def test_every_layer_and_the_inputs(dtype, settings, at_q):
    net = Taped(dtype, **settings)
    kind = kernels.NONE if at_q else net.kind
    U = np.random.default_rng(1).normal(size=(net.m, net.sizes[-1])).astype(dtype)
    deltas, inputs, _ = pulled(net, U, kind)
    S = net.sensitivities(kind)
    for found, exact in zip(deltas, S, strict=True):
        net.close(found, np.einsum("mp,mpw->mw", U, exact))
    net.close(inputs, np.einsum("mp,mpw,dw->md", U, S[0], net.W[0]))


@both_types
def test_curvature_terms(dtype):
    net = Taped(dtype)
    U = np.random.default_rng(1).normal(size=(net.m, net.sizes[-1])).astype(dtype)
    S = net.sensitivities(net.kind)
    for layer, found in enumerate(pulled(net, U, net.kind, terms=True)[2]):
        net.close(found, np.einsum("mp,mpw,vw->mv", U, S[layer + 1], net.W[layer + 1]) * net.c[layer])
