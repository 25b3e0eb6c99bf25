"""Quantiles: learnt by every solver that can, and judged against scikit-learn's QuantileRegressor."""

import numpy as np
import pytest
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import d2_pinball_score, mean_pinball_loss

from chainrule import LevenbergMarquardt, MLPRegressor, Network, train

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (600, 2))
# The noise grows with the first column: the lines of two quantiles have different slopes.
Y = 3 * X[:, 0] - 2 * X[:, 1] + (0.5 + 0.4 * X[:, 0]) * RNG.normal(size=600)
WEIGHTS = RNG.integers(1, 4, 600).astype(float)


def linear(quantile, **settings):
    """A line, learnt to the end: the rate falls to nearly 0."""
    settings = {
        "alpha": 0.0, "max_iter": 600, "tol": 0.0, "n_iter_no_change": np.inf, "random_state": 0,
        "learning_rate_init": 0.05, "schedule": "cosine", "batch_size": 100,
    } | settings  # fmt: skip
    return MLPRegressor("quantile", (), quantile=quantile, **settings)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighed"])
@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_a_linear_model_is_scikit_learns(level, weights):
    model = linear(level).fit(X, Y, weights)
    best = QuantileRegressor(quantile=level, alpha=0).fit(X, Y, weights)
    least = mean_pinball_loss(Y, best.predict(X), alpha=level, sample_weight=weights)
    found = mean_pinball_loss(Y, model.predict(X), alpha=level, sample_weight=weights)
    assert least <= found < 1.001 * least
    np.testing.assert_allclose(model.coefs_[0].ravel(), best.coef_, atol=0.05)
    assert np.average(Y < model.predict(X), weights=weights) == pytest.approx(level, abs=0.015)


def test_sgd_finds_it_too():
    model = linear(0.8, solver="sgd").fit(X, Y)
    best = QuantileRegressor(quantile=0.8, alpha=0).fit(X, Y)
    least = mean_pinball_loss(Y, best.predict(X), alpha=0.8)
    assert mean_pinball_loss(Y, model.predict(X), alpha=0.8) < 1.001 * least


def test_lbfgs_comes_near():
    """Its line search wants a smooth loss; it stops where that has a kink."""
    model = linear(0.8, solver="lbfgs", schedule=None, tol=1e-8).fit(X, Y)
    best = QuantileRegressor(quantile=0.8, alpha=0).fit(X, Y)
    least = mean_pinball_loss(Y, best.predict(X), alpha=0.8)
    assert mean_pinball_loss(Y, model.predict(X), alpha=0.8) < 1.02 * least


def test_several_are_outputs_side_by_side():
    model = linear([0.1, 0.5, 0.9]).fit(X, Y)
    assert model.predict(X).shape == (600, 3)
    assert model.network_.layer_sizes == (2, 3)
    for column, level in zip(model.predict(X).T, (0.1, 0.5, 0.9), strict=True):
        least = mean_pinball_loss(
            Y, QuantileRegressor(quantile=level, alpha=0).fit(X, Y).predict(X), alpha=level
        )
        assert mean_pinball_loss(Y, column, alpha=level) < 1.001 * least
    assert model.jacobian(X[:4]).shape == (4, 3, 2)
    assert model.sensitivities(X).outputs == ("0.1-quantile of y", "0.5-quantile of y", "0.9-quantile of y")


def test_a_curve_between_two_quantiles_covers_its_share():
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, (3000, 1))
    y = np.sin(2 * x[:, 0]) + (0.2 + 0.2 * np.abs(x[:, 0])) * rng.normal(size=3000)
    model = MLPRegressor(
        "quantile", (20,), activation="tanh", quantile=[0.05, 0.95], learning_rate_init=0.02,
        schedule="cosine", max_iter=150, tol=0.0, random_state=0,
    ).fit(x[:2000], y[:2000])  # fmt: skip
    low, high = model.predict(x[2000:]).T
    assert np.mean((low <= y[2000:]) & (y[2000:] < high)) == pytest.approx(0.9, abs=0.03)
    width, inner = high - low, np.abs(x[2000:, 0]) < 0.5
    assert width[inner].mean() < 0.75 * width[~inner].mean()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("quantile", [0.3, [0.2, 0.6]])
def test_the_loss_reported_is_the_pinball_loss(quantile, dtype):
    rows = X.astype(dtype)
    model = linear(quantile, solver="lbfgs", schedule=None, max_iter=5).fit(rows, Y)
    outputs = model.predict(rows).reshape(len(Y), -1)
    levels = np.atleast_1d(quantile)
    by_hand = sum(mean_pinball_loss(Y, F, alpha=level) for F, level in zip(outputs.T, levels, strict=True))
    assert model.loss_ == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighed"])
def test_the_score_is_the_share_of_the_loss_explained(weights):
    one, two = linear(0.9, max_iter=20).fit(X, Y), linear([0.2, 0.9], max_iter=20).fit(X, Y)
    assert one.score(X, Y, weights) == pytest.approx(
        d2_pinball_score(Y, one.predict(X), alpha=0.9, sample_weight=weights)
    )
    shares = [
        d2_pinball_score(Y, F, alpha=level, sample_weight=weights)
        for F, level in zip(two.predict(X).T, (0.2, 0.9), strict=True)
    ]
    assert two.score(X, Y, weights) == pytest.approx(np.mean(shares))


