"""Several starts side by side: which one is kept, what memory they take, and what Ctrl-C does to them."""

import signal
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest

from chainrule import LevenbergMarquardt, Network, train
from chainrule.network import Inputs, bytes_of_matrix
from chainrule.training import Problem, Rules, _restarts

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 3))
Y = np.sin(3 * X[:, :1]) + X[:, 1:2] ** 2


def networks(n, sizes=(6,)):
    return [Network((3, *sizes, 1), "tanh", random_state=seed) for seed in range(n)]


def learn(nets, rules=None, solver=None):
    inputs = Inputs.of(X, np.dtype(float))
    problem = Problem(nets[0], inputs, Y, np.empty(0), np.arange(60), "half_squared_error")
    rules = Rules(max_iter=3) if rules is None else rules
    return (solver or LevenbergMarquardt()).learn_best_of(problem, nets, lambda own: rules, progress=False)


@pytest.fixture
def threads(monkeypatch):
    """As if BLAS had four threads; the sizes of the teams are recorded."""
    sizes, own = [], _restarts.Team

    @contextmanager
    def four():
        yield 4

    monkeypatch.setattr(_restarts, "one_blas_thread", four)
    monkeypatch.setattr(_restarts, "Team", lambda size: (sizes.append(size), own(size))[1])
    return sizes


def pretending(monkeypatch, act):
    monkeypatch.setattr(LevenbergMarquardt, "_learn", act)


# ---- which is kept


def test_a_start_that_came_to_no_evidence_does_not_beat_one_that_did(monkeypatch):
    nets = networks(3)

    def act(solver, problem, rules, state, scaled):
        number = next(i for i, net in enumerate(nets) if net is problem.network)
        state.best_loss, state.log_evidence = [(1e-3, np.nan), (2.0, -50.0), (1.0, -60.0)][number]
        state.epochs = [_row(state.best_loss)]

    pretending(monkeypatch, act)
    net, state = learn(nets)
    assert net is nets[1]
    assert state.log_evidence == -50


def _row(loss):
    from chainrule.training._state import EpochRow

    return EpochRow(loss, np.nan, np.nan, 0.0)


def test_a_start_that_has_nothing_to_learn_counts_by_its_loss():
    """It begins in a minimum and ends before its first iteration."""
    nets = networks(2)
    options = {"loss": "half_squared_error", "solver": LevenbergMarquardt(), "tol": 1e-7}
    train(nets[1], X, Y, max_iter=300, alpha=0.01, **options)
    net, state = learn(nets, Rules(max_iter=1, tol=1e-3))
    assert net is nets[1]
    assert state.n_iter == 0
    assert state.best_loss == pytest.approx(net.error(X, Y, "half_squared_error"), rel=1e-12)


# ---- memory


def test_fewer_learn_at_a_time_where_memory_is_short(threads):
    nets = networks(4, sizes=(60,))
    P = nets[0].n_parameters
    matrices = max(24 * P * P, 8 * P * P + bytes_of_matrix(nets[0].architecture))
    passes = 2 * 60 * (2 * 60 + 60 * 6 + 20) * 8
    for allowed, expected in ((4 * (matrices + passes), 4), (2.5 * (matrices + passes), 2), (matrices, 1)):
        learn(nets, solver=LevenbergMarquardt(method="normal", max_memory=allowed))
        assert threads.pop() == expected
    with pytest.raises(MemoryError, match="normal equations"):
        learn(nets, solver=LevenbergMarquardt(method="normal", max_memory=matrices // 2))


def test_how_many_learn_at_a_time_changes_no_bit(threads):
    found = []
    for allowed in ("4MB", "64MB"):
        solver = LevenbergMarquardt(method="normal", max_memory=allowed)
        net, state = learn(networks(4, sizes=(60,)), solver=solver)
        found.append((net.parameters, state.best_loss))
    assert threads == [1, 4]
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


# ---- Ctrl-C


@pytest.mark.skipif(sys.platform == "win32", reason="pthread_kill is POSIX's")
@pytest.mark.filterwarnings("ignore:Training interrupted")
def test_an_interruption_while_this_thread_waits_ends_the_others_and_keeps_the_best(monkeypatch, threads):
    main, nets = threading.main_thread(), networks(2)
    other_began, first_done, told = threading.Event(), threading.Event(), []

    def act(solver, problem, rules, state, scaled):
        if threading.current_thread() is main:
            other_began.wait(600)
            state.best_loss, state.stop_reason = 1.0, "small change"
            first_done.set()
            return
        other_began.set()
        first_done.wait(600)
        signal.pthread_kill(main.ident, signal.SIGINT)
        for _ in range(60_000):  # iterations, each of which asks its hook
            if rules.hooks[-1](None):
                told.append(True)
                break
            threading.Event().wait(0.01)
        state.best_loss, state.stop_reason = 2.0, "callback"

    pretending(monkeypatch, act)
    net, state = learn(nets)
    assert told
    assert (state.stop_reason, state.best_loss) == ("interrupted", 1.0)
    assert net in nets


@pytest.mark.filterwarnings("ignore:Training interrupted")
def test_an_interruption_before_a_start_is_under_way_ends_the_others_too(monkeypatch, threads):
    main, nets, told = threading.main_thread(), networks(3), []
    other_began = threading.Event()

    def act(solver, problem, rules, state, scaled):
        if threading.current_thread() is main:
            other_began.wait(600)
            raise KeyboardInterrupt
        other_began.set()
        for _ in range(60_000):
            if rules.hooks[-1](None):
                told.append(True)
                break
            threading.Event().wait(0.01)
        state.best_loss = 3.0

    pretending(monkeypatch, act)
    _, state = learn(nets)
    assert told
    assert (state.stop_reason, state.best_loss) == ("interrupted", 3.0)


def test_an_error_in_one_start_ends_the_others_and_is_raised(monkeypatch, threads):
    def act(solver, problem, rules, state, scaled):
        raise ValueError("this one")

    pretending(monkeypatch, act)
    with pytest.raises(ValueError, match="this one"):
        learn(networks(3))
