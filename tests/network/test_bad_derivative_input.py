"""What derivatives refuse, and that the words name what was given and what is accepted."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from chainrule import Network
from chainrule.calculus import cheapest
from sweeps import for_each

NET = Network((3, 4, 2), random_state=0)
SQUARE = Network((3, 3, 3), "tanh", "tanh", random_state=0)
X = np.linspace(-1, 1, 15).reshape(5, 3)
Y = np.zeros((5, 2))
BIG = np.broadcast_to(np.zeros(3), (10_000_000, 3))
LOSS = "half_squared_error"

NAN = X.copy()
NAN[2, 1] = np.nan

CALLS = {
    "layer_jacobians": lambda net, X: net.layer_jacobians(X),
    "layer_parameter_jacobian": lambda net, X: net.layer_parameter_jacobian(X, 0),
    "jacobian": lambda net, X: net.jacobian(X),
    "factored_jacobian": lambda net, X: net.factored_jacobian(X).to_array(),
    "pushforward": lambda net, X: net.pushforward(X, np.ones((np.shape(X)[0], 3))),
    "pullback": lambda net, X: net.pullback(X, np.ones((np.shape(X)[0], 2))),
    "parameter_jacobian": lambda net, X: net.parameter_jacobian(X),
    "parameter_pushforward": lambda net, X: net.parameter_pushforward(X, np.ones(net.n_parameters)),
    "parameter_pullback": lambda net, X: net.parameter_pullback(X, np.ones((np.shape(X)[0], 2))),
    "gradient": lambda net, X: net.gradient(X, Y[: np.shape(X)[0]], LOSS),
    "sample_gradients": lambda net, X: net.sample_gradients(X, Y[: np.shape(X)[0]], LOSS),
    "sample_gradient_norms": lambda net, X: net.sample_gradient_norms(X, Y[: np.shape(X)[0]], LOSS),
    "input_gradient": lambda net, X: net.input_gradient(X, Y[: np.shape(X)[0]], LOSS),
    "hessian": lambda net, X: net.hessian(X, Y[: np.shape(X)[0]], LOSS).to_array(),
    "gauss_newton": lambda net, X: net.gauss_newton(X, Y[: np.shape(X)[0]], LOSS).to_array(),
    "input_hessian": lambda net, X: net.input_hessian(X),
    "tangent_kernel": lambda net, X: net.tangent_kernel(X),
    "taylor": lambda net, X: net.taylor(X)(np.ones((np.shape(X)[0], 3))),
    "parameter_taylor": lambda net, X: net.parameter_taylor(X)(np.ones(net.n_parameters)),
    "at": lambda net, X: net.at(X).outputs,
}
AVERAGES = {"gradient", "sample_gradients", "sample_gradient_norms", "hessian", "gauss_newton"}
every_call = for_each("ask", CALLS.values())


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


@for_each("name", sorted(CALLS.keys() - AVERAGES))
def test_no_rows_give_no_rows(name):
    got = CALLS[name](NET, np.empty((0, 3)))
    shapes = [part.shape for part in (got if isinstance(got, list) else [got])]
    assert all(0 in shape for shape in shapes) or name == "parameter_pullback"


@pytest.mark.parametrize("name", sorted(AVERAGES))
def test_an_average_over_no_rows_is_refused(name):
    with pytest.raises(ValueError, match="no rows"):
        CALLS[name](NET, np.empty((0, 3)))


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda: NET.layer_parameter_jacobian(X, 2), IndexError, ["2", "0 to 1"]),
        (lambda: NET.layer_parameter_jacobian(X, -3), IndexError, ["-3"]),
        (lambda: NET.layer_parameter_jacobian(X, "last"), TypeError, ["layer", "'last'"]),
        (
            lambda: NET.jacobian(X, order="quickest"),
            ValueError,
            ["quickest", "from_output", "D1 A1"],
        ),
        (lambda: NET.jacobian(X, order="(A2 D1"), ValueError, ["(A2 D1", "A2 D1 A1"]),
        (lambda: NET.jacobian(X, order=3), TypeError, ["3", "cheapest"]),
        (lambda: SQUARE.jacobian(X, order=cheapest([(3, 3)] * 4)), ValueError, ["A B C D", "D2 A2 D1 A1"]),
        (lambda: NET.jacobian(X, max_memory=0, out=np.empty((5, 2, 3))), ValueError, ["0", "2GiB"]),
        (lambda: NET.hessian(X, Y, LOSS) @ np.full(26, 1j), TypeError, ["v", "real numbers"]),
        (lambda: NET.gradient(X, Y, [LOSS]), TypeError, ["loss", "half_squared_error"]),
        (lambda: NET.gradient(X, csr_array(Y), LOSS), TypeError, ["y", "sparse", "(5, 2)"]),
        (lambda: NET.pullback(X, csr_array(Y)), TypeError, ["U", "sparse"]),
        (lambda: NET.layer_parameter_jacobian(X, 1.5), TypeError, ["layer", "1.5"]),
        (lambda: NET.taylor(X, order="2"), TypeError, ["order", "'2'"]),
        (lambda: NET.taylor(X)(NAN), ValueError, ["Δx holds nan", "[2, 1]"]),
        (lambda: NET.plan("many"), TypeError, ["n_samples", "many"]),
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
        (lambda: NET.hessian(X, Y, LOSS) @ np.ones(3), ValueError, ["imension mismatch"]),
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


# What takes out= and max_memory, and what its MemoryError offers instead.
WITH_RESULTS = {
    "jacobian": ((), "pushforward"),
    "parameter_jacobian": ((), "parameter_pullback"),
    "sample_gradients": ((Y, LOSS), "sample_gradient_norms"),
    "input_hessian": ((), "taylor"),
    "tangent_kernel": ((), "trace"),
}


@pytest.fixture(params=["of X", "kept"], scope="module")
def asked(request):
    """Call a method by name, of the network at X or of its tape."""
    if request.param == "kept":
        at = NET.at(X)
        return lambda name, *arguments, **options: getattr(at, name)(*arguments, **options)
    return lambda name, *arguments, **options: getattr(NET, name)(X, *arguments, **options)


@pytest.mark.parametrize(("name", "more", "instead"), [(k, *v) for k, v in WITH_RESULTS.items()])
class TestResults:
    def test_out_of_another_shape_or_type_is_named(self, asked, name, more, instead):
        right = asked(name, *more)
        for wrong in (np.empty((*right.shape, 1)), np.empty((*right.shape[::-1], 7)), np.empty(right.size)):
            with pytest.raises(ValueError) as raised:
                asked(name, *more, out=wrong)
            assert str(wrong.shape) in str(raised.value) and str(right.shape) in str(raised.value)
        for dtype in ("float32", "int64"):
            with pytest.raises(ValueError, match=f"{dtype}.*float64"):
                asked(name, *more, out=np.empty(right.shape, dtype))

    def test_out_that_cannot_be_written_is_refused(self, asked, name, more, instead):
        right = asked(name, *more)
        frozen, gaps = np.empty_like(right), np.empty((*right.shape, 2))[..., 0]
        frozen.flags.writeable = False
        shifted = np.empty(right.nbytes + 1, np.uint8)[1:].view(right.dtype).reshape(right.shape)
        for wrong in (frozen, gaps, shifted):
            with pytest.raises(ValueError, match="writable"):
                asked(name, *more, out=wrong)
        with pytest.raises(TypeError, match="list"):
            asked(name, *more, out=right.tolist())

    def test_out_in_memory_that_is_read_is_refused(self, asked, name, more, instead):
        right = asked(name, *more)
        memory = np.zeros(right.size + X.size + Y.size)
        rows, out = memory[: X.size].reshape(X.shape), memory[3 : 3 + right.size].reshape(right.shape)
        rows[:] = X
        with pytest.raises(ValueError, match="out lies in memory of X"):
            getattr(NET, name)(rows, *more, out=out)
        np.testing.assert_array_equal(rows, X)

    def test_words_and_numbers_of_bytes(self, asked, name, more, instead):
        right = asked(name, *more)
        for bound in ("2GiB", "500 MB", "1.5gib", 1e9, 10**9, np.int64(10**9)):
            np.testing.assert_allclose(asked(name, *more, max_memory=bound), right, rtol=1e-12, atol=1e-15)
        for bound in ("lots", "GiB", "-1", "2 parsecs", "", -1, 0, 0.5, np.nan, np.inf):
            with pytest.raises(ValueError) as raised:
                asked(name, *more, max_memory=bound)
            assert "max_memory" in str(raised.value) and repr(bound) in str(raised.value)
        for bound in ([1], True, (1, 2)):
            with pytest.raises(TypeError, match="max_memory"):
                asked(name, *more, max_memory=bound)

    def test_a_result_that_does_not_fit_says_its_size_and_what_to_ask_instead(
        self, asked, name, more, instead
    ):
        right = asked(name, *more)
        with pytest.raises(MemoryError) as raised:
            asked(name, *more, max_memory=right.nbytes - 1)
        size = f"{right.nbytes} bytes" if right.nbytes < 1000 else f"{right.nbytes / 1024:.3g} KiB"
        for word in (str(right.shape), size, instead, "out="):
            assert word in str(raised.value)
        assert asked(name, *more, max_memory=right.nbytes) is not None


def test_out_in_the_memory_of_parameters_or_answers_is_refused():
    net, out = NET.copy(), np.zeros((1, NET.n_parameters))
    with pytest.raises(ValueError, match="out lies in memory"):
        net.sample_gradients(X[:1], Y[:1], LOSS, out=net.parameters[None])
    for ask in (
        net.at(X[:1]).sample_gradients,
        lambda y, *more, **o: net.sample_gradients(X[:1], y, *more, **o),
    ):
        with pytest.raises(ValueError, match="out lies in memory"):
            ask(out[:, 5:7], LOSS, out=out)
    assert net == NET


ANSWERED = [
    "gradient",
    "sample_gradients",
    "sample_gradient_norms",
    "input_gradient",
    "hessian",
    "gauss_newton",
]


@for_each("name", ANSWERED)
@for_each(
    ("answers", "error", "words"),
    [
        ((Y[:2], LOSS), ValueError, ["(2, 2)", "(5, 2)"]),
        ((Y[:, :1], LOSS), ValueError, ["(5, 1)", "(5, 2)"]),
        ((Y[:, 0], LOSS), ValueError, ["(5,)", "(5, 2)"]),
        ((Y + np.nan, LOSS), ValueError, ["y holds nan", "[0, 0]"]),
        ((np.full((5, 2), "a"), LOSS), TypeError, ["y", "real numbers"]),
        ((Y,), ValueError, ["identity", "sum_squared_error", "half_squared_error"]),
        ((Y, "poisson"), ValueError, ["poisson", "identity", "half_squared_error"]),
        ((Y, "squared_error"), ValueError, ["squared_error", "sum_squared_error"]),
    ],
)
def test_answers_that_do_not_fit(asked, name, answers, error, words):
    with pytest.raises(error) as raised:
        asked(name, *answers)
    assert not [word for word in words if word not in str(raised.value)], raised.value


@for_each("name", sorted(AVERAGES))
@for_each(
    ("weights", "error", "words"),
    [
        ([1.0], ValueError, ["(1,)", "5"]),
        (np.ones((5, 1)), ValueError, ["(5, 1)", "5"]),
        ([1, 1, 1, 1, -1], ValueError, [">= 0"]),
        (np.zeros(5), ValueError, ["not all zero"]),
        ([1, 1, np.inf, 1, 1], ValueError, ["sample_weight holds inf", "[2]"]),
        (list("abcde"), TypeError, ["sample_weight", "real numbers"]),
    ],
)
def test_weights_that_do_not_fit(asked, name, weights, error, words):
    with pytest.raises(error) as raised:
        asked(name, Y, LOSS, weights)
    assert not [word for word in words if word not in str(raised.value)], raised.value


@for_each(
    ("name", "arguments", "words"),
    [
        ("pushforward", (X[:3],), ["dX", "(3, 3)", "(5, 3)"]),
        ("pushforward", (X[0],), ["dX", "(3,)", "3"]),
        ("pushforward", (NAN,), ["dX holds nan", "[2, 1]"]),
        ("pullback", (Y.T,), ["(2, 5)", "(5, 2)"]),
        ("pullback", (Y + np.inf,), ["U holds inf"]),
        ("parameter_pushforward", (np.ones((26, 1)),), ["(26, 1)", "(26,)"]),
        ("parameter_pushforward", ([np.nan] * 26,), ["v holds nan", "[0]"]),
        ("parameter_pullback", (Y[0],), ["(2,)", "(5, 2)"]),
        ("tangent_kernel", (NAN,), ["X2 holds nan", "[2, 1]"]),
        ("tangent_kernel", (X[0],), ["X2", "(3,)", "(n_samples, 3)"]),
    ],
)
def test_directions_that_do_not_fit(asked, name, arguments, words):
    with pytest.raises(ValueError) as raised:
        asked(name, *arguments)
    assert not [word for word in words if word not in str(raised.value)], raised.value


@every_call
def test_one_sample_is_told_how_to_be_rows(ask):
    if ask is CALLS["taylor"]:
        assert NET.taylor(X[0])(X[1]).shape == (2,)  # which takes a single sample too
        return
    with pytest.raises(ValueError, match=r"\(3,\).*\(n_samples, 3\)"):
        ask(NET, X[0])


@every_call
def test_float32_holds_no_number_beyond_it(ask):
    single = Network.from_weights(NET.weights, NET.biases, dtype=np.float32)
    with pytest.raises(ValueError, match=r"X holds 1e\+300 at \[4, 2\].*float32"):
        ask(single, np.vstack([X[:4], [0, 0, 1e300]]))


@every_call
def test_float32_rows_are_widened_by_a_float64_network(ask):
    narrow = X.astype(np.float32)
    for a, b in zip(ask(NET, narrow), ask(NET, narrow.astype(float)), strict=True):
        assert a.dtype == np.float64
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@every_call
def test_every_call_takes_sparse_rows(ask):
    rows = X * (np.arange(15).reshape(5, 3) % 2)
    for a, b in zip(ask(NET, csr_array(rows)), ask(NET, rows), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@every_call
def test_nan_among_sparse_rows_is_found(ask):
    with pytest.raises(ValueError, match=r"stored entries.*holds nan"):
        ask(NET, csr_array(NAN))


def test_relu_at_its_kink_has_the_left_side_s_derivative():
    net = Network.from_weights([[[1.0]], [[1.0]]], [[0.0], [0.0]], "relu")
    assert net.jacobian([[0.0]]).item() == 0 and net.jacobian([[1e-300]]).item() == 1
    assert net.pushforward([[0.0]], [[1.0]]).item() == 0
    np.testing.assert_array_equal(net.parameter_jacobian([[0.0]])[0, 0], [0, 0, 0, 1])
    assert net.input_hessian([[0.0]]).item() == 0


def test_whole_matrices_of_curvature_are_refused_by_their_size():
    H = NET.hessian(X, Y, LOSS)
    with pytest.raises(MemoryError, match=r"\(26, 26\).*diagonal"):
        H.to_array(max_memory=100)
    with pytest.raises(ValueError, match="lots"):
        H.to_array(max_memory="lots")


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda at: at.layer_parameter_jacobian(2), IndexError, ["2", "0 to 1"]),
        (lambda at: at.layer_parameter_jacobian(-3), IndexError, ["-3", "0 to 1"]),
        (lambda at: at.jacobian(order="quickest"), ValueError, ["quickest", "from_output", "A2 D1 A1"]),
        (lambda at: at.taylor(3), ValueError, ["3", "1 or 2"]),
        (lambda at: at.parameter_taylor(0), ValueError, ["0", "1 or 2"]),
        (lambda at: at.taylor(2)(X[:2]), ValueError, ["(2, 3)", "(5, 3)"]),
        (lambda at: at.taylor()(NAN), ValueError, ["nan", "[2, 1]"]),
        (lambda at: at.parameter_taylor()(np.full(26, np.nan)), ValueError, ["nan", "[0]"]),
        (lambda at: at.parameter_taylor(2)(np.ones(2)), ValueError, ["(2,)", "(26,)"]),
        (lambda at: at.gauss_newton(Y, LOSS) @ np.ones(3), ValueError, ["imension mismatch"]),
    ],
)
def test_a_kept_tape_names_it_too(ask, error, words):
    with pytest.raises(error) as raised:
        ask(NET.at(X))
    assert not [word for word in words if word not in str(raised.value)], raised.value


@pytest.mark.parametrize("own", [np.float64, np.float32])
def test_arguments_of_the_other_precision_take_the_network_s(own):
    net, other = (
        Network.from_weights(NET.weights, NET.biases, dtype=own),
        np.float32 if own is np.float64 else np.float64,
    )
    rng = np.random.default_rng(0)
    dX, U, v, weights = (
        rng.normal(size=(5, 3)),
        rng.normal(size=(5, 2)),
        rng.normal(size=26),
        rng.uniform(1, 2, 5),
    )
    for ask in (
        lambda kind: net.pushforward(X, dX.astype(kind)),
        lambda kind: net.pullback(X, U.astype(kind)),
        lambda kind: net.parameter_pushforward(X, v.astype(kind)),
        lambda kind: net.parameter_pullback(X, U.astype(kind)),
        lambda kind: net.gradient(X, U.astype(kind), LOSS, weights.astype(kind)),
        lambda kind: net.sample_gradients(X, U.astype(kind), LOSS, weights.astype(kind)),
        lambda kind: net.input_gradient(X, U.astype(kind), LOSS),
        lambda kind: net.hessian(X, U.astype(kind), LOSS) @ v.astype(kind),
        lambda kind: net.gauss_newton(X, U.astype(kind), LOSS) @ v.astype(kind),
        lambda kind: net.tangent_kernel(X, dX.astype(kind)),
        lambda kind: net.taylor(X, 2)(dX.astype(kind)),
        lambda kind: net.parameter_taylor(X, 2)(v.astype(kind)),
    ):
        got = ask(other)
        assert got.dtype == own
        np.testing.assert_allclose(got, ask(own), rtol=1e-4, atol=1e-5)
