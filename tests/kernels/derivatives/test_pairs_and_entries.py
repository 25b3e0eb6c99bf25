"""The rows of both factors, a number for each sample, against NumPy."""

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.derivatives.pairs_and_entries import (
    place_of_pair,
    write_entries,
    write_last_entries,
    write_pairs,
)
from chainrule.kernels.derivatives.sample_tables import ROWS
from sweeps import for_each

from ..direct import Guarded

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def _pairs(slow, fast, n_fast, upper, span, target):
    write_pairs(pointer(slow, 0), pointer(fast, 0), n_fast, upper, span, pointer(target, 0))


def _entries(slow, n_slow, fast, n_fast, R, h, upper, span, weighed, target):
    write_entries(
        pointer(slow, 0), n_slow, pointer(fast, 0), n_fast, R, pointer(h, 0), upper, span,
        pointer(weighed, 0), pointer(target, 0),
    )  # fmt: skip


def _last(s_low, width, h, own, span, target):
    write_last_entries(pointer(s_low, 0), width, pointer(h, 0), own, span, pointer(target, 0))


SPAN = types.UniTuple(types.intp, 2)
pairs = Entry(
    named("pairs_of_the_tests", _pairs),
    lambda real: signature(
        types.void, vector(real), vector(real), types.intp, types.boolean, SPAN, vector(real)
    ),
)
entries = Entry(
    named("entries_of_the_tests", _entries),
    lambda real: signature(
        types.void, vector(real), types.intp, vector(real), types.intp, types.intp, vector(real),
        types.boolean, SPAN, vector(real), vector(real),
    ),
)  # fmt: skip
last = Entry(
    named("last_entries_of_the_tests", _last),
    lambda real: signature(
        types.void, vector(real), types.intp, vector(real), types.boolean, SPAN, vector(real)
    ),
)


def drawn(dtype, *shape):
    return np.random.default_rng(len(shape)).normal(size=(*shape, ROWS)).astype(dtype)


def both(n_slow, n_fast, upper):
    return [(i, j) for i in range(n_slow) for j in range(i if upper else 0, n_fast)]


def test_a_place_leads_to_its_pair():
    for upper, n_slow in ((False, 3), (True, 4)):
        for place, (i, j) in enumerate(both(n_slow, 4, upper)):
            first, skipped = place_of_pair.py_func(place, 4, upper)
            assert (first, first + skipped if upper else skipped) == (i, j)


@both_types
@for_each("upper", [False, True])
@for_each("span", [(0, 6), (2, 4), (3, 1), (1, 0)])
def test_pairs(dtype, upper, span):
    slow = fast = drawn(dtype, 3)
    target = Guarded(span[1] * ROWS, dtype)
    pairs[dtype](slow.ravel(), fast.ravel(), 3, upper, span, target.inner)
    target.check()
    truth = [slow[i] * fast[j] for i, j in both(3, 3, upper)][span[0] : sum(span)]
    np.testing.assert_array_equal(target.inner.reshape(-1, ROWS), np.array(truth).reshape(-1, ROWS))


@both_types
@for_each("upper", [False, True])
@for_each("span", [(0, 6), (2, 4), (5, 1), (1, 0)])
def test_entries(dtype, upper, span):
    R = 2
    slow = fast = drawn(dtype, R, 3)
    h = np.abs(drawn(dtype, R)).astype(dtype)
    target, weighed = Guarded(span[1] * ROWS, dtype), np.full(R * ROWS, np.nan, dtype)
    entries[dtype](slow.ravel(), 3, fast.ravel(), 3, R, h.ravel(), upper, span, weighed, target.inner)
    target.check()
    wide, weights = slow.astype(float), h.astype(float)
    truth = [np.sum(weights * wide[:, i] * wide[:, j], axis=0) for i, j in both(3, 3, upper)]
    np.testing.assert_allclose(
        target.inner.reshape(-1, ROWS),
        np.array(truth[span[0] : sum(span)]).reshape(-1, ROWS),
        rtol=0,
        atol=40 * np.finfo(dtype).eps,
    )


@both_types
@pytest.mark.parametrize("own", [False, True])
def test_entries_with_the_last_layer_are_one_term(dtype, own):
    s_low, h = drawn(dtype, 6), drawn(dtype, 2)  # two outputs, three units below
    span = (0, 2) if own else (1, 5)
    target = Guarded(span[1] * ROWS, dtype)
    last[dtype](s_low.ravel(), 3, h.ravel(), own, span, target.inner)
    target.check()
    truth = h if own else s_low * np.repeat(h, 3, axis=0)
    np.testing.assert_array_equal(target.inner.reshape(-1, ROWS), truth[span[0] : sum(span)])
