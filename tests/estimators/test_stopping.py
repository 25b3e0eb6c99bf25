"""When learning stops: patience, validation scores, divergence."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split

from chainrule import SGD

from .data import (
    BINARY,
    MULTICLASS,
    MULTILABEL,
    ONE_OUTPUT,
    TWO_OUTPUTS,
    X,
    assert_equal_fits,
    classifier,
    regressor,
    rows,
    target_of,
    twin,
)

makers = pytest.mark.parametrize("make", [classifier, regressor])
quietly = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TARGETS = {
    "binary": (classifier, BINARY),
    "multiclass": (classifier, MULTICLASS),
    "multilabel": (classifier, MULTILABEL),
    "one class": (classifier, 0 * BINARY + 7),
    "one output": (regressor, ONE_OUTPUT),
    "two outputs": (regressor, TWO_OUTPUTS),
}
targets = pytest.mark.parametrize(("make", "y"), TARGETS.values(), ids=TARGETS)


def held_back(model, y):
    """The validation rows of a model with an integer seed, drawn by hand."""
    random = np.random.RandomState(model.random_state)
    for matrix in model.coefs_:
        random.uniform(size=matrix.size + matrix.shape[1])
    binary = y[:, None] if model.n_outputs_ == 1 and hasattr(model, "classes_") else None
    return train_test_split(
        np.arange(len(y)), test_size=model.validation_fraction, random_state=random, stratify=binary
    )[1]


@quietly
@targets
@pytest.mark.parametrize("weighted", [False, True])
def test_the_best_weights_by_validation_score_are_kept(make, y, weighted):
    weights = np.linspace(0.1, 2.0, len(X)) if weighted else None
    model = make(early_stopping=True, solver="sgd", learning_rate_init=0.05, batch_size=9, max_iter=30)
    model.fit(X, y, weights)
    held = held_back(model, y)
    score = accuracy_score if make is classifier else r2_score
    best = score(y[held], model.predict(X[held]), sample_weight=None if weights is None else weights[held])
    assert model.best_validation_score_ == max(model.validation_scores_) == pytest.approx(best)
    assert model.best_loss_ is None
    right = twin(model).fit(X, y, weights)
    assert model.validation_scores_ == pytest.approx(right.validation_scores_, rel=1e-9)
    assert_equal_fits(model, right)


@quietly
@makers
def test_the_best_weights_stay_the_best_over_warm_starts(make):
    """Quirk 2: scikit-learn's next fit overwrites them in place."""
    model = make(early_stopping=True, warm_start=True, learning_rate_init=0.01, max_iter=40)
    y = target_of(model)
    best = model.fit(X, y).network_.copy()
    score = model.best_validation_score_
    model.set_params(learning_rate_init=3.0, max_iter=3).fit(X, y)
    assert model.best_validation_score_ == score
    assert model.network_ == best
    assert len(model.validation_scores_) == len(model.loss_curve_)
    assert not np.shares_memory(model.network_.parameters, model._state.best_parameters)


@quietly
@makers
@pytest.mark.parametrize("patience", [1, 4])
def test_learning_stops_after_more_epochs_than_n_iter_no_change(make, patience):
    model = make(tol=100.0, n_iter_no_change=patience, max_iter=30)
    model.fit(X, target_of(model))
    assert model.n_iter_ == patience + 2  # the first one betters infinity
    assert model.history_.stop_reason == "no improvement"


@makers
def test_stopping_by_patience_warns_of_nothing(make, recwarn):
    model = make(tol=100.0, n_iter_no_change=1)
    model.fit(X, target_of(model))
    assert not recwarn.list


@makers
@pytest.mark.parametrize("early_stopping", [False, True])
def test_running_out_of_epochs_is_warned_of(make, early_stopping):
    model = make(early_stopping=early_stopping)
    with pytest.warns(ConvergenceWarning) as heard:
        model.fit(X, target_of(model))
    with pytest.warns(ConvergenceWarning) as expected:
        twin(model).fit(X, target_of(model))
    assert [str(each.message) for each in heard] == [str(each.message) for each in expected]
    assert heard[0].filename == __file__


def test_running_out_of_iterations_is_warned_of():
    with pytest.warns(ConvergenceWarning, match=r"failed to converge after 8 iteration.*status=1") as heard:
        regressor(solver="lbfgs").fit(X, ONE_OUTPUT)
    assert "max_iter=8" in str(heard[0].message)
    assert heard[0].filename == __file__


def test_running_out_of_evaluations_is_warned_of():
    with pytest.warns(ConvergenceWarning, match=r"EVALUATIONS EXCEEDS LIMIT") as heard:
        regressor(solver="lbfgs", max_fun=3, max_iter=100).fit(X, ONE_OUTPUT)
    assert "max_iter" not in str(heard[0].message)


def test_lbfgs_stops_where_the_gradient_is_small(recwarn):
    model = regressor(solver="lbfgs", alpha=5.0, tol=1e-3, max_iter=500).fit(X, ONE_OUTPUT)
    assert not recwarn.list
    assert model.n_iter_ == twin(model).fit(X, ONE_OUTPUT).n_iter_ < 500


