"""Results that do not fit the caches are written past them: to the bit the same, and nothing beside them."""

from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array

from chainrule import Network
from chainrule.network.derivatives import _parameter_jacobian
from sweeps import crossed


@pytest.mark.parametrize(
    ("sizes", "how"),
    crossed(
        [(7, 5, 1), (3, 70, 9), (200, 33, 4), (2, 5000, 1), (40, 300)],
        product([np.float64, np.float32], [0, 1, 5]),
    ),
    ids=str,
)
def test_past_the_caches(monkeypatch, sizes, how):
    dtype, shift = how
    """Rows may begin anywhere in a line of the cache, and blocks be longer than what is put together."""
    net = Network(sizes, dtype=dtype, random_state=0)
    X = np.random.default_rng(0).normal(size=(4, sizes[0]))
    y = np.zeros((4, sizes[-1]))
    calls = {
        (4, sizes[-1], net.n_parameters): net.parameter_jacobian,
        (4, net.n_parameters): lambda X, out=None: net.sample_gradients(X, y, "half_squared_error", out=out),
    }
    for shape, call in calls.items():
        expected = call(X)
        memory = np.full(np.prod(shape) + 16, 0.5, dtype)
        out = memory[shift : shift + np.prod(shape)].reshape(shape)
        monkeypatch.setattr(_parameter_jacobian, "BEYOND_CACHES", 0)
        call(X, out=out)
        monkeypatch.undo()
        np.testing.assert_array_equal(out, expected)
        assert (memory[:shift] == 0.5).all() and (memory[shift + out.size :] == 0.5).all()


def test_of_sparse_rows(monkeypatch):
    net = Network((50, 20, 3), random_state=0)
    X = np.random.default_rng(0).normal(size=(6, 50)) * (np.random.default_rng(1).random((6, 50)) < 0.1)
    monkeypatch.setattr(_parameter_jacobian, "BEYOND_CACHES", 0)
    np.testing.assert_allclose(net.parameter_jacobian(csr_array(X)), net.parameter_jacobian(X), rtol=1e-12)
