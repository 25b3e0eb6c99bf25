"""Gauss and Newton's matrix without J: against J itself, in every shape that its blocks come in."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from chainrule import Network
from chainrule.calculus import LOSSES
from chainrule.network import ForwardPass, Inputs, Iterates, Objective
from chainrule.network._tape import Chunk
from chainrule.network.derivatives._curvature_sums import CurvatureSums
from sweeps import examples

RNG = np.random.default_rng(0)


def plain(net, X, h):
    J = net.parameter_jacobian(X).astype(float).reshape(-1, net.n_parameters)
    return (h.reshape(-1, 1) * J).T @ J


def summed(net, X, h, step=None):
    at = ForwardPass(net.architecture, net.parameters, Inputs.of(X, net.dtype), keep=True)
    sums, step = CurvatureSums(net.architecture), step or len(h)
    sums.add(Chunk(at.tape, 0, slice(0, len(h))), at.chunk(0, len(h)).sensitivities(), h)
    sums.clear()
    for first in range(0, len(h), step):
        chunk = at.chunk(first, min(step, len(h) - first))
        sums.add(chunk, chunk.sensitivities(), h[chunk.rows])
    return sums.write(np.full((net.n_parameters,) * 2, np.nan, net.dtype), whole=True)


@settings(max_examples=examples(60), deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5),
    n=st.integers(1, 300),
    step=st.integers(1, 300),
    seed=st.integers(0, 2**16),
)
def test_N10_the_sum_of_outer_products_needs_no_jacobian(sizes, n, step, seed):
    net, random = Network(sizes, "tanh", random_state=seed), np.random.default_rng(seed)
    X, h = random.normal(size=(n, sizes[0])), random.normal(size=(n, sizes[-1]))
    expected = plain(net, X, h)
    scale = np.abs(plain(net, X, np.abs(h))).max()
    np.testing.assert_allclose(summed(net, X, h, step), expected, rtol=0, atol=1e-13 * scale)


@pytest.mark.parametrize(
    ("sizes", "n"),
    [
        ((30, 40, 1), 300),  # more pairs of inputs, and more entries, than are made at a time
        ((3, 40, 20, 2), 130),
        ((60, 33, 2), 129),  # pairs outnumber entries, of which there are more than are made at a time
        ((4, 3, 30), 200),  # more outputs than inputs of theirs
        ((4, 20), 140),
        ((400, 1, 1), 140),  # single entries, of more inputs than are made at a time
        ((2, 1, 5, 1, 3), 129),
    ],
)
@pytest.mark.parametrize(("dtype", "atol"), [("float64", 1e-13), ("float32", 2e-6)])
def test_blocks_that_are_made_in_parts(sizes, n, dtype, atol):
    net = Network(sizes, "tanh", dtype=dtype, random_state=0)
    X, h = RNG.normal(size=(n, sizes[0])).astype(dtype), RNG.uniform(size=(n, sizes[-1])).astype(dtype)
    expected = plain(net, X, h)
    np.testing.assert_allclose(summed(net, X, h), expected, rtol=0, atol=atol * np.abs(expected).max())


def test_sparse_rows_are_read_where_they_stand():
    net, h = Network((6, 5, 2), "tanh", random_state=0), RNG.uniform(size=(150, 2))
    X = sparse.random_array((150, 6), density=0.3, random_state=0).tocsr()
    np.testing.assert_allclose(summed(net, X, h), plain(net, X.toarray(), h), rtol=0, atol=1e-12)


def test_of_half_a_matrix_the_other_half_is_left_alone():
    net, h = Network((3, 4, 2), "tanh", random_state=0), np.ones((20, 2))
    X = RNG.normal(size=(20, 3))
    at = ForwardPass(net.architecture, net.parameters, Inputs.of(X, net.dtype), keep=True)
    sums, chunk = CurvatureSums(net.architecture), at.chunk(0, 20)
    sums.add(chunk, chunk.sensitivities(), h)
    half = sums.write(np.full((net.n_parameters,) * 2, np.nan), whole=False)
    np.testing.assert_array_equal(np.tril(half), np.tril(sums.write(half.copy(), whole=True)))


def test_a_loss_says_itself_whether_its_curvature_is_constant(monkeypatch):
    """Not the output: a loss of an identity output may be curved here and not there."""
    net, X = Network((3, 4, 2), random_state=0), RNG.normal(size=(40, 3))
    Y, inputs = RNG.normal(size=(40, 2)), Inputs.of(X, net.dtype)
    key = "half_squared_error", "identity"
    robust = replace(
        LOSSES[key], gauss_newton_product=lambda q, F, y, r: (abs(F - y) < 1) * r, constant_curvature=False
    )
    monkeypatch.setitem(LOSSES, key, robust)
    at = Iterates(Objective(net.architecture, inputs, key[0], Y, np.ones(40))).at(net.parameters)
    _, matrix = at.gradient_and_matrix()
    expected = plain(net, X, abs(net(X) - Y) < 1)
    np.testing.assert_allclose(np.tril(matrix), np.tril(expected), rtol=1e-10, atol=1e-14)
