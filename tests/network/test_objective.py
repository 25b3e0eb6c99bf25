"""One objective: its sums, from passes that are kept and that are not, and at one η after the other."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from chainrule import Network
from chainrule.calculus import LOSSES
from chainrule.network import ForwardPass, Inputs, Iterates, Objective
from chainrule.network._team import Team
from sweeps import crossed

RNG = np.random.default_rng(0)
X = RNG.normal(size=(150, 4)) * (RNG.uniform(size=(150, 4)) < 0.6)
WEIGHTS = RNG.uniform(0.1, 2, 150)
PAIRS = [
    ("half_squared_error", "identity"),
    ("sum_squared_error", "tanh"),
    ("huber", "identity"),
    ("cross_entropy", "softmax"),
    ("cross_entropy", "logistic"),
    ("poisson", "exp"),
]
every_pair = pytest.mark.parametrize(("loss", "output"), PAIRS)
weighted = pytest.mark.parametrize("weights", [np.empty(0), WEIGHTS], ids=["even", "weighted"])
forms = pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])


def made(loss, output, weights=WEIGHTS, form=np.asarray, outputs=3):
    net = Network((4, 6, 5, outputs), "tanh", output, random_state=0)
    Y = RNG.uniform(0.1, 0.9, (150, outputs))
    return net, Objective(net.architecture, Inputs.of(form(X), net.dtype), loss, Y, weights)


def plain(net, objective):
    """Errors, and their derivatives in q_L, of calculus; J = ∂q_L/∂η."""
    row, logits = LOSSES[objective.loss, net.output], Network.from_weights(net.weights, net.biases, "tanh")
    q, F = logits(X), net(X)
    J = logits.parameter_jacobian(X)
    H = row.gauss_newton_product
    units = np.eye(q.shape[1])[:, None].repeat(len(q), axis=1)
    curvature = np.stack([H(q, F, objective.Y, unit) for unit in units], axis=2)
    return row.value(q, F, objective.Y), row.derivative(q, F, objective.Y), J, curvature


@every_pair
@weighted
@forms
def test_sums_are_those_of_calculus(loss, output, weights, form):
    net, objective = made(loss, output, weights, form)
    w = weights if weights.size else np.ones(150)
    E, delta, J, _ = plain(net, objective)
    gradient = np.einsum("n,nk,nkP->P", w, delta, J)
    at = ForwardPass(net.architecture, net.parameters, objective.inputs, keep=True)
    assert objective.total == pytest.approx(w.sum(), rel=1e-14)
    with Team(1) as team:
        sums = objective.sums(net.parameters, np.arange(150), team)
    error_sum, weight_sum, summed = sums[0], sums[1], sums[2:]
    for value in (objective.error_sum(net.parameters), objective.error_sum_at(at), error_sum):
        assert value == pytest.approx(w @ E, rel=1e-12)
    assert weight_sum == pytest.approx(w.sum(), rel=1e-14)
    for value in (objective.gradient_sum(net.parameters), objective.gradient_sum_at(at), summed):
        np.testing.assert_allclose(value, gradient, rtol=1e-9, atol=1e-12)


@every_pair
@weighted
@pytest.mark.parametrize(("budget", "outputs"), crossed([2**26, 0], [1, 3]))
def test_at_an_eta(loss, output, weights, budget, outputs):
    net, objective = made(loss, output, weights, outputs=outputs)
    w = weights if weights.size else np.ones(150)
    E, delta, J, H = plain(net, objective)
    at = Iterates(objective, budget=budget).at(net.parameters)
    assert at.error == pytest.approx(w @ E, rel=1e-12)
    expected = np.einsum("n,nkP,nkl,nlQ->PQ", w, J, H, J)
    gradient, matrix = at.gradient_and_matrix()
    np.testing.assert_allclose(np.tril(matrix), np.tril(expected), rtol=1e-8, atol=1e-10)
    for value in (gradient, at.gradient()):
        np.testing.assert_allclose(value, np.einsum("n,nk,nkP->P", w, delta, J), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(at.operator(keep=False).to_array(), expected, rtol=1e-8, atol=1e-10)
    if objective.separable:
        B, r = at.rows()
        np.testing.assert_allclose(B.T @ B, expected, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(r @ B, gradient, rtol=1e-9, atol=1e-10)
    s = RNG.normal(size=net.n_parameters)
    logits = Network.from_weights(net.weights, net.biases, "tanh")
    half = logits.parameter_taylor(X, 2)(s) - logits.parameter_taylor(X, 1)(s)
    along = np.einsum("n,nkP,nkl,nl->P", w, J, H, half)
    np.testing.assert_allclose(at.curvature_along(s), along, rtol=1e-8, atol=1e-9)


def test_sums_are_the_same_for_any_number_of_threads():
    net = Network((4, 60, 60, 3), random_state=0)
    rows, Y = RNG.normal(size=(9000, 4)), RNG.normal(size=(9000, 3))
    objective = Objective(net.architecture, Inputs.of(rows, net.dtype), "half_squared_error", Y, np.empty(0))
    results = []
    for size in (1, 2, 3):
        with Team(size) as team:
            results.append(objective.sums(net.parameters, np.arange(9000), team))
    for sums in results[1:]:
        np.testing.assert_array_equal(sums, results[0])
