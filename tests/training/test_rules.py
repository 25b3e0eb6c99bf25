"""When learning stops, what hooks hear, and what validation keeps."""

from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from chainrule import LBFGS, SGD, Adam, EpochReport, Network, train
from chainrule.training import Rules, TrainingState
from chainrule.training._state import EpochRow

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (60, 2))
y = X[:, 0] * X[:, 1]
HALF = {"loss": "half_squared_error"}
SOLVERS = pytest.mark.parametrize("solver", [Adam(0.01), SGD(0.05), LBFGS()], ids=["adam", "sgd", "lbfgs"])
MINIBATCHES = pytest.mark.parametrize("solver", [Adam(0.01), SGD(0.05)], ids=["adam", "sgd"])


def small(seed=0):
    return Network((2, 6, 1), random_state=seed)


# ---- stopping


@pytest.mark.parametrize("patience", [1, 3, 10])
def test_out_of_patience(patience):
    still = SGD(1e-300)  # the first epoch betters infinity, no other betters anything
    history = train(small(), X, y, solver=still, n_iter_no_change=patience, **HALF)
    assert len(history) == patience + 2
    assert history.stop_reason == "no improvement"


def test_infinite_patience():
    history = train(small(), X, y, solver=SGD(1e-300), n_iter_no_change=np.inf, max_iter=50, **HALF)
    assert len(history) == 50
    assert history.stop_reason == "max_iter"


def test_less_than_tol_is_no_improvement():
    strict = train(small(), X, y, tol=10.0, n_iter_no_change=2, random_state=0, **HALF)
    assert len(strict) == 4
    lenient = train(small(), X, y, tol=0.0, n_iter_no_change=2, max_iter=20, random_state=0, **HALF)
    assert len(lenient) == 20


def judged(losses, scores=None, tol=0.1):
    """Epochs without improvement after each epoch, and whether its η is the best."""
    rules = Rules(tol=tol, score=None if scores is None else lambda: 0.0)
    state, told = TrainingState(), []
    for loss, score in zip(losses, scores or losses, strict=True):
        state.epochs.append(EpochRow(loss, score, 0.1, 0.0))
        best = rules.judge(state)
        told.append((state.no_improvement, best))
    return told


def test_an_epoch_is_judged_by_its_loss():
    assert judged([1.0, 0.95, 0.88, 0.7, 0.9]) == [
        (0, False), (1, False), (2, False), (0, False), (1, False),
    ]  # fmt: skip


def test_or_by_its_score_where_there_is_one():
    rising = judged([1.0] * 5, scores=[-1.0, -0.95, -0.85, -0.86, -0.1])
    assert rising == [(0, True), (1, True), (0, True), (1, False), (0, True)]


def test_the_message_at_a_halt_names_tol_and_patience():
    assert Rules(tol=0.01, n_iter_no_change=3).halt_message() == (
        "Training loss did not improve more than tol=0.010000 for 3 consecutive epochs."
    )
    assert Rules(score=lambda: 0.0).halt_message().startswith("Validation score did not improve")


def test_lbfgs_stops_where_the_gradient_is_small():
    net = small()
    before = []

    def note(report):
        before.append(np.abs(net.gradient(X, y, **HALF)).max())

    history = train(net, X, y, solver=LBFGS(), tol=0.01, max_iter=1000, on_epoch=[note], **HALF)
    assert history.stop_reason == "converged"
    assert before[-1] <= 0.01 < min(before[:-1])


def test_lbfgs_stops_after_its_evaluations():
    history = train(small(), X, y, solver=LBFGS(max_fun=5), tol=0, **HALF)
    assert history.stop_reason == "max_iter"
    assert len(history) <= 5
    assert train(small(), X, y, solver=LBFGS(), tol=0, max_iter=4, **HALF).stop_reason == "max_iter"


# ---- hooks


