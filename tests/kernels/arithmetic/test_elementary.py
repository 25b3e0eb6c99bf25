"""e^x and what is made of it, over the whole range of either type, against mpmath."""

import mpmath as mp
import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.elementary import (
    exp_and_expm1,
    exp_parts,
    machine_epsilon,
    quotient,
    reciprocal,
    shares,
    sum_times_exp,
    times_exp,
)

from ..exact import ulps

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def _exp(x, E, e, r, s):
    for i in range(x.size):
        E[i], e[i] = exp_and_expm1(x[i])
        r[i], s[i] = shares(E[i])


def _times(factor, rest, x, low, product, both):
    for i in range(x.size):
        parts = exp_parts(x[i], low[i])
        product[i] = times_exp(factor[i], parts)
        both[i] = sum_times_exp(factor[i], rest[i], parts)


def _divide(number, D, low, r, q, epsilon):
    for i in range(D.size):
        r[i], q[i] = reciprocal(D[i], low[i]), quotient(number[i], D[i], low[i])
    epsilon[0] = machine_epsilon(D[0])


def entry_of(name, function, count):
    return Entry(named(name, function), lambda real: signature(types.void, *[vector(real)] * count))


exps = entry_of("exp_of_the_tests", _exp, 5)
times = entry_of("times_exp_of_the_tests", _times, 6)
divide = entry_of("divide_of_the_tests", _divide, 6)


def in_two(numbers):
    near = np.array([float(y) for y in numbers])
    return near, np.array([float(y - mp.mpf(x)) for y, x in zip(numbers, near, strict=True)])


def arguments(dtype):
    """From -0 to beyond where e^x is 0."""
    rng = np.random.default_rng(0)
    sizes = np.concatenate([rng.uniform(0, reach, 300) for reach in (1e-8, 0.4, 2, 90, 110, 750, 900)])
    return -np.concatenate([sizes, [0.0, np.finfo(dtype).max]]).astype(dtype)


def results(dtype, size, count):
    return [np.full(size, np.nan, dtype) for _ in range(count)]


@both_types
def test_exp_expm1_and_shares(dtype):
    x = arguments(dtype)
    E, e, r, s = results(dtype, x.size, 4)
    exps[dtype](x, E, e, r, s)
    with mp.workprec(140):
        truth = [mp.exp(mp.mpf(float(y))) for y in x]
        less = [mp.expm1(mp.mpf(float(y))) for y in x]
        assert ulps(E, in_two(truth)).max() < 1.25
        assert ulps(e, in_two(less)).max() < 1.5
        assert ulps(r, in_two([1 / (1 + y) for y in truth])).max() < 1.5
        assert ulps(s, in_two([y / (1 + y) for y in truth])).max() < 2.5


@both_types
def test_nan_stays_nan(dtype):
    x = np.array([np.nan, -1.0], dtype)
    E, e, r, s = results(dtype, 2, 4)
    exps[dtype](x, E, e, r, s)
    for result in (E, e, r, s):
        np.testing.assert_array_equal(np.isnan(result), [True, False])


@both_types
def test_products_keep_digits_where_e_to_the_x_alone_has_none(dtype):
    x = arguments(dtype)
    rng = np.random.default_rng(1)
    factor = rng.uniform(1, 700, x.size).astype(dtype)
    epsilon = np.finfo(dtype).eps
    rest = (factor * rng.uniform(-4, 4, x.size) * epsilon).astype(dtype)
    low = (np.maximum(x, -1000) * rng.uniform(-0.5, 0.5, x.size) * epsilon).astype(dtype)
    product, both = results(dtype, x.size, 2)
    times[dtype](factor, rest, x, low, product, both)
    with mp.workprec(140):
        F, R, X, L = ([mp.mpf(float(y)) for y in part] for part in (factor, rest, x, low))
        E = [mp.exp(a + b) for a, b in zip(X, L, strict=True)]
        assert ulps(product, in_two([f * e for f, e in zip(F, E, strict=True)])).max() < 1.6
        total = [(f + r) * e for f, r, e in zip(F, R, E, strict=True)]
        assert ulps(both, in_two(total)).max() < 1.9


@both_types
def test_reciprocals_and_quotients_mend_what_the_divisor_has_lost(dtype):
    rng = np.random.default_rng(2)
    size = 2000
    D = np.exp(rng.uniform(-20, 20, size)).astype(dtype)
    low = (D * rng.uniform(-0.5, 0.5, size) * np.finfo(dtype).eps).astype(dtype)
    number = rng.normal(size=size).astype(dtype)
    r, q = results(dtype, size, 2)
    epsilon = np.zeros(1, dtype)
    divide[dtype](number, D, low, r, q, epsilon)
    assert epsilon[0] == np.finfo(dtype).eps
    with mp.workprec(140):
        whole = [mp.mpf(float(a)) + mp.mpf(float(b)) for a, b in zip(D, low, strict=True)]
        assert ulps(r, in_two([1 / w for w in whole])).max() < 0.51
        ratio = [mp.mpf(float(n)) / w for n, w in zip(number, whole, strict=True)]
        assert ulps(q, in_two(ratio)).max() < 0.51
