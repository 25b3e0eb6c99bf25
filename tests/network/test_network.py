import copy
import pickle
import threading

import numpy as np
import pandas as pd
import pytest

from chainrule import Network, calculus
from chainrule.network import Inputs, batch_rows
from sweeps import for_each

TYPES = [np.float64, np.float32]
both_types = pytest.mark.parametrize("dtype", TYPES)
RNG = np.random.default_rng(0)
X, y = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 2))


def small(dtype=np.float64, output="identity"):
    return Network((3, 5, 4, 2), ["tanh", "silu"], output, dtype, random_state=0)


# ---- what it is


def test_what_a_network_says_of_itself():
    net = small()
    assert net.layer_sizes == (3, 5, 4, 2)
    assert net.activations == ("tanh", "silu")
    assert net.output == "identity"
    assert net.dtype == np.float64
    assert net.n_parameters == 20 + 24 + 10 == len(net.parameters) == net.layout.n_parameters
    assert [W.shape for W in net.weights] == [(3, 5), (5, 4), (4, 2)]
    assert [b.shape for b in net.biases] == [(5,), (4,), (2,)]


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        (
            Network((3, 8, 2)),
            "Network((3, 8, 2), activation='tanh', output='identity', dtype=float64): 50 parameters",
        ),
        (
            Network((3, 8, 8, 2), ["relu", "sine"], "softmax", np.float32),
            "Network((3, 8, 8, 2), activation=('relu', 'sine'), output='softmax', dtype=float32): "
            "122 parameters",
        ),
        (Network((3, 1), output="exp"), "Network((3, 1), output='exp', dtype=float64): 4 parameters"),
    ],
)
def test_repr(net, expected):
    assert repr(net) == str(net) == expected


def test_sizes_may_be_any_integers_and_activations_any_sequence():
    net = Network(iter([np.int32(3), 4, True]), ("relu",), random_state=0)
    assert net.layer_sizes == (3, 4, 1)
    assert all(type(size) is int for size in net.layer_sizes)
    assert Network((3, 2), []).activations == Network((3, 2), "relu").activations == ()


# ---- η and the views into it


@both_types
def test_N1_eta_is_all_weights_and_then_all_biases(dtype):
    net = small(dtype)
    in_order = np.concatenate([part.ravel() for part in net.weights + net.biases])
    np.testing.assert_array_equal(net.parameters, in_order)
    assert net.parameters.dtype == dtype
    assert net.parameters.flags.c_contiguous
    for part in net.weights + net.biases:
        assert np.shares_memory(part, net.parameters)
        assert part.flags.c_contiguous and part.flags.writeable


def test_writing_into_a_view_changes_the_network():
    net = Network((2, 1), random_state=0)
    net.weights[0][:] = [[2], [3]]
    net.biases[0][0] = 10
    np.testing.assert_array_equal(net.parameters, [2, 3, 10])
    np.testing.assert_array_equal(net([[1, 1]]), [[15]])
    net.parameters[:] = [0, 0, 1]
    np.testing.assert_array_equal(net([[1, 1]]), [[1]])
    np.testing.assert_array_equal(net.biases[0], [1])


def test_assigned_parameters_are_copied_in():
    net = Network((2, 1), random_state=0)
    held, given = net.parameters, np.array([1.0, 2.0, 3.0])
    net.parameters = given
    assert net.parameters is held
    given[0] = 99
    np.testing.assert_array_equal(held, [1, 2, 3])
    net.parameters = [4, 5, 6]
    np.testing.assert_array_equal(held, [4, 5, 6])


@pytest.mark.parametrize("name", ["layer_sizes", "activations", "output", "dtype"])
def test_the_rest_is_not_assigned(name):
    with pytest.raises(AttributeError):
        setattr(small(), name, None)


# ---- equality and copies


def test_equal_by_value():
    assert small() == small()
    assert small() != Network((3, 5, 4, 2), ["tanh", "silu"], random_state=1)
    assert small() != small(np.float32)
    assert small() != small(output="softmax")
    assert small() != Network((3, 5, 4, 2), ["tanh", "tanh"], random_state=0)
    assert Network((1, 2, 1)) != Network((1, 1, 2))
    assert small() != "a network"
    changed = small()
    changed.parameters[-1] += 1e-12
    assert changed != small()
    with pytest.raises(TypeError, match="unhashable"):
        hash(small())


@for_each(
    "twin_of",
    [
        Network.copy,
        copy.copy,
        copy.deepcopy,
        *(lambda net, p=p: pickle.loads(pickle.dumps(net, p)) for p in range(2, 6)),
    ],
)
@both_types
def test_copies_are_equal_and_have_their_own_eta(twin_of, dtype):
    net = small(dtype)
    expected = net(X)  # addresses of this process's loops are now known, and must not be copied
    twin = twin_of(net)
    assert twin == net and type(twin) is Network
    assert twin.dtype == dtype
    np.testing.assert_array_equal(twin(X), expected)
    twin.parameters[:] = 0
    np.testing.assert_array_equal(net(X), expected)
    np.testing.assert_array_equal(twin.biases[-1], 0)


