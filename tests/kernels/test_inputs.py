"""Sparse rows give what the same dense rows give, and nothing but their entries is touched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from chainrule.network import Inputs, Network
from sweeps import examples

from .direct import DTYPES, accumulate, evaluate, kept_values, sample_errors


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=examples(30), deadline=None)
@given(
    n=st.integers(1, 12),
    hidden=st.lists(st.integers(1, 9), max_size=2),
    density=st.floats(0, 1),
    capacity=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_sparse_rows_give_what_dense_rows_give(dtype, n, hidden, density, capacity, seed):
    rng = np.random.default_rng(seed)
    X = np.where(rng.random((n, 6)) < density, rng.normal(size=(n, 6)), 0).astype(dtype)
    Y, weights, order = rng.random((n, 2)).astype(dtype), rng.random(n) + 0.1, rng.permutation(n)
    net = Network((6, *hidden, 2), "tanh", dtype=dtype, random_state=seed)
    csr = sparse.csr_array(X)
    rtol = 200 * float(np.finfo(dtype).eps)
    loss = "half_squared_error"
    np.testing.assert_allclose(evaluate(net, csr, order), evaluate(net, X, order), rtol=rtol, atol=rtol)
    np.testing.assert_allclose(
        sample_errors(net, loss, csr, Y), sample_errors(net, loss, X, Y), rtol=rtol, atol=rtol
    )
    for mine, dense in zip(kept_values(net, csr), kept_values(net, X), strict=True):
        np.testing.assert_allclose(mine, dense, rtol=rtol, atol=rtol)
    for given_order in order, order[:0]:
        mine = accumulate(net, loss, csr, Y, weights, given_order, capacity)
        dense = accumulate(net, loss, X, Y, weights, given_order, capacity)
        np.testing.assert_allclose(mine[0], dense[0], rtol=rtol, atol=rtol * np.abs(dense[0]).max())
        assert mine[1:] == pytest.approx(dense[1:], rel=rtol)


def test_what_has_the_right_form_is_not_copied():
    X = sparse.random_array((5, 4), density=0.5, rng=0).tocsr()
    assert np.shares_memory(Inputs.of(X, np.dtype(float)).values, X.data)
    dense = np.asfortranarray(np.ones((5, 4)))
    assert Inputs.of(dense, np.dtype(float)).dense is dense


def test_a_sparse_matrix_without_entries():
    net = Network((3, 2), random_state=0)
    np.testing.assert_array_equal(net(sparse.csr_array((4, 3))), np.tile(net.biases[0], (4, 1)))
