"""Ctrl-C while members learn: what had ended is a model, or else what there is."""

import itertools
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from chainrule import TableRegressor
from chainrule.tables import TableWarning
from chainrule.tables.ensemble import _members
from chainrule.training import learn
from chainrule.training.solvers import _minibatches

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(400, 3))
Y = X[:, 0] ** 2

pytestmark = pytest.mark.filterwarnings("ignore:Training interrupted by user")


def wait_until_told(rules):
    """Wait, in a thread of a member whose fit keeps a checkpoint, until it is told of Ctrl-C."""
    while threading.current_thread() is not threading.main_thread() and not rules.record.stopped:
        time.sleep(0.001)


def press(monkeypatch, call, epoch):
    """Send the signal in an epoch of the learning that is called so manieth; no member gets beyond it."""
    calls = itertools.count(1)

    def watched(problem, solver, rules, state, random):
        number = next(calls)

        def press_now(report):
            if report.epoch == epoch:
                if number == call:
                    os.kill(os.getpid(), signal.SIGINT)
                wait_until_told(rules)

        learn(problem, solver, rules.watched_by(press_now), state, random)

    monkeypatch.setattr(_members, "learn", watched)


def test_members_that_had_ended_are_the_model(monkeypatch):
    press(monkeypatch, call=3, epoch=2)
    model = TableRegressor(n_members=6, n_steps=200, n_jobs=1, random_state=0)
    with pytest.warns(TableWarning, match="2 of 6 members, which had learned to the end"):
        model.fit(X, Y)
    assert len(model.members_) == 2 and model.stop_reason_ == "interrupted"
    whole = TableRegressor(n_members=6, n_steps=200, n_jobs=1, random_state=0)
    monkeypatch.undo()
    whole.fit(X, Y)
    for mine, theirs in zip(model.networks_, whole.networks_[:2], strict=True):
        np.testing.assert_array_equal(mine.parameters, theirs.parameters)


@pytest.mark.parametrize("jobs", [1, 2])
def test_where_none_had_ended_the_model_is_what_there_is(monkeypatch, jobs, tmp_path):
    press(monkeypatch, call=1, epoch=3)
    model = TableRegressor(n_members=4, n_steps=20_000, n_iter_no_change=10_000, n_jobs=jobs, random_state=0)
    with pytest.warns(TableWarning, match=r"interrupted: the model has \d of 4 members, as they stood"):
        model.fit(X, Y, checkpoint=tmp_path / "run.ckpt")
    assert 1 <= len(model.members_) <= 2 and np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("known", [True, False])
def test_a_member_that_has_begun_is_kept_however_early_the_signal_comes(monkeypatch, known, tmp_path):
    """It may come in the very call that hands the member to a thread, and before the pool knows of that."""
    begun = threading.Event()

    def watched(problem, solver, rules, state, random):
        def epoch_is_over(report):
            begun.set()
            wait_until_told(rules)

        learn(problem, solver, rules.watched_by(epoch_is_over), state, random)

    class Pool(ThreadPoolExecutor):
        def submit(self, *arguments):
            if known:
                super().submit(*arguments)
            else:
                threading.Thread(target=arguments[0], args=arguments[1:]).start()
            begun.wait()
            raise KeyboardInterrupt

    monkeypatch.setattr(_members, "learn", watched)
    monkeypatch.setattr(_members, "ThreadPoolExecutor", Pool)
    model = TableRegressor(n_members=4, n_steps=20_000, n_iter_no_change=10_000, n_jobs=2, random_state=0)
    with pytest.warns(TableWarning, match="interrupted: the model has 1 of 4 members, as they stood"):
        model.fit(X, Y, checkpoint=tmp_path / "run.ckpt")


def test_before_the_first_epoch_there_is_no_model(monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_minibatches, "_epoch", pressed)
    model = TableRegressor(n_members=2, n_jobs=1, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert not hasattr(model, "members_")
