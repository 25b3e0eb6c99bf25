"""Activations of one's own: as fast a loop, checked when made, pickled by import path."""

import copy
import math
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from chainrule import Activation, MLPClassifier, MLPRegressor, Network
from chainrule.testing import complex_step_derivative


def gauss(q):
    return math.exp(-q * q)


def gauss_slope(q):
    return -2 * q * math.exp(-q * q)


def gauss_bend(q):
    return (4 * q * q - 2) * math.exp(-q * q)


def ramp(q):
    if q > 0:
        return 2.0 * q
    return 0.0


def ramp_slope(q):
    return 2.0 if q > 0 else 0.0


def flat(q):
    return 0.0


def hyperbolic(q):
    return math.tanh(q)


def hyperbolic_slope(q):
    return 1 - math.tanh(q) ** 2


def hyperbolic_bend(q):
    return -2 * math.tanh(q) * (1 - math.tanh(q) ** 2)


GAUSS = Activation("gauss", gauss, gauss_slope, gauss_bend)
RAMP = Activation("ramp", ramp, ramp_slope, flat)
TANH = Activation("my_tanh", hyperbolic, hyperbolic_slope, hyperbolic_bend)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_answers_as_the_activation_it_is_equal_to(dtype):
    own = Network((3, 5, 4, 2), [TANH, "silu"], "softmax", dtype=dtype, random_state=0)
    known = Network((3, 5, 4, 2), ["tanh", "silu"], "softmax", dtype=dtype, random_state=0)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 3)), rng.integers(0, 2, 6)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for ask in (
        lambda net: net(X),
        lambda net: net.jacobian(X),
        lambda net: net.input_hessian(X),
        lambda net: net.gradient(X, y),
        lambda net: net.hessian(X, y).to_array(),
        lambda net: net.tangent_kernel(X),
    ):
        mine, theirs = ask(own), ask(known)
        assert mine.dtype == dtype
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


def test_any_function_is_differentiated():
    net = Network((2, 4, 1), GAUSS, random_state=0)
    W, b = net.weights, net.biases

    def F(x):
        return np.exp(-((x @ W[0] + b[0]) ** 2)) @ W[1] + b[1]

    x = np.array([0.3, -0.8])
    np.testing.assert_allclose(net.jacobian(x[None])[0], complex_step_derivative(F, x), rtol=1e-12)


def test_estimators_learn_with_it_as_with_the_one_it_is_equal_to():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    for kind, y in ((MLPRegressor, np.sin(X[:, 0])), (MLPClassifier, X[:, 0] > 0)):
        settings = {
            "hidden_layer_sizes": (6,),
            "max_iter": 5,
            "tol": 0,
            "n_iter_no_change": 99,
            "random_state": 0,
        }
        with pytest.warns(UserWarning, match="Maximum iterations"):
            own = kind(activation=TANH, **settings).fit(X, y)
        with pytest.warns(UserWarning, match="Maximum iterations"):
            known = kind(activation="tanh", **settings).fit(X, y)
        np.testing.assert_allclose(own.loss_curve_, known.loss_curve_, rtol=1e-12)
        assert clone(own).activation is TANH
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(own)).predict(X), own.predict(X))


def test_it_is_pickled_by_import_path():
    assert pickle.loads(pickle.dumps(GAUSS)) == GAUSS
    net = Network((2, 3, 1), [GAUSS], random_state=0)
    assert pickle.loads(pickle.dumps(net)) == net
    assert copy.deepcopy(net) == net
    unnamed = Activation("unnamed", lambda q: q * q, lambda q: 2 * q, lambda q: 2.0)
    assert copy.deepcopy(unnamed) is unnamed
    with pytest.raises(pickle.PicklingError, match=r"unnamed.*lambda"):
        pickle.dumps(Network((1, 1, 1), unnamed))


def test_same_functions_are_the_same_activation():
    assert Activation("gauss", gauss, gauss_slope, gauss_bend) == GAUSS
    assert hash(Activation("gauss", gauss, gauss_slope, gauss_bend)) == hash(GAUSS)
    assert GAUSS != RAMP
    assert repr(Network((1, 2, 1), GAUSS)).startswith("Network((1, 2, 1), activation=gauss")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Activation("tanh", gauss, gauss_slope, gauss_bend), ValueError, ["tanh", "taken"]),
        (lambda: Activation("", gauss, gauss_slope, gauss_bend), TypeError, ["word"]),
        (lambda: Activation("x", gauss, 2, gauss_bend), TypeError, ["derivative", "x", "2"]),
        (lambda: Activation("x", gauss, gauss, gauss_bend), ValueError, ["derivative of activation 'x'"]),
        (lambda: Activation("x", gauss, gauss_slope, flat), ValueError, ["second_derivative", "'x'"]),
        (lambda: Network((1, 2, 1), 3), TypeError, ["activation", "3"]),
        (lambda: Network((1, 2, 1), [GAUSS, GAUSS]), ValueError, ["1 hidden", "2"]),
    ],
)
def test_bad_input_is_named(make, error, words):
    with pytest.raises(error) as raised:
        make()
    assert all(word in str(raised.value) for word in words), raised.value


def test_what_numba_cannot_compile_is_named():
    table = {"a": 1.0}

    def value(q):
        return table["a"] * q

    odd = Activation("odd", value, lambda q: 1.0, lambda q: 0.0)
    with pytest.raises(ValueError, match=r"odd.*cannot be compiled"):
        Network((1, 2, 1), odd)([[1.0]])
