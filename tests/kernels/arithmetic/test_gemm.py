"""Products in tiles and BLAS's, chosen by size, against NumPy's in float64."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.blocks import DEEP, TALL
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.sizes import FEWEST_ROWS, LARGEST_B
from chainrule.kernels.arithmetic.small import ROWS
from chainrule.kernels.arithmetic.tiles import DEPTH
from sweeps import examples

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def _call(a, b, c, transpose, shape, lengths, beta):
    gemm(
        transpose,
        shape,
        (pointer(a, 0), lengths[0]),
        (pointer(b, 0), lengths[1]),
        beta,
        (pointer(c, 0), lengths[2]),
    )


multiply = Entry(
    named("gemm_of_the_tests", _call),
    lambda real: signature(
        types.void, *[vector(real)] * 3, types.UniTuple(types.boolean, 2),
        *[types.UniTuple(types.intp, 3)] * 2, types.float64,
    ),
)  # fmt: skip


def product(dtype, m, n, k, transpose, beta, gaps, seed):
    """Ours and the truth, of matrices whose rows have gaps between them; C is whole, with its gaps."""
    rng = np.random.default_rng(seed)
    shapes = [(k, m) if transpose[0] else (m, k), (n, k) if transpose[1] else (k, n), (m, n)]
    whole = [
        rng.normal(size=(rows, columns + gap)).astype(dtype)
        for (rows, columns), gap in zip(shapes, gaps, strict=True)
    ]
    A, B, C = (array[:, :columns].astype(float) for array, (_, columns) in zip(whole, shapes, strict=True))
    truth = whole[2].astype(float)
    truth[:, :n] = (A.T if transpose[0] else A) @ (B.T if transpose[1] else B) + beta * C
    if beta == 0:
        whole[2][:, :n] = np.nan  # what is there is not read
    lengths = tuple(array.shape[1] for array in whole)
    multiply[dtype](*(array.reshape(-1) for array in whole), transpose, (m, n, k), lengths, beta)
    return whole[2], truth


@both_types
@settings(deadline=None, max_examples=examples(150))
@given(
    m=st.integers(1, 70), n=st.integers(1, 90), k=st.integers(1, 2 * DEPTH + 3),
    transpose=st.tuples(st.booleans(), st.booleans()), beta=st.sampled_from([0.0, 1.0, -0.5]),
    gaps=st.tuples(*[st.integers(0, 3)] * 3), seed=st.integers(0, 99),
)  # fmt: skip
@example(m=ROWS + 7, n=33, k=DEPTH + 1, transpose=(False, True), beta=1.0, gaps=(0, 0, 0), seed=0)
@example(m=FEWEST_ROWS - 1, n=64, k=64, transpose=(True, True), beta=0.0, gaps=(1, 2, 3), seed=0)
@example(m=2**8, n=256, k=256, transpose=(False, False), beta=1.0, gaps=(0, 0, 0), seed=0)
@example(m=FEWEST_ROWS, n=513, k=LARGEST_B // 512, transpose=(False, False), beta=1.0, gaps=(0, 0, 0), seed=0)
@example(m=TALL + 20, n=70, k=LARGEST_B // 64, transpose=(False, False), beta=-0.5, gaps=(3, 2, 1), seed=0)
@example(
    m=TALL + 7, n=LARGEST_B // DEEP, k=DEEP + 3, transpose=(True, True), beta=0.0, gaps=(1, 2, 3), seed=0
)
@example(m=FEWEST_ROWS, n=LARGEST_B, k=1, transpose=(False, True), beta=1.0, gaps=(0, 0, 0), seed=0)
def test_a_product_is_numpys_and_nothing_beside_it_is_written(dtype, m, n, k, transpose, beta, gaps, seed):
    ours, truth = product(dtype, m, n, k, transpose, beta, gaps, seed)
    tolerance = (1e-5 if dtype == np.float32 else 1e-14) * np.sqrt(k) * max(1, np.abs(truth).max())
    np.testing.assert_allclose(ours, truth, rtol=0, atol=tolerance)


@both_types
@pytest.mark.parametrize("transpose", [(False, False), (False, True)])
@pytest.mark.parametrize("n", [20, LARGEST_B // 300 + 1])
def test_a_row_of_a_product_in_tiles_does_not_depend_on_the_rows_around_it(dtype, n, transpose):
    """What BLAS does not promise: a sample's result is the same bits in every batch of 16 and more."""
    whole, _ = product(dtype, 100, n, 300, transpose, 0.0, (0, 0, 0), seed=1)
    for m in (FEWEST_ROWS, 17, 41, 99):
        rng = np.random.default_rng(1)
        A = rng.normal(size=(100, 300)).astype(dtype)
        B = rng.normal(size=(n, 300) if transpose[1] else (300, n)).astype(dtype)
        C = np.empty((m, n), dtype)
        multiply[dtype](
            A[:m].reshape(-1),
            B.reshape(-1),
            C.reshape(-1),
            transpose,
            (m, n, 300),
            (300, B.shape[1], n),
            0.0,
        )
        np.testing.assert_array_equal(C, whole[:m])


@both_types
def test_what_is_not_finite_stays_so(dtype):
    A, B, C = (np.ones(shape, dtype) for shape in ((32, 5), (5, 7), (32, 7)))
    A[3, 2], A[20, 0], B[1, 4] = np.nan, np.inf, 0
    multiply[dtype](A.reshape(-1), B.reshape(-1), C.reshape(-1), (False, False), (32, 7, 5), (5, 7, 7), 0.0)
    assert np.isnan(C[3]).all()
    assert np.isinf(C[20]).all()
    assert np.isfinite(np.delete(C, [3, 20], axis=0)).all()
