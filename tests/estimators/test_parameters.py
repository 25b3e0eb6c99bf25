"""The constructor and what is accepted: scikit-learn's, word for word, with ``progress`` at the end."""

import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from chainrule import MLPClassifier, MLPRegressor
from chainrule.calculus import ACTIVATIONS
from sweeps import for_each

from .data import OURS, TWINS, X, classifier, regressor, target_of, twin

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
both = pytest.mark.parametrize("Estimator", TWINS)
METHODS = (
    "fit", "partial_fit", "predict", "score", "get_params", "set_params", "get_metadata_routing",
    "set_fit_request", "set_score_request", "set_partial_fit_request",
)  # fmt: skip


def shape(function):
    """Names, kinds and defaults of a function's parameters."""
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@both
def test_the_constructor_is_scikit_learns_and_progress(Estimator):
    given, theirs = shape(Estimator), shape(TWINS[Estimator])
    assert given[: len(theirs)] == theirs
    own = [(name, kind) for name, kind, _ in given[len(theirs) :]]
    of_other = {MLPClassifier: ("n_restarts", "keep_covariance", "quantile"), MLPRegressor: ("class_weight",)}
    expected = [name for name in OURS if name not in of_other[Estimator]]
    assert own == [(name, inspect.Parameter.KEYWORD_ONLY) for name in expected]


@both
@for_each("name", METHODS)
def test_methods_take_what_scikit_learns_take(Estimator, name):
    ours, theirs = shape(getattr(Estimator(), name)), shape(getattr(TWINS[Estimator](), name))
    more = ["return_std"] if (Estimator, name) == (MLPRegressor, "predict") else []
    more = ["checkpoint", "resume", "validation_data"] if name in ("fit", "set_fit_request") else more
    own = [parameter for parameter in ours if parameter[0] in more]
    assert sorted(parameter[0] for parameter in own) == more
    assert [parameter for parameter in ours if parameter not in own] == theirs
    if name != "set_fit_request":  # which sorts them, and takes them by name alone
        assert ours[len(theirs) :] == own


@pytest.mark.parametrize("name", ["predict_proba", "predict_log_proba"])
def test_probabilities_are_the_classifiers(name):
    assert shape(getattr(MLPClassifier, name)) == shape(getattr(TWINS[MLPClassifier], name))
    assert not hasattr(MLPRegressor(), name)


def test_there_is_no_decision_function():
    assert not hasattr(MLPClassifier(), "decision_function")


def test_positional_parameters_come_in_scikit_learns_order():
    assert MLPClassifier((3,), "tanh").get_params()["activation"] == "tanh"
    assert MLPRegressor("poisson", (3,), "tanh").get_params()["hidden_layer_sizes"] == (3,)
    with pytest.raises(TypeError, match="positional"):
        MLPClassifier((3,), "tanh", "sgd")


def test_the_classifiers_loss_is_no_parameter():
    assert MLPClassifier().loss == "log_loss"
    assert "loss" not in MLPClassifier().get_params()


REFUSED = [
    ("hidden_layer_sizes", 0),
    ("hidden_layer_sizes", -3),
    ("hidden_layer_sizes", 2.0),
    ("hidden_layer_sizes", None),
    ("solver", "no_such"),
    ("solver", None),
    ("alpha", -0.1),
    ("alpha", "much"),
    ("batch_size", 0),
    ("batch_size", 10.0),
    ("batch_size", "all"),
    ("learning_rate", "cosine"),
    ("learning_rate_init", 0),
    ("learning_rate_init", -1.0),
    ("power_t", -0.5),
    ("max_iter", 0),
    ("max_iter", 1.5),
    ("shuffle", 1),
    ("shuffle", "yes"),
    ("random_state", -1),
    ("random_state", 1.0),
    ("random_state", np.random.default_rng(0)),
    ("tol", -1e-9),
    ("verbose", -1),
    ("verbose", "loud"),
    ("warm_start", None),
    ("momentum", 1.1),
    ("momentum", -0.1),
    ("nesterovs_momentum", "no"),
    ("early_stopping", 2),
    ("validation_fraction", 1.0),
    ("validation_fraction", -0.1),
    ("beta_1", 1.0),
    ("beta_2", -0.5),
    ("epsilon", 0.0),
    ("n_iter_no_change", 0),
    ("n_iter_no_change", 2.5),
    ("n_iter_no_change", -np.inf),
    ("max_fun", 0),
]


