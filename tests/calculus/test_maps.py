"""Maps and chains: the worked examples of the notes, and the chain rule for drawn compositions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import Network
from chainrule.calculus import (
    ACTIVATIONS,
    Affine,
    AffineInParameters,
    Chain,
    Elementwise,
    Function,
    augment,
    forward,
    forward_augmented,
    gradient,
    lecture_columns,
    local_model,
    network_map,
    norm_squared,
    remainder_slope,
    shift,
    split,
)
from chainrule.testing import check_derivative, complex_step_derivative
from sweeps import examples, for_each

f = Function("x1**2*x2, x1 + x2", name="f")
g = Function("y1**2 + y2**3", name="g")


def drawn_map(seed, n_maps=4):
    rng = np.random.default_rng(seed)
    widths = rng.integers(1, 5, n_maps + 1)
    F = None
    for i in range(n_maps):
        part = Affine(rng.normal(size=(widths[i + 1], widths[i])), rng.normal(size=widths[i + 1]))
        part = Elementwise(list(ACTIVATIONS)[rng.integers(len(ACTIVATIONS))], int(widths[i + 1])) @ part
        F = part if F is None else part @ F
    return F, rng.normal(size=widths[0]), rng


def test_N4_the_derivative_is_the_matrix_of_a_linear_map():
    D = f.derivative([3.0, 2.0])
    assert D.shape == (2, 2)
    np.testing.assert_allclose(D[:, 0], f.pushforward([3.0, 2.0], [1.0, 0.0]))
    np.testing.assert_allclose(D[1], f.pullback([3.0, 2.0], [0.0, 1.0]))
    check_derivative(f, f.derivative, [3.0, 2.0])


@pytest.mark.parametrize("seed", range(8))
def test_N5_the_remainder_shrinks_with_the_square_and_the_cube(seed):
    smooth = Elementwise("tanh") @ Affine(np.random.default_rng(seed).normal(size=(3, 2)), np.ones(3))
    x, v = np.array([0.3, -0.2]), np.array([0.6, 0.8])
    for F in (smooth, f, Function(lambda x: [np.sin(x[0] * x[1]), np.exp(x[0])])):
        assert remainder_slope(F, x, v) == pytest.approx(2, abs=0.1)
        assert remainder_slope(F, x, v, order=2) == pytest.approx(3, abs=0.15)


def test_N5_what_is_straight_leaves_nothing_out():
    straight = Affine([[1.0, 2.0]], [3.0])
    assert remainder_slope(straight, [0.5, 0.5], [1.0, 0.0]) == np.inf
    np.testing.assert_allclose(local_model(f, [1.0, 1.0], order=2)([0.0, 0.5]), f([1.0, 1.5]))


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_N6_the_example(x1, x2):
    np.testing.assert_allclose(f.derivative([x1, x2]), [[2 * x1 * x2, x1**2], [1, 1]])


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_N7_the_example(x1, x2):
    y = f([x1, x2])
    np.testing.assert_allclose(g.derivative(y), [[2 * y[0], 3 * y[1] ** 2]])
    h = [[4 * x1**3 * x2**2 + 3 * (x1 + x2) ** 2, 2 * x1**4 * x2 + 3 * (x1 + x2) ** 2]]
    np.testing.assert_allclose((g @ f).derivative([x1, x2]), h, rtol=1e-12, atol=1e-9)


@settings(max_examples=examples(30), deadline=None)
@given(st.integers(0, 10_000))
def test_N7_composition_becomes_multiplication(seed):
    F, x, rng = drawn_map(seed)
    D = F.derivative(x)
    np.testing.assert_allclose(D, complex_step_derivative(F, x), rtol=1e-10, atol=1e-12)
    v, u = rng.normal(size=x.size), rng.normal(size=len(D))
    np.testing.assert_allclose(F.pushforward(x, v), D @ v, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(F.pullback(x, u), u @ D, rtol=1e-12, atol=1e-14)


@settings(max_examples=examples(30), deadline=None)
@given(st.integers(0, 10_000))
def test_N7_twice_gives_the_second_derivative(seed):
    F, x, _ = drawn_map(seed)
    D2 = F.second_derivative(x)
    by_step = complex_step_derivative(F.derivative, x).reshape(D2.shape)
    np.testing.assert_allclose(D2, by_step, rtol=1e-9, atol=1e-11 * (1 + np.abs(by_step).max()))
    np.testing.assert_allclose(D2, D2.swapaxes(1, 2), rtol=1e-9, atol=1e-11 * (1 + np.abs(D2).max()))


def test_N8_reads_as_in_the_notes():
    net = Network((3, 4, 2), random_state=0)
    network = network_map(net.weights, net.biases, net.activations, net.output)
    x, y = np.array([0.1, 0.2, 0.3]), np.array([1.0, -1.0])
    Φ = norm_squared @ shift(-y) @ network
    np.testing.assert_allclose(Φ(x)[0], net.error(x[None], y[None], "sum_squared_error"))
    np.testing.assert_allclose(
        Φ.derivative(x), 2 * (network(x) - y)[None] @ network.derivative(x), rtol=1e-12
    )
    np.testing.assert_allclose(Φ.derivative(x), net.input_gradient(x[None], y[None], "sum_squared_error"))


@settings(max_examples=examples(30), deadline=None)
@given(st.integers(0, 10_000))
def test_N9_the_factors_stand_at_values_of_the_forward_pass_and_any_order_gives_the_derivative(seed):
    F, x, _ = drawn_map(seed)
    chain = Chain.of(F, x)
    np.testing.assert_array_equal(chain.values[-1], F(x))
    assert len(chain.values) == len(chain.factors) + 1
    for order in ("cheapest", "from_output", "from_input"):
        np.testing.assert_allclose(chain.product(order), F.derivative(x), rtol=1e-11, atol=1e-13)


def test_N10_a_layer_in_its_own_parameters_in_the_order_of_the_notes_and_in_ours():
    net = Network((2, 2), output="tanh", random_state=3)
    z, A, b = np.array([0.5, -0.7]), net.weights[0].T, net.biases[0]
    layer = Elementwise("tanh") @ AffineInParameters(z, 2)
    s = 1 - np.tanh(A @ z + b) ** 2
    notes = [
        [s[0] * z[0], s[0] * z[1], 0, 0, s[0], 0],
        [0, 0, s[1] * z[0], s[1] * z[1], 0, s[1]],
    ]
    D = layer.derivative(np.concatenate([A.ravel(), b]))
    np.testing.assert_allclose(D, notes, rtol=1e-14)
    ours = net.layer_parameter_jacobian(z[None], 0)[0]
    np.testing.assert_allclose(ours, D[:, lecture_columns(2, 2)], rtol=1e-14)


@pytest.mark.parametrize(("fan_in", "fan_out"), [(1, 1), (3, 2), (2, 5)])
def test_N10_the_permutation_for_any_shape(fan_in, fan_out):
    net = Network((fan_in, fan_out), output="logistic", random_state=1)
    z = np.linspace(-1, 1, fan_in)
    layer = Elementwise("logistic") @ AffineInParameters(z, fan_out)
    lecture = layer.derivative(np.concatenate([net.weights[0].T.ravel(), net.biases[0]]))
    ours = net.layer_parameter_jacobian(z[None], 0)[0]
    np.testing.assert_allclose(ours, lecture[:, lecture_columns(fan_in, fan_out)], rtol=1e-13)


@pytest.mark.parametrize("output", ["identity", "softmax", "logistic"])
def test_N15_the_bias_as_a_column(output):
    net = Network((3, 4, 2), "tanh", output, random_state=0)
    X = np.random.default_rng(1).normal(size=(5, 3))
    values = forward_augmented(X, net.augmented_weights, net.activations, output)
    for value, z in zip(values, net.layers(X), strict=True):
        np.testing.assert_array_equal(value[:, 0], 1)
        np.testing.assert_allclose(value[:, 1:], z, rtol=1e-13)
    assert Network.from_augmented(net.augmented_weights, "tanh", output) == net
    np.testing.assert_array_equal(net.augmented_weights[0], augment(net.weights[0].T, net.biases[0]))


def test_N15_the_gradient_through_augmented_matrices_is_the_plain_one():
    net = Network((3, 4, 2), "tanh", random_state=0)
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    shapes = [Â.shape for Â in net.augmented_weights]

    def E(flat):
        parts = np.split(flat, np.cumsum([a * b for a, b in shapes])[:-1])
        matrices = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        F = forward_augmented(X, matrices, net.activations, net.output)[-1][:, 1:]
        return ((F - y) ** 2).sum() / len(X)

    flat = np.concatenate([Â.ravel() for Â in net.augmented_weights])
    D = np.split(complex_step_derivative(E, flat)[0], np.cumsum([a * b for a, b in shapes])[:-1])
    by_matrix = [part.reshape(shape)[1:] for part, shape in zip(D, shapes, strict=True)]
    plain = np.concatenate([part[:, 1:].T.ravel() for part in by_matrix] + [part[:, 0] for part in by_matrix])
    np.testing.assert_allclose(net.gradient(X, y, "sum_squared_error"), plain, rtol=1e-12, atol=1e-15)
    by_calculus = gradient(X, y, net.weights, net.biases, net.activations, "identity", "sum_squared_error")
    np.testing.assert_allclose(by_calculus, plain, rtol=1e-12, atol=1e-15)


def test_a_network_as_a_map_is_the_forward_pass():
    net = Network((3, 4, 2), "silu", "softmax", random_state=0)
    x = np.array([0.1, -2.0, 1.0])
    tape = forward(x[None], net.weights, net.biases, net.activations, net.output)
    F = network_map(net.weights, net.biases, net.activations, net.output)
    np.testing.assert_allclose(F(x), tape.z[-1][0], rtol=1e-14)
    np.testing.assert_allclose(F.derivative(x), net.jacobian(x[None])[0], rtol=1e-12)


def test_expressions_are_read_in_natural_order_of_their_variables():
    h = Function("x10 + 2*x2 + 3*x1")
    np.testing.assert_array_equal(h.derivative([0.0, 0.0, 0.0]), [[3, 2, 1]])
    assert Function("5*x").derivative([1.0]).shape == (1, 1)


def test_second_derivatives_of_every_kind_of_function():
    H = [[[0, 1], [1, 0]]]
    for one in (
        Function("x1*x2"),
        Function(lambda x: x[0] * x[1]),
        Function(lambda x: x[0] * x[1], lambda x: [x[1], x[0]]),
    ):
        np.testing.assert_allclose(one.second_derivative([2.0, 3.0]), H, atol=1e-9)


def test_second_derivatives_of_what_is_composed_of_every_kind_of_function():
    in_python = Function(lambda x: [x[0] ** 2 * x[1], x[0] + x[1]])
    given = Function(lambda y: y[0] ** 2 + y[1] ** 3, lambda y: [2 * y[0], 3 * y[1] ** 2])
    H = [[[66, 34], [34, 20]]]  # of x₁⁴x₂² + (x₁ + x₂)³ at (1, 2)
    for h in (g @ f, given @ f, given @ in_python, Function(lambda y: y[0] ** 2 + y[1] ** 3) @ in_python):
        np.testing.assert_allclose(h.second_derivative([1.0, 2.0]), H, rtol=1e-9)


def test_a_network_s_second_derivative_is_the_one_of_its_map():
    net = Network((3, 4, 2), "silu", "softmax", random_state=0)
    x = np.array([0.1, -2.0, 1.0])
    F = network_map(net.weights, net.biases, net.activations, net.output)
    np.testing.assert_allclose(F.second_derivative(x), net.input_hessian(x[None])[0], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(
    ("function", "x", "D"),
    [
        (lambda x: 1e8 + x, 1.0, 1.0),  # differences see 1e-3 of noise
        (lambda x: 1e-9 * x, 1.0, 1e-9),
        (lambda x: np.sin(1e3 * x), 0.1, 1e3 * np.cos(1e2)),  # and bend
        (lambda x: np.exp(20 * x), 1.0, 20 * np.exp(20.0)),
        (lambda x: np.maximum(x, 0), 1e-3, 1.0),
    ],
)
def test_a_complex_step_that_is_right_is_not_suspected(function, x, D):
    np.testing.assert_allclose(Function(function).derivative([x]), [[D]], rtol=1e-13)


def test_expressions_are_of_real_numbers():
    np.testing.assert_array_equal(Function("Abs(x1*x2)").derivative([-2.0, 3.0]), [[-3, 2]])
    np.testing.assert_array_equal(Function("x1*x2", lambda x: [x[1], x[0]]).derivative([2.0, 3.0]), [[3, 2]])


@for_each(
    ("ask", "words"),
    [
        (lambda: Affine([[1.0, 2.0]], [1.0]) @ shift([1.0, 2.0, 3.0]), ["affine", "shift", "R^2", "R^3"]),
        (lambda: f([1.0, 2.0, 3.0]), ["f takes x", "(2,)", "(3,)"]),
        (lambda: f.pushforward([1.0, 2.0], [1.0]), ["v", "(2,)", "(1,)"]),
        (lambda: f.pullback([1.0, 2.0], [1.0, 2.0, 3.0]), ["u", "(2,)", "(3,)"]),
        (lambda: f([1.0, np.nan]), ["NaN", "1"]),
        (lambda: Affine([[1.0]], [1.0, 2.0]), ["(1, 1)", "(2,)"]),
        (lambda: Function(lambda x: np.abs(x), name="size").derivative([1.0]), ["size", "complex step"]),
        (lambda: Function(lambda x: np.abs(x)).derivative([-1.0]), ["complex step"]),
        (
            lambda: Function(lambda x: [np.linalg.norm(x)], name="length").derivative([1.0, 2.0]),
            ["length", "complex step"],
        ),
        (lambda: Function(lambda x: np.floor(x), name="step").derivative([0.5]), ["step", "complex"]),
        (
            lambda: Function(lambda x: x * abs(x), lambda x: 2 * abs(x), name="s").second_derivative([1.0]),
            ["second derivative", "s", "complex step"],
        ),
        (lambda: Function("x +* 2"), ["x +* 2"]),
        (lambda: Function("5"), ["5", "variables"]),
        (lambda: Chain.of(f, [1.0, 2.0]).product("best"), ["best", "Df"]),
        (lambda: Function(lambda x: x, lambda x: np.eye(3)).derivative([1.0]), ["(3, 3)", "(1, 1)"]),
        (lambda: local_model(f, [1.0, 2.0], order=3), ["3", "1 or 2"]),
        (lambda: local_model(f, [1.0, 2.0])([1.0]), ["(1,)", "(2,)"]),
        (lambda: split(np.ones((2, 2))), ["first row"]),
        (lambda: split(np.ones(2)), ["(2,)"]),
        (lambda: augment([[1.0]], [1.0, 2.0]), ["(1, 1)", "(2,)"]),
        (lambda: Network.from_augmented([np.ones((2, 2))]), ["matrices[0]", "first row"]),
        (lambda: Elementwise("tan"), ["tan", "tanh"]),
    ],
)
def test_bad_input_is_named(ask, words):
    with pytest.raises(ValueError) as raised:
        ask()
    assert all(word in str(raised.value) for word in words), raised.value
