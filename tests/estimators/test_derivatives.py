"""∂output/∂feature of fitted models: follows predict and predict_proba."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError

from chainrule import MLPClassifier, MLPRegressor
from chainrule.testing import finite_difference_derivative

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
FAST = {"hidden_layer_sizes": (6,), "activation": "tanh", "max_iter": 20, "random_state": 0}
TARGETS = {
    "binary": (X[:, 0] > 0).astype(int),
    "words": np.where(X[:, 0] > 0, "yes", "no"),
    "three": np.digitize(X[:, 0], [-0.5, 0.5]),
    "labels": (X[:, :2] > 0).astype(int),
    "one class": np.zeros(40),
}


def fitted(estimator, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(X, y)


def differences(f, x):
    return finite_difference_derivative(lambda row: f(row[None])[0], x, richardson=2)


@pytest.mark.parametrize("target", TARGETS)
def test_a_classifier_s_follows_predict_proba(target):
    model = fitted(MLPClassifier(**FAST), X, TARGETS[target])
    J = model.jacobian(X[:3])
    assert J.shape == (3, model.predict_proba(X[:1]).shape[1], 3)
    for i in range(3):
        np.testing.assert_allclose(J[i], differences(model.predict_proba, X[i]), atol=1e-9)


@pytest.mark.parametrize("target", TARGETS)
def test_of_logits(target):
    model = fitted(MLPClassifier(**FAST), X, TARGETS[target])

    def logits(rows):
        return np.tanh(rows @ model.coefs_[0] + model.intercepts_[0]) @ model.coefs_[1] + model.intercepts_[1]

    J = model.jacobian(X[:3], of="logits")
    assert J.shape == (3, model.n_outputs_, 3)
    for i in range(3):
        np.testing.assert_allclose(J[i], differences(logits, X[i]), atol=1e-9)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_regressor_s_follows_predict(loss, dtype):
    model = fitted(MLPRegressor(loss=loss, **FAST), X.astype(dtype), np.exp(X[:, 0]))
    J = model.jacobian(X[:3])
    assert J.shape == (3, 1, 3)
    if dtype == np.float64:
        for i in range(3):
            np.testing.assert_allclose(J[i, 0], differences(model.predict, X[i])[0], atol=1e-9)
    np.testing.assert_allclose(model.jacobian(csr_array(X[:3])), J, rtol=1e-4, atol=1e-6)


def test_several_outputs_and_names():
    frame = pd.DataFrame(X, columns=["carat", "depth", "table"])
    model = fitted(MLPRegressor(**FAST), frame, np.c_[X[:, 0], X[:, 1] ** 2])
    J = model.jacobian(frame)
    found = model.sensitivities(frame)
    assert J.shape == (40, 2, 3)
    assert found.features == ("carat", "depth", "table")
    assert found.outputs == ("y0", "y1")
    np.testing.assert_allclose(found.mean, J.mean(axis=0))
    np.testing.assert_allclose(found.mean_absolute, np.abs(J).mean(axis=0))
    np.testing.assert_allclose(found.root_mean_square, np.sqrt((J**2).mean(axis=0)))
    assert "carat" in repr(found) and "over 40 samples" in repr(found)
    assert "<td>carat</td>" in found._repr_html_()


@pytest.mark.parametrize("of", ["probabilities", "logits"])
def test_sensitivities_of_classes(of):
    model = fitted(MLPClassifier(**FAST), X, TARGETS["words"])
    found = model.sensitivities(X, of=of)
    assert found.outputs == (("no", "yes") if of == "probabilities" else ("logit of yes",))
    np.testing.assert_allclose(found.mean, model.jacobian(X, of=of).mean(axis=0))


def test_sensitivities_come_in_chunks(monkeypatch):
    model = fitted(MLPRegressor(**FAST), X, X[:, 0])
    whole = model.sensitivities(X)
    monkeypatch.setattr("chainrule.estimators._derivatives._CHUNK", 3 * 7)
    np.testing.assert_allclose(model.sensitivities(X).mean, whole.mean)


def test_bad_input_is_named():
    with pytest.raises(NotFittedError):
        MLPRegressor().jacobian(X)
    model = fitted(MLPClassifier(**FAST), X, TARGETS["three"])
    with pytest.raises(ValueError, match=r"'odds'.*'probabilities', 'logits'"):
        model.jacobian(X, of="odds")
    with pytest.raises(ValueError, match="2 features"):
        model.jacobian(X[:, :2])
