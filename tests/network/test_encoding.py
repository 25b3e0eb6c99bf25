"""Encodings of columns: against the kernel, finite differences and each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.network import CategoryEncoding, Encoding, Inputs, Network, NumberEncoding, evaluate

RANDOM = np.random.default_rng(0)


def edges(n):
    return tuple(np.sort(RANDOM.normal(size=n)).tolist())


COLUMNS = [
    NumberEncoding(edges(17), missing=True),
    CategoryEncoding(5),
    None,
    NumberEncoding((0.0, 1.0), clip=2.0),
    CategoryEncoding(2),
    NumberEncoding(()),
    NumberEncoding(edges(40), clip=0.5),
]
WIDTHS = [18, 5, 0, 2, 1, 1, 40]


def rows(n, dtype=np.float64):
    """Rows for those columns: numbers of which some are missing, categories of which some are unknown."""
    X = RANDOM.normal(size=(n, len(COLUMNS)))
    X[:, 1], X[:, 4] = RANDOM.integers(-1, 5, n), RANDOM.integers(-1, 2, n)
    X[::7, 0] = np.nan
    return X.astype(dtype)


def test_inputs_stand_side_by_side():
    encoding = Encoding(COLUMNS)
    assert encoding.n == 7 and encoding.m == sum(WIDTHS)
    np.testing.assert_array_equal(np.diff(encoding.firsts), WIDTHS)
    np.testing.assert_array_equal(encoding.column_of, np.repeat(np.arange(7), WIDTHS))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", [False, True])
def test_kernels_encode_as_the_map_does(dtype, order):
    encoding, n = Encoding(COLUMNS), 300
    X = rows(n, dtype)
    net = Network((encoding.m, 4, 2), dtype=dtype, random_state=0)
    chosen = RANDOM.permutation(n)[:111] if order else np.empty(0, dtype=np.intp)
    found = evaluate(net.architecture, net.parameters, Inputs.encoded(X, encoding), chosen)
    expected = net(encoding.value(X))
    np.testing.assert_allclose(
        found, expected[chosen] if order else expected, rtol=0, atol=20 * np.finfo(dtype).eps
    )


def test_large_numbers_come_near_the_limit_and_do_not_overflow():
    z = np.array([1e15, -1e15, 0.0], dtype=np.float32)
    encoding = Encoding([NumberEncoding((-1.0, 0.0, 1.0), clip=3.0)])
    expected = [[3, 1, 1], [-3, 0, 0], [0, 1, 0]]
    np.testing.assert_allclose(encoding.value(z[:, None]), expected, rtol=1e-6)
    net = Network.from_weights([np.eye(3)], [np.zeros(3)], dtype=np.float32)
    found = evaluate(net.architecture, net.parameters, Inputs.encoded(z[:, None], encoding))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30, unique=True), st.floats(-6, 6))
def test_the_derivative_is_that_to_the_right(places, z):
    cuts = np.unique(np.round(places, 3))
    if len(cuts) < 2:
        return
    encoding, step = NumberEncoding(tuple(cuts.tolist())), 1e-7
    ahead, here = (encoding.value(np.array([at]))[0] for at in (z + step, z))
    slopes = 1 / np.diff(cuts)
    if np.any(np.abs(cuts - z) < 2 * step) and z not in cuts:
        return
    np.testing.assert_allclose(
        encoding.derivative(np.array([z]))[0], (ahead - here) / step, atol=2e-6 * slopes.max() + 1e-6
    )


def test_pushforward_and_pullback_are_products_with_the_derivative():
    encoding, X = Encoding(COLUMNS), rows(5)
    X[np.isnan(X)] = 0.3  # a map takes no missing numbers
    V, U = RANDOM.normal(size=(5, 7)), RANDOM.normal(size=(5, 3, encoding.m))
    D = np.stack([encoding.derivative(x) for x in X])
    np.testing.assert_allclose(encoding.pushforward_rows(X, V), np.einsum("nij,nj->ni", D, V), atol=1e-14)
    np.testing.assert_allclose(encoding.pullback_rows(X, U), np.einsum("nki,nij->nkj", U, D), atol=1e-13)
    np.testing.assert_allclose(encoding.pullback(X[0], U[0, 0]), U[0, 0] @ D[0], atol=1e-13)


def test_categories_and_missing_numbers_have_no_derivative():
    encoding = Encoding(COLUMNS)
    slopes = encoding.slopes(rows(20))
    assert not slopes[:, encoding.column_of == 1].any()
    assert not slopes[::7, encoding.column_of == 0].any()
    assert slopes[1:7, encoding.column_of == 0].any(axis=1).all()