def test_early_stopping_goes_by_that_score():
    model = linear([0.2, 0.9], max_iter=30).fit(X[:400], Y[:400], validation_data=(X[400:], Y[400:]))
    assert model.best_validation_score_ == pytest.approx(model.score(X[400:], Y[400:]))
    drawn = linear(0.9, max_iter=30, early_stopping=True).fit(X, Y)
    assert 0 < drawn.best_validation_score_ < 1


def test_several_outputs_have_one_level():
    model = linear(0.9).fit(X, np.c_[Y, -Y])
    assert np.mean(np.c_[Y, -Y] < model.predict(X), axis=0) == pytest.approx([0.9, 0.9], abs=0.02)
    assert model.score(X, np.c_[Y, -Y]) > 0.5


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_a_high_quantile_is_no_poor_fit():
    """Its R² is far below 0: that is not what it is judged by."""
    rng = np.random.default_rng(0)
    y = 4 * X[:, 0] + 3 * rng.exponential(size=600)
    model = MLPRegressor("quantile", (), quantile=0.95, learning_rate_init=0.05, random_state=0, tol=1e-3)
    model.fit(X, y)
    assert 1 - np.mean((y - model.predict(X)) ** 2) / np.var(y) < 0 < model.score(X, y)


def test_a_fit_no_better_than_a_constant_says_so():
    model = MLPRegressor("quantile", (3,), quantile=0.9, learning_rate_init=1e-7, max_iter=12, random_state=0)
    with pytest.warns(
        UserWarning, match="the share of the pinball loss explained is .*no better than a const"
    ):
        model.fit(X, Y)


def test_parts_of_the_rows():
    model = linear([0.1, 0.9], schedule=None)
    for _ in range(3):
        model.partial_fit(X, Y)
    assert model.predict(X).shape == (600, 2)


@pytest.mark.parametrize("solver", ["lm", LevenbergMarquardt()], ids=["name", "object"])
@pytest.mark.parametrize("more", [{}, {"n_restarts": 2}], ids=["one", "several"])
def test_levenberg_marquardt_has_nothing_to_go_by(solver, more):
    model = MLPRegressor("quantile", (3,), solver=solver, **more)
    with pytest.raises(
        ValueError, match=r"come from the curvature of the loss, and loss='quantile\(0.5\)' has none"
    ):
        model.fit(X, Y)


def test_nor_has_it_of_a_network():
    net = Network((2, 3, 1), random_state=0)
    with pytest.raises(ValueError, match=r"loss='quantile' has none: take 'adam', 'sgd' or 'lbfgs'"):
        train(net, X, Y, loss="quantile", solver=LevenbergMarquardt())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"quantile": 0}, "quantile"),
        ({"quantile": 1.0}, "quantile"),
        ({"quantile": np.nan}, "quantile"),
        (
            {"quantile": [0.1, 1.5]},
            r"quantile must be a number between 0 and 1, or a list of these, got \[0.1, 1.5",
        ),
        ({"quantile": []}, r"quantile must be a number between 0 and 1, or a list of these, got \[\]"),
        ({"quantile": [[0.5]]}, "quantile must be a number between 0 and 1, or a list"),
        ({"quantile": [0.5, 0.5]}, r"quantile=\[0.5, 0.5\] has a number twice"),
        ({"quantile": "half"}, "quantile"),
        ({"quantile": ["a"]}, "quantile must be a number between 0 and 1, or a list"),
        ({"quantile": 0.9, "loss": "huber"}, "quantile=0.9 goes with loss='quantile', not with loss='huber'"),
        ({"quantile": [0.1, 0.9], "loss": "squared_error"}, "goes with loss='quantile', not with"),
    ],
)
def test_quantiles_that_are_none(settings, words):
    with pytest.raises(ValueError, match=words):
        MLPRegressor(**{"loss": "quantile"} | settings).fit(X, Y)


def test_several_levels_are_of_one_target():
    with pytest.raises(ValueError, match=r"quantile=\[0.1, 0.9\] is for one target, y has 2 outputs"):
        linear([0.1, 0.9]).fit(X, np.c_[Y, Y])


def test_another_count_of_levels_is_another_network():
    model = linear([0.1, 0.9], warm_start=True, max_iter=2).fit(X, Y)
    with pytest.raises(ValueError, match="y has 3 outputs, the fitted network has 2"):
        model.set_params(quantile=[0.1, 0.5, 0.9]).fit(X, Y)


@pytest.mark.parametrize(
    ("loss", "outputs", "words"),
    [
        ("quantile(0.1, 0.9)", 3, "has a level for each output; the network has 3"),
        ("quantile(1.5)", 1, "is not between 0 and 1"),
        ("quantile(x)", 1, r"loss 'quantile\(x\)'"),
        ("quantile(0.5, )", 1, r"loss 'quantile\(0.5, \)'"),
        ("quantiles", 1, "which takes sum_squared_error, half_squared_error, huber, quantile"),
    ],
)
def test_a_network_s_loss_that_is_none(loss, outputs, words):
    net = Network((2, outputs), random_state=0)
    with pytest.raises(ValueError, match=words):
        net.error(X, np.zeros((len(X), outputs)), loss)