def test_the_kept_state_is_an_array_and_plain_values():
    net = small()
    net(X)
    state = net.__getstate__()
    assert set(state) == {"layer_sizes", "activations", "output", "parameters"}
    assert state["layer_sizes"] == [3, 5, 4, 2]


# ---- from_weights


@both_types
def test_from_weights_is_the_network_of_these_matrices(dtype):
    net = small(dtype)
    twin = Network.from_weights(net.weights, net.biases, ["tanh", "silu"], dtype=dtype)
    assert twin == net
    assert not np.shares_memory(twin.parameters, net.parameters)
    transposed = [np.asfortranarray(W) for W in net.weights]
    assert Network.from_weights(transposed, net.biases, ["tanh", "silu"], dtype=dtype) == net


def test_from_weights_takes_lists_of_integers():
    net = Network.from_weights([[[1, 2]], [[1], [1]]], [[0, 1], [5]], "relu")
    assert net.layer_sizes == (1, 2, 1)
    np.testing.assert_array_equal(net([[1], [-1]]), [[1 + 3 + 5], [5]])


# ---- F(x, η)


@both_types
def test_N1_the_network_is_a_composition_of_layers(dtype):
    net, z = small(dtype, "logistic"), X
    for W, b, σ in zip(net.weights, net.biases, ["tanh", "silu", "logistic"], strict=True):
        z = calculus.ACTIVATIONS[σ].value(z @ W + b)
    F = net(X)
    assert F.dtype == dtype and F.shape == (7, 2)
    np.testing.assert_allclose(F, z, rtol=50 * np.finfo(dtype).eps)


@both_types
def test_N9_layers_are_the_values_kept_from_the_forward_pass(dtype):
    net = small(dtype, "softmax")
    kept = net.layers(X)
    tape = calculus.forward(X.astype(dtype), net.weights, net.biases, net.activations, "softmax")
    assert len(kept) == 4
    for z, expected in zip(kept, tape.z, strict=True):
        assert z.dtype == dtype
        np.testing.assert_allclose(z, expected, rtol=1e2 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)
    given = X.copy()
    net.layers(given)[0][:] = 0  # z_0 is a copy
    np.testing.assert_array_equal(given, X)


def test_no_rows_are_no_error():
    net = small()
    assert net(np.empty((0, 3))).shape == (0, 2)
    assert [z.shape for z in net.layers(np.empty((0, 3)))] == [(0, 3), (0, 5), (0, 4), (0, 2)]


@pytest.mark.parametrize(
    "given",
    [
        X.tolist(),
        X.astype(np.float32).astype(np.float64),
        X.astype(object),
        pd.DataFrame(X, columns=list("abc")),
        X.astype(">f8"),
        np.asfortranarray(X),
        np.ma.masked_invalid(X),
    ],
    ids=["list", "float64", "object", "DataFrame", "big-endian", "F order", "masked"],
)
def test_numbers_of_any_kind(given):
    np.testing.assert_allclose(small()(given), small()(X), rtol=1e-6)


def test_integers_and_truth_values_are_numbers():
    numbers = np.array([[1, 0, 1], [0, 0, 1]])
    expected = small()(numbers.astype(float))
    for kind in (bool, np.int8, np.uint64, np.float16, np.longdouble):
        np.testing.assert_array_equal(small()(numbers.astype(kind)), expected)


def test_what_is_given_stays_as_it_was():
    net, given, answers, weights = small(), X.copy(), y.copy(), np.ones(7)
    for array in (given, answers, weights):
        array.flags.writeable = False
    net(given)
    net.error(given, answers, "half_squared_error", weights)
    before = net.parameters.copy()
    net.gradient(given, answers, "half_squared_error", weights)
    np.testing.assert_array_equal(net.parameters, before)
    np.testing.assert_array_equal(given, X)


@both_types
def test_more_rows_than_a_pass_takes_at_a_time(dtype):
    net = small(dtype)
    at_a_time = batch_rows(net.architecture, Inputs.of(np.empty((0, 3)), net.dtype), 10**9)
    n = 2 * at_a_time + 17
    rng = np.random.default_rng(1)
    rows, answers = rng.normal(size=(n, 3)).astype(dtype), rng.normal(size=(n, 2)).astype(dtype)
    weights = rng.uniform(0.5, 2, n).astype(dtype)
    network = ([W.astype(float) for W in net.weights], [b.astype(float) for b in net.biases], net.activations)
    exact = (rows.astype(float), answers.astype(float), *network, "identity", "half_squared_error", weights)
    rtol = 1e-12 if dtype == np.float64 else 1e-4
    given = (rows, answers, "half_squared_error", weights)
    assert net.error(*given) == pytest.approx(float(calculus.error(*exact)), rel=rtol)
    expected = calculus.gradient(*exact)
    np.testing.assert_allclose(net.gradient(*given), expected, rtol=rtol, atol=rtol * np.abs(expected).max())
    np.testing.assert_allclose(net(rows)[-20:], net(rows[-20:]), rtol=1e2 * np.finfo(dtype).eps, atol=1e-6)


