"""Rows of ∂F/∂η as outer products, streamed or not, and their norms, against NumPy."""

import numpy as np
import pytest

from chainrule import kernels
from sweeps import for_each

from ..direct import Guarded
from .taped import BOTH, Taped

both_types = pytest.mark.parametrize("dtype", BOTH)
NETS = [
    {},
    {"is_sparse": True},
    {"sizes": (3, 1), "hidden": (), "output": "identity"},
    {"sizes": (33, 70, 2), "hidden": ("tanh",), "n": 4, "first": 1, "m": 3},
    {"m": 0},
]


@both_types
@for_each("streamed", [False, True])
@for_each("settings", NETS)
@for_each("offset", [0, 1, 5])
def test_rows_of_the_jacobian(dtype, streamed, settings, offset):
    """From any place in memory: streaming writes whole registers, and what stands before and after them."""
    net = Taped(dtype, **settings)
    p, P = net.sizes[-1], net.n_parameters
    S = net.join(net.sensitivities(net.kind))
    guarded = Guarded(net.m * p * P + offset, dtype)
    out = guarded.inner[offset:].reshape(net.m * p, P)
    kernels.outer_products[net.dtype](
        net.program, net.inputs, net.tape, net.n, net.place, S, p, out, streamed
    )
    guarded.check()
    assert np.isnan(guarded.inner[:offset]).all()
    net.close(out, net.jacobian(net.kind).reshape(net.m * p, P))


@both_types
@pytest.mark.parametrize("settings", NETS)
def test_square_norms_without_the_rows(dtype, settings):
    net = Taped(dtype, **settings)
    deltas = [S[:, 0] for S in net.sensitivities(kernels.NONE)]
    norms = np.full(net.m + 1, np.nan, net.dtype)
    kernels.square_norms[net.dtype](
        net.program, net.inputs, net.tape, net.n, net.place, net.join(deltas), norms
    )
    net.close(norms[: net.m], np.sum(net.jacobian(kernels.NONE)[:, 0] ** 2, axis=1), 4)
    assert np.isnan(norms[net.m])
