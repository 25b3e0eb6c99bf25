"""To scikit-learn's estimators and back: the same predictions, and the same way on from there."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn.neural_network as theirs
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

import chainrule as ours
from chainrule import SGD, Activation, Adam, Network, TableRegressor
from chainrule.export import from_sklearn, to_sklearn
from sweeps import for_each

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
NUMBER = X[:, 0] - np.sin(X[:, 1])
TWO = np.where(NUMBER > 0, "yes", "no")
THREE = np.digitize(NUMBER, [-0.5, 0.5])
PAIR = np.stack([NUMBER, X[:, 2]], axis=1)
LABELS = (PAIR > 0).astype(int)

SETTINGS = {
    "adam": {"solver": "adam", "activation": "relu", "tol": 0.05},
    "sgd": {
        "solver": "sgd",
        "activation": "logistic",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.1,
    },
    "invscaling": {"solver": "sgd", "activation": "tanh", "learning_rate": "invscaling", "power_t": 0.3},
    "lbfgs": {"solver": "lbfgs", "activation": "identity"},
    "early": {"solver": "adam", "activation": "tanh", "early_stopping": True},
}
TARGETS = {
    "numbers": ("MLPRegressor", NUMBER),
    "two numbers": ("MLPRegressor", PAIR),
    "two classes": ("MLPClassifier", TWO),
    "three classes": ("MLPClassifier", THREE),
    "labels": ("MLPClassifier", LABELS),
}


def fitted(library, target, setting, rows=X, **more):
    kind, y = TARGETS[target]
    model = getattr(library, kind)(
        hidden_layer_sizes=(5, 4), max_iter=12, random_state=0, **SETTINGS[setting] | more
    )
    return model.fit(rows, y)


def agree(one, other, rtol=1e-12):
    for name in ("predict", "predict_proba"):
        if hasattr(one, name):
            first, second = getattr(one, name)(X), getattr(other, name)(X)
            if first.dtype.kind == "f":
                np.testing.assert_allclose(first, second, rtol=rtol, atol=1e-14)
            else:
                np.testing.assert_array_equal(first, second)


ATTRIBUTES = ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_")
OF_MINIBATCHES = ("loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_")


@for_each("target", TARGETS)
@for_each("setting", SETTINGS)
@for_each("there", [True, False])
def test_predictions_and_what_is_kept_are_the_same(target, setting, there):
    model = fitted(ours if there else theirs, target, setting)
    other = to_sklearn(model) if there else from_sklearn(model)
    check_is_fitted(other)
    agree(model, other)
    names = ATTRIBUTES if setting == "lbfgs" else (*ATTRIBUTES, *OF_MINIBATCHES)
    for name in (*names, "loss_"):
        np.testing.assert_equal(getattr(other, name), getattr(model, name), err_msg=name)
    if setting != "lbfgs":
        mine, its = (model, other) if there else (other, model)
        assert mine._state.no_improvement == its._no_improvement_count
    back = from_sklearn(other) if there else to_sklearn(other)
    agree(model, back, rtol=0)
    assert type(back) is type(model)
    assert back.get_params() == model.get_params()


@for_each("target", TARGETS)
@for_each("setting", ["adam", "sgd", "invscaling"])
@for_each("there", [True, False])
def test_learning_goes_on_by_partial_fit_as_it_would_have(target, setting, there):
    model = fitted(ours if there else theirs, target, setting)
    other = to_sklearn(model) if there else from_sklearn(model)
    for _ in range(3):
        model.partial_fit(X, TARGETS[target][1])
        other.partial_fit(X, TARGETS[target][1])
    agree(model, other, rtol=1e-9)
    assert other.t_ == model.t_ and len(other.loss_curve_) == len(model.loss_curve_)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("there", [True, False], ids=["to_sklearn", "from_sklearn"])
def test_learning_goes_on_by_warm_start_as_it_would_have(setting, there):
    model = fitted(ours if there else theirs, "three classes", setting, warm_start=True)
    other = to_sklearn(model) if there else from_sklearn(model)
    model.fit(X, THREE)
    other.fit(X, THREE)
    agree(model, other, rtol=1e-6)


@pytest.mark.parametrize("there", [True, False], ids=["to_sklearn", "from_sklearn"])
def test_single_precision_and_names_of_columns_are_kept(there):
    frame = pd.DataFrame(X.astype(np.float32), columns=["a", "b", "c"])
    model = fitted(ours if there else theirs, "two classes", "adam", frame)
    other = to_sklearn(model) if there else from_sklearn(model)
    assert other.coefs_[0].dtype == np.float32
    assert list(other.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_allclose(other.predict_proba(frame), model.predict_proba(frame), rtol=1e-5)


def test_the_copy_does_not_change_with_the_original():
    model = fitted(ours, "numbers", "adam")
    other, before = to_sklearn(model), model.predict(X)
    model.coefs_[0][:] = 0
    model._state.moments[:] = 1
    np.testing.assert_allclose(other.predict(X), before, rtol=1e-12)
    assert max(abs(m).max() for m in other._optimizer.ms) < 1


@pytest.mark.parametrize("there", [True, False], ids=["to_sklearn", "from_sklearn"])
def test_pipelines_and_scaled_targets_are_converted_at_their_end(there):
    library = ours if there else theirs
    network = library.MLPRegressor(hidden_layer_sizes=(5,), max_iter=10, random_state=0)
    pipeline = make_pipeline(
        StandardScaler(), TransformedTargetRegressor(network, transformer=StandardScaler())
    )
    pipeline.fit(X, NUMBER)
    other = (to_sklearn if there else from_sklearn)(pipeline)
    assert type(other[-1].regressor_).__module__.startswith("sklearn" if there else "chainrule")
    np.testing.assert_allclose(other.predict(X), pipeline.predict(X), rtol=1e-12)
    copy.deepcopy(other).fit(X, NUMBER)  # it can learn anew


NETWORKS = {
    "identity": (Network((3, 4, 2), "tanh", random_state=0), theirs.MLPRegressor),
    "exp": (Network((3, 4, 1), "relu", "exp", random_state=0), theirs.MLPRegressor),
    "logistic": (Network((3, 4, 1), "logistic", "logistic", random_state=0), theirs.MLPClassifier),
    "labels": (Network((3, 1, 3), "identity", "logistic", random_state=0), theirs.MLPClassifier),
    "softmax": (Network((3, 3), "relu", "softmax", random_state=0), theirs.MLPClassifier),
    "softmax of two": (Network((3, 4, 2), "tanh", "softmax", random_state=0), theirs.MLPClassifier),
}


@pytest.mark.parametrize("net, kind", NETWORKS.values(), ids=NETWORKS)
def test_a_network_becomes_an_estimator(net, kind):
    model = to_sklearn(net)
    assert type(model) is kind
    found = model.predict_proba(X) if kind is theirs.MLPClassifier else model.predict(X)
    expected = net(X)
    if net.output == "logistic" and expected.shape[1] == 1:
        expected = np.hstack([1 - expected, expected])
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-12)
    y = expected.squeeze() if kind is theirs.MLPRegressor else model.predict(X)
    model.partial_fit(X, y)


def arctan(q):
    return np.arctan(q)


def arctan_slope(q):
    return 1 / (1 + q * q)


def arctan_bend(q):
    return -2 * q / (1 + q * q) ** 2


OWN = Activation("arctan", arctan, arctan_slope, arctan_bend)


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (Network((3, 4, 1), "silu"), "no activation 'silu'; it has identity, logistic, tanh, relu"),
        (Network((3, 4, 4, 1), ("gelu", "elu")), "no activation 'gelu', 'elu'"),
        (Network((3, 4, 4, 1), ("relu", "tanh")), "one activation for all hidden layers; .*relu, tanh"),
        (Network((3, 4, 1), OWN), "no activation 'arctan'"),
        (Network((3, 1), output="softmax"), "softmax of one output is always 1"),
        (Network((3, 4, 1), "relu", "tanh"), "no output 'tanh'; it has identity, exp, logistic, softmax"),
    ],
)
def test_what_scikit_learn_lacks_is_named(net, words):
    with pytest.raises(ValueError, match=words):
        to_sklearn(net)


@pytest.mark.parametrize(
    ("parameters", "words", "solver"),
    [
        ({"solver": "lm"}, "solver='lm' becomes 'lbfgs'", "lbfgs"),
        ({"loss": "huber"}, "loss='huber' becomes 'squared_error'", "adam"),
        ({"loss": "quantile", "quantile": 0.9}, "quantile=0.9 is left out; loss='quantile' becomes", "adam"),
        ({"schedule": "cosine"}, "schedule='cosine' is left out", "adam"),
    ],
)
def test_settings_that_scikit_learn_lacks_are_said(parameters, words, solver):
    model = ours.MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0, **parameters)
    model.fit(X, NUMBER)
    with pytest.warns(UserWarning, match=words):
        other = to_sklearn(model)
    assert other.solver == solver
    agree(model, other)
    other.set_params(warm_start=True).fit(X, NUMBER)


@pytest.mark.parametrize("solver", [Adam(0.02, beta_1=0.8), SGD(0.05, momentum=0.5)], ids=lambda s: s.name)
def test_a_solver_given_as_an_object_becomes_its_settings(solver):
    model = ours.MLPRegressor(hidden_layer_sizes=(4,), solver=solver, max_iter=5, random_state=0)
    model.fit(X, NUMBER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        other = to_sklearn(model)
    assert other.learning_rate_init == solver.learning_rate_init
    model.partial_fit(X, NUMBER)
    agree(model, other.partial_fit(X, NUMBER), rtol=1e-10)


def test_what_is_not_fitted_or_foreign_is_refused():
    with pytest.raises(NotFittedError):
        from_sklearn(theirs.MLPRegressor())
    with pytest.raises(NotFittedError):
        to_sklearn(ours.MLPClassifier())
    with pytest.raises(
        TypeError, match=r"from_sklearn takes .* of scikit-learn, .*, got chainrule.MLPClassifier$"
    ):
        from_sklearn(ours.MLPClassifier())
    with pytest.raises(TypeError, match=r"no counterpart of chainrule.TableRegressor"):
        to_sklearn(TableRegressor())
    with pytest.raises(TypeError, match=r"no counterpart of the class chainrule.MLPClassifier"):
        to_sklearn(ours.MLPClassifier)
    with pytest.raises(TypeError, match=r"no counterpart of sklearn.StandardScaler"):
        to_sklearn(make_pipeline(StandardScaler()).fit(X))
