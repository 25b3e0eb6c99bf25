"""Ctrl-C in the midst of an epoch: what is kept of it."""

import sys
import warnings

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import chainrule
from chainrule import kernels
from chainrule.kernels.learning.updates import STEPS
from interrupting import Pressed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")

CASES = {
    "adam": ("MLPClassifier", {"batch_size": 1}),
    "sgd": ("MLPRegressor", {"solver": "sgd", "batch_size": 3}),
    "early stopping": ("MLPClassifier", {"batch_size": 2, "early_stopping": True}),
    "lbfgs": ("MLPRegressor", {"solver": "lbfgs"}),
}
ROWS = 2000
X = np.random.RandomState(0).normal(size=(ROWS, 20))
Y = (X[:, 0] > 0).astype(float)


class Report:
    """A fit to a few rows, then one to all that is interrupted in the fourth call of its kernel."""

    def __init__(self, case, monkeypatch):
        kind, parameters = CASES[case]
        shared = dict(hidden_layer_sizes=(30, 30), max_iter=4, random_state=0, warm_start=True, shuffle=False)
        self.model = getattr(chainrule, kind)(**shared | parameters)
        self.fit(300)
        self.before, self.epochs_before = self.model.network_.copy(), len(self.model.history_)
        name = "accumulate" if case == "lbfgs" else "epoch"
        call = 1 if case == "lbfgs" else 4
        self.kernel = Pressed(name, call)
        with monkeypatch.context() as patch, threadpool_limits(1):
            patch.setattr(kernels, name, self.kernel)
            self.heard = self.fit(ROWS)
        assert self.kernel.calls == call
        self.learnt, self.history = self.model.network_.copy(), self.model.history_

    def fit(self, n):
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            self.model.fit(X[:n], Y[:n])
        return [str(each.message) for each in heard]


@pytest.mark.parametrize("case", CASES)
def test_a_signal_ends_the_fit_when_the_kernel_returns(case, monkeypatch):
    report = Report(case, monkeypatch)
    assert report.heard == ["Training interrupted by user."]
    assert report.history.stop_reason == "interrupted"
    assert len(report.history) == report.epochs_before
    assert np.isfinite(report.model.predict(X[:9])).all()
    # Steps are kept, unless the best weights are or the last point that was accepted.
    assert (report.learnt == report.before) == (case in ("early stopping", "lbfgs"))


def test_the_last_step_is_a_whole_one(monkeypatch):
    """Learning from as many rows as there were steps gives the same network."""
    report = Report("adam", monkeypatch)
    steps = int(report.model._state.settings[STEPS])
    assert 4 <= steps < ROWS
    report.model.network_.parameters = report.before.parameters
    report.model.set_params(max_iter=1)
    report.fit(steps)
    assert report.model.history_.stop_reason == "max_iter"
    assert report.model.network_ == report.learnt
