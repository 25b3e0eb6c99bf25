"""Central differences of what a fitted model predicts: what the exact derivatives are held against."""

import warnings

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning

from chainrule import MLPClassifier, MLPRegressor, jacobian

STEP = 2e-6
SMOOTH = {"activation": "tanh", "solver": "lbfgs", "max_iter": 40, "random_state": 0}


def regressor(**changed):
    """A small smooth network."""
    return MLPRegressor(**({"hidden_layer_sizes": (6,)} | SMOOTH | changed))


def classifier(**changed):
    return MLPClassifier(**({"hidden_layer_sizes": (6,), "alpha": 0.1} | SMOOTH | changed))


def fitted(model, X, y):
    """The model after its few iterations: how well it has learnt does not matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


def predictions(model, X):
    found = np.asarray(model.predict_proba(X) if is_classifier(model) else model.predict(X), float)
    return found.reshape(len(found), -1)


def central_differences(model, X, columns):
    """(n_rows, n_outputs, len(columns)); columns are names of a pandas frame, or positions in an array."""
    parts = []
    for column in columns:
        h = STEP * max(1.0, np.nanstd(cells(X, column)))
        ahead, behind = predictions(model, moved(X, column, h)), predictions(model, moved(X, column, -h))
        parts.append((ahead - behind) / (2 * h))
    return np.stack(parts, axis=2)


def cells(X, column):
    return np.asarray(X[column] if hasattr(X, "columns") else X[:, column], float)


def moved(X, column, by):
    changed = X.copy()
    if hasattr(X, "columns"):
        changed[column] = X[column] + by
    else:
        changed[:, column] = X[:, column] + by
    return changed


def assert_exact(model, X, columns=None, rtol=1e-6):
    """The derivatives equal central differences, to rtol of the largest of all and rounding."""
    found = jacobian(model, X)
    expected = central_differences(model, X, range(np.shape(X)[1]) if columns is None else columns)
    assert found.values.shape == expected.shape
    rounding = 8 * np.finfo(float).eps * np.abs(predictions(model, X)).max() / STEP
    off = np.abs(found.values - expected).max()
    assert off <= rtol * np.abs(expected).max() + rounding
    assert np.abs(expected).max() > 100 * rounding  # or the comparison would say nothing
    return found
