"""Sums over samples of what δ_l make of a gradient, against rows of ∂F/∂η in NumPy."""

import numpy as np
import pytest

from chainrule import kernels

from .taped import BOTH, Taped

both_types = pytest.mark.parametrize("dtype", BOTH)


@both_types
@pytest.mark.parametrize(
    "settings", [{}, {"is_sparse": True}, {"sizes": (17, 33, 1), "hidden": ("tanh",)}, {"m": 0}]
)
def test_gradients_are_added_to_what_is_there(dtype, settings):
    net = Taped(dtype, **settings)
    rng = np.random.default_rng(2)
    U = rng.normal(size=(net.m, net.sizes[-1]))
    deltas = [np.einsum("mp,mpw->mw", U, S) for S in net.sensitivities(net.kind)]
    begun = rng.normal(size=net.n_parameters).astype(dtype)
    gradient = begun.copy()
    kernels.collect[net.dtype](
        net.program, net.inputs, net.tape, net.n, net.place, net.join(deltas), gradient
    )
    net.close(gradient, begun + np.einsum("mp,mpk->k", U, net.jacobian(net.kind)), 4)


@both_types
@pytest.mark.parametrize("is_sparse", [False, True])
def test_rows_of_one_output_are_pulled_to_the_parameters(dtype, is_sparse):
    net = Taped(dtype, sizes=(5, 9, 1), hidden=("tanh",), output="identity", is_sparse=is_sparse)
    u = np.random.default_rng(2).normal(size=net.m).astype(dtype)
    S = net.join(net.sensitivities(kernels.NONE))
    deltas, total = np.full(net.m * net.units, np.nan, net.dtype), np.ones(net.n_parameters, net.dtype)
    kernels.pulled_to_parameters[net.dtype](
        net.program, net.inputs, net.tape, net.n, net.place, S, u, deltas, total
    )
    net.close(total, 1 + u @ net.jacobian(kernels.NONE)[:, 0], 4)
    for found, exact in zip(net.cut(deltas), net.sensitivities(kernels.NONE), strict=True):
        net.close(found, u[:, None] * exact[:, 0])
