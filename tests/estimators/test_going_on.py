"""Learning in several calls: warm_start and partial_fit."""

import numpy as np
import pytest

from sweeps import for_each

from .data import (
    BINARY,
    COUNTS,
    MULTICLASS,
    MULTILABEL,
    ONE_OUTPUT,
    TWO_OUTPUTS,
    X,
    assert_equal_fits,
    classifier,
    regressor,
    target_of,
    twin,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
makers = pytest.mark.parametrize("make", [classifier, regressor])


def seeded(model):
    """The model with a RandomState that goes on from call to call."""
    return model.set_params(random_state=np.random.RandomState(3))


@makers
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_partial_fit_is_one_epoch(make, solver):
    calls = make(solver=solver, batch_size=20, shuffle=False)  # a call shuffles from the first order again
    y = target_of(calls)
    known = {"classes": [0, 1]} if make is classifier else {}
    epochs = make(solver=solver, batch_size=20, shuffle=False, max_iter=5).fit(X, y)
    for each in range(1, 6):
        calls.partial_fit(X, y, **known)
        assert (calls.n_iter_, calls.t_, len(calls.loss_curve_)) == (1, each * len(X), each)
    assert calls.network_ == epochs.network_
    assert calls.loss_curve_ == pytest.approx(epochs.loss_curve_, rel=1e-13)


@makers
def test_partial_fit_goes_on_from_fit_with_the_solvers_memory(make):
    model = seeded(make(solver="adam"))
    y = target_of(model)
    right = seeded(twin(model)).fit(X, y).partial_fit(X[:30], y[:30]).partial_fit(X[30:], y[30:])
    seeded(model).fit(X, y).partial_fit(X[:30], y[:30]).partial_fit(X[30:], y[30:])
    assert_equal_fits(model, right)
    assert model.t_ == right.t_ == 9 * len(X)


@makers
def test_fit_after_partial_fit_begins_anew(make):
    model = make()
    y = target_of(model)
    known = {"classes": [0, 1]} if make is classifier else {}
    model.partial_fit(X, y, **known).fit(X, y)
    assert_equal_fits(model, make().fit(X, y), rtol=1e-15)
    assert len(model.loss_curve_) == model.n_iter_


@makers
def test_partial_fit_takes_weights(make):
    model = make()
    y = target_of(model)
    weights = np.linspace(0.1, 2.0, len(X))
    known = {"classes": [0, 1]} if make is classifier else {}
    right = twin(model).partial_fit(X, y, weights, **known).partial_fit(X, y, sample_weight=weights)
    model.partial_fit(X, y, weights, **known).partial_fit(X, y, sample_weight=weights)
    assert_equal_fits(model, right)


@makers
def test_partial_fit_is_for_minibatches_only(make):
    model = make(solver="lbfgs")
    assert not hasattr(model, "partial_fit")  # quirk 5: scikit-learn's regressor has one
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'"):
        model.partial_fit(X, target_of(model))
    assert hasattr(make(solver="sgd"), "partial_fit")


def test_partial_fit_of_a_regressor_names_what_is_no_solver():
    """As scikit-learn's; their classifiers have none then."""
    for solver in ("lbfg", None):
        with pytest.raises(
            ValueError, match=f"The 'solver' parameter of MLPRegressor must be .* Got {solver!r}"
        ):
            regressor(solver=solver).partial_fit(X, ONE_OUTPUT)


@makers
def test_partial_fit_does_not_stop_early(make):
    model = make(early_stopping=True)
    known = {"classes": [0, 1]} if make is classifier else {}
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        model.partial_fit(X, target_of(model), **known)


def test_partial_fit_warns_of_nothing(recwarn):
    regressor().partial_fit(X, ONE_OUTPUT)
    assert not recwarn.list


def test_an_integer_seed_repeats_one_permutation():
    """Quirk 8, reproduced: calls after the first restart the stream, without the initial draws."""
    model = regressor(batch_size=7)
    right = twin(model)
    for _ in range(4):
        model.partial_fit(X, ONE_OUTPUT)
        right.partial_fit(X, ONE_OUTPUT)
    assert_equal_fits(model, right)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (BINARY, [1, 0]),
        (BINARY, [0, 1, 2]),
        (0 * BINARY, [0, 1]),
        (np.array(["b", "a"])[BINARY], ["a", "b", "c"]),
        (MULTICLASS, np.array([2, 1, 0])),
        (MULTILABEL, [0, 1, 2]),
    ],
    ids=["unsorted", "a class to come", "one of two", "words", "array", "multilabel"],
)
def test_classes_are_named_at_the_first_call(y, classes):
    model = classifier()
    right = twin(model).partial_fit(X, y, classes=classes).partial_fit(X, y)
    model.partial_fit(X, y, classes=classes).partial_fit(X, y)
    assert_equal_fits(model, right)
    np.testing.assert_array_equal(model.classes_, right.classes_)
    np.testing.assert_array_equal(model.predict(X), right.predict(X))


