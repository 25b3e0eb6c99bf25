"""The learning rate as a function of how much of the learning is done."""

import pickle

import numpy as np
import pytest

from chainrule import SGD, Adam, Network, train
from chainrule.training import Rules, TimeLimit, TrainingState

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (50, 2))
y = X[:, 0] * X[:, 1]
both = pytest.mark.parametrize("kind", [Adam, SGD])


def learnt(solver, **options):
    net = Network((2, 4, 1), random_state=0)
    options = {"max_iter": 8, "tol": 0.0, "n_iter_no_change": np.inf} | options
    history = train(net, X, y, loss="half_squared_error", solver=solver, random_state=0, **options)
    return net, history


@both
def test_half_a_cosine(kind):
    rates = learnt(kind(0.05, schedule="cosine"), max_iter=10)[1].learning_rate
    np.testing.assert_allclose(rates, 0.05 * (1 + np.cos(np.pi * np.arange(10) / 10)) / 2, rtol=1e-14)


@both
def test_a_cosine_ends_above_zero(kind):
    rates = learnt(kind(0.05, schedule="cosine"), max_iter=1000)[1].learning_rate
    assert rates.min() == rates[-1] == pytest.approx(0.05 * 1e-4)


@both
def test_a_function_sets_the_rate_of_every_epoch_the_first_too(kind):
    rates = learnt(kind(0.02, schedule=lambda done: 0.25 + done))[1].learning_rate
    np.testing.assert_allclose(rates, 0.02 * (0.25 + np.arange(8) / 8), rtol=1e-14)


@both
def test_a_schedule_of_ones_is_none(kind):
    assert learnt(kind(0.02, schedule=lambda done: 1.0))[0] == learnt(kind(0.02))[0]


@both
def test_a_rate_of_zero_learns_nothing(kind):
    assert learnt(kind(0.02, schedule=lambda done: 0))[0] == Network((2, 4, 1), random_state=0)


def test_the_rate_that_is_written_is_the_one_that_learns():
    """SGD without momentum, one batch: the step is the rate times the gradient."""
    net = Network((2, 1), random_state=0)
    seen = [net.parameters.copy()]
    gradients = [net.gradient(X, y, "half_squared_error")]

    def note(report):
        seen.append(net.parameters.copy())
        gradients.append(net.gradient(X, y, "half_squared_error"))

    history = train(
        net, X, y, loss="half_squared_error", solver=SGD(0.1, momentum=0.0, schedule=lambda done: 0.5 + done),
        max_iter=5, tol=0.0, on_epoch=[note],
    )  # fmt: skip
    for before, after, gradient, rate in zip(seen, seen[1:], gradients, history.learning_rate, strict=False):
        np.testing.assert_allclose(before - after, rate * gradient, rtol=1e-10)


def test_a_time_that_runs_out_is_learning_done():
    state = TrainingState(n_iter=1)
    over = TimeLimit(1e-9)
    assert Rules(max_iter=100).share_done(state) == 0.01
    assert Rules(max_iter=100, time=over).share_done(state) == 1.0
    assert Rules(max_iter=100, time=TimeLimit(1e9)).share_done(state) == 0.01


@pytest.mark.parametrize("rate", ["invscaling", "adaptive"])
def test_two_that_set_the_rate(rate):
    with pytest.raises(ValueError, match=f"schedule='cosine' and learning_rate='{rate}' both set the rate"):
        SGD(learning_rate=rate, schedule="cosine")


@both
def test_what_is_no_schedule(kind):
    with pytest.raises(ValueError, match="schedule must be 'cosine', a function or None, got 'cosin'"):
        kind(schedule="cosin")
    with pytest.raises(TypeError, match=r"schedule must be the name of one, None, or a function .* got 0\.5"):
        kind(schedule=0.5)


@both
@pytest.mark.parametrize("factor", [-0.1, np.nan, np.inf])
def test_a_factor_that_is_no_factor(kind, factor):
    schedule = lambda done: factor if done >= 0.25 else 1.0  # noqa: E731
    with pytest.raises(ValueError, match=r"factor that schedule returns at 0\.25 must be >= 0 and finite"):
        learnt(kind(schedule=schedule))


@both
def test_a_function_that_returns_nothing(kind):
    with pytest.raises(TypeError, match="factor that schedule returns at 0 must be a number"):
        learnt(kind(schedule=lambda done: None))


@both
def test_a_solver_with_a_schedule_is_a_frozen_value(kind):
    solver = kind(schedule="cosine")
    assert pickle.loads(pickle.dumps(solver)) == solver == kind().changed(schedule="cosine")
    assert hash(solver) != hash(kind())
