"""∂F/∂q_l of every layer against the chain rule in NumPy."""

import numpy as np
import pytest

from chainrule import kernels
from sweeps import for_each

from .taped import BOTH, Taped

both_types = pytest.mark.parametrize("dtype", BOTH)
NETS = [
    {},
    {"output": "logistic"},
    {"output": "identity", "hidden": ("relu", "gelu")},
    {"sizes": (3, 2), "hidden": ()},
    {"sizes": (4, 19, 1), "hidden": ("tanh",), "output": "identity"},
    {"m": 0},
]


def swept(net, kind, terms=False):
    S = np.full(net.m * net.sizes[-1] * net.units, np.nan, net.dtype)
    nothing = S[:0]
    curvature_terms = np.full(net.m * net.sizes[-1] * sum(net.sizes[1:-1]), np.nan, net.dtype)
    kernels.sensitivities[net.dtype](
        net.program, net.parameters, net.tape, net.n, net.place, kind, S,
        net.curvatures if terms else nothing, curvature_terms if terms else nothing,
    )  # fmt: skip
    return net.cut(S, net.sizes[-1]), curvature_terms


@both_types
@for_each("settings", NETS)
@for_each("at_q", [False, True])
def test_every_layer(dtype, settings, at_q):
    net = Taped(dtype, **settings)
    kind = kernels.NONE if at_q else net.kind
    for found, truth in zip(swept(net, kind)[0], net.sensitivities(kind), strict=True):
        net.close(found, truth)


@both_types
@pytest.mark.parametrize("output", ["softmax", "logistic"])
def test_curvature_terms(dtype, output):
    net = Taped(dtype, output=output)
    S, terms = swept(net, net.kind, terms=True)
    exact = net.sensitivities(net.kind)
    for found, truth in zip(S, exact, strict=True):
        net.close(found, truth)
    for layer, found in enumerate(net.cut(terms, net.sizes[-1], layers=2)):
        net.close(found, (exact[layer + 1] @ net.W[layer + 1].T) * net.c[layer][:, None, :])
