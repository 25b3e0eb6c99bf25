"""Report of a fit: verdict beside simple guesses, leaks, overfitting, cut short."""

import numpy as np
import pandas as pd
import pytest

from chainrule import TableClassifier, TableRegressor
from chainrule.tables import TableWarning
from chainrule.tables.ensemble import Scores

RANDOM = np.random.default_rng(0)
N = 400
X = pd.DataFrame(RANDOM.normal(size=(N, 3)), columns=["a", "b", "c"])
QUICK = {"n_members": 8, "n_steps": 400, "random_state": 0, "kinds": "stored"}


def test_scores():
    found = Scores.of_numbers(np.array([0.0, 2.0]), np.array([0.0, 1.0]))
    assert (found.error, found.share, found.n_rows) == (np.sqrt(0.5), 0.5, 2)
    found = Scores.of_classes(np.array([0, 1]), np.array([[0.8, 0.2], [0.9, 0.1]]))
    assert found.error == pytest.approx(-np.mean(np.log([0.8, 0.1]))) and found.share == 0.5


def test_better_than_a_line():
    report = TableRegressor(**QUICK).fit(X, np.abs(X["a"])).report_
    assert report.model.share > 0.8 and report.model.n_rows == N
    assert "R² 0." in report.verdict and "less than that of ridge regression" in report.verdict
    assert report.constant.share == pytest.approx(0, abs=1e-6) and report.linear.share < 0.2
    assert str(report).startswith(report.verdict)


def test_worse_than_a_line_is_said_first():
    y = 10 * X.sum(axis=1) + 0.01 * RANDOM.normal(size=N)
    report = TableRegressor(**QUICK | {"n_steps": 60}).fit(X, y).report_
    assert report.verdict.startswith("Worse than ridge regression by")


@pytest.mark.parametrize("classes", [2, 3])
def test_columns_that_say_nothing(classes):
    y = RANDOM.integers(0, classes, N)
    report = TableClassifier(**QUICK).fit(X, y).report_
    assert report.model.error > report.constant.error - 0.02
    assert "logistic regression" in report.verdict or "No better than the constant guess" in report.verdict


def test_a_leak_is_pointed_out():
    y = RANDOM.lognormal(size=N)
    found = TableRegressor(**QUICK).fit(X.assign(copy=2 * y + 1), y).report_.notices
    assert found[0].startswith("Column 'copy' alone predicts nearly everything")
    labels = np.where(y > 1, "dear", "cheap")
    found = TableClassifier(**QUICK).fit(X.assign(copy=np.where(y > 1, "D", "C")), labels).report_.notices
    assert any("'copy' alone" in each for each in found)
    assert not any("alone" in each for each in TableRegressor(**QUICK).fit(X, y).report_.notices)


def test_overfitted_and_still_falling():
    wide = pd.DataFrame(RANDOM.normal(size=(60, 30))).add_prefix("x")
    found = TableRegressor(**QUICK).fit(wide, wide.sum(axis=1)).report_
    assert any(each.startswith("Overfitted") for each in found.notices)
    slow = TableRegressor(**QUICK | {"learning_rate_init": 1e-4}).fit(X, 10 * X["a"]).report_
    assert any("still falling" in each for each in slow.notices)
    done = TableRegressor(**QUICK).fit(X, X["a"] + RANDOM.normal(size=N)).report_
    assert not any("still falling" in each for each in done.notices)


def test_a_fit_cut_short_says_so():
    with pytest.warns(TableWarning):
        report = TableRegressor(time_limit=1e-6, kinds="stored", random_state=0).fit(X, X["a"]).report_
    assert report.stopped.startswith("time_limit=1e-06") and report.stopped in str(report)


@pytest.mark.parametrize("effort", ["fast", "default"])
def test_a_line_is_compared_with_whatever_the_effort(effort):
    y = X["a"] + RANDOM.normal(size=N) > 0
    settings = {"effort": effort, "n_steps": 100, "random_state": 0, "kinds": "stored"}
    report = TableClassifier(**settings).fit(X, y).report_
    assert "logistic regression" in report.verdict and report.linear.n_rows == report.model_there.n_rows > 20
    assert "ridge regression" in TableRegressor(**settings).fit(X, 1.0 * y).report_.verdict
