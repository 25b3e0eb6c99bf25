"""What goes into kernels as instructions: calls, bits, fused multiplications, polynomials."""

import mpmath as mp
import numpy as np
import pytest
from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, Loop, named, vector
from chainrule.kernels.arithmetic.intrinsics import bits_of, call, fma, number_of, pointer, polynomial

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])
COEFFICIENTS = (1.0, -2.0, 0.5, 3.0)
cubic = polynomial(COEFFICIENTS)


def _numbers(a, b, c, out):
    for i in range(a.size):
        out[0, i] = fma(a[i], b[i], c[i])
        out[1, i] = number_of(bits_of(a[i]))
        out[2, i] = cubic(a[i])


def _call(address, x, offset, n):
    call(address, (pointer(x, offset),), (n,))


def _double_them(x, n):
    run = carray(x, n)
    for i in range(n):
        run[i] *= 2


numbers = Entry(
    named("numbers_of_the_tests", _numbers),
    lambda real: signature(types.void, *[vector(real)] * 3, types.Array(real, 2, "C")),
)
called = Entry(
    named("call_of_the_tests", _call),
    lambda real: signature(types.void, types.intp, vector(real), types.intp, types.intp),
)
doubled = Loop(
    named("double_of_the_tests", _double_them),
    lambda real: signature(types.void, types.CPointer(real), types.intp),
)


@both_types
def test_numbers(dtype):
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=99).astype(dtype) for _ in range(2))
    c = -(a * b)  # what the rounded product has lost is all that is left
    out = np.full((3, 99), np.nan, dtype)
    numbers[dtype](a, b, c, out)
    with mp.workprec(140):
        triples = ([mp.mpf(float(x)) for x in row] for row in zip(a, b, c, strict=True))
        exact = [float(x * y + z) for x, y, z in triples]
    np.testing.assert_array_equal(out[0], np.array(exact, dtype))
    assert np.any(out[0] != 0)
    np.testing.assert_array_equal(out[1], a)
    np.testing.assert_allclose(out[2], np.polyval(COEFFICIENTS[::-1], a.astype(float)), rtol=0, atol=1e-4)


@both_types
def test_a_loop_is_called_at_its_place(dtype):
    x = np.ones(7, dtype)
    called[dtype](doubled.address(dtype), x, 2, 3)
    np.testing.assert_array_equal(x, [1, 1, 2, 2, 2, 1, 1])
