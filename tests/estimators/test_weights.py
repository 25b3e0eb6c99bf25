"""sample_weight, everywhere scikit-learn has it."""

import numpy as np
import pytest

from .data import BINARY, MULTICLASS, ONE_OUTPUT, X, assert_equal_fits, classifier, regressor, target_of, twin

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])
solvers = pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
WEIGHTS = np.random.RandomState(2).uniform(0.1, 3.0, len(X))


@makers
@solvers
@pytest.mark.parametrize(
    "weights",
    [WEIGHTS, WEIGHTS.tolist(), WEIGHTS.astype(np.float32), np.arange(1, len(X) + 1), 2.5, WEIGHTS - 0.5],
    ids=["floats", "list", "float32", "integers", "one number", "some negative"],
)
def test_weights_are_scikit_learns(make, solver, weights):
    model = make(solver=solver)
    y = target_of(model)
    right = twin(model).fit(X, y, weights)
    assert_equal_fits(model.fit(X, y, weights), right, rtol=1e-6)
    assert model.loss_ == pytest.approx(right.loss_, rel=1e-6)  # theirs sums float32 weights in float32


@makers
@solvers
def test_equal_weights_are_no_weights(make, solver):
    model, y = make(solver=solver), target_of(make())
    plain = make(solver=solver, alpha=0.0).fit(X, y)
    assert_equal_fits(model.set_params(alpha=0.0).fit(X, y, np.full(len(X), 7.0)), plain)


@makers
@solvers
def test_a_row_of_weight_zero_is_no_row(make, solver):
    """With all rows in one batch; the loss that epochs report counts rows, as scikit-learn's does."""
    keep = np.arange(len(X)) % 3 > 0
    model, y = make(solver=solver, shuffle=False), target_of(make())
    model.fit(X, y, keep.astype(float))
    assert_equal_fits(model, make(solver=solver, shuffle=False).fit(X[keep], y[keep]))


@makers
def test_a_whole_weight_is_a_row_repeated(make):
    times = 1 + np.arange(len(X)) % 3
    model, y = make(solver="lbfgs"), target_of(make())
    repeated = make(solver="lbfgs").fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    assert_equal_fits(model.fit(X, y, times), repeated, rtol=1e-7)


def test_scores_take_weights():
    model = classifier().fit(X, MULTICLASS)
    assert model.score(X, MULTICLASS, WEIGHTS) == np.average(model.predict(X) == MULTICLASS, weights=WEIGHTS)
    model = regressor().fit(X, ONE_OUTPUT)
    right = twin(model).fit(X, ONE_OUTPUT)
    assert model.score(X, ONE_OUTPUT, WEIGHTS) == pytest.approx(right.score(X, ONE_OUTPUT, WEIGHTS))


def test_a_batch_without_weight_is_a_division_by_zero():
    weights = np.r_[np.ones(40), np.zeros(40)]
    model = classifier(batch_size=20, shuffle=False)
    with pytest.raises(ZeroDivisionError, match="Weights sum to zero, can't be normalized"):
        model.fit(X, BINARY, weights)


def test_weights_that_cancel_are_a_division_by_zero():
    weights = np.r_[np.ones(40), -np.ones(40)]
    with pytest.raises(ZeroDivisionError, match="Weights sum to zero, can't be normalized"):
        regressor(solver="lbfgs").fit(X, ONE_OUTPUT, weights)


@makers
@pytest.mark.parametrize(
    "weights",
    [np.zeros(80), np.full(80, np.nan), np.ones(79), np.ones((80, 1)), ["heavy"] * 80],
    ids=["all zero", "NaN", "too few", "a column", "words"],
)
def test_weights_are_refused_with_scikit_learns_words(make, weights):
    model = make()
    with pytest.raises((ValueError, ZeroDivisionError)) as expected:
        twin(model).fit(X, target_of(model), weights)
    with pytest.raises(expected.type) as refused:
        model.fit(X, target_of(model), weights)
    assert str(refused.value) == str(expected.value)
