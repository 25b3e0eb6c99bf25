"""J₁J₂ᵀ in tiles, against the product of the rows of J in NumPy."""

import numpy as np
import pytest

from chainrule import kernels

from .taped import BOTH, Taped


def side(net, traced):
    S = net.sensitivities(net.kind)
    return net.inputs, net.tape, net.n, net.first, net.join(S)


def product_of_inputs(net, other):
    if net.inputs[0].size:
        return np.empty((0, 0), net.dtype)
    return (net.X @ other.X.T).astype(net.dtype)


@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("settings", [{}, {"is_sparse": True}, {"n": 50, "first": 3, "m": 41}, {"m": 1}])
@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("symmetric", [False, True])
def test_of_two_sets_of_rows(dtype, settings, traced, symmetric):
    left = Taped(dtype, **settings)
    right = left if symmetric else Taped(dtype, **{**settings, "first": 1, "m": left.m + 2})
    p = left.sizes[-1]
    R = 1 if traced else p
    out = np.full((left.m * R, right.m * R + 1), np.nan, left.dtype)
    kernels.tangent_tiles[left.dtype](
        left.program, side(left, traced), side(right, traced), product_of_inputs(left, right), (0, left.m), R,
        p if traced else 1, symmetric, np.full(kernels.tile_size(R), np.nan, left.dtype), out, 1,
    )  # fmt: skip
    assert np.isnan(out[:, 0]).all()
    J, J_2 = left.jacobian(left.kind), right.jacobian(right.kind)
    if traced:
        truth = np.einsum("mpk,npk->mn", J, J_2)
    else:
        truth = J.reshape(-1, left.n_parameters) @ J_2.reshape(-1, left.n_parameters).T
    left.close(out[:, 1:], truth, 4)
