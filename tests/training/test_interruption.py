"""Ctrl-C, and learning that leaves the finite numbers."""

import sys
import warnings

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule import LBFGS, SGD, Adam, Network, kernels, train
from chainrule.training import Problem
from chainrule.training.solvers import _minibatches
from interrupting import Pressed

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 2))
y = X[:, 0] * X[:, 1]
HALF = {"loss": "half_squared_error"}
SOLVERS = pytest.mark.parametrize("solver", [Adam(0.01), SGD(0.05), LBFGS()], ids=["adam", "sgd", "lbfgs"])
MINIBATCHES = pytest.mark.parametrize("solver", [Adam(0.01), SGD(0.05)], ids=["adam", "sgd"])


def small(dtype=np.float64):
    return Network((2, 6, 1), dtype=dtype, random_state=0)


def interrupt_after(epochs):
    def hook(report):
        if report.epoch == epochs:
            raise KeyboardInterrupt

    return hook


@SOLVERS
def test_an_interruption_warns_and_keeps_what_was_learnt(solver):
    net, twin = small(), small()
    with pytest.warns(UserWarning, match="Training interrupted by user") as caught:
        history = train(
            net, X, y, solver=solver, random_state=0, tol=0, on_epoch=[interrupt_after(3)], **HALF
        )
    assert caught[0].filename == __file__  # it points at the caller's line
    assert history.stop_reason == "interrupted"
    assert len(history) == 3
    train(twin, X, y, solver=solver, random_state=0, tol=0, max_iter=3, **HALF)
    np.testing.assert_allclose(net.parameters, twin.parameters, rtol=1e-12)


def test_an_interrupted_line_search_leaves_the_last_point_accepted(monkeypatch):
    net, accepted, calls = small(), [], []
    ask = Problem.value_and_gradient

    def ask_and_be_interrupted(problem, team):
        calls.append(1)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return ask(problem, team)

    monkeypatch.setattr(Problem, "value_and_gradient", ask_and_be_interrupted)
    with pytest.warns(UserWarning, match="interrupted"):
        train(
            net, X, y, solver=LBFGS(), tol=0,
            on_epoch=[lambda report: accepted.append(net.parameters.copy())], **HALF,
        )  # fmt: skip
    np.testing.assert_array_equal(net.parameters, accepted[-1])


@MINIBATCHES
def test_an_interruption_keeps_the_best_that_validation_saw(solver):
    net, held_out = small(), (X[40:], y[40:])
    with pytest.warns(UserWarning, match="interrupted"):
        history = train(
            net, X[:40], y[:40], solver=solver, validation=held_out, tol=0, batch_size=5,
            on_epoch=[interrupt_after(12)], **HALF,
        )  # fmt: skip
    assert net.error(*held_out, **HALF) == -history.validation_score.max()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("solver", [Adam(1e-4), SGD(1e-4), LBFGS()], ids=["adam", "sgd", "lbfgs"])
def test_a_signal_is_heard_inside_an_epoch(solver, monkeypatch):
    """When the kernel in which it comes returns: the first calls have 21 of 20 000 batches at most."""
    net = Network((16, 64, 64, 1), random_state=0)
    rows, before = np.random.default_rng(0).normal(size=(20_000, 16)), net.parameters.copy()
    name = "accumulate" if isinstance(solver, LBFGS) else "epoch"
    kernel = Pressed(name, call=3)
    monkeypatch.setattr(kernels, name, kernel)
    with threadpool_limits(1), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = train(net, rows, rows[:, 0], solver=solver, batch_size=1, tol=0, max_iter=2, **HALF)
    assert kernel.calls == 3
    assert [str(warning.message) for warning in caught] == ["Training interrupted by user."]
    assert (history.stop_reason, len(history)) == ("interrupted", 0)
    assert np.isfinite(net.parameters).all()
    assert np.array_equal(net.parameters, before) == isinstance(solver, LBFGS)


@pytest.mark.parametrize(
    ("batches", "seconds", "following"),
    [(1, 1e-6, 4), (100, 1e-6, 400), (100, 0.1, 50), (100, 10.0, 1), (1, 10.0, 1), (64, 0.0, 256)],
)
def test_a_call_takes_some_50_ms_and_grows_by_four_at_most(batches, seconds, following):
    epochs = _minibatches._Epochs(*[None] * 14, batch_size=1)
    epochs._adapt(batches, seconds)
    assert epochs.slice_length == following


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("solver", [Adam(1e300), SGD(1e3)], ids=["adam", "sgd"])
def test_diverging_says_what_to_change(solver, dtype):
    with pytest.raises(ValueError) as raised:
        train(
            Network((2, 6, 1), "relu", dtype=dtype, random_state=0), 100 * X, y,
            solver=solver, random_state=0, **HALF,
        )  # fmt: skip
    message = str(raised.value)
    for words in ("non-finite", "Scale the inputs", "learning_rate_init", f"{solver.learning_rate_init:g}"):
        assert words in message


def test_where_the_error_overflows_lbfgs_leaves_the_network_as_it_was():
    net = small()
    history = train(net, X, 1e200 * y, solver=LBFGS(), **HALF)
    assert net == small()
    assert history.stop_reason == "no improvement"
    assert len(history) == 0


@MINIBATCHES
def test_diverging_after_a_best_score_keeps_it(solver):
    net = Network((2, 6, 1), "relu", random_state=0)

    def ruin(report):
        if report.epoch == 4:
            net.parameters[:] = 1e200

    history = train(
        net, X[:40], y[:40], solver=solver, validation=(X[40:], y[40:]), on_epoch=[ruin], tol=0,
        random_state=0, **HALF,
    )  # fmt: skip
    assert history.stop_reason == "diverged"
    assert len(history) == 4
    assert net.error(X[40:], y[40:], **HALF) == history.validation_score.max() * -1


@MINIBATCHES
def test_large_numbers_that_stay_finite_are_no_error(solver):
    history = train(small(), 100 * X, y, solver=solver, max_iter=5, random_state=0, **HALF)
    assert np.isfinite(history.loss).all()