@SOLVERS
def test_a_hook_hears_of_every_epoch(solver):
    heard = []
    history = train(small(), X, y, solver=solver, max_iter=5, tol=0, on_epoch=[heard.append], **HALF)
    assert [report.epoch for report in heard] == [1, 2, 3, 4, 5]
    assert {report.max_epochs for report in heard} == {5}
    assert [report.loss for report in heard] == list(history.loss)
    assert [report.seconds for report in heard] == list(history.seconds)
    assert {report.validation_score for report in heard} == {None}
    np.testing.assert_array_equal([report.learning_rate for report in heard], history.learning_rate)
    assert all(report.seconds > 0 for report in heard)


def test_a_report_is_frozen_and_says_what_it_holds():
    assert [field.name for field in fields(EpochReport)] == [
        "epoch", "max_epochs", "loss", "validation_score", "learning_rate", "seconds", "member",
    ]  # fmt: skip
    report = EpochReport(1, 2, 3.0, None, 0.1, 0.5)
    with pytest.raises(FrozenInstanceError):
        report.loss = 0.0


@SOLVERS
def test_a_hook_stops_by_returning_true(solver):
    history = train(small(), X, y, solver=solver, tol=0, on_epoch=[lambda report: report.epoch == 3], **HALF)
    assert len(history) == 3
    assert history.stop_reason == "callback"


@SOLVERS
def test_every_hook_is_called_even_if_one_stops(solver):
    called = []
    hooks = [lambda report: True, lambda report: called.append(report.epoch)]
    train(small(), X, y, solver=solver, tol=0, on_epoch=iter(hooks), **HALF)
    assert called == [1]


@SOLVERS
def test_a_hook_sees_the_network_as_it_stands(solver):
    net, errors = small(), []
    history = train(
        net, X, y, solver=solver, tol=0, max_iter=4, batch_size=60,
        on_epoch=[lambda report: errors.append(net.error(X, y, **HALF))], **HALF,
    )  # fmt: skip
    assert errors[-1] == pytest.approx(net.error(X, y, **HALF), rel=1e-12)
    if solver == LBFGS():
        np.testing.assert_allclose(errors, history.loss, rtol=1e-12)
    else:  # an epoch of one batch reports the error before its step
        np.testing.assert_allclose(errors[:-1], history.loss[1:], rtol=1e-12)


@SOLVERS
def test_an_error_in_a_hook_comes_out(solver):
    def broken(report):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        train(small(), X, y, solver=solver, on_epoch=[broken], **HALF)


# ---- validation


@MINIBATCHES
def test_validation_keeps_the_best(solver):
    net, held_out = small(), (X[40:], y[40:])
    seen = []
    history = train(
        net, X[:40], y[:40], solver=solver, max_iter=40, tol=0, validation=held_out, batch_size=8,
        on_epoch=[lambda report: seen.append((report.validation_score, net.copy()))], **HALF,
    )  # fmt: skip
    assert [score for score, _ in seen] == list(history.validation_score)
    for score, then in seen:
        assert score == -then.error(*held_out, **HALF)
    best = max(range(len(seen)), key=lambda i: seen[i][0])
    assert net == seen[best][1]


def test_validation_decides_when_to_stop():
    nonsense = (X, -y)  # the better it learns, the worse it scores
    net = small()
    options = {"solver": Adam(0.02), "max_iter": 100, "n_iter_no_change": 5, "random_state": 0, **HALF}
    history = train(net, X, y, validation=nonsense, **options)
    assert history.stop_reason == "no improvement"
    assert len(history) < 100
    assert net.error(*nonsense, **HALF) == -history.validation_score.max()
    assert history.loss[-1] < history.loss[0]


def test_validation_rows_are_not_learnt_from():
    nets = [small() for _ in range(2)]
    seen = [[], []]
    for net, held_out, copies in zip(nets, ((X, y), (X, -y)), seen, strict=True):
        keep = [lambda report, net=net, copies=copies: copies.append(net.copy())]
        train(net, X, y, validation=held_out, max_iter=4, random_state=0, on_epoch=keep, **HALF)
    assert seen[0] == seen[1]


def test_without_validation_there_is_no_score():
    assert train(small(), X, y, max_iter=2, **HALF).validation_score is None
