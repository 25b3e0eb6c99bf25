"""Central differences of what a fitted model predicts: what the exact derivatives are held against."""

import numpy as np
from sklearn.base import is_classifier

from chainrule import MLPRegressor, jacobian

STEP = 2e-6
SMOOTH = {"hidden_layer_sizes": (6,), "activation": "tanh", "solver": "lbfgs", "max_iter": 60, "tol": 0}


def network(**changed):
    """A small smooth network; it learns enough for its derivatives to differ from row to row."""
    return MLPRegressor(**(SMOOTH | {"random_state": 0} | changed))


def predictions(model, X):
    found = np.asarray(model.predict_proba(X) if is_classifier(model) else model.predict(X), float)
    return found.reshape(len(found), -1)


def central_differences(model, X, columns, step=STEP):
    """(n_rows, n_outputs, len(columns)); columns are names of a pandas frame, or positions in an array."""
    parts = []
    for column in columns:
        h = step * max(1.0, np.nanstd(cells(X, column)))
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


def assert_exact(model, X, columns=None, rtol=1e-6, step=STEP):
    """The derivatives equal central differences to rtol of the largest derivative of the row."""
    found = jacobian(model, X)
    columns = range(np.shape(X)[1]) if columns is None else columns
    expected = central_differences(model, X, columns, step)
    scale = np.maximum(np.abs(expected).max(axis=(1, 2), keepdims=True), 1e-3 * np.abs(expected).max())
    rounding = 4 * np.finfo(float).eps * np.abs(predictions(model, X)).max() / step
    off = np.abs(found.values - expected)
    assert (off <= rtol * scale + rounding).all(), (off / scale).max()
    return found