@quietly
def test_lbfgs_does_not_stop_early():
    model = regressor(solver="lbfgs", early_stopping=True).fit(X, ONE_OUTPUT)
    assert model.network_ == regressor(solver="lbfgs").fit(X, ONE_OUTPUT).network_


@quietly
def test_an_adaptive_rate_falls_before_learning_stops():
    model = regressor(
        solver="sgd", learning_rate="adaptive", learning_rate_init=1e-4, tol=10.0, n_iter_no_change=1,
        max_iter=60,
    ).fit(X, ONE_OUTPUT)  # fmt: skip
    assert model.n_iter_ == twin(model).fit(X, ONE_OUTPUT).n_iter_ < 60
    rates = np.unique(model.history_.learning_rate)[::-1]
    np.testing.assert_allclose(rates, 1e-4 / 5.0 ** np.arange(len(rates)), rtol=1e-12)
    assert rates[-1] <= 1e-6 < rates[-2]


@pytest.mark.parametrize(
    ("parameters", "n", "message"),
    [
        ({}, 9, "The validation set is too small. Increase 'validation_fraction' or the size of your"),
        ({"validation_fraction": 0.0}, 80, "test_size=0.0 should be either positive"),
        ({"validation_fraction": 0.999}, 80, "the resulting train set will be empty"),
        ({}, 1, "the resulting train set will be empty"),
    ],
)
def test_a_validation_set_needs_rows_and_leaves_some(parameters, n, message):
    with pytest.raises(ValueError, match=message):
        regressor(early_stopping=True, **parameters).fit(X[:n], ONE_OUTPUT[:n])


def test_two_classes_are_held_back_in_their_shares():
    rare = np.arange(len(X)) == 3
    with pytest.raises(ValueError, match="The least populated class"):
        classifier(early_stopping=True).fit(X, rare)


# A step multiplies the weights by 1 - 1e30 / 80.
EXPLOSIVE = {"solver": "sgd", "learning_rate_init": 1.0, "alpha": 1e30, "max_iter": 50}


@makers
def test_a_diverging_fit_stops_at_once_and_says_what_to_change(make):
    """Quirk 4: scikit-learn runs on to max_iter."""
    model = make(**EXPLOSIVE)
    with pytest.raises(
        ValueError, match=r"non-finite parameter weights.* or lower learning_rate_init, now 1\."
    ):
        model.fit(X, target_of(model))
    assert model.n_iter_ <= 10
    assert model.history_.stop_reason == "diverged"


@makers
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_rate_that_is_named_is_the_solvers(make, early_stopping):
    settings = {"solver": SGD(1.5), "alpha": 1e30, "max_iter": 50, "tol": 0.0, "n_iter_no_change": 50}
    model = make(early_stopping=early_stopping, **settings)
    with pytest.warns(ConvergenceWarning) if early_stopping else pytest.raises(ValueError) as words:
        model.fit(X, target_of(model))
    said = str(words[0].message if early_stopping else words.value)
    assert said.endswith("lower learning_rate_init, now 1.5.")


@quietly
@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_the_last_step_may_be_the_one_that_diverges(call):
    """The loss is taken before each step, and does not see it."""
    model = regressor(solver="sgd", learning_rate_init=1e308, max_iter=1)
    with pytest.raises(ValueError, match="non-finite parameter weights"):
        getattr(model, call)(100 * X, 100 * ONE_OUTPUT)


@makers
def test_a_diverging_fit_with_validation_keeps_the_best_weights(make):
    """scikit-learn keeps them too, after max_iter epochs of NaN."""
    model = make(early_stopping=True, tol=0.0, n_iter_no_change=50, **EXPLOSIVE)
    y = target_of(model)
    with pytest.warns(ConvergenceWarning, match="are not finite; those with the best validation score are"):
        model.fit(X, y)
    assert 0 < model.n_iter_ <= 10
    assert model.history_.stop_reason == "diverged"
    held = held_back(model, y)
    assert model.score(X[held], y[held]) == pytest.approx(model.best_validation_score_)
    with np.errstate(all="ignore"), pytest.warns(ConvergenceWarning):
        assert_equal_fits(model, twin(model).fit(X, y))


@quietly
@makers
def test_a_warm_start_that_diverges_falls_back_on_the_best_weights(make):
    model = make(early_stopping=True, warm_start=True, max_iter=20)
    best = model.fit(X, target_of(model)).network_.copy()
    model.set_params(**EXPLOSIVE | {"alpha": 1e308}).fit(X, target_of(model))
    assert model.network_ == best


@makers
def test_a_fit_that_diverges_before_it_was_ever_scored_is_an_error(make):
    """scikit-learn returns the initial weights."""
    model = make(early_stopping=True, batch_size=9, **EXPLOSIVE | {"alpha": 1e308})
    with pytest.raises(ValueError, match="non-finite parameter weights"):
        model.fit(X, target_of(model))


def test_lbfgs_that_cannot_begin_keeps_finite_weights():
    model = regressor(solver="lbfgs")
    with pytest.warns(ConvergenceWarning, match="status=2"):
        model.fit(1e200 * rows(), ONE_OUTPUT)
    assert np.isfinite(model.network_.parameters).all()
