"""Scaled units: exact to and fro, and Levenberg-Marquardt gives one model whatever the units of the data."""

import warnings
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import LBFGS, LevenbergMarquardt, MLPRegressor, Network, train
from chainrule.network import Inputs
from chainrule.training._scaling import Scaling
from sweeps import crossed, examples

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (80, 3)) * [1e3, 1.0, 1e-3] + [2000.0, 0.5, 0.0]
Y = RNG.normal(size=(80, 2)) * [1e5, 1e-4] + [1e6, 3.0]
WEIGHTS = RNG.uniform(0.1, 2, 80)
EPS = np.finfo(float).eps


def measured(rows=X, targets=Y, weights=WEIGHTS, **how):
    how = {"centre_targets": True, "scale_targets": True, "each_target": True} | how
    return Scaling.of(Inputs.of(rows, rows.dtype), targets, weights, **how)


# ---- what is measured


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_columns_and_targets_get_mean_0_and_variance_1(dtype):
    rows, targets = X.astype(dtype), Y.astype(dtype)
    scaling = measured(rows, targets)
    for scaled in (scaling.inputs(Inputs.of(rows, rows.dtype)).dense, scaling.targets(targets)):
        assert scaled.dtype == np.float64
        np.testing.assert_allclose(np.average(scaled, axis=0, weights=WEIGHTS), 0, atol=1e-12)
        np.testing.assert_allclose(np.average(scaled**2, axis=0, weights=WEIGHTS), 1, rtol=1e-12)


def test_sparse_columns_are_scaled_and_not_centred():
    some = sparse.random_array((80, 5), density=0.3, random_state=0).toarray() * [1e6, 1e-6, 1, 1, 0]
    rows = sparse.csr_array(some)
    scaling = measured(rows)
    np.testing.assert_array_equal(scaling.centre, 0)
    scaled = scaling.inputs(Inputs.of(rows, rows.dtype)).matrix(slice(0, 80)).toarray()
    np.testing.assert_allclose(np.average(scaled**2, axis=0, weights=WEIGHTS), [1, 1, 1, 1, 0], rtol=1e-12)
    np.testing.assert_allclose(scaled * scaling.spread, rows.toarray(), rtol=1e-15)


@pytest.mark.parametrize("value", [0.0, 0.1, -7e8, 1e-200, 3e300])
def test_a_constant_column_or_target_has_the_unit_1(value):
    rows = X.copy()
    rows[:, 1] = value * (1 + EPS * (np.arange(80) % 3))  # but for rounding
    scaling = measured(rows, np.full((80, 1), value))
    assert scaling.spread[1] == scaling.target_spread[0] == 1
    assert np.abs(scaling.inputs(Inputs.of(rows, rows.dtype)).dense[:, 1]).max() <= 4 * EPS * abs(value)
    np.testing.assert_array_equal(scaling.targets(np.full((80, 1), value)), 0)


def test_targets_have_one_unit_where_the_loss_is_to_stay_the_one_named():
    scaling = measured(each_target=False)
    variances = np.average((Y - np.average(Y, axis=0, weights=WEIGHTS)) ** 2, axis=0, weights=WEIGHTS)
    np.testing.assert_allclose(scaling.target_spread, np.sqrt(variances.mean()), rtol=1e-12)
    assert scaling.error_unit == pytest.approx(variances.mean(), rel=1e-12)
    assert measured().error_unit == 1
    assert measured(scale_targets=False).error_unit == 1


decades = st.floats(-12, 12).map(lambda power: 10.0**power)


@given(decades, decades, st.floats(-1e3, 1e3))
def test_scaled_rows_are_the_same_numbers_in_every_unit(of_column, of_target, offset):
    first = RNG.uniform(-1, 1, (80, 3))
    rows, targets = (first + offset) * of_column, Y * of_target
    scaling, right = measured(rows, targets), measured(first, Y)
    np.testing.assert_allclose(
        scaling.inputs(Inputs.of(rows, rows.dtype)).dense,
        right.inputs(Inputs.of(first, first.dtype)).dense,
        rtol=0, atol=100 * EPS * (1 + abs(offset)),
    )  # fmt: skip
    np.testing.assert_allclose(scaling.targets(targets), right.targets(Y), rtol=0, atol=1e-9)


# ---- to and fro


