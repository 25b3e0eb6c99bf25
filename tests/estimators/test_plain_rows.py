"""A plain array of the right kind goes to the network after a glance; whatever else, scikit-learn checks."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.neural_network import MLPRegressor as ScikitLearns

from chainrule import MLPClassifier, MLPRegressor
from chainrule.estimators import _derivatives

X = np.random.default_rng(0).normal(size=(40, 3))
SHORT = {"tol": 1e9, "n_iter_no_change": 1, "max_iter": 9}
MODEL = MLPRegressor(hidden_layer_sizes=(5,), random_state=0, **SHORT).fit(X, X[:, 0])


@pytest.fixture
def checked(monkeypatch):
    """The calls of scikit-learn's check."""
    calls, check = [], _derivatives.validate_data
    monkeypatch.setattr(_derivatives, "validate_data", lambda *a, **k: calls.append(a) or check(*a, **k))
    return calls


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_plain_rows_are_not_checked_twice(checked, dtype):
    MODEL.predict(X.astype(dtype))
    MODEL.jacobian(X[::2].astype(dtype)[:, ::-1])
    assert not checked


@pytest.mark.parametrize(
    "rows",
    [X.tolist(), X.astype(int), X.astype(object), pd.DataFrame(X)],
    ids=["list", "int", "object", "table"],
)
def test_other_rows_are(checked, rows):
    np.testing.assert_allclose(MODEL.predict(rows), MODEL.predict(np.asarray(rows, float)))
    assert len(checked) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (39, 2)])
def test_what_is_not_finite_gets_scikit_learns_error(bad, place):
    spoilt = X.copy()
    spoilt[place] = bad
    theirs = ScikitLearns(hidden_layer_sizes=(5,), **SHORT).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="Input X contains") as expected:
        theirs.predict(spoilt)
    with pytest.raises(ValueError, match="Input X contains") as found:
        MODEL.predict(spoilt)
    assert str(found.value) == str(expected.value)
    two = np.array([[np.inf, -np.inf, 1.0]])
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="contains infinity"):
        MODEL.predict(two)


def test_a_sum_that_overflows_is_looked_at_again(checked):
    large = np.full((3, 3), 1e38, np.float32)
    MODEL.predict(large)
    assert len(checked) == 1


def test_names_seen_in_fit_are_asked_for():
    named = MLPClassifier(hidden_layer_sizes=(3,), **SHORT).fit(
        pd.DataFrame(X, columns=list("abc")), X[:, 0] > 0
    )
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        named.predict(X)


def test_shapes_are_named():
    with pytest.raises(ValueError, match="X has 2 features, but MLPRegressor is expecting 3"):
        MODEL.predict(X[:, :2])
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        MODEL.predict(X[:0])
    with config_context(assume_finite=True), pytest.raises(ValueError, match="Expected 2D array"):
        MODEL.predict(X[0])
