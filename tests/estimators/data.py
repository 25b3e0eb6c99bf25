"""Small data, and the estimators' scikit-learn twins."""

import numpy as np
import sklearn.neural_network as scikit_learn

from chainrule import MLPClassifier, MLPRegressor

OURS = (
    "progress", "n_restarts", "keep_covariance", "schedule", "validation_score", "class_weight", "quantile",
)  # fmt: skip
"""Parameters that scikit-learn's do not have."""
TWINS = {MLPClassifier: scikit_learn.MLPClassifier, MLPRegressor: scikit_learn.MLPRegressor}


def rows(n=80, d=4, seed=0):
    return np.random.RandomState(seed).normal(size=(n, d))


X = rows()
BINARY = (X[:, 0] + X[:, 1] > 0).astype(int)
MULTICLASS = np.digitize(X[:, 0], [-0.5, 0.5])
MULTILABEL = (X[:, :3] > 0).astype(int)
ONE_OUTPUT = np.tanh(X[:, 0] - X[:, 1])
TWO_OUTPUTS = np.tanh(X[:, :2])
COUNTS = np.random.RandomState(1).poisson(np.exp(X[:, 0])).astype(float)

SETTINGS = dict(hidden_layer_sizes=(6,), max_iter=8, random_state=0)


def classifier(**parameters):
    return MLPClassifier(**SETTINGS | parameters)


def regressor(**parameters):
    return MLPRegressor(**SETTINGS | parameters)


def target_of(model):
    """A target for either estimator."""
    return BINARY if hasattr(model, "predict_proba") else ONE_OUTPUT


def twin(model):
    """scikit-learn's estimator with the same parameters."""
    parameters = {name: value for name, value in model.get_params(deep=False).items() if name not in OURS}
    return TWINS[type(model)](**parameters)


def assert_equal_fits(model, other, rtol=1e-9):
    """Two fitted models with equal weights."""
    for mine, right in zip(model.coefs_ + model.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_allclose(mine, right, rtol=rtol, atol=rtol * np.abs(right).max())