def test_classes_are_needed_at_the_first_call():
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        classifier().partial_fit(X, BINARY)


def test_classes_stay_what_they_are():
    model = classifier().partial_fit(X, BINARY, classes=[0, 1]).partial_fit(X, BINARY, classes=[1, 0])
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        model.partial_fit(X, BINARY, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="`y` has classes not in"):
        model.partial_fit(X, BINARY + 1)


@makers
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_warm_start_goes_on(make, solver):
    model = make(solver=solver, warm_start=True, activation="tanh", max_iter=5)
    y = target_of(model)
    right = twin(model)
    for rows in (slice(None), slice(50), slice(None)):
        model.fit(X[rows], y[rows])
        right.fit(X[rows], y[rows])
        assert model.n_iter_ == right.n_iter_
        assert model.t_ == right.t_
        assert_equal_fits(model, right, rtol=1e-6 if solver == "lbfgs" else 1e-9)
    if solver != "lbfgs":
        assert model.loss_curve_ == pytest.approx(right.loss_curve_, rel=1e-9)
        assert len(model.history_) == 15


@makers
def test_without_warm_start_every_fit_is_the_first(make):
    model = make(solver="adam", early_stopping=True)
    y = target_of(model)
    first = model.fit(X, y).network_.copy()
    assert model.fit(X, y).network_ == first
    assert len(model.loss_curve_) == model.n_iter_


def test_without_warm_start_everything_may_change():
    model = classifier().fit(X, BINARY)
    model.set_params(hidden_layer_sizes=(3, 2), activation="tanh", solver="lbfgs").fit(X[:, :2], MULTICLASS)
    assert model.network_.layer_sizes == (2, 3, 2, 3)
    assert model.n_features_in_ == 2


def test_warm_start_keeps_the_classes():
    model = classifier(warm_start=True).fit(X, MULTICLASS)
    with pytest.raises(
        ValueError, match="warm_start can only be used where `y` has the same classes as in the"
    ):
        model.fit(X, BINARY)


def test_warm_start_keeps_the_columns():
    model = regressor(warm_start=True).fit(X, ONE_OUTPUT)
    with pytest.raises(ValueError, match="X has 2 features, but MLPRegressor is expecting 4 features"):
        model.fit(X[:, :2], ONE_OUTPUT)


@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_going_on_keeps_the_outputs(call):
    model = regressor(warm_start=True).fit(X, ONE_OUTPUT)
    with pytest.raises(ValueError, match="y has 2 outputs, the fitted network has 1"):
        getattr(model, call)(X, TWO_OUTPUTS)


@pytest.mark.parametrize("losses", [("squared_error", "poisson"), ("poisson", "squared_error")])
def test_warm_start_keeps_the_loss(losses):
    model = regressor(loss=losses[0], warm_start=True).fit(X, COUNTS)
    with pytest.raises(ValueError, match="does not go with the output of the network fitted before"):
        model.set_params(loss=losses[1]).fit(X, COUNTS)


@pytest.mark.parametrize(
    "change",
    [{"activation": "tanh"}, {"alpha": 20.0}, {"solver": "sgd"}, {"batch_size": 9}, {"shuffle": False}],
    ids=str,
)
@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_parameters_may_change_between_calls(change, call):
    model = regressor(warm_start=True)
    right = twin(model).fit(X, ONE_OUTPUT).set_params(**change)
    model.fit(X, ONE_OUTPUT).set_params(**change)
    for each in (model, right):
        getattr(each, call)(X, ONE_OUTPUT)
    assert_equal_fits(model, right)
    assert model.predict(X) == pytest.approx(right.predict(X), rel=1e-8)


@for_each("first", ["adam", "sgd", "lbfgs"])
@for_each("then", ["adam", "sgd", "lbfgs"])
@for_each("early_stopping", [(False, True), (True, False)])
def test_solver_and_early_stopping_may_change_between_warm_starts(first, then, early_stopping):
    """Quirk 10: scikit-learn ends in AttributeError or TypeError."""
    model = regressor(solver=first, early_stopping=early_stopping[0], warm_start=True).fit(X, ONE_OUTPUT)
    model.set_params(solver=then, early_stopping=early_stopping[1]).fit(X, ONE_OUTPUT)
    assert np.isfinite(model.loss_)
    assert hasattr(model, "loss_curve_") == (then != "lbfgs")
    assert model.history_.loss[-1] == model.loss_
    assert model.score(X, ONE_OUTPUT) <= 1


def test_a_warm_start_that_is_out_of_patience_stops_after_one_epoch():
    model = regressor(warm_start=True, tol=10.0, n_iter_no_change=3, max_iter=50)
    right = twin(model)
    for _ in range(2):
        model.fit(X, ONE_OUTPUT)
        right.fit(X, ONE_OUTPUT)
        assert model.n_iter_ == right.n_iter_
    assert model.n_iter_ == 1
