"""What may be learnt: classes of any kind, labels, numbers, counts."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

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
    twin,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LABELS = {
    "integers": BINARY,
    "negative integers": 1 - 2 * BINARY,
    "truth values": BINARY > 0,
    "whole floats": BINARY * 2.0,
    "words": np.array(["no", "yes"])[BINARY],
    "words as objects": np.array(["no", "yes"], dtype=object)[BINARY],
    "a list of words": np.array(["no", "yes"])[BINARY].tolist(),
    "three integers": 10 * MULTICLASS,
    "three words": np.array(["c", "a", "b"])[MULTICLASS],
    "multilabel": MULTILABEL,
    "multilabel truth values": MULTILABEL > 0,
    "a label nobody has": np.c_[BINARY, 0 * BINARY],
    "one class": 0 * BINARY + 7,
}


@for_each("y", LABELS.values())
def test_labels(y):
    model = classifier().fit(X, y)
    right = twin(model).fit(X, y)
    assert_equal_fits(model, right)
    assert model.out_activation_ == right.out_activation_
    np.testing.assert_array_equal(model.classes_, right.classes_)
    predicted, expected = model.predict(X), right.predict(X)
    assert predicted.dtype == expected.dtype
    np.testing.assert_array_equal(predicted, expected)
    assert model.score(X, y) == right.score(X, y)


@pytest.mark.parametrize(
    ("y", "out", "columns"),
    [(BINARY, "logistic", 2), (MULTICLASS, "softmax", 3), (MULTILABEL, "logistic", 3)],
    ids=["binary", "multiclass", "multilabel"],
)
def test_probabilities(y, out, columns):
    model = classifier().fit(X, y)
    p = model.predict_proba(X)
    np.testing.assert_allclose(p, twin(model).fit(X, y).predict_proba(X), rtol=1e-9)
    np.testing.assert_array_equal(np.exp(model.predict_log_proba(X)), np.exp(np.log(p)))
    assert p.shape == (len(X), columns)
    assert model.out_activation_ == out
    if y.ndim == 1:
        np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-15)
        np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(X))
    else:
        np.testing.assert_array_equal(model.predict(X), p > 0.5)


@pytest.mark.parametrize("dtype", ["category", "Int64", "boolean", "str"])
def test_a_column_of_a_frame(dtype):
    y = pd.Series(BINARY > 0 if dtype == "boolean" else BINARY).astype(dtype)
    model = classifier().fit(X, y)
    np.testing.assert_array_equal(model.predict(X), twin(model).fit(X, y).predict(X))


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_array])
def test_labels_may_be_sparse(form):
    model = classifier().fit(X, form(MULTILABEL))
    assert_equal_fits(model, classifier().fit(X, MULTILABEL), rtol=1e-15)
    right = twin(model).fit(X, form(MULTILABEL))
    assert type(model.predict(X)) is type(right.predict(X))
    np.testing.assert_array_equal(model.predict(X).toarray(), right.predict(X).toarray())


def test_one_class_has_one_column_of_certainty():
    model = classifier().fit(X, np.full(len(X), "all"))
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((len(X), 1)))
    np.testing.assert_array_equal(model.predict_log_proba(X), np.zeros((len(X), 1)))
    assert set(model.predict(X)) == {"all"}


def test_a_column_of_labels_is_taken_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        model = classifier().fit(X, BINARY[:, None])
    assert_equal_fits(model, classifier().fit(X, BINARY))
    assert model.predict(X).shape == (len(X),)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("y", [COUNTS, np.c_[COUNTS, COUNTS[::-1]]], ids=["one", "two"])
def test_outputs(y, solver, loss):
    model = regressor(loss=loss, solver=solver).fit(X, y)
    assert model.predict(X).shape == y.shape
    assert model.out_activation_ == {"squared_error": "identity", "poisson": "exp"}[loss]
    if loss == "poisson":
        assert (model.predict(X) > 0).all()
    if solver == "adam" or y.ndim == 1 or loss == "poisson":
        right = twin(model).fit(X, y)
        assert_equal_fits(model, right)
        np.testing.assert_allclose(model.predict(X), right.predict(X), rtol=1e-8)
        assert model.score(X, y) == pytest.approx(right.score(X, y), rel=1e-9)


def test_a_column_of_numbers_is_taken_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        model = regressor().fit(X, ONE_OUTPUT[:, None])
    assert model.predict(X).shape == (len(X),)


def test_several_outputs_are_followed_as_scikit_learn_does_by_minibatches():
    model = regressor(alpha=0.5, max_iter=20).fit(X, TWO_OUTPUTS)
    right = twin(model).fit(X, TWO_OUTPUTS)
    np.testing.assert_allclose(model.loss_curve_, right.loss_curve_, rtol=1e-12)


def test_lbfgs_sees_the_function_whose_gradient_it_follows():
    """Quirk 1: scikit-learn hands over the gradient of the sum over outputs, but the mean as value."""
    y = np.tanh(X @ np.random.RandomState(0).normal(size=(4, 10)))
    model = regressor(solver="lbfgs", activation="tanh", alpha=1.0, max_iter=500, tol=1e-3).fit(X, y)
    N, W = len(X), np.concatenate([matrix.ravel() for matrix in model.coefs_])
    assert model.loss_ == pytest.approx(
        0.5 * ((model.predict(X) - y) ** 2).sum() / N + 0.5 * model.alpha * (W @ W) / N
    )
    stationary = model.network_.gradient(X, y, loss="half_squared_error")
    stationary[: len(W)] += model.alpha * W / N
    assert np.abs(stationary).max() < model.tol


@pytest.mark.parametrize("y", [ONE_OUTPUT > 0, (9 * ONE_OUTPUT).astype(np.int8), ONE_OUTPUT.astype(object)])
def test_numbers_of_any_type_are_learnt(y):
    model = regressor().fit(X, y)
    assert_equal_fits(model, regressor().fit(X, y.astype(float)))
