"""Gradients of every activation, output and loss against the complex step through calculus."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import Network, calculus
from chainrule.testing import (
    check_derivative,
    complex_step_derivative,
    finite_difference_derivative,
    taylor_slopes,
)
from sweeps import crossed, examples, for_each, some

LOSSES_AND_OUTPUTS = list(calculus.LOSSES)
every_pair = for_each(("loss", "output"), LOSSES_AND_OUTPUTS)


def drawn(sizes, hidden, output, n=3, seed=5):
    rng = np.random.default_rng(seed)
    net = Network(sizes, hidden, output)
    net.parameters = rng.normal(size=net.n_parameters)
    return net, rng.normal(size=(n, sizes[0])), rng.uniform(0, 1, (n, sizes[-1]))


def error_of(net, X, y, loss, sample_weight=None):
    """E as a function of η, which may be complex, by calculus."""

    def E(eta):
        weights = [block.view(eta) for block in net.layout.weights]
        biases = [block.view(eta) for block in net.layout.biases]
        return calculus.error(X, y, weights, biases, net.activations, net.output, loss, sample_weight)

    return E


@pytest.mark.parametrize(("activation", "pair"), crossed(calculus.ACTIVATIONS, LOSSES_AND_OUTPUTS), ids=str)
def test_N11_every_activation_with_every_output_and_loss(activation, pair):
    loss, output = pair
    net, X, y = drawn((2, 3, 2, 2), activation, output)
    exact = complex_step_derivative(error_of(net, X, y, loss), net.parameters)[0]
    np.testing.assert_allclose(net.gradient(X, y, loss), exact, rtol=1e-10, atol=1e-13 * np.abs(exact).max())


@settings(max_examples=examples(60), deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=10),
    n=st.integers(1, 4),
    seed=st.integers(0, 999),
    pair=st.sampled_from(LOSSES_AND_OUTPUTS),
    data=st.data(),
)
def test_any_shape_with_mixed_activations_and_weights(sizes, n, seed, pair, data):
    names = st.sampled_from(list(calculus.ACTIVATIONS))
    hidden = data.draw(st.lists(names, min_size=len(sizes) - 2, max_size=len(sizes) - 2))
    net, X, y = drawn(sizes, hidden, pair[1], n, seed)
    net.parameters[: net.layout.n_weights] /= 2  # eight layers of exp's arguments should not explode
    w = np.random.default_rng(seed).uniform(0.1, 3, n)
    exact = complex_step_derivative(error_of(net, X, y, pair[0], w), net.parameters)[0]
    g = net.gradient(X, y, pair[0], w)
    # A quantile's slopes are ±½: softmax takes their mean from them, and equal ones leave rounding alone.
    rounding = 1e-14 if pair[0] == "quantile" else 0.0
    np.testing.assert_allclose(g, exact, rtol=1e-10, atol=1e-12 * np.abs(exact).max() + rounding)


@every_pair
def test_against_differences_of_its_own_error(loss, output):
    net, X, y = drawn((2, 3, 2), "tanh", output)
    y[np.abs(np.abs(net(X) - y) - 1) < 0.1] += 0.2  # away from where huber's slope has a kink
    twin = net.copy()

    def E(eta):
        twin.parameters = eta
        return twin.error(X, y, loss)

    exact = finite_difference_derivative(E, net.parameters, richardson=2)[0]
    np.testing.assert_allclose(net.gradient(X, y, loss), exact, rtol=1e-8, atol=1e-9 * np.abs(exact).max())
    check_derivative(E, net.gradient(X, y, loss), net.parameters, rtol=1e-6)


def test_taylors_remainder_shrinks_with_the_square():
    net, X, y = drawn((2, 5, 2), "tanh", "softmax")
    direction = np.random.default_rng(0).normal(size=net.n_parameters)
    E = error_of(net, X, y, "cross_entropy")
    slopes = taylor_slopes(E, net.gradient(X, y), net.parameters, direction / np.linalg.norm(direction))
    np.testing.assert_allclose(slopes, 2, atol=0.1)


def test_N8_one_datum_twice_F_minus_y_times_DF():
    net, X, y = drawn((3, 4, 2), "tanh", "identity", n=1)

    def F(eta):
        weights = [block.view(eta) for block in net.layout.weights]
        biases = [block.view(eta) for block in net.layout.biases]
        return calculus.forward(X, weights, biases, net.activations, "identity").z[-1]

    DF = complex_step_derivative(F, net.parameters)
    expected = 2 * (net(X) - y)[0] @ DF
    np.testing.assert_allclose(net.gradient(X, y, "sum_squared_error"), expected, rtol=1e-12, atol=1e-14)


def test_N13_many_data_give_the_mean_of_their_gradients():
    net, X, y = drawn((3, 4, 2), "relu", "logistic", n=6)
    one_by_one = [net.gradient(X[i : i + 1], y[i : i + 1]) for i in range(6)]
    np.testing.assert_allclose(net.gradient(X, y), np.mean(one_by_one, axis=0), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("activation", some(calculus.ACTIVATIONS, 3))
@every_pair
def test_N3_a_step_against_the_gradient_diminishes_the_error(activation, loss, output):
    net, X, y = drawn((2, 3, 2), activation, output)
    g = net.gradient(X, y, loss)
    E = net.error(X, y, loss)
    net.parameters -= 1e-5 * g / max(1, np.linalg.norm(g))
    assert net.error(X, y, loss) < E or np.linalg.norm(g) < 1e-8


def test_layers_meet_where_the_layout_says():
    for sizes in ((2, 3), (4, 1, 3), (1, 1, 1, 1)):
        net, X, y = drawn(sizes, "sine", "identity")
        g = net.gradient(X, y, "half_squared_error")
        δ = (net(X) - y) / len(X)
        np.testing.assert_allclose(net.layout.biases[-1].view(g), δ.sum(axis=0), rtol=1e-13)
        by_last = net.layers(X)[-2].T @ δ
        np.testing.assert_allclose(net.layout.weights[-1].view(g), by_last, rtol=1e-12, atol=1e-15)
        assert [block.shape for block in net.layout.weights] == list(pairwise(sizes))
