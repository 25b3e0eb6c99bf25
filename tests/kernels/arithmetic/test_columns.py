"""Sums of rows and products with one column, for widths around a register's, against NumPy in float64."""

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.columns import COLUMNS, add_up_rows, multiply_column, multiply_outer
from chainrule.kernels.arithmetic.intrinsics import pointer
from sweeps import for_each

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])
WIDTHS = (1, 3, 8, 15, 16, 17, COLUMNS - 1, COLUMNS, COLUMNS + 5, 2 * COLUMNS + 1)


def _add_up(target, beta, rows, length, count, columns):
    add_up_rows(pointer(target, 1), beta, pointer(rows, 0), length, count, columns)


def _column(a, row, column, b, m, k, beta, s, step, c):
    multiply_column(pointer(a, 0), row, column, pointer(b, 0), m, k, beta, pointer(s, 0), step, pointer(c, 1))


def _outer(a, step, b, m, n, c):
    multiply_outer(pointer(a, 0), step, pointer(b, 0), m, n, pointer(c, 1), n)


sums = Entry(
    named("sums_of_the_tests", _add_up),
    lambda real: signature(types.void, vector(real), real, vector(real), *[types.intp] * 3),
)
column = Entry(
    named("column_of_the_tests", _column),
    lambda real: signature(
        types.void, vector(real), types.intp, types.intp, vector(real), types.intp, types.intp, real,
        vector(real), types.intp, vector(real),
    ),
)  # fmt: skip
outer = Entry(
    named("outer_of_the_tests", _outer),
    lambda real: signature(
        types.void, vector(real), types.intp, vector(real), types.intp, types.intp, vector(real)
    ),
)


def close(found, truth, dtype):
    np.testing.assert_allclose(found, truth, rtol=0, atol=(1e-5 if dtype == np.float32 else 1e-13))


@both_types
@for_each("columns", WIDTHS)
@for_each("count", [0, 1, 2, 7, 8, 9, 33])
@for_each("beta", [0.0, 1.0, -0.5])
def test_rows_are_added_up_and_nothing_beside_the_target_is_written(dtype, columns, count, beta):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(max(count, 1), columns + 2)).astype(dtype)
    target = rng.normal(size=columns + 2).astype(dtype)
    truth = target.astype(float)
    truth[1:-1] = beta * truth[1:-1] + rows[:count, :columns].astype(float).sum(axis=0)
    if beta == 0:
        target[1:-1] = np.nan  # what is there is not read
    sums[dtype](target, dtype(beta), rows.reshape(-1), columns + 2, count, columns)
    close(target, truth, dtype)


@both_types
@for_each("turned", [False, True])
@for_each("beta", [0.0, 1.0])
@for_each("one_start", [False, True])
@for_each(("m", "k"), [(1, 1), (7, 16), (16, 33), (70, 5), (130, 100)])
def test_a_product_with_a_column(dtype, turned, beta, one_start, m, k):
    rng = np.random.default_rng(0)
    A, b, s = (rng.normal(size=size).astype(dtype) for size in ((m, k), k, 1 if one_start else m))
    c = np.full(m + 2, -77, dtype)
    stored = np.ascontiguousarray(A.T if turned else A)
    steps = (1, m) if turned else (k, 1)
    column[dtype](stored.reshape(-1), *steps, b, m, k, dtype(beta), s, 0 if one_start else 1, c)
    close(c[1:-1], A.astype(float) @ b + beta * s.astype(float), dtype)
    assert c[0] == c[-1] == -77


@both_types
@for_each("step", [1, 3])
@for_each("n", WIDTHS)
def test_an_outer_product(dtype, step, n):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=1 + 4 * step).astype(dtype), rng.normal(size=n).astype(dtype)
    c = np.full(5 * n + 2, -77, dtype)
    outer[dtype](a, step, b, 5, n, c)
    np.testing.assert_array_equal(c[1:-1].reshape(5, n), np.outer(a[::step], b))
    assert c[0] == c[-1] == -77
