"""What a caller gives stays the caller's: nothing is written to, held on to or handed out."""

import numpy as np
import pytest

from chainrule import MLPClassifier, MLPRegressor, Network, train

X = np.random.default_rng(0).normal(size=(60, 3))
y = X[:, 0] - X[:, 1] ** 2
WEIGHTS = np.linspace(1, 2, 60)
SOLVERS = ["adam", "sgd", "lbfgs", "lm"]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def regressor(solver, **settings):
    return MLPRegressor(hidden_layer_sizes=(4,), solver=solver, max_iter=12, random_state=0, **settings)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_fit_writes_to_nothing(solver, dtype):
    given = [array.astype(dtype) for array in (X, y, WEIGHTS)]
    for array in given:
        array.flags.writeable = False
    model = regressor(solver).fit(given[0], given[1], sample_weight=given[2])
    model.score(given[0], given[1], sample_weight=given[2])
    if solver in ("adam", "sgd"):
        model.partial_fit(given[0], given[1])


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_is_changed_after_a_fit_changes_no_model(solver):
    given = X.copy(), y.copy(), WEIGHTS.copy()
    model = regressor(solver).fit(given[0], given[1], sample_weight=given[2])
    before = model.predict(X), model.history_.loss
    for array in given:
        array[:] = 0
    np.testing.assert_array_equal(model.predict(X), before[0])
    np.testing.assert_array_equal(model.history_.loss, before[1])


@pytest.mark.parametrize("solver", SOLVERS)
def test_results_are_the_callers_own(solver):
    model = regressor(solver).fit(X, y)
    expected = model.predict(X)
    for result in (model.predict(X), model.jacobian(X), *model.network_.layers(X)):
        result[...] = 77
    np.testing.assert_array_equal(model.predict(X), expected)
    if solver != "lbfgs" and solver != "lm":
        curve = model.loss_curve_
        curve.clear()
        assert len(model.loss_curve_) == 12
    with pytest.raises(ValueError, match="read-only"):
        model.history_.loss[0] = 1.0


def test_probabilities_and_the_best_weights():
    model = MLPClassifier((4,), early_stopping=True, max_iter=12, random_state=0).fit(X, y > 0)
    expected = model.predict_proba(X)
    model.predict_proba(X)[:] = 5.0
    model.validation_scores_.clear()
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert len(model.validation_scores_) == len(model.history_)


def test_standard_deviations():
    model = regressor("lm", keep_covariance=True).fit(X, y)
    std = model.predict(X, return_std=True)[1]
    expected = std.copy()
    std[:] = 0
    np.testing.assert_array_equal(model.predict(X, return_std=True)[1], expected)


def test_training_leaves_weights_that_were_given_alone():
    W, b = [np.ones((3, 2)), np.ones((2, 1))], [np.zeros(2), np.zeros(1)]
    net = Network.from_weights(W, b)
    train(net, X, y, loss="half_squared_error", max_iter=2)
    assert all((matrix == 1).all() for matrix in W) and not any(vector.any() for vector in b)


def test_sensitivities_are_compared_as_objects_not_number_by_number():
    model = regressor("lbfgs").fit(X, y)
    one, other = model.sensitivities(X), model.sensitivities(X)
    assert one == one and one != other
