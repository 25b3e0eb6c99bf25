"""What learning remembers from one call to the next; estimators continue with it."""

import pickle

import numpy as np
import pytest

from chainrule import LBFGS, SGD, Adam, MLPRegressor, Network
from chainrule.network import Inputs
from chainrule.network._team import Team
from chainrule.training import Problem, Rules, TrainingState, learn

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 2))
Y = (X[:, 0] * X[:, 1])[:, None]
MINIBATCHES = pytest.mark.parametrize(
    "solver", [Adam(0.01), SGD(0.05), SGD(0.3, "invscaling")], ids=["adam", "sgd", "invscaling"]
)


def problem(net):
    return Problem(net, Inputs.of(X, net.dtype), Y, np.empty(0), np.arange(60), "half_squared_error")


def small():
    return Network((2, 6, 1), random_state=0)


@MINIBATCHES
def test_learning_goes_on_where_it_was_left(solver):
    whole, parts = small(), small()
    at_once, stepwise = TrainingState(), TrainingState()
    stream = np.random.RandomState(0)
    rules = {"batch_size": 7, "tol": 0.0, "shuffle": False}
    learn(problem(whole), solver, Rules(max_iter=6, **rules), at_once, stream)
    for _ in range(3):
        learn(problem(parts), solver, Rules(max_iter=2, **rules), stepwise, stream)
        stepwise = pickle.loads(pickle.dumps(stepwise))
    assert parts == whole
    assert stepwise.n_iter == 2 and at_once.n_iter == 6
    assert stepwise.samples_seen == at_once.samples_seen == 360
    np.testing.assert_array_equal(stepwise.moments, at_once.moments)
    np.testing.assert_array_equal(stepwise.settings, at_once.settings)
    np.testing.assert_array_equal(stepwise.history().loss, at_once.history().loss)
    assert len(stepwise.history()) == 6


def test_the_kept_state_is_arrays_and_plain_values():
    state = TrainingState()
    learn(problem(small()), SGD(), Rules(max_iter=2), state, np.random.RandomState(0))
    kept = state.__getstate__()
    assert [column.shape for column in kept["epochs"]] == [
        (2,),
        (1,),
        (1,),
        (2,),
        *[(1,)] * 4,
    ]  # one rate, no more
    assert {column.dtype for column in kept.pop("epochs")} == {np.dtype(np.float64)}
    assert {type(value) for value in kept.values()} <= {
        SGD, np.ndarray, int, float, bool, str, type(None),
    }  # fmt: skip


def test_nothing_learnt_yet():
    state = pickle.loads(pickle.dumps(TrainingState()))
    assert len(state.history()) == 0
    assert state.epochs == []


def test_lbfgs_keeps_the_words_of_its_driver():
    state = TrainingState()
    learn(problem(small()), LBFGS(), Rules(max_iter=3, tol=0), state, np.random.RandomState(0))
    assert "ITERATIONS" in state.message.upper()
    assert state.n_iter == len(state.epochs) == 3
    assert state.best_loss == state.epochs[-1].loss


def test_only_the_rows_named_are_learnt_from():
    spoilt = X.copy()
    spoilt[30:] = np.nan
    for solver in (Adam(), LBFGS()):
        nets = [small(), small()]
        for net, rows in zip(nets, (spoilt, X), strict=True):
            half = Problem(
                net, Inputs.of(rows, net.dtype), Y, np.empty(0), np.arange(30), "half_squared_error"
            )
            learn(half, solver, Rules(max_iter=3, batch_size=7), TrainingState(), np.random.RandomState(0))
        assert nets[0] == nets[1]


def test_value_and_gradient_of_a_problem():
    net, team = small(), Team(1)
    plain = problem(net)
    value, gradient = plain.value_and_gradient(team)
    assert value == pytest.approx(net.error(X, Y, "half_squared_error"), rel=1e-14)
    np.testing.assert_allclose(gradient, net.gradient(X, Y, "half_squared_error"), rtol=1e-13)
    penalised = Problem(
        net, Inputs.of(X, net.dtype), Y, np.empty(0), np.arange(60), "half_squared_error", alpha=3.0
    )
    W = np.where(np.arange(net.n_parameters) < net.layout.n_weights, net.parameters, 0)
    assert penalised.value_and_gradient(team)[0] == pytest.approx(value + 1.5 * W @ W / 60, rel=1e-13)
    np.testing.assert_allclose(penalised.value_and_gradient(team)[1], gradient + 3 * W / 60, rtol=1e-12)


def test_memory_of_another_size_is_refused_before_a_kernel_sees_it():
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=1).partial_fit(np.ones((5, 2)), np.arange(5.0))
    model._state.moments = model._state.moments[:3]
    with pytest.raises(ValueError, match=r"3 moments; a network of 17 parameters takes 7 and 34"):
        model.partial_fit(np.ones((5, 2)), np.arange(5.0))