@pytest.mark.parametrize("sizes", [(3, 2), (3, 5, 2), (3, 5, 4, 2)])
@pytest.mark.parametrize("how", [{}, {"each_target": False}, {"scale_targets": False}])
def test_the_network_in_given_units_is_the_scaled_one(sizes, how):
    net, scaling = Network(sizes, random_state=0), measured(**how)
    given_units = net.copy()
    given_units.parameters[:] = scaling.given(net.parameters, net.layout)
    scaled_rows = (X - scaling.centre) / scaling.spread
    expected = net(scaled_rows) * scaling.target_spread + scaling.target_centre
    np.testing.assert_allclose(given_units(X), expected, rtol=1e-12)
    np.testing.assert_allclose(
        scaling.scaled(given_units.parameters, net.layout), net.parameters, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(scaling.network(given_units)(scaled_rows), net(scaled_rows), atol=1e-9)


@pytest.mark.parametrize("sizes", [(3, 2), (3, 4, 2), (3, 4, 3, 2)])
def test_covariances_are_carried_as_by_the_dense_matrix(sizes):
    layout, scaling = Network(sizes).layout, measured()
    P = layout.n_parameters
    offset = scaling.given(np.zeros(P), layout)
    T = np.column_stack([scaling.given(unit, layout) - offset for unit in np.eye(P)])
    root = RNG.normal(size=(P, P))
    expected = T @ (root @ root.T) @ T.T
    carried = scaling.covariance(root @ root.T, layout)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(carried / scale, expected / scale, atol=1e-9)


# ---- one model in every unit

GIVEN = RNG.uniform(-1, 1, (60, 3))


def smooth():
    return np.sin(2 * GIVEN[:, 0]) + GIVEN[:, 1] ** 2 - GIVEN[:, 2]


NOISE = np.random.default_rng(1).normal(size=(60, 2))
PROBLEMS = {
    "smooth": (smooth(), None),
    "noisy": (smooth() + 0.3 * NOISE[:, 0], None),
    "two targets": (
        np.column_stack([smooth(), 7 * GIVEN[:, 1] * GIVEN[:, 0] - 3]) + NOISE * [0.2, 1],
        RNG.uniform(0.1, 2, 60),
    ),
}


def first_column(change):
    return lambda rows: np.column_stack([change(rows[:, 0]), rows[:, 1:]])


def as_given(rows):
    return rows


# Rows; factor and offset of the targets; and the size of an offset beside the spread, which rounds the data.
UNITS = {
    "y * 1e5": (as_given, 1e5, 0.0, 1),
    "y * 1e-3": (as_given, 1e-3, 0.0, 1),
    "y * 1e12": (as_given, 1e12, 0.0, 1),
    "y * 1e-12": (as_given, 1e-12, 0.0, 1),
    "y + 1e3": (as_given, 1.0, 1e3, 1e3),
    "y + 1e9": (as_given, 1.0, 1e9, 1e9),
    "a column * 1e4": (first_column(lambda x: 1e4 * x), 1.0, 0.0, 1),
    "a column * 1e-4": (first_column(lambda x: 1e-4 * x), 1.0, 0.0, 1),
    "X * 1e12": (lambda rows: 1e12 * rows, 1.0, 0.0, 1),
    "X * 1e-12": (lambda rows: 1e-12 * rows, 1.0, 0.0, 1),
    "years": (first_column(lambda x: 2000 + 10 * x), 1.0, 0.0, 1e3),
    "a column + 1e9": (first_column(lambda x: x + 1e9), 1.0, 0.0, 1e9),
}


def fitted(rows, y, weights=None, **parameters):
    given = {"hidden_layer_sizes": (5,), "activation": "tanh", "solver": "lm", "alpha": 0.1, "max_iter": 500}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return MLPRegressor(**(given | {"random_state": 0} | parameters)).fit(rows, y, sample_weight=weights)


def in_first_units(model, rows, factor, offset):
    return (model.predict(rows) - offset) / factor


@cache
def first_model(problem, alpha):
    y, weights = PROBLEMS[problem]
    return fitted(GIVEN, y, weights, alpha=alpha, keep_covariance=True)


@pytest.mark.parametrize(("unit", "of"), crossed(UNITS, product(PROBLEMS, [0.1, "bayes"])), ids=str)
def test_the_model_is_the_same_in_every_unit(unit, of):
    (y, weights), first = PROBLEMS[of[0]], first_model(*of)
    change, factor, offset, size = UNITS[unit]
    rows = change(GIVEN)
    model = fitted(rows, factor * y + offset, weights, alpha=first.alpha, keep_covariance=True)
    rounding = EPS * (1e5 + 1e3 * size)  # and what two hundred iterations make of it
    found, right = in_first_units(model, rows, factor, offset), first.predict(GIVEN)
    np.testing.assert_allclose(found, right, rtol=0, atol=rounding * np.abs(right).max())
    assert first.score(GIVEN, y, weights) > 0.8
    (_, std), (_, right) = (m.predict(r, return_std=True) for m, r in ((model, rows), (first, GIVEN)))
    # Biases of units without weights are all but undetermined: roundings show in the factor of the matrix.
    np.testing.assert_allclose(std / factor, right, rtol=1e-5 + 10 * rounding)
    unit_of_loss = factor**2 if y.ndim == 1 else 1.0  # of several targets the loss is that of the scaled ones
    assert model.loss_ == pytest.approx(unit_of_loss * first.loss_, rel=10 * rounding)
    if first.alpha == "bayes":
        assert model.alpha_ == pytest.approx(first.alpha_, rel=10 * rounding)


@settings(max_examples=examples(20), deadline=None)
@given(st.tuples(decades, decades, decades), st.tuples(decades, decades), st.floats(-100, 100))
def test_each_column_and_target_may_have_a_unit_of_its_own(columns, targets, offset):
    y, weights = PROBLEMS["two targets"]
    first = fitted(GIVEN, y, weights)
    rows = (GIVEN + offset) * columns
    model = fitted(rows, y * targets, weights)
    np.testing.assert_allclose(
        model.predict(rows) / targets, first.predict(GIVEN), rtol=0, atol=1e-9 * (1 + abs(offset))
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_restarts": 3},
        {"early_stopping": True, "n_iter_no_change": 3},
        {"hidden_layer_sizes": ()},
        {"activation": "relu", "hidden_layer_sizes": (6, 4)},
        {"solver": LevenbergMarquardt(method="cg"), "max_iter": 5},
        {"solver": LevenbergMarquardt(method="dual")},
    ],
    ids=str,
)
def test_however_it_is_learnt(parameters):
    y, models = PROBLEMS["noisy"][0], []
    for rows, targets in ((GIVEN, y), (1e4 * GIVEN + 2e4, 1e5 * y - 1e5)):
        models.append(fitted(rows, targets, **({"hidden_layer_sizes": (8,)} | parameters)))
    found = in_first_units(models[1], 1e4 * GIVEN + 2e4, 1e5, -1e5)
    np.testing.assert_allclose(found, models[0].predict(GIVEN), rtol=0, atol=1e-8)
    assert models[0].n_iter_ == models[1].n_iter_


