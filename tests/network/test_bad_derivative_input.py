"""What derivatives refuse, and that the words name what was given and what is accepted."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from chainrule import Network
from chainrule.calculus import cheapest

NET = Network((3, 4, 2), random_state=0)
X = np.linspace(-1, 1, 15).reshape(5, 3)
Y = np.zeros((5, 2))
BIG = np.broadcast_to(np.zeros(3), (10_000_000, 3))
LOSS = "half_squared_error"

NAN = X.copy()
NAN[2, 1] = np.nan

CALLS = {
    "layer_jacobians": lambda net, X: net.layer_jacobians(X),
    "layer_parameter_jacobian": lambda net, X: net.layer_parameter_jacobian(0, X),
    "jacobian": lambda net, X: net.jacobian(X),
    "factored_jacobian": lambda net, X: net.factored_jacobian(X).to_array(),
    "pushforward": lambda net, X: net.pushforward(X, np.ones((len(X), 3))),
    "pullback": lambda net, X: net.pullback(X, np.ones((len(X), 2))),
    "parameter_jacobian": lambda net, X: net.parameter_jacobian(X),
    "parameter_pushforward": lambda net, X: net.parameter_pushforward(X, np.ones(net.n_parameters)),
    "parameter_pullback": lambda net, X: net.parameter_pullback(X, np.ones((len(X), 2))),
    "gradient": lambda net, X: net.gradient(X, Y[: len(X)], LOSS),
    "sample_gradients": lambda net, X: net.sample_gradients(X, Y[: len(X)], LOSS),
    "sample_gradient_norms": lambda net, X: net.sample_gradient_norms(X, Y[: len(X)], LOSS),
    "input_gradient": lambda net, X: net.input_gradient(X, Y[: len(X)], LOSS),
    "hessian": lambda net, X: net.hessian(X, Y[: len(X)], LOSS).to_array(),
    "gauss_newton": lambda net, X: net.gauss_newton(X, Y[: len(X)], LOSS).to_array(),
    "input_hessian": lambda net, X: net.input_hessian(X),
    "tangent_kernel": lambda net, X: net.tangent_kernel(X),
    "taylor": lambda net, X: net.taylor(X)(np.ones((len(X), 3))),
    "parameter_taylor": lambda net, X: net.parameter_taylor(X)(np.ones(net.n_parameters)),
    "at": lambda net, X: net.at(X).outputs,
}
AVERAGES = {"gradient", "sample_gradients", "sample_gradient_norms", "hessian", "gauss_newton"}
every_call = pytest.mark.parametrize("ask", CALLS.values(), ids=CALLS)


@every_call
def test_every_call_names_a_wrong_number_of_features(ask):
    with pytest.raises(ValueError, match=r"X has shape \(5, 2\), the network takes \(n_samples, 3\)"):
        ask(NET, X[:, :2])


@every_call
def test_every_call_names_the_place_of_nan(ask):
    with pytest.raises(ValueError, match=r"X holds nan at \[2, 1\]"):
        ask(NET, NAN)


def test_nan_spoils_no_array_of_the_caller_s():
    many = np.ones((50_000, 3))
    many[-1, 0] = np.nan
    out = np.full((50_000, 2, 3), 7.0)
    with pytest.raises(ValueError, match=r"X holds nan at \[49999, 0\]"):
        NET.jacobian(many, out=out)
    assert (out == 7).all()


@every_call
def test_every_call_refuses_words(ask):
    with pytest.raises(TypeError, match="real numbers"):
        ask(NET, np.full((5, 3), "a"))


@every_call
def test_every_call_takes_integers_lists_and_other_layouts(ask):
    whole = np.arange(15).reshape(5, 3) % 4
    expected = ask(NET, whole.astype(float))
    for other in (
        whole,
        whole.tolist(),
        np.asfortranarray(whole),
        np.repeat(whole, 2, axis=1)[:, ::2].astype(float),
    ):
        got = ask(NET, other)
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@every_call
def test_every_call_gives_the_network_s_type(ask):
    single = Network.from_weights(NET.weights, NET.biases, dtype=np.float32)
    got = ask(single, X)
    assert all(part.dtype == np.float32 for part in (got if isinstance(got, list) else [got]))


@pytest.mark.parametrize("name", CALLS.keys() - AVERAGES)
def test_no_rows_give_no_rows(name):
    got = CALLS[name](NET, np.empty((0, 3)))
    shapes = [part.shape for part in (got if isinstance(got, list) else [got])]
    assert all(0 in shape for shape in shapes) or name == "parameter_pullback"


@pytest.mark.parametrize("name", AVERAGES)
def test_an_average_over_no_rows_is_refused(name):
    with pytest.raises(ValueError, match="no rows"):
        CALLS[name](NET, np.empty((0, 3)))


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda: NET.layer_parameter_jacobian(2, X), IndexError, ["2", "0 to 1"]),
        (lambda: NET.layer_parameter_jacobian(-3, X), IndexError, ["-3"]),
        (lambda: NET.layer_parameter_jacobian("last", X), TypeError, ["str"]),
        (
            lambda: NET.jacobian(X, order="quickest"),
            ValueError,
            ["quickest", "from_output", "D1 A1"],
        ),
        (lambda: NET.jacobian(X, order="(A2 D1"), ValueError, ["(A2 D1", "A2 D1 A1"]),
        (lambda: NET.jacobian(X, order=3), TypeError, ["3", "cheapest"]),
        (lambda: NET.jacobian(X, order=cheapest([(2, 2), (2, 3)])), ValueError, ["A B", "A2 D1 A1"]),
        (lambda: NET.pushforward(X, X[:3]), ValueError, ["(3, 3)", "(5, 3)"]),
        (lambda: NET.pushforward(X, X[:, :2]), ValueError, ["(5, 2)"]),
        (lambda: NET.pullback(X, Y[:, :1]), ValueError, ["(5, 1)", "(5, 2)"]),
        (lambda: NET.parameter_pushforward(X, np.ones(3)), ValueError, ["(3,)", "(26,)"]),
        (lambda: NET.parameter_pullback(X, Y[:2]), ValueError, ["(2, 2)", "(5, 2)"]),
        (lambda: NET.parameter_pullback(X, np.full((5, 2), np.inf)), ValueError, ["U holds inf"]),
        (lambda: NET.taylor(X, order=3), ValueError, ["3", "1 or 2"]),
        (lambda: NET.taylor(X)(X[:2]), ValueError, ["(2, 3)", "(5, 3)"]),
        (lambda: NET.taylor(X[0])(X), ValueError, ["(5, 3)", "(3,)"]),
        (lambda: NET.parameter_taylor(X)(np.ones(2)), ValueError, ["(2,)", "(26,)"]),
        (lambda: NET.tangent_kernel(X, X[:, :2]), ValueError, ["X2", "(5, 2)", "3"]),
        (lambda: NET.hessian(X, Y), ValueError, ["sum_squared_error", "half_squared_error"]),
        (lambda: NET.hessian(X, Y[:2], LOSS), ValueError, ["(2, 2)", "(5, 2)"]),
        (lambda: NET.sample_gradients(X, Y, LOSS, [1.0]), ValueError, ["(1,)", "5"]),
        (lambda: NET.hessian(X, Y, LOSS) @ np.ones(3), ValueError, ["dimension"]),
        (lambda: NET.plan(0), ValueError, ["0"]),
        (lambda: NET.plan(10, "hessian"), ValueError, ["hessian", "jacobian"]),
        (lambda: NET.jacobian(X, max_memory="lots"), ValueError, ["lots", "2GiB"]),
        (lambda: NET.jacobian(X, max_memory="2 parsecs"), ValueError, ["2 parsecs"]),
        (lambda: NET.jacobian(X, max_memory=-1), ValueError, ["-1"]),
        (lambda: NET.jacobian(X, max_memory=[1]), TypeError, ["[1]"]),
        (lambda: NET.jacobian(X, out=np.empty((5, 2, 2))), ValueError, ["(5, 2, 2)", "(5, 2, 3)"]),
        (lambda: NET.jacobian(X, out=np.empty((5, 2, 3), np.float32)), ValueError, ["float32", "float64"]),
        (lambda: NET.jacobian(X, out=np.empty((3, 2, 5)).T), ValueError, ["C order"]),
        (lambda: NET.jacobian(X, out=[1]), TypeError, ["list"]),
        (lambda: NET.factored_jacobian(X) @ np.ones(4), ValueError, ["(5, 2, 3)", "(4,)"]),
        (lambda: NET.factored_jacobian(X).norm(3), ValueError, ["3", "fro"]),
        (
            lambda: NET.jacobian(BIG, max_memory="1MB"),
            MemoryError,
            ["458 MiB", "977 KiB", "pushforward", "out="],
        ),
        (lambda: NET.parameter_jacobian(BIG, max_memory=1e6), MemoryError, ["parameter_pullback", "GiB"]),
        (
            lambda: NET.tangent_kernel(BIG[:5000], max_memory="1MB"),
            MemoryError,
            ["trace", "(5000, 2, 5000, 2)"],
        ),
    ],
)
def test_bad_input_is_named(ask, error, words):
    with pytest.raises(error) as raised:
        ask()
    assert all(word in str(raised.value) for word in words), raised.value


def test_sparse_rows_work_where_nothing_dense_as_wide_is_made():
    net = Network((50_000, 4, 2), random_state=0)
    rows = random_array((6, 50_000), density=1e-3, format="csr", rng=np.random.default_rng(0))
    directions = random_array((6, 50_000), density=1e-3, format="csr", rng=np.random.default_rng(1))
    dense, dense_directions = rows.toarray(), directions.toarray()
    for kind in (csr_array, lambda M: M.tocsc()):
        X = kind(rows)
        np.testing.assert_allclose(net.pushforward(X, directions), net.pushforward(dense, dense_directions))
        np.testing.assert_allclose(
            net.pushforward(X, dense_directions), net.pushforward(dense, dense_directions)
        )
        np.testing.assert_allclose(
            net.gradient(X, np.zeros((6, 2)), LOSS), net.gradient(dense, np.zeros((6, 2)), LOSS), atol=1e-15
        )
        np.testing.assert_allclose(net.tangent_kernel(X), net.tangent_kernel(dense), rtol=1e-12)
        np.testing.assert_allclose(net.tangent_kernel(X, dense), net.tangent_kernel(dense), rtol=1e-12)
        v = np.linspace(-1, 1, net.n_parameters)
        for at in (net.at(X), net.at(dense)):
            np.testing.assert_allclose(at.parameter_pushforward(v), net.parameter_pushforward(dense, v))
        np.testing.assert_allclose(
            net.sample_gradient_norms(X, np.zeros((6, 2)), LOSS),
            net.sample_gradient_norms(dense, np.zeros((6, 2)), LOSS),
        )
        H = net.hessian(X, np.zeros((6, 2)), LOSS)
        np.testing.assert_allclose(H @ v, net.hessian(dense, np.zeros((6, 2)), LOSS) @ v, atol=1e-12)


def test_a_dense_jacobian_of_sparse_rows_is_refused_by_its_size():
    net = Network((50_000, 4, 20), random_state=0)
    rows = random_array((2000, 50_000), density=1e-4, format="csr", rng=np.random.default_rng(0))
    with pytest.raises(MemoryError, match=r"\(2000, 20, 50000\) in float64 takes 14.9 GiB.*pushforward"):
        net.jacobian(rows, max_memory="4GiB")


def test_a_tape_keeps_what_it_was_made_of():
    net = Network((3, 4, 2), random_state=0)
    rows = X.copy()
    at, H = net.at(rows), net.hessian(rows, Y, LOSS)
    before = at.jacobian(), H @ np.ones(net.n_parameters)
    rows[:] = 0
    net.parameters[:] = 0
    np.testing.assert_array_equal(at.jacobian(), before[0])
    np.testing.assert_array_equal(H @ np.ones(net.n_parameters), before[1])
    assert repr(at) == "NetworkAt(3·4·2, 5 rows)"
