"""Learning with scales of the inputs: by the book, for any number of threads, and folded in the end."""

import numpy as np
import pytest

from chainrule import SGD, Adam, Network
from chainrule.network import Inputs
from chainrule.network._team import Team
from chainrule.training import Alone, Draw, Evaluator, InMemory, Problem, Rules, TrainingState, learn
from chainrule.training._lanes import draw_rows
from chainrule.training.solvers._input_scales import Learned

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(60, 5)), RANDOM.normal(size=(60, 2))
LOSS = "half_squared_error"


def by_the_book(net, rate, learning_rate, alpha, batch, epochs):
    """Gradient descent on V, σ and all else, by the chain rule through W_1 = diag(rate · σ) V."""
    V, sigma = net.weights[0].copy(), np.full(5, 1 / rate)
    for _ in range(epochs):
        for first in range(0, len(X), batch):
            rows = slice(first, first + batch)
            m = len(X[rows])
            net.weights[0] = (rate * sigma)[:, None] * V
            G, others = net.gradient(X[rows], Y[rows], LOSS), net.layout.weights[0].size
            of_W = net.layout.weights[0].view(G)
            dV = (rate * sigma)[:, None] * of_W + alpha * V / m
            dsigma = rate * (V * of_W).sum(axis=1)
            step = G.copy()
            step[others : net.layout.n_weights] += alpha * net.parameters[others : net.layout.n_weights] / m
            V -= learning_rate * dV
            sigma -= learning_rate * dsigma
            net.parameters[others:] -= learning_rate * step[others:]
    net.weights[0] = (rate * sigma)[:, None] * V
    return net.parameters


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_steps_are_those_of_gradient_descent_on_the_product(alpha):
    net = Network((5, 4, 2), random_state=1)
    expected = by_the_book(net.copy(), 6.0, 0.01, alpha, 16, 3)
    problem = Problem(
        net, Inputs.of(X, net.dtype), Y, np.empty(0), np.arange(60), LOSS, alpha, scale_rate=6.0
    )
    rules = Rules(batch_size=16, max_iter=3, shuffle=False)
    learn(problem, SGD(0.01, momentum=0.0), rules, TrainingState(), np.random.RandomState(0))
    np.testing.assert_allclose(net.parameters, expected, rtol=1e-12, atol=1e-14)


def test_without_a_rate_there_are_no_scales():
    net = Network((5, 4, 2), random_state=1)
    learned = Learned.of(net, 0.0)
    assert learned.vector is net.parameters and not learned.places.size
    with_scales = Learned.of(net, 6.0)
    assert with_scales.n == net.n_parameters + 5
    assert len(with_scales.vector) == with_scales.n + net.weights[0].size


def test_scales_turn_off_inputs_that_are_of_no_use():
    noisy = RANDOM.normal(size=(400, 12))
    y = np.sin(2 * noisy[:, :1])
    shares = []
    for rate in (0.0, 6.0):
        net = Network((12, 32, 1), random_state=0)
        problem = Problem(
            net, Inputs.of(noisy, net.dtype), y, np.empty(0), np.arange(400), LOSS, 1e-4, scale_rate=rate
        )
        learn(problem, Adam(0.005), Rules(32, 40), TrainingState(), np.random.RandomState(0))
        sizes = np.linalg.norm(net.weights[0], axis=1)
        shares.append(sizes[1:].mean() / sizes[0])
    assert shares[1] < 0.6 * shares[0]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_steps_from_sums_of_a_group_are_the_same_to_the_bit(dtype):
    """One leaf and one step an epoch, with the rows in the order that the leaf draws."""
    rows, targets = X.astype(dtype), Y.astype(dtype)
    one = Network((5, 4, 2), dtype=dtype, random_state=1)
    other, draw, none = one.copy(), Draw(3, 1), np.empty(0, dtype)
    order = draw_rows(draw, 0, len(rows))
    settings = {"loss": LOSS, "alpha": 0.3, "scale_rate": 6.0}
    plain = Problem(one, Inputs.of(rows[order], one.dtype), targets[order], none, np.arange(60), **settings)
    rules = Rules(batch_size=60, max_iter=1, shuffle=False)
    learn(plain, Adam(0.01), rules, TrainingState(), np.random.RandomState(0))
    source = InMemory(Inputs.of(rows, one.dtype), targets, none, 60)
    with Team(1) as team:
        group = Alone(Evaluator(other.architecture, LOSS, source), team)
        nothing = Inputs.of(rows[:0], one.dtype), targets[:0], none, np.arange(0)
        by_group = Problem(other, *nothing, **settings, group=group, draw=draw)
        learn(by_group, Adam(0.01), rules, TrainingState(), np.random.RandomState(0))
    np.testing.assert_array_equal(other.parameters, one.parameters)