def test_counts_are_not_scaled_their_columns_are():
    counts = np.random.default_rng(2).poisson(np.exp(GIVEN[:, 0])).astype(float)
    first = fitted(GIVEN, counts, loss="poisson")
    rows = 1e6 * GIVEN + 1e7
    np.testing.assert_allclose(
        fitted(rows, counts, loss="poisson").predict(rows), first.predict(GIVEN), rtol=1e-8
    )


@pytest.mark.parametrize("factor", [1e-4, 1e4])
def test_single_precision_and_sparse_rows(factor):
    y = PROBLEMS["smooth"][0]
    single = fitted(GIVEN.astype("float32"), y.astype("float32"))
    rows, targets = (factor * GIVEN).astype("float32"), (factor * y).astype("float32")
    model = fitted(rows, targets)
    assert model.network_.dtype == np.float32
    np.testing.assert_allclose(
        model.predict(rows) / factor, single.predict(GIVEN.astype("float32")), rtol=0, atol=1e-4
    )
    thin = sparse.csr_array(np.where(np.abs(GIVEN) > 0.3, GIVEN, 0))
    of_thin = fitted(factor * thin, factor * y)
    np.testing.assert_allclose(
        of_thin.predict(factor * thin) / factor, fitted(thin, y).predict(thin), atol=1e-9
    )


# ---- given parameters, and what is reported in given units


def test_train_and_warm_starts_carry_the_given_parameters_over():
    y = 1e4 * smooth()
    model = fitted(GIVEN, y, alpha=0, max_iter=3, tol=0, warm_start=True)
    errors = [0.5 * np.mean((model.predict(GIVEN) - y) ** 2)]
    kept = model.network_.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.set_params(max_iter=1).fit(GIVEN, y)
    net, seen = kept.copy(), []
    history = train(
        net, GIVEN, y, loss="half_squared_error", solver=LevenbergMarquardt(), max_iter=1, tol=0,
        on_epoch=[lambda report: seen.append((report.loss, net.error(GIVEN, y, "half_squared_error")))],
    )  # fmt: skip
    assert history.loss[0] < errors[0]
    np.testing.assert_allclose(net.parameters, model.network_.parameters, rtol=1e-9, atol=1e-9)
    assert seen[0][0] == pytest.approx(seen[0][1], rel=1e-12)


def test_parameters_that_are_not_changed_are_not_touched():
    net, y = Network((3, 4, 2), random_state=0), np.column_stack([smooth(), -smooth()]) + 1 / 3
    before = net.parameters.copy()
    history = train(net, GIVEN, y, loss="half_squared_error", solver=LevenbergMarquardt(), tol=1e3)
    assert (len(history), history.stop_reason) == (0, "small gradient")
    np.testing.assert_array_equal(net.parameters, before)


