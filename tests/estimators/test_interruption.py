"""Ctrl-C in the middle of an epoch of ten seconds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")

# Fits one model after another, in epochs of ten seconds, each going on from a fit to a few rows that tells
# how many rows that takes. Half a second into the first epoch comes a signal. Prints a line for each.
FIT = """
import json, os, signal, sys, threading, time, warnings
import numpy as np
import chainrule
from chainrule.kernels.updates import STEPS

def interrupted(parent):
    class Interrupted(parent):
        def _rules(self, *arguments):
            if len(arguments[0].rows) > 1000:
                threading.Timer(0.5, self.interrupt).start()
            return super()._rules(*arguments)

        def interrupt(self):
            self.sent = time.perf_counter()
            os.kill(os.getpid(), signal.SIGINT)

    return Interrupted

def report(kind, parameters):
    shared = dict(hidden_layer_sizes=(500, 500), max_iter=4, random_state=0, warm_start=True, shuffle=False)
    model = interrupted(getattr(chainrule, kind))(**shared | parameters)
    X = np.random.RandomState(0).normal(size=(300, 50))
    y = (X[:, 0] > 0).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    before, n_epochs = model.network_.copy(), len(model.history_)
    seconds = model.history_.seconds.min()
    if model.solver == "lbfgs":  # of an iteration, the passes over the rows
        moments = [time.perf_counter()]
        for _ in range(4):
            model.network_.gradient(X, y, loss="half_squared_error")
            moments.append(time.perf_counter())
        seconds = np.diff(moments).min()
    n = int(300 * 10 / seconds)
    X, y = np.resize(X, (n, 50)), np.resize(y, n)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        model.fit(X, y)
    seconds = time.perf_counter() - model.sent
    steps = int(model._state.settings[STEPS]) if model.solver == "adam" else 0
    learnt, stop_reason = model.network_.copy(), model.history_.stop_reason
    more_epochs, finite = len(model.history_) - n_epochs, bool(np.isfinite(model.predict(X[:9])).all())
    if steps and not model.early_stopping:
        model.network_.parameters = before.parameters
        warnings.simplefilter("ignore")
        model.set_params(max_iter=1).fit(X[:steps], y[:steps])
    return dict(
        seconds=seconds, rows=n, heard=[str(each.message) for each in heard], stop_reason=stop_reason,
        more_epochs=more_epochs, finite=finite, unchanged=learnt == before, steps=steps,
        as_many_steps=learnt == model.network_,
    )

for kind, parameters in json.loads(sys.argv[1]):
    print(json.dumps(report(kind, parameters)))
"""

CASES = {
    "adam": ("MLPClassifier", {"batch_size": 1}),
    "sgd": ("MLPRegressor", {"solver": "sgd", "batch_size": 3}),
    "early stopping": ("MLPClassifier", {"batch_size": 2, "early_stopping": True}),
    "lbfgs": ("MLPRegressor", {"solver": "lbfgs"}),
}


@pytest.fixture(scope="module")
def reports():
    environment = os.environ | {"PYTHONPATH": str(Path(chainrule.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", FIT, json.dumps(list(CASES.values()))],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(CASES, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_a_signal_ends_the_fit_at_once(reports, case):
    report = reports[case]
    assert report["seconds"] < 2.0  # 0.05 on a machine that has nothing else to do
    assert report["heard"] == ["Training interrupted by user."]
    assert report["stop_reason"] == "interrupted"
    assert report["more_epochs"] == 0
    assert report["finite"]


@pytest.mark.parametrize("case", ["adam", "sgd"])
def test_what_whole_steps_have_learnt_is_kept(reports, case):
    assert not reports[case]["unchanged"]


def test_the_last_step_is_a_whole_one(reports):
    """Learning from as many rows as there were steps gives the same network."""
    assert 0 < reports["adam"]["steps"] < reports["adam"]["rows"]
    assert reports["adam"]["as_many_steps"]


def test_the_best_weights_are_kept_with_early_stopping(reports):
    assert reports["early stopping"]["unchanged"]


def test_lbfgs_keeps_the_last_point_it_accepted(reports):
    assert reports["lbfgs"]["unchanged"]
