"""The product of BLAS for row-major matrices, in all transpositions, with gaps between rows."""

import numpy as np
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.blas import blas
from chainrule.kernels.arithmetic.intrinsics import pointer
from sweeps import for_each


def _blas(a, b, c, transpose, shape, lengths, beta):
    blas(
        transpose, shape, (pointer(a, 0), lengths[0]), (pointer(b, 0), lengths[1]), beta,
        (pointer(c, 1), lengths[2]),
    )  # fmt: skip


multiplied = Entry(
    named("blas_of_the_tests", _blas),
    lambda real: signature(
        types.void, *[vector(real)] * 3, types.UniTuple(types.boolean, 2),
        *[types.UniTuple(types.intp, 3)] * 2, types.float64,
    ),
)  # fmt: skip


@for_each("dtype", [np.float64, np.float32])
@for_each("left", [False, True])
@for_each("right", [False, True])
@for_each("beta", [0.0, 1.0, 0.25])
def test_products(dtype, left, right, beta):
    rng, (m, n, k) = np.random.default_rng(0), (5, 3, 7)
    A = rng.normal(size=(k, m + 2) if left else (m, k + 2)).astype(dtype)
    B = rng.normal(size=(n, k + 1) if right else (k, n + 1)).astype(dtype)
    C = rng.normal(size=1 + m * (n + 1)).astype(dtype)
    begun = C[1:].reshape(m, n + 1).copy()
    lengths = A.shape[1], B.shape[1], n + 1
    multiplied[dtype](A.reshape(-1), B.reshape(-1), C, (left, right), (m, n, k), lengths, beta)
    one = (A.T[:m] if left else A[:, :k]).astype(float)
    other = (B.T[:k] if right else B[:, :n]).astype(float)
    found = C[1:].reshape(m, n + 1)
    truth = one @ other + beta * begun[:, :n].astype(float)
    np.testing.assert_allclose(found[:, :n], truth, rtol=0, atol=40 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(found[:, n], begun[:, n])