@pytest.mark.parametrize("loss", ["half_squared_error", "sum_squared_error"])
def test_the_loss_that_train_names_is_the_one_that_falls(loss):
    y = np.column_stack([1e3 * smooth(), GIVEN[:, 0] ** 2])  # beside the first the second counts for nothing
    net, twin = Network((3, 2), random_state=0), Network((3, 2), random_state=0)
    history = train(net, GIVEN, y, loss=loss, solver=LevenbergMarquardt(), tol=1e-12)
    train(twin, GIVEN, y, loss=loss, solver=LBFGS(), tol=1e-9, max_iter=5000)
    assert history.loss[-1] == pytest.approx(net.error(GIVEN, y, loss), rel=1e-9)
    assert net.error(GIVEN, y, loss) == pytest.approx(twin.error(GIVEN, y, loss), rel=1e-9)


def test_validation_by_an_error_stops_at_the_same_iteration_in_every_unit():
    y = smooth() + 0.5 * np.random.default_rng(3).normal(size=60)
    lengths = []
    for factor in (1e-3, 1.0, 1e3):
        net = Network((3, 8, 1), random_state=0)
        net.weights[-1] *= factor
        net.biases[-1] *= factor
        history = train(
            net, GIVEN[:40], factor * y[:40], loss="half_squared_error", solver=LevenbergMarquardt(),
            max_iter=200, validation=(GIVEN[40:], factor * y[40:]), tol=1e-3, n_iter_no_change=4,
        )  # fmt: skip
        assert history.stop_reason == "no improvement"
        error = net.error(GIVEN[40:], factor * y[40:], "half_squared_error")
        assert -error == pytest.approx(history.validation_score.max(), rel=1e-9)
        lengths.append(len(history))
    assert lengths == lengths[:1] * 3


def test_the_reported_loss_is_in_given_units():
    y = 1e3 * smooth() + 50
    model = fitted(GIVEN, y)
    W = np.concatenate([
        (GIVEN.std(axis=0)[:, None] * model.coefs_[0]).ravel(), (model.coefs_[1] / y.std()).ravel()
    ])  # fmt: skip
    error = 0.5 * np.mean((model.predict(GIVEN) - y) ** 2)
    assert model.loss_ == pytest.approx(error + 0.5 * 0.1 * y.var() * W @ W / 60, rel=1e-9)
    several = fitted(GIVEN, np.column_stack([y, smooth()]), alpha=0)
    residuals = (several.predict(GIVEN) - np.column_stack([y, smooth()])) / [y.std(), smooth().std()]
    assert several.loss_ == pytest.approx(0.5 * np.mean((residuals**2).sum(axis=1)), rel=1e-9)


def test_a_fit_that_ends_before_its_first_iteration_reports_its_loss():
    y = 1e3 * smooth()
    model = fitted(GIVEN, y, tol=1e3, alpha=0, warm_start=True)
    assert model.n_iter_ == 0
    for _ in range(2):
        assert model.loss_ == pytest.approx(0.5 * np.mean((model.predict(GIVEN) - y) ** 2), rel=1e-9)
        model.set_params(tol=1e-4, max_iter=500).fit(GIVEN, y)
    model.fit(GIVEN, 2 * y)
    with pytest.warns(ConvergenceWarning, match="tol is too large"):
        model.set_params(tol=1e6).fit(GIVEN, y)
    assert model.n_iter_ == 0
    assert model.loss_ == pytest.approx(0.5 * np.mean((model.predict(GIVEN) - y) ** 2), rel=1e-9)


# ---- standard deviations


def test_the_covariance_of_a_linear_model_is_that_of_least_squares():
    rows, y = GIVEN * [1e3, 1.0, 1e-3] + [2000, 0, 5], 1e4 * PROBLEMS["noisy"][0] + 1e5
    model = fitted(rows, y, hidden_layer_sizes=(), alpha=0, tol=1e-10, keep_covariance=True)
    A = np.column_stack([rows, np.ones(60)])
    noise = np.sum((model.predict(rows) - y) ** 2) / (60 - 4)
    found, right = model._posterior.covariance(model.network_), noise * np.linalg.inv(A.T @ A)
    scale = np.sqrt(np.outer(np.diag(right), np.diag(right)))
    np.testing.assert_allclose(found / scale, right / scale, atol=1e-7)


def test_standard_deviations_need_no_transformed_target():
    y = 1e5 * PROBLEMS["noisy"][0] + 3e5
    parameters = {"hidden_layer_sizes": (5,), "activation": "tanh", "alpha": "bayes", "max_iter": 500}
    model = make_pipeline(
        StandardScaler(), MLPRegressor(solver="lm", keep_covariance=True, random_state=0, **parameters)
    ).fit(1e3 * GIVEN, y)
    prediction, std = model.predict(1e3 * GIVEN, return_std=True)
    assert model.score(1e3 * GIVEN, y) > 0.8
    assert 0.5 < np.mean(np.abs(prediction - y) < std) < 0.9
    assert 2e4 < np.median(std) < 5e4
