from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.calculus import ACTIVATIONS, LOSSES, OUTPUTS, backward, error, forward, gradient, output_delta
from chainrule.testing import (
    check_derivative,
    complex_step_derivative,
    finite_difference_derivative,
    remainder_slope,
)
from sweeps import crossed, for_each

PAIRS = list(LOSSES)


def split(η, sizes):
    """η in its order, all weights and then all biases, as two lists of matrices and rows."""
    shapes = [*pairwise(sizes), *((width,) for width in sizes[1:])]
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    parts = [part.reshape(shape) for part, shape in zip(np.split(η, ends[:-1]), shapes, strict=True)]
    return parts[: len(sizes) - 1], parts[len(sizes) - 1 :]


def drawn(sizes, n=4, seed=0):
    """η, X and y ≥ 0, the η of a size that uses the activations' bends."""
    rng = np.random.default_rng(seed)
    P = sum((a + 1) * b for a, b in pairwise(sizes))
    return rng.normal(size=P), rng.normal(size=(n, sizes[0])), rng.uniform(0, 1, (n, sizes[-1]))


def test_N1_the_network_is_a_composition_of_layers():
    sizes, activations = [3, 4, 2, 2], ["tanh", "softplus"]
    η, X, _ = drawn(sizes)
    weights, biases = split(η, sizes)
    tape = forward(X, weights, biases, activations, "logistic")
    σs = [np.tanh, lambda q: np.log1p(np.exp(q)), lambda q: 1 / (1 + np.exp(-q))]
    for i, x in enumerate(X):  # by the book: columns, A = Wᵀ, one sample after the other
        for W, b, σ in zip(weights, biases, σs, strict=True):
            x = σ(W.T @ x + b)
        np.testing.assert_allclose(tape.z[-1][i], x, rtol=1e-13)
    assert [q.shape for q in tape.q] == [(4, 4), (4, 2), (4, 2)]
    assert tape.z[0] is X


def test_N1_eta_is_all_weights_then_all_biases():
    sizes = [2, 3, 1]
    η, X, y = drawn(sizes)
    weights, biases = split(η, sizes)
    by_hand = np.concatenate([weights[0].ravel(), weights[1].ravel(), biases[0], biases[1]])
    np.testing.assert_array_equal(by_hand, η)
    arguments = (["tanh"], "identity", "sum_squared_error")
    D = finite_difference_derivative(lambda η: error(X, y, *split(η, sizes), *arguments), η, richardson=2)
    np.testing.assert_allclose(gradient(X, y, weights, biases, *arguments), D[0], rtol=1e-9, atol=1e-10)


def test_N2_the_error_is_the_mean_over_the_data():
    sizes = [3, 4, 2]
    η, X, y = drawn(sizes)
    weights, biases = split(η, sizes)
    F = forward(X, weights, biases, ["tanh"], "identity").z[-1]
    mean = np.mean([np.linalg.norm(F_i - y_i) ** 2 for F_i, y_i in zip(F, y, strict=True)])
    arguments = (X, y, weights, biases, ["tanh"], "identity")
    assert error(*arguments, "sum_squared_error") == pytest.approx(mean, rel=1e-14)
    assert error(*arguments, "half_squared_error") == pytest.approx(mean / 2, rel=1e-14)


@for_each(("loss", "output"), PAIRS)
def test_N3_a_step_against_the_gradient_diminishes_the_error(loss, output):
    sizes = [3, 4, 3]
    η, X, y = drawn(sizes, n=8)
    E = [error(X, y, *split(η, sizes), ["tanh"], output, loss)]
    for _ in range(5):
        g = gradient(X, y, *split(η, sizes), ["tanh"], output, loss)
        η = η - 1e-4 * g / np.linalg.norm(g)
        E.append(error(X, y, *split(η, sizes), ["tanh"], output, loss))
        # The first term of Taylor's formula says by how much.
        assert E[-2] - E[-1] == pytest.approx(1e-4 * np.linalg.norm(g), rel=0.02)