@both
@for_each(("name", "value"), REFUSED)
def test_parameters_are_refused_with_scikit_learns_words(Estimator, name, value):
    model = Estimator(**{name: value})
    with pytest.raises(ValueError) as expected:
        twin(model).fit(X, target_of(model))
    with pytest.raises(type(expected.value)) as refused:
        model.fit(X, target_of(model))
    if name in ("solver", "alpha"):  # ours take more, and say so
        assert set(set_apart(expected.value)) <= {"a", "str", *set_apart(refused.value)}
    else:
        assert set_apart(refused.value) == set_apart(expected.value)


def set_apart(error):
    """The words of an error; the order of a set in them is nobody's promise."""
    return sorted(word.strip("{},.") for word in str(error).split())


@pytest.mark.parametrize("sizes", [[3, 0], [-1], (2, -2, 2)])
def test_hidden_layers_have_a_width(sizes):
    with pytest.raises(ValueError, match="hidden_layer_sizes must be > 0, got"):
        classifier(hidden_layer_sizes=sizes).fit(X, target_of(classifier()))


@pytest.mark.parametrize("sizes", [[3.0], [[3], [4]]])
def test_hidden_layers_have_integer_widths(sizes):
    with pytest.raises(TypeError, match="hidden_layer_sizes must be integers, got"):
        classifier(hidden_layer_sizes=sizes).fit(X, target_of(classifier()))


@pytest.mark.parametrize("sizes", [(), [], 5, np.int64(5), (5,), np.array([5, 3]), range(3, 5)])
def test_hidden_layers_come_in_any_form(sizes):
    model = regressor(hidden_layer_sizes=sizes).fit(X, target_of(regressor()))
    hidden = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    assert model.network_.layer_sizes == (4, *hidden, 1)


@both
@pytest.mark.parametrize("progress", [1, "bar", None])
def test_progress_is_a_boolean(Estimator, progress):
    model = Estimator(progress=progress)
    with pytest.raises(ValueError, match="'progress' parameter"):
        model.fit(X, target_of(model))


def test_the_regressors_loss_is_one_of_a_few():
    with pytest.raises(ValueError, match="'loss' parameter of MLPRegressor must be a str among"):
        MLPRegressor(loss="absolute_error").fit(X, X[:, 0])


@for_each("activation", ACTIVATIONS)
def test_every_activation_of_ours_can_be_learnt_with(activation):
    model = regressor(activation=activation, max_iter=30, learning_rate_init=0.01)
    y = target_of(model)
    model.fit(X, y)
    assert set(model.network_.activations) == {activation}
    assert model.loss_curve_[-1] < model.loss_curve_[0]


def test_an_unknown_activation_is_refused_with_the_list():
    with pytest.raises(ValueError, match=r"'activation' parameter.*'gelu'"):
        regressor(activation="no_such").fit(X, X[:, 0])


def test_n_iter_no_change_may_be_infinite():
    assert regressor(n_iter_no_change=np.inf, tol=10.0, max_iter=15).fit(X, X[:, 0]).n_iter_ == 15


@both
def test_nothing_is_checked_or_changed_before_fit(Estimator):
    sizes = [4, 3]
    model = Estimator(hidden_layer_sizes=sizes, alpha=-1)
    assert model.get_params()["hidden_layer_sizes"] is sizes
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(alpha=2, solver="sgd") is model
    assert (model.alpha, model.solver) == (2, "sgd")
    with pytest.raises(ValueError, match="Invalid parameter 'beta_3'"):
        model.set_params(beta_3=0.5)


@both
def test_a_fitted_model_is_cloned_without_what_it_learnt(Estimator):
    model = Estimator(max_iter=2, random_state=0)
    model.fit(X, target_of(model))
    assert not hasattr(clone(model), "network_")


@both
def test_an_unfitted_model_can_be_pickled(Estimator):
    model = pickle.loads(pickle.dumps(Estimator(alpha=3.0)))
    assert model.get_params() == Estimator(alpha=3.0).get_params()


@both
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
def test_more_epochs_and_rows_a_step_than_a_machine_integer_holds(Estimator, solver):
    """As in scikit-learn, whose ranges have no upper end."""
    model = Estimator(
        hidden_layer_sizes=(2,), solver=solver, max_iter=10**30, batch_size=10**30, tol=1e-2, random_state=0
    )
    model.fit(X, target_of(model))
    assert 1 <= model.n_iter_ < 10**5
