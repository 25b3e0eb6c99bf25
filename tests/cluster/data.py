"""What the tests of this folder learn from."""

import hashlib

import numpy as np

from chainrule.training import leaf_rows

SETTINGS = {
    "hidden_layer_sizes": (64, 32), "activation": "tanh", "solver": "lbfgs", "max_iter": 12,
    "random_state": 0,
}  # fmt: skip
LANES = SETTINGS | {"solver": "adam", "batch_size": 256, "max_iter": 2, "early_stopping": True}
QUANTILES = LANES | {"loss": "quantile", "quantile": [0.1, 0.9]}
SECOND_ORDER = SETTINGS | {"solver": "lm", "hidden_layer_sizes": (5,), "max_iter": 4, "alpha": "bayes"}
N, D = 12_000, 20

_random = np.random.RandomState(0)
X = _random.standard_normal((N, D))
Y = np.sin(X[:, :4]).sum(axis=1) + 0.1 * _random.standard_normal(N)
WEIGHTS = _random.uniform(0.5, 2, N)
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [-1, 1])]


def bits(model):
    """The SHA-256 of what was learnt, and of how the loss fell."""
    losses = np.array(model.history_.loss)
    return hashlib.sha256(model.network_.parameters.tobytes() + losses.tobytes()).hexdigest()


def leaf_of(model):
    """Rows of a leaf of a plain fit; there are several."""
    size = leaf_rows(model.network_.architecture, N)
    assert N > 4 * size
    return size
