"""Learning that stops by the clock; the clock is the test's own."""

import numpy as np
import pytest

from chainrule import SGD, Adam, Network
from chainrule.network import Inputs
from chainrule.training import Problem, Rules, TimeLimit, TrainingState, _rules, learn
from chainrule.training.solvers import _minibatches

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (40, 2))
y = X[:, :1] * X[:, 1:]


class Clock:
    """Tells the time that it has been set to."""

    now = 100.0

    def __call__(self):
        return self.now


def test_what_is_over_and_what_is_left(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(_rules.time, "perf_counter", clock)
    limit = TimeLimit(10.0, 100.0)
    for now, share, left in ((100, 0.0, 10.0), (104, 0.4, 6.0), (110, 1.0, 0.0), (150, 1.0, 0.0)):
        clock.now = now
        assert (limit.share, limit.left) == (share, left)


def test_a_twentieth_more_is_within_the_limit(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(_rules.time, "perf_counter", clock)
    limit = TimeLimit(10.0, 100.0)
    clock.now = 108.0
    assert limit.suffices(2.0) and limit.suffices(2.5) and not limit.suffices(2.6)


def learnt(seconds, solver, each_epoch, monkeypatch, max_iter=50):
    """Learn with epochs that take ``each_epoch`` seconds."""
    clock = Clock()
    monkeypatch.setattr(_rules.time, "perf_counter", clock)

    def pass_time(*given):
        clock.now += each_epoch
        return run(*given)

    run = _minibatches._Epochs._slice
    monkeypatch.setattr(_minibatches._Epochs, "_slice", pass_time)
    net, state = Network((2, 3, 1), random_state=0), TrainingState()
    problem = Problem(net, Inputs.of(X, net.dtype), y, np.empty(0), np.arange(len(X)), "half_squared_error")
    rules = Rules(batch_size=40, max_iter=max_iter, tol=0.0, time=TimeLimit(seconds, clock.now))
    learn(problem, solver, rules, state, np.random.RandomState(0))
    return net, state


@pytest.mark.parametrize("solver", [Adam(0.01), SGD(0.05)], ids=["adam", "sgd"])
def test_learning_stops_before_the_epoch_that_would_go_beyond(solver, monkeypatch):
    state = learnt(10.0, solver, 3.0, monkeypatch)[1]
    assert (state.n_iter, state.stop_reason) == (3, "time limit")  # a fourth would end at 12
    assert state.history().stop_reason == "time limit"


def test_an_epoch_that_ends_on_the_limit_is_learnt(monkeypatch):
    assert learnt(9.0, Adam(), 3.0, monkeypatch)[1].n_iter == 3


def test_one_epoch_is_learnt_however_short_the_time(monkeypatch):
    net, state = learnt(1e-6, Adam(), 3.0, monkeypatch)
    assert (state.n_iter, state.stop_reason) == (1, "time limit")
    assert net != Network((2, 3, 1), random_state=0)


def test_epochs_are_the_limit_where_time_is_not(monkeypatch):
    state = learnt(1e6, Adam(), 3.0, monkeypatch, max_iter=4)[1]
    assert (state.n_iter, state.stop_reason) == (4, "max_iter")


def test_a_schedule_goes_by_the_time_that_is_over(monkeypatch):
    state = learnt(12.0, Adam(0.1, schedule="cosine"), 3.0, monkeypatch)[1]
    rates = [row.learning_rate for row in state.epochs]
    np.testing.assert_allclose(rates, 0.1 * (1 + np.cos(np.pi * np.arange(4) / 4)) / 2, rtol=1e-12)
