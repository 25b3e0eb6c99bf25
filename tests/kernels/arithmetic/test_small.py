"""Products whose B the caches hold: depths, heights and widths around where loops and panels end."""

import numpy as np
import pytest

from chainrule.kernels.arithmetic.sizes import FEWEST_ROWS
from chainrule.kernels.arithmetic.small import ROWS
from chainrule.kernels.arithmetic.tiles import BYTES, DEPTH
from sweeps import for_each

from .test_gemm import product

LANES = BYTES // 4
SHAPES = [
    (FEWEST_ROWS, 1, DEPTH + 1),
    (ROWS + 1, 2 * LANES + 1, 3),
    (ROWS - 1, LANES, DEPTH),
    (ROWS + 13, 4 * LANES - 1, 2 * DEPTH + 5),
    (FEWEST_ROWS + 1, 130, 7),
]


@for_each("dtype", [np.float64, np.float32])
@for_each("shape", SHAPES)
@for_each("transpose", [(False, False), (True, False), (False, True)])
@for_each("beta", [0.0, 1.0, 0.5])
def test_products(dtype, shape, transpose, beta):
    m, n, k = shape
    found, truth = product(dtype, m, n, k, transpose, beta, (1, 0, 2), seed=0)
    rounding = 4 * np.sqrt(k) * np.finfo(dtype).eps * np.abs(truth).max()
    np.testing.assert_allclose(found, truth, rtol=0, atol=rounding)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_row_of_c_does_not_depend_on_the_rows_beside_it(dtype):
    from .test_gemm import multiply

    rng = np.random.default_rng(0)
    m, n, k = ROWS + 29, 37, DEPTH + 9
    A, B = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)
    whole, some = np.zeros((m, n), dtype), np.zeros((FEWEST_ROWS, n), dtype)
    lengths, no = (k, n, n), (False, False)
    multiply[dtype](A.reshape(-1), B.reshape(-1), whole.reshape(-1), no, (m, n, k), lengths, 0.0)
    last = np.ascontiguousarray(A[-FEWEST_ROWS:])
    multiply[dtype](last.reshape(-1), B.reshape(-1), some.reshape(-1), no, (FEWEST_ROWS, n, k), lengths, 0.0)
    np.testing.assert_array_equal(whole[-FEWEST_ROWS:], some)
