"""Softmax of a row and its derivative, for rows of any length and anywhere in memory."""

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule.calculus import softmax as exact_softmax
from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.softmax import pull_through_softmax, softmax
from sweeps import for_each

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def _rows(q, width, step):
    for k in range(0, q.size - width + 1, step):
        softmax(q[k : k + width])


def _pull(p, g, step):
    pull_through_softmax(p, g[::step])


rows = Entry(
    named("softmax_of_the_tests", _rows),
    lambda real: signature(types.void, vector(real), types.intp, types.intp),
)
pull = Entry(
    named("pull_through_softmax_of_the_tests", _pull),
    lambda real: signature(types.void, vector(real), vector(real), types.intp),
)


@both_types
@pytest.mark.parametrize("width", [1, 2, 8, 17])
def test_rows(dtype, width):
    q = np.random.default_rng(0).normal(scale=20, size=(3, width + 1)).astype(dtype)
    found = q.copy()
    rows[dtype](found.reshape(-1), width, width + 1)
    truth = exact_softmax(q[:, :width].astype(float))
    relative = 100 * np.finfo(dtype).eps  # an ulp of a q of 60 is some ulp of e^q
    np.testing.assert_allclose(found[:, :width], truth, rtol=relative)
    np.testing.assert_array_equal(found[:, width], q[:, width])


@both_types
@for_each("width", [1, 2, 8, 17])
@for_each("step", [1, 3])
def test_the_derivative_is_diag_p_minus_p_pt(dtype, width, step):
    rng = np.random.default_rng(0)
    p = exact_softmax(rng.normal(size=(1, width)))[0].astype(dtype)
    g = rng.normal(size=step * width).astype(dtype)
    found = g.copy()
    pull[dtype](p, found, step)
    wide = p.astype(float)
    truth = (np.diag(wide) - np.outer(wide, wide)) @ g[::step].astype(float)
    np.testing.assert_allclose(found[::step], truth, rtol=0, atol=20 * np.finfo(dtype).eps)
    beside = np.arange(g.size) % step != 0
    np.testing.assert_array_equal(found[beside], g[beside])


def test_where_one_p_has_all_nothing_cancels():
    """1 - p is 1e-20, which p = 1 no longer shows."""
    p, g = np.array([1.0, 1e-20]), np.array([1e3, -1e3])
    pull[np.float64](p, g, 1)
    np.testing.assert_allclose(g, [2e-17, -2e-17], rtol=1e-15)