# ---- E(η)


def test_N2_the_two_squared_errors_have_two_names():
    net = small()
    mean = np.mean([np.linalg.norm(F - a) ** 2 for F, a in zip(net(X), y, strict=True)])
    assert net.error(X, y, loss="sum_squared_error") == pytest.approx(mean, rel=1e-14)
    assert net.error(X, y, loss="half_squared_error") == pytest.approx(mean / 2, rel=1e-14)
    with pytest.raises(ValueError, match="sum_squared_error or half_squared_error"):
        net.error(X, y)


def test_N14_cross_entropy_is_what_softmax_and_logistic_outputs_mean():
    labels = np.array([0, 1, 1, 0, 1, 0, 0])
    net = small(output="softmax")
    expected = -np.mean(np.log(net(X)[np.arange(7), labels]))
    assert net.error(X, labels) == pytest.approx(expected, rel=1e-13)
    net = Network((3, 4, 1), output="logistic", random_state=0)
    F = net(X)[:, 0]
    expected = -np.mean(labels * np.log(F) + (1 - labels) * np.log(1 - F))
    assert net.error(X, labels) == pytest.approx(expected, rel=1e-13)


def test_a_saturated_network_still_knows_its_error_and_gradient():
    net = Network.from_weights([[[1.0]]], [[0.0]], output="logistic")
    assert net(np.array([[800.0]])) == 1
    assert net.error([[800.0]], [0]) == 800
    np.testing.assert_array_equal(net.gradient([[800.0]], [0]), [800, 1])
    assert net.error([[-700.0]], [0]) == pytest.approx(np.exp(-700), rel=1e-13)


def test_poisson_belongs_to_an_exponential_output():
    net, counts = Network((3, 4, 1), output="exp", random_state=0), np.array([0, 1, 2, 0, 5, 3, 1])
    F = net(X)[:, 0]
    logs = np.where(counts > 0, counts * np.log(np.maximum(counts, 1) / F), 0)
    assert net.error(X, counts) == pytest.approx(np.mean(logs - counts + F), rel=1e-13)
    assert net.error(X, counts) == net.error(X, counts[:, None], loss="poisson")


@pytest.mark.parametrize("kind", [np.int64, np.uint8, bool])
def test_class_indices_stand_for_their_rows_of_one_and_zeros(kind):
    labels = np.array([0, 1, 1, 0, 1, 0, 0])
    for output in ("softmax", "logistic"):
        net, one_hot = small(output=output), np.eye(2)[labels]
        assert net.error(X, labels.astype(kind)) == net.error(X, one_hot)
        np.testing.assert_array_equal(net.gradient(X, labels.astype(kind)), net.gradient(X, one_hot))


def test_a_vector_of_answers_is_one_output_a_sample():
    net = Network((3, 4, 1), random_state=0)
    squared = {"loss": "sum_squared_error"}
    for answers in (y[:, 0].tolist(), pd.Series(y[:, 0]), y[:, :1]):
        assert net.error(X, answers, **squared) == net.error(X, y[:, 0], **squared)


def test_weights_count_a_sample_more_than_once():
    net, w, loss = small(), np.array([1, 0, 2, 1, 3, 0, 1]), "half_squared_error"
    again = np.repeat(np.arange(7), w)
    assert net.error(X, y, loss, w) == pytest.approx(net.error(X[again], y[again], loss), rel=1e-13)
    weighted, repeated = net.gradient(X, y, loss, w), net.gradient(X[again], y[again], loss)
    np.testing.assert_allclose(weighted, repeated, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(net.gradient(X, y, loss, 1e6 * w), weighted, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(net.gradient(X, y, loss, np.ones(7)), net.gradient(X, y, loss))


@both_types
def test_types_of_results(dtype):
    net = small(dtype)
    assert type(net.error(X, y, "half_squared_error")) is float
    g = net.gradient(X, y, "half_squared_error")
    assert g.dtype == dtype and g.shape == (54,)


# ---- threads


@both_types
def test_eight_threads_with_one_network(dtype):
    net = Network((20, 64, 64, 5), "tanh", "softmax", dtype, random_state=0)
    rows = np.random.default_rng(0).normal(size=(8, 200, 20)).astype(dtype)
    labels = np.random.default_rng(1).integers(0, 5, (8, 200))
    alone = [(net(rows[i]), net.gradient(rows[i], labels[i])) for i in range(8)]
    net = net.copy()  # one that no thread has used yet
    gate, results = threading.Barrier(8), {}

    def work(i):
        gate.wait()
        results[i] = [(net(rows[i]), net.gradient(rows[i], labels[i])) for _ in range(3)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(8):
        for F, g in results[i]:
            # BLAS may share a product out over its threads differently when they are taken.
            np.testing.assert_allclose(F, alone[i][0], rtol=100 * np.finfo(dtype).eps)
            np.testing.assert_allclose(g, alone[i][1], rtol=0, atol=1e3 * np.finfo(dtype).eps)
