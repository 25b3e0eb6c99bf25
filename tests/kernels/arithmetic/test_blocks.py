"""Products whose B the caches do not hold: blocks of A that end within and beyond what is laid out."""

import numpy as np
import pytest

from chainrule.kernels.arithmetic.blocks import DEEP, TALL, _share
from chainrule.kernels.arithmetic.sizes import LARGEST_B

from .test_gemm import product

SHAPES = [(17, 601, 450), (TALL + 5, 700, DEEP + 1), (31, 2 * 384 + 3, 2 * DEEP - 1)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("transpose", "beta"), [((False, False), 0.0), ((True, False), 1.0), ((False, True), 0.5)]
)
def test_products(dtype, shape, transpose, beta):
    m, n, k = shape
    assert n * k > LARGEST_B
    found, truth = product(dtype, m, n, k, transpose, beta, (0, 3, 1), seed=0)
    rounding = 4 * np.sqrt(k) * np.finfo(dtype).eps * np.abs(truth).max()
    np.testing.assert_allclose(found, truth, rtol=0, atol=rounding)


def test_shares_are_equal_and_no_larger_than_allowed():
    for whole in (1, 383, 384, 385, 1000, 5000):
        share = _share.py_func(whole, 384, 8)
        parts = -(-whole // share)
        assert share % 8 == 0 and share <= 384
        assert parts == -(-whole // 384)
