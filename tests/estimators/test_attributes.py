"""What a fitted estimator shows, by solver; what it says before; what survives a pickle."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from chainrule import History, Network
from sweeps import for_each

from .data import (
    BINARY,
    MULTICLASS,
    ONE_OUTPUT,
    TWINS,
    X,
    assert_equal_fits,
    classifier,
    regressor,
    target_of,
    twin,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])

ALWAYS = (
    "coefs_", "intercepts_", "n_layers_", "n_outputs_", "out_activation_", "n_iter_", "t_", "loss_",
    "n_features_in_",
)  # fmt: skip
BY_EPOCHS = ("loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_")
OURS = ("network_", "history_")


@makers
@pytest.mark.parametrize(
    "parameters",
    [{"solver": "adam"}, {"solver": "sgd"}, {"early_stopping": True}, {"solver": "lbfgs"}],
    ids=str,
)
def test_attributes_are_scikit_learns(make, parameters):
    model = make(**parameters)
    y = target_of(model)
    right = twin(model).fit(X, y)
    model.fit(X, y)
    for name in ALWAYS + BY_EPOCHS:
        assert hasattr(model, name) == hasattr(right, name), name
        if not hasattr(right, name):
            continue
        mine, theirs = getattr(model, name), getattr(right, name)
        if name not in ("coefs_", "intercepts_"):
            assert mine == (theirs if isinstance(theirs, str | None) else pytest.approx(theirs, rel=1e-9)), (
                name
            )
        assert isinstance(mine, type(theirs)) or isinstance(theirs, type(mine)), name
    assert_equal_fits(model, right, rtol=1e-7)


@makers
@for_each("name", ALWAYS + BY_EPOCHS + OURS)
def test_before_fit_an_attribute_error_names_what_was_asked_for(make, name):
    with pytest.raises(AttributeError, match=f"'MLP.*' object has no attribute '{name}'"):
        getattr(make(), name)


@pytest.mark.parametrize("name", BY_EPOCHS)
def test_after_lbfgs_there_are_no_epochs(name):
    with pytest.raises(AttributeError, match=f"no attribute '{name}' after lbfgs"):
        getattr(regressor(solver="lbfgs").fit(X, ONE_OUTPUT), name)


@pytest.mark.parametrize(
    "predict",
    [
        lambda: classifier().predict(X),
        lambda: classifier().predict_proba(X),
        lambda: classifier().predict_log_proba(X),
        lambda: classifier().score(X, BINARY),
        lambda: regressor().predict(X),
        lambda: regressor().score(X, ONE_OUTPUT),
    ],
)
def test_before_fit_nothing_is_predicted(predict):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        predict()


@makers
def test_a_fit_that_was_refused_leaves_no_model(make):
    model = make()
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(np.full_like(X, np.nan), target_of(model))
    with pytest.raises(NotFittedError):
        model.predict(X)


@makers
def test_weights_are_views_into_the_networks_parameters(make):
    model = make(hidden_layer_sizes=(5, 3))
    model.fit(X, target_of(model))
    assert isinstance(model.network_, Network)
    by_hand = np.concatenate([array.ravel() for array in model.coefs_ + model.intercepts_])
    np.testing.assert_array_equal(by_hand, model.network_.parameters)
    assert [matrix.shape for matrix in model.coefs_] == [(4, 5), (5, 3), (3, 1)]
    assert [vector.shape for vector in model.intercepts_] == [(5,), (3,), (1,)]
    for array in model.coefs_ + model.intercepts_:
        assert np.shares_memory(array, model.network_.parameters)
    model.coefs_[0][:] = 0.0
    assert (model.network_.weights[0] == 0).all()


@makers
def test_weights_that_are_assigned_are_the_models(make):
    """As federated learning does it: `coefs_` of one model, or a mean of several, given to another."""
    model, other = make(hidden_layer_sizes=(5, 3)), make(hidden_layer_sizes=(5, 3), random_state=1)
    y = target_of(model)
    right = twin(model).fit(X, y)
    model.fit(X, y)
    other.fit(X, y)
    for each in (model, right):
        each.coefs_ = [W + V for W, V in zip(each.coefs_, other.coefs_, strict=True)]
        each.intercepts_ = other.intercepts_
        each.coefs_[1] = each.coefs_[1] / 2
        each.intercepts_[2] = np.ones(1)
    assert_equal_fits(model, right)
    np.testing.assert_allclose(model.predict(X), right.predict(X), rtol=0, atol=1e-12)
    assert pickle.loads(pickle.dumps(model)).network_ == model.network_
    with pytest.raises(ValueError, match=r"weights\[0\] has shape \(4, 5\), got an array of shape \(5, 4\)"):
        model.coefs_ = [W.T for W in model.coefs_]
    with pytest.raises(AttributeError, match="no attribute 'coefs_' before fit"):
        make().coefs_ = other.coefs_


def test_the_network_predicts_what_the_estimator_does():
    model = regressor(activation="tanh").fit(X, ONE_OUTPUT)
    np.testing.assert_array_equal(model.network_(X)[:, 0], model.predict(X))
    model = classifier().fit(X, MULTICLASS)
    np.testing.assert_array_equal(model.network_(X), model.predict_proba(X))
    model = classifier().fit(X, BINARY)
    np.testing.assert_array_equal(model.network_(X)[:, 0], model.predict_proba(X)[:, 1])


@makers
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_history_tells_what_the_lists_tell(make, early_stopping):
    model = make(solver="sgd", learning_rate="invscaling", early_stopping=early_stopping)
    history = model.fit(X, target_of(model)).history_
    assert isinstance(history, History)
    np.testing.assert_array_equal(history.loss, model.loss_curve_)
    assert len(history) == model.n_iter_ == 8
    assert history.stop_reason == "max_iter"
    rates = 0.001 / (1 + model.t_ / 8 * np.arange(8)) ** 0.5
    np.testing.assert_allclose(history.learning_rate, rates, rtol=1e-12)
    if early_stopping:
        np.testing.assert_array_equal(history.validation_score, model.validation_scores_)
    else:
        assert history.validation_score is None
    assert (history.seconds > 0).all()


def test_the_history_of_lbfgs_counts_iterations():
    model = regressor(solver="lbfgs", max_iter=200, tol=1e-3, alpha=1.0).fit(X, ONE_OUTPUT)
    assert len(model.history_) == model.n_iter_
    assert model.history_.stop_reason == "converged"
    assert model.history_.loss[-1] == model.loss_
    assert np.isnan(model.history_.learning_rate).all()
    assert model.t_ == 0


@makers
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize(
    "twice", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "copy"]
)
def test_a_copy_is_the_model_and_shares_nothing(make, solver, twice):
    model = make(solver=solver)
    y = target_of(model)
    model.fit(X, y)
    other = twice(model)
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    assert other.network_ == model.network_
    assert not np.shares_memory(other.network_.parameters, model.network_.parameters)
    assert other.get_params() == model.get_params()
    np.testing.assert_array_equal(other.history_.loss, model.history_.loss)
    for name in ALWAYS[4:]:
        assert getattr(other, name) == getattr(model, name)


@makers
@pytest.mark.parametrize("parameters", [{}, {"solver": "sgd", "learning_rate": "adaptive"}], ids=str)
def test_a_pickle_goes_on_learning_where_the_model_stood(make, parameters):
    model = make(**parameters)
    y = target_of(model)
    model.fit(X, y)
    other = pickle.loads(pickle.dumps(model))
    for each in (model, other):
        each.partial_fit(X, y).partial_fit(X, y)
    assert other.network_ == model.network_
    assert other.loss_curve_ == pytest.approx(model.loss_curve_, rel=1e-13)
    assert other.t_ == model.t_ == 10 * len(X)


@pytest.mark.parametrize("Estimator", TWINS)
def test_representations(Estimator):
    model = Estimator(hidden_layer_sizes=(3,), alpha=0.5)
    assert repr(model) == f"{Estimator.__name__}(alpha=0.5, hidden_layer_sizes=(3,))"
    for stage in (model, model.set_params(max_iter=2).fit(X, BINARY)):
        page = stage._repr_html_()
        assert Estimator.__name__ in page
        assert "0.5" in page
