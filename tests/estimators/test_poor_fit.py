"""A fit that ends no better than a constant says so once, with its cause; others say nothing."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from chainrule import SGD, MLPRegressor

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (100, 3))
Y = np.sin(2 * X[:, 0]) + X[:, 1] ** 2 - X[:, 2]


def model(**parameters):
    given = {"hidden_layer_sizes": (8,), "activation": "tanh", "random_state": 0, "max_iter": 50}
    return MLPRegressor(**(given | parameters))


def said(fit):
    """What a fit warns of beside the end of its iterations."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        fit()
    assert all(issubclass(each.category, ConvergenceWarning) for each in heard)
    poor = [each for each in heard if str(each.message).startswith("R²")]
    assert all(each.filename == __file__ for each in poor)
    return [str(each.message) for each in poor]


NOISE = np.random.default_rng(1).normal(size=100)
YEARS = X * [10, 1, 1] + [2000, 0, 0]
LONG = {"n_iter_no_change": 100}
POOR = {
    "target's unit": (
        model(), X, 1e5 * Y,
        r"target y has mean .*e\+04 .*: scale it \(TransformedTargetRegressor\).*solver='lm'",
    ),
    "target's offset": (
        model(solver="sgd", learning_rate_init=1e-5, **LONG), X, Y + 1e3,
        r"R² is -.* target y has mean 1e\+03 and standard deviation",
    ),
    "column's unit": (
        model(solver="lbfgs"), 1e-9 * X[:, :1], Y,
        r"column 0 has mean .*standard deviation 5.*e-10: scale the columns \(StandardScaler\)",
    ),
    "named column": (
        model(), pd.DataFrame(YEARS, columns=["year", "a", "b"]), Y,
        r"column year has mean 2e\+03 and standard deviation 5",
    ),
    "second of two targets": (model(), X, np.column_stack([Y, 1e4 * Y]), "target y1 has mean"),
    "divergence": (
        model(solver=SGD(0.3, momentum=0.9), max_iter=12, **LONG), X, 30 * Y,
        r"diverged, from a loss of .* to .*e\+09; lower learning_rate_init, now 0.3",
    ),
    "too few iterations": (model(learning_rate_init=1e-9, **LONG), X, Y, "to the end: raise max_iter"),
    "alpha": (
        model(solver="lm", alpha=1e9), X, Y, "may say nothing of the target, or alpha or tol is too large",
    ),
    "counts": (
        model(loss="poisson", learning_rate_init=1e-9, **LONG), X, np.round(np.exp(Y)),
        "R² is .*raise max_iter",
    ),
    "validation": (model(early_stopping=True, n_iter_no_change=3), X, 1e5 * Y, "target y has mean"),
}  # fmt: skip


@pytest.mark.parametrize(("estimator", "rows", "y", "words"), POOR.values(), ids=POOR)
def test_a_poor_fit_names_its_cause_once(estimator, rows, y, words):
    with np.errstate(over="ignore", invalid="ignore"):
        (message,) = said(lambda: estimator.fit(rows, y))
    assert estimator.score(rows, y) < 0.05
    assert re.search(words, message), message
    assert "\n" not in message


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_units_that_no_row_reaches_are_named(solver):
    estimator = model(activation="relu", hidden_layer_sizes=(8, 5), warm_start=True, solver=solver)
    estimator.set_params(max_iter=1)
    said(lambda: estimator.fit(X, Y))
    estimator.intercepts_[1] = np.full(5, -1e3)
    (message,) = said(lambda: estimator.set_params(max_iter=20).fit(X, Y))
    assert "no unit of hidden layer 2 reacts to the columns (dead or saturated)" in message


def test_good_fits_and_short_ones_say_nothing():
    assert not said(lambda: model(solver="lm", max_iter=200).fit(X, 1e5 * Y + 1e7))
    assert not said(lambda: model(solver="lbfgs", max_iter=200).fit(X, Y))
    assert not said(lambda: model(max_iter=200, learning_rate_init=0.01).fit(X, Y))
    assert not said(lambda: model(max_iter=9).fit(X, 1e5 * Y))
    assert not said(lambda: model().partial_fit(X, 1e5 * Y))
    assert not said(lambda: model(learning_rate_init=1e-9).fit(X, np.full(100, 3.0)))  # nothing to learn
    assert not said(lambda: model(loss="poisson", learning_rate_init=1e-9).fit(X, np.zeros(100)))


def test_the_penalty_is_not_held_against_a_fit():
    """The loss has the L2 term in it, R² has not."""
    estimator = model(solver="lbfgs", alpha=50.0, max_iter=500, tol=1e-8)
    assert not said(lambda: estimator.fit(X, Y))
    assert 0.01 < estimator.score(X, Y) < 0.5


def test_weights_and_rows_held_back_count():
    weights = np.where(np.arange(100) < 50, 0.0, 1.0)
    y = np.where(np.arange(100) < 50, 1e6 * NOISE, Y)  # rows of no weight are not to be learnt
    assert not said(lambda: model(solver="lm", max_iter=200).fit(X, y, sample_weight=weights))
    assert said(lambda: model(solver="lm", max_iter=200, alpha=1e9).fit(X, Y, sample_weight=weights))
