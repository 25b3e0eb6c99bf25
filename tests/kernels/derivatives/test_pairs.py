"""Products of pairs and halves of symmetric matrices, against NumPy."""

import numpy as np
import pytest

from chainrule import kernels

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])


@both_types
@pytest.mark.parametrize(("n", "a", "b"), [(3, 4, 4), (2, 5, 19), (1, 1, 1), (0, 3, 3)])
def test_pair_products(dtype, n, a, b):
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(n, a)).astype(dtype), rng.normal(size=(n, b)).astype(dtype)
    products = left[:, :, None] * right[:, None, :]
    out = np.full((n, a * b), np.nan, dtype)
    kernels.pair_products[dtype](left, right, False, out)
    np.testing.assert_array_equal(out, products.reshape(n, a * b))
    if a == b:
        upper = np.triu_indices(a)
        half = np.full((n, len(upper[0])), np.nan, dtype)
        kernels.pair_products[dtype](left, right, True, half)
        np.testing.assert_array_equal(half, products[:, *upper])


@both_types
@pytest.mark.parametrize("width", [1, 2, 7])
def test_upper_halves(dtype, width):
    C = np.random.default_rng(0).normal(size=(3, width, width)).astype(dtype)
    out = np.full((3, width * (width + 1) // 2), np.nan, dtype)
    kernels.upper_halves[dtype](C, out)
    np.testing.assert_array_equal(out, C[:, *np.triu_indices(width)])
