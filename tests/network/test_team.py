"""Threads that learn together: the same numbers as one, and none waits for one that is gone."""

import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule import LBFGS, SGD, Adam, Network, train
from chainrule.network import _blas_threads, _sharing
from chainrule.network._team import Team
from chainrule.training.solvers import _minibatches

X = np.random.default_rng(0).uniform(-1, 1, (590, 5))
Y = np.stack([np.sin(X[:, 0] * X[:, 1]), X[:, 2]], axis=1)


@pytest.fixture
def small_work_is_shared(monkeypatch):
    monkeypatch.setattr(_minibatches, "STEP_OF_A_THREAD", 1)
    monkeypatch.setattr(_sharing, "THREAD_PRODUCTS", 1)


@pytest.fixture
def three_threads():
    """As if BLAS had three."""
    before = {library: library.num_threads for library in _blas_threads._libraries()}
    for library in before:
        library.set_num_threads(3)
    if {library.num_threads for library in before} != {3}:
        pytest.skip("this BLAS has fewer threads")
    yield
    for library, number in before.items():
        library.set_num_threads(number)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("solver", [Adam(), SGD(), LBFGS()], ids=["adam", "sgd", "lbfgs"])
def test_learning_gives_the_same_numbers_whatever_the_number_of_threads(
    small_work_is_shared, three_threads, solver, outputs, dtype, monkeypatch
):
    sizes, found = [], []
    own_init = Team.__init__
    monkeypatch.setattr(Team, "__init__", lambda team, size: (sizes.append(size), own_init(team, size))[0])

    def learnt():
        net = Network((5, 200, 130, outputs), "tanh", dtype=dtype, random_state=0)
        options = {"solver": solver, "alpha": 0.1, "batch_size": 100, "max_iter": 5, "tol": 0}
        history = train(net, X, Y[:, :outputs], loss="half_squared_error", random_state=0, **options)
        return net.parameters.copy(), history.loss

    found.append(learnt())
    with threadpool_limits(1):
        found.append(learnt())
    assert sizes == [3, 1]
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("fails", [0, 1, 2])
def test_an_error_in_one_thread_is_raised_and_ends_the_others(fails):
    with Team(3) as team:

        def work(number):
            if number == fails:
                raise ArithmeticError(f"in {number}")
            while not team.broken:
                time.sleep(0.001)

        with pytest.raises(ArithmeticError, match=f"in {fails}"):
            team.run(work)


def test_a_team_of_one_runs_in_this_thread():
    with Team(1) as team:
        assert team.run(lambda number: (number, threading.current_thread())) == (
            0,
            threading.current_thread(),
        )


def test_a_kernel_whose_team_is_broken_returns_early(small_work_is_shared, three_threads, monkeypatch):
    """One worker fails before its kernel runs; the others, who wait for it inside theirs, return."""
    run = Team.run

    def run_and_fail(team, work):
        def failing(number):
            if number == 1:
                time.sleep(0.05)
                raise ArithmeticError("gone")
            return work(number)

        return run(team, failing)

    monkeypatch.setattr(Team, "run", run_and_fail)
    net = Network((5, 20, 2), random_state=0)
    before = net.parameters.copy()
    with pytest.raises(ArithmeticError, match="gone"):
        train(net, X, Y, loss="half_squared_error", batch_size=100)
    np.testing.assert_array_equal(net.parameters, before)