@pytest.mark.parametrize("output", ["identity", "tanh", "softmax"])
def test_N8_the_gradient_of_one_datum_is_2_F_minus_y_times_DF(output):
    sizes = [3, 4, 2]
    η, X, y = drawn(sizes, n=1)

    def F(η):
        return forward(X, *split(η, sizes), ["tanh"], output).z[-1]

    DF = complex_step_derivative(F, η)
    np.testing.assert_allclose(DF, finite_difference_derivative(F, η, richardson=2), rtol=1e-8, atol=1e-10)
    Φ = gradient(X, y, *split(η, sizes), ["tanh"], output, "sum_squared_error")
    np.testing.assert_allclose(Φ, 2 * (F(η) - y)[0] @ DF, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("loss", "output"), [p for p in PAIRS if p[0] != "half_squared_error"])
def test_N9_nothing_of_the_forward_pass_is_computed_twice(loss, output, monkeypatch):
    calls, kept = Counter(), []

    def counted(key, f, keep=False):
        def call(q, *rest):
            calls[key] += 1
            kept.append(q)
            return f(q, *rest)

        return call

    hidden = ["sine", "gelu", "elu"]
    for name in hidden:
        σ = ACTIVATIONS[name]
        σ = replace(σ, value=counted((name, "σ"), σ.value), derivative=counted((name, "σ′"), σ.derivative))
        monkeypatch.setitem(ACTIVATIONS, name, σ)
    row = OUTPUTS[output]
    monkeypatch.setitem(OUTPUTS, output, replace(row, value=counted(("output", "σ"), row.value)))

    sizes = [3, 4, 5, 2, 3]
    η, X, y = drawn(sizes)
    gradient(X, y, *split(η, sizes), hidden, output, loss)
    assert calls == Counter([("output", "σ"), *((name, kind) for name in hidden for kind in ("σ", "σ′"))])
    # and σ′ is taken at the very arrays that entered σ
    assert [id(q) for q in kept[4:]] == [id(q) for q in kept[2::-1]]


def test_N11_from_the_left_gives_the_gradient_and_so_does_any_other_order():
    sizes, hidden = [3, 5, 4, 2], ["tanh", "logistic"]
    η, X, y = drawn(sizes, n=1)
    weights, biases = split(η, sizes)
    tape = forward(X, weights, biases, hidden, "identity")
    row = output_delta(tape.q[-1], y, "sum_squared_error", "identity")  # 2 (F − y)ᵀ, 1 × 2
    D3 = weights[2].T
    D2 = np.diag(ACTIVATIONS["logistic"].derivative(tape.q[1][0])) @ weights[1].T
    σ1 = ACTIVATIONS["tanh"].derivative(tape.q[0][0])
    D1 = np.zeros((5, 20))  # N10, columns in the order of W (3 × 5), then of b
    for k in range(5):
        D1[k, k:15:5], D1[k, 15 + k] = σ1[k] * X[0], σ1[k]
    from_the_left = ((row @ D3) @ D2) @ D1
    from_the_right = row @ (D3 @ (D2 @ D1))
    g = gradient(X, y, weights, biases, hidden, "identity", "sum_squared_error")
    of_layer_1 = np.concatenate([g[:15], g[15 + 20 + 8 :][:5]])
    np.testing.assert_allclose(of_layer_1, from_the_left[0], rtol=1e-13)
    np.testing.assert_allclose(from_the_right, from_the_left, rtol=1e-12)
    δs = backward(tape, weights, hidden, row)
    np.testing.assert_allclose(δs[0], ((row @ D3) @ D2) * σ1, rtol=1e-13)
    assert δs[-1] is row


@for_each(("loss", "output"), PAIRS)
def test_N13_N_samples_give_the_mean_of_the_one_sample_gradients(loss, output):
    sizes = [3, 4, 3]
    η, X, y = drawn(sizes, n=6)
    network = (*split(η, sizes), ["softsign"], output, loss)
    one_by_one = np.array([gradient(X[i : i + 1], y[i : i + 1], *network) for i in range(6)])
    np.testing.assert_allclose(gradient(X, y, *network), one_by_one.mean(axis=0), rtol=1e-12, atol=1e-14)
    w = np.array([1, 0, 2, 1, 3, 1])
    weighted = gradient(X, y, *network, sample_weight=w)
    np.testing.assert_allclose(weighted, w @ one_by_one / w.sum(), rtol=1e-12, atol=1e-14)
    again = np.repeat(np.arange(6), w)
    np.testing.assert_allclose(weighted, gradient(X[again], y[again], *network), rtol=1e-12, atol=1e-14)
    E = error(X, y, *network, sample_weight=w)
    assert E == pytest.approx(error(X[again], y[again], *network), rel=1e-13)


