"""An objective at one η after the other, kept or made anew a chunk at a time, against HIPS autograd."""

import numpy as np
import pytest

from chainrule.network import Iterates
from chainrule.network._budget import SMALL
from chainrule.network._iterates import bytes_of_passes

from .compared import close
from .derivatives.cases import Case, every_output

every_memory = pytest.mark.parametrize("budget", [SMALL, 0], ids=["kept", "made anew"])


def at_its_own_eta(case, budget):
    return Iterates(case.objective, None, budget).at(case.net.parameters)


@every_output
@every_memory
def test_gradient_and_matrix(output, budget):
    case = Case(output, n=40)
    at, total = at_its_own_eta(case, budget), case.weights.sum()
    exact = case.weights @ case.truth.sample_gradients()
    close(at.gradient(), exact, 1e-12, "gradient")
    gradient, matrix = at.gradient_and_matrix()
    close(gradient, exact, 1e-12, "gradient beside the matrix")
    close(np.tril(matrix), np.tril(case.truth.gauss_newton()) * total, 1e-12, "the lower half")
    v = case.rng.normal(size=exact.shape)
    for keep in (True, False):
        close(at.operator(keep=keep) @ v, case.truth.gauss_newton() @ v * total, 1e-12, "the operator")
    errors = [case.truth.E(case.net.parameters, x, y) for x, y in zip(case.X, case.Y, strict=True)]
    assert at.error == pytest.approx(case.weights @ errors, rel=1e-12)


@pytest.mark.parametrize("output", ["identity", "tanh"])
@every_memory
def test_rows_multiply_to_matrix_and_gradient(output, budget):
    case = Case(output, n=40)
    B, r = at_its_own_eta(case, budget).rows()
    assert B.shape == (80, case.net.n_parameters)
    close(B.T @ B, case.truth.gauss_newton() * case.weights.sum(), 1e-12, "BᵀB")
    close(B.T @ r, case.weights @ case.truth.sample_gradients(), 1e-12, "Bᵀr")


@pytest.mark.parametrize("output", ["identity", "softmax"])
@every_memory
def test_curvature_along_a_line(output, budget):
    case = Case(output, n=40)
    s, q = case.rng.normal(size=case.net.n_parameters), case.truth_of_q
    moved = q.curve(q.eta, s, case.X, 0 * case.X)[2]
    if output == "softmax":
        F = case.net(case.X)
        assert case.Y.sum(axis=1) != pytest.approx(1)  # so that their sum counts
        moved = case.Y.sum(axis=1, keepdims=True) * (F * moved - F * (F * moved).sum(axis=1, keepdims=True))
    exact = np.einsum("n,npP,np->P", case.weights, q.parameter_jacobian(), moved) / 2
    close(at_its_own_eta(case, budget).curvature_along(s), exact, 1e-12, "curvature along s")


def test_what_is_kept_follows_from_the_budget():
    case = Case(n=400)
    size = bytes_of_passes(case.net.architecture, 400)
    assert Iterates(case.objective, None, size).keeps
    assert not Iterates(case.objective, None, size - 1).keeps


@every_memory
def test_a_trial_leaves_what_was_accepted_as_it_is(budget):
    case = Case(n=40)
    here, there = case.net.parameters.copy(), case.rng.normal(size=case.net.n_parameters)
    iterates = Iterates(case.objective, None, budget)
    first = iterates.at(here)
    gradient = first.gradient()
    for eta in (here / 2, 3 * here, there):
        second = iterates.trial(eta)
        at_there = second.gradient()
        np.testing.assert_array_equal(first.gradient(), gradient)
    iterates.accept()
    iterates.trial(here)
    np.testing.assert_array_equal(second.gradient(), at_there)
    assert np.abs(at_there - gradient).max() > 0.1
