import numpy as np
from sklearn.neural_network import MLPRegressor

from chainrule import Network
from sweeps import for_each


def scikit_learns(hidden, activation, dtype, seed):
    """The weights that scikit-learn begins with: those it still has after steps of no length."""
    model = MLPRegressor(
        hidden_layer_sizes=hidden, activation=activation, solver="sgd", learning_rate_init=1e-300,
        random_state=seed, tol=1.0, n_iter_no_change=1,
    )  # fmt: skip
    X = np.zeros((4, 3), dtype)
    return model.fit(X, np.zeros((4, 2), dtype))


@for_each("dtype", [np.float64, np.float32])
@for_each("activation", ["identity", "logistic", "tanh", "relu"])
@for_each("hidden", [(), (5,), (4, 6, 2)])
def test_drawn_as_scikit_learn_draws(hidden, activation, dtype):
    expected = scikit_learns(hidden, activation, dtype, 7)
    net = Network((3, *hidden, 2), activation, dtype=dtype, random_state=7)
    for ours, theirs in zip(net.weights + net.biases, expected.coefs_ + expected.intercepts_, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_bounds_of_the_draws():
    for activation, c in (("tanh", 6), ("gelu", 6), ("logistic", 2), (["logistic", "tanh"], 6)):
        net = Network((30, 40, 50, 20), activation, random_state=0)
        for W, b in zip(net.weights, net.biases, strict=True):
            bound = np.sqrt(c / sum(W.shape))
            assert 0.95 * bound < np.abs(W).max() <= bound
            assert np.abs(b).max() <= bound


def test_a_seed_a_stream_and_none():
    assert Network((3, 2), random_state=1) == Network((3, 2), random_state=np.int64(1))
    assert Network((3, 2), random_state=1) != Network((3, 2), random_state=2)
    stream = np.random.RandomState(1)
    first, second = Network((3, 2), random_state=stream), Network((3, 2), random_state=stream)
    assert first == Network((3, 2), random_state=1)
    assert first != second
    assert Network((3, 2)) != Network((3, 2))


def test_none_is_numpys_global_stream():
    np.random.seed(5)
    drawn = Network((3, 2))
    assert drawn == Network((3, 2), random_state=5)


def test_single_precision_begins_where_double_does():
    double, single = (Network((3, 4, 2), dtype=kind, random_state=0) for kind in (np.float64, np.float32))
    np.testing.assert_array_equal(double.parameters.astype(np.float32), single.parameters)