def test_N14_cross_entropy_of_a_network():
    sizes = [3, 4, 1]
    η, X, _ = drawn(sizes)
    y = np.array([[0], [1], [1], [0]])
    network = (*split(η, sizes), ["tanh"], "logistic")
    F = forward(X, *network).z[-1]
    C = -np.mean(y * np.log(F) + (1 - y) * np.log(1 - F))
    assert error(X, y, *network, "cross_entropy") == pytest.approx(C, rel=1e-14)


@pytest.mark.parametrize(("activation", "pair"), crossed(ACTIVATIONS, PAIRS), ids=str)
def test_gradient_of_every_activation_output_and_loss(activation, pair):
    loss, output = pair
    sizes, hidden = [2, 3, 2, 2], [activation, activation]
    η, X, y = drawn(sizes, n=3, seed=5)
    g = gradient(X, y, *split(η, sizes), hidden, output, loss)
    exact = complex_step_derivative(lambda η: error(X, y, *split(η, sizes), hidden, output, loss), η)[0]
    np.testing.assert_allclose(g, exact, rtol=1e-10, atol=1e-14 * np.abs(exact).max())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_against_differences_too(activation):
    sizes, rest = [2, 3, 2, 2], ([activation, activation], "softmax", "cross_entropy")
    η, X, y = drawn(sizes, n=3, seed=5)
    g = gradient(X, y, *split(η, sizes), *rest)
    check_derivative(lambda η: error(X, y, *split(η, sizes), *rest), g, η)


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=9),
    n=st.integers(1, 3),
    seed=st.integers(0, 999),
    pair=st.sampled_from(PAIRS),
)
def test_gradient_of_any_shape(sizes, n, seed, pair):
    loss, output = pair
    η, X, y = drawn(sizes, n, seed)
    hidden = [list(ACTIVATIONS)[(seed + k) % len(ACTIVATIONS)] for k in range(len(sizes) - 2)]
    exact = complex_step_derivative(lambda η: error(X, y, *split(η, sizes), hidden, output, loss), η)[0]
    g = gradient(X, y, *split(η, sizes), hidden, output, loss)
    # A quantile's slopes are ±½: those of two samples may cancel, and leave the rounding of terms.
    rounding = 1e-15 if loss == "quantile" else 0.0
    np.testing.assert_allclose(g, exact, rtol=1e-10, atol=1e-13 * np.abs(exact).max() + rounding)


@for_each(("loss", "output"), PAIRS)
def test_a_complex_step_through_the_gradient_is_the_hessian(loss, output):
    sizes = [2, 3, 2]
    η, X, y = drawn(sizes)

    def g(η):
        return gradient(X, y, *split(η, sizes), ["tanh"], output, loss)

    H = complex_step_derivative(g, η)
    np.testing.assert_allclose(H, H.T, rtol=1e-9, atol=1e-12 * np.abs(H).max())
    v = np.random.default_rng(1).normal(size=η.size) / 10
    if output in ("relu", "leaky_relu", "elu", "selu", "softsign"):
        return  # the slope is clean only where no kink is crossed
    slope = remainder_slope(lambda η: error(X, y, *split(η, sizes), ["tanh"], output, loss), g, η, v, d2f=H)
    assert slope == pytest.approx(3, abs=0.15)


def test_float32_stays_float32():
    sizes = [3, 4, 2]
    η, X, y = (a.astype(np.float32) for a in drawn(sizes))
    w = np.array([1.0, 2.0, 3.0, 4.0])
    for activation in ACTIVATIONS:
        for loss, output in PAIRS:
            network = (*split(η, sizes), [activation], output, loss)
            assert gradient(X, y, *network, sample_weight=w).dtype == np.float32
            assert error(X, y, *network, sample_weight=w).dtype == np.float32


def test_bad_architectures():
    η, X, _ = drawn([3, 4, 2])
    weights, biases = split(η, [3, 4, 2])
    with pytest.raises(ValueError, match="2 weights, 2 biases, 2 hidden activations"):
        forward(X, weights, biases, ["tanh", "tanh"], "identity")
    with pytest.raises(ValueError, match="unknown activation 'than'"):
        forward(X, weights, biases, ["than"], "identity")
    with pytest.raises(ValueError, match=r"unknown output 'sofmax'; accepted are .*softmax"):
        forward(X, weights, biases, ["tanh"], "sofmax")
