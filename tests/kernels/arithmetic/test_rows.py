"""Loops over rows against NumPy, for every length around a register's, and nothing beside them written."""

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic import rows
from chainrule.kernels.arithmetic.intrinsics import pointer
from sweeps import for_each

ROWS = {
    "times": (1, 1, lambda target, a, f: f * a),
    "add_times": (1, 1, lambda target, a, f: target + f * a),
    "multiply": (1, 0, lambda target, a: target * a),
    "product": (2, 0, lambda target, a, b: a * b),
    "scaled": (2, 1, lambda target, a, b, f: f * a * b),
    "combined": (3, 0, lambda target, a, b, c: target * a + b * c),
    "copied": (1, 0, lambda target, a: a),
}


def entry(name):
    """The loop as Python calls it: (target, three rows, their offset, a number, count)."""
    loop, (readers, numbers, _) = getattr(rows, name), ROWS[name]
    if readers == 1 and numbers:

        def call(target, a, b, c, offset, f, n):
            loop(pointer(target, offset), (pointer(a, 1),), (f,), n)
    elif readers == 1:

        def call(target, a, b, c, offset, f, n):
            loop(pointer(target, offset), (pointer(a, 1),), (), n)
    elif readers == 2 and numbers:

        def call(target, a, b, c, offset, f, n):
            loop(pointer(target, offset), (pointer(a, 1), pointer(b, 2)), (f,), n)
    elif readers == 2:

        def call(target, a, b, c, offset, f, n):
            loop(pointer(target, offset), (pointer(a, 1), pointer(b, 2)), (), n)
    else:

        def call(target, a, b, c, offset, f, n):
            loop(pointer(target, offset), (pointer(a, 1), pointer(b, 2), pointer(c, 3)), (), n)

    return Entry(
        named(f"{name}_of_the_tests", call),
        lambda real: signature(types.void, *[vector(real)] * 4, types.intp, real, types.intp),
    )  # fmt: skip


@for_each("dtype", [np.float64, np.float32])
@for_each("name", ROWS)
def test_a_loop_over_rows(name, dtype):
    readers, numbers, truth = ROWS[name]
    loop, rng = entry(name)[dtype], np.random.default_rng(0)
    for n in [*range(36), 63, 64, 65, 100]:
        target, *sources = rng.normal(size=(4, 110)).astype(dtype)
        read = [source[place : place + n] for place, source in enumerate(sources[:readers], start=1)]
        factor = dtype(rng.normal())
        expected = target.copy()
        expected[5 : 5 + n] = truth(target[5 : 5 + n], *read, *[factor][:numbers])
        loop(target, *sources, 5, factor, n)
        np.testing.assert_allclose(target, expected, rtol=4 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_row_may_be_its_own_source(dtype):
    a = np.arange(1, 41, dtype=dtype)
    entry("times")[dtype](a[1:], a, a, a, 0, dtype(2), 39)
    np.testing.assert_array_equal(a, [1, *range(4, 82, 2)])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("terms", [1, 2, 7])
def test_sums_of_products_of_rows(dtype, terms):
    def call(target, a, b, terms, count):
        rows.sum_of_products(pointer(target, 1), (pointer(a, 0), 128), (pointer(b, 0), 256), terms, count)

    def declared(real):
        read, sizes = vector(real, readonly=True), [types.intp] * 2
        return signature(types.void, vector(real), read, read, *sizes)

    random = np.random.default_rng(0)
    a, b = (random.normal(size=(terms, width)).astype(dtype) for width in (128, 256))
    target = np.full(130, 9.0, dtype)
    Entry(named("sum_of_products_called", call), declared)[dtype](target, a.ravel(), b.ravel(), terms, 128)
    expected = (a.astype(float) * b[:, :128]).sum(axis=0)
    np.testing.assert_allclose(target[1:-1], expected, rtol=0, atol=20 * np.finfo(dtype).eps)
    assert target[0] == target[-1] == 9
