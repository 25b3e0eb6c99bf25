"""What is not accepted: each row a call, and the words that the error has to hold."""

import numpy as np
import pytest
import scipy.sparse

from chainrule import Network
from chainrule.calculus import ACTIVATIONS, OUTPUTS
from sweeps import for_each

X, y = np.ones((4, 2)), np.zeros(4)
NAN = np.array([[1, 2], [3, np.nan], [np.inf, 5], [0, 0]])
HALF = "half_squared_error"
net = Network((2, 3, 1), random_state=0)
single = Network((2, 1), dtype=np.float32, random_state=0)
classes = Network((2, 3), output="softmax", random_state=0)
counts = Network((2, 1), output="exp", random_state=0)
csr = scipy.sparse.csr_array


def assign(values):
    net.copy().parameters = values


BAD = [
    # architecture
    (lambda: Network((3, 0)), ValueError, ["layer_sizes", "> 0", "[3, 0]"]),
    (lambda: Network((3, -1, 2)), ValueError, ["layer_sizes", "[3, -1, 2]"]),
    (lambda: Network((3,)), ValueError, ["at least two sizes", "[3]"]),
    (lambda: Network(()), ValueError, ["at least two sizes", "[]"]),
    (lambda: Network(5), TypeError, ["layer_sizes", "sequence of integers", "5"]),
    (lambda: Network(None), TypeError, ["layer_sizes", "None"]),
    (lambda: Network("32"), TypeError, ["layer_sizes", "'32'"]),
    (lambda: Network((3, 2.5)), TypeError, ["layer_sizes", "(3, 2.5)"]),
    (lambda: Network((2, 3, 1), "tanhh"), ValueError, ["unknown activation 'tanhh'", *ACTIVATIONS]),
    (lambda: Network((2, 1), "tanhh"), ValueError, ["unknown activation 'tanhh'"]),
    (lambda: Network((2, 3, 1), "softmax"), ValueError, ["unknown activation 'softmax'"]),
    (lambda: Network((2, 3, 3, 1), ["tanh", "x"]), ValueError, ["unknown activation 'x'", *ACTIVATIONS]),
    (lambda: Network((2, 3, 1), ["tanh", "relu"]), ValueError, ["1 hidden layers", "got 2"]),
    (lambda: Network((2, 3, 3, 1), ["tanh"]), ValueError, ["2 hidden layers", "got 1"]),
    (lambda: Network((2, 3, 1), None), TypeError, ["activation", "None"]),
    (lambda: Network((2, 3, 1), [["tanh"]]), TypeError, ["activation must be a name", "['tanh']"]),
    (lambda: Network((2, 1), output="sofmax"), ValueError, ["unknown output 'sofmax'", *OUTPUTS]),
    (lambda: Network((2, 1), output=None), TypeError, ["output must be a name", "None"]),
    (lambda: Network((2, 1), output=["exp"]), TypeError, ["output must be a name", "['exp']"]),
    (lambda: Network((2, 1), dtype=int), ValueError, ["float64 or float32", "int64"]),
    (lambda: Network((2, 1), dtype=np.float16), ValueError, ["float64 or float32", "float16"]),
    (lambda: Network((2, 1), dtype=complex), ValueError, ["float64 or float32", "complex128"]),
    (lambda: Network((2, 1), dtype="number"), TypeError, ["number"]),
    (lambda: Network((2, 1), random_state=-1), ValueError, ["random_state", "-1"]),
    (lambda: Network((2, 1), random_state=2**32), ValueError, ["random_state", "2**32"]),
    (lambda: Network((2, 1), random_state="a"), ValueError, ["random_state", "'a'"]),
    (lambda: Network((2, 1), random_state=True), ValueError, ["random_state", "True"]),
    (lambda: Network((2, 1), random_state=np.random.default_rng(0)), ValueError, ["RandomState"]),
    # η
    (lambda: assign(np.zeros(3)), ValueError, ["(3,)", "(2, 3, 1)", "(13,)"]),
    (lambda: assign(np.zeros((13, 1))), ValueError, ["(13, 1)", "(13,)"]),
    (lambda: assign(0.0), ValueError, ["()", "(13,)"]),
    (lambda: assign([0.0] * 5 + [np.nan] * 8), ValueError, ["parameters", "nan", "[5]"]),
    (lambda: assign(np.zeros(13) + 1j), TypeError, ["parameters", "complex128"]),
    (lambda: assign(["a"] * 13), TypeError, ["parameters", "real numbers"]),
    # from_weights
    (lambda: Network.from_weights([], []), ValueError, ["0 weights", "0 biases"]),
    (lambda: Network.from_weights([X], []), ValueError, ["1 weights", "0 biases"]),
    (lambda: Network.from_weights([X], [[1, 2, 3]]), ValueError, ["weights[0]", "(4, 2)", "(3,)"]),
    (lambda: Network.from_weights([y], [[1]]), ValueError, ["weights[0]", "(4,)", "(fan_in, fan_out)"]),
    (
        lambda: Network.from_weights([X, [[1], [2], [3]]], [[0, 0], [0]]),
        ValueError,
        ["weights[1]", "(3, 1)", "weights[0]", "(4, 2)"],
    ),
    (lambda: Network.from_weights([np.ones((2, 0))], [[]]), ValueError, ["> 0", "[2, 0]"]),
    (lambda: Network.from_weights([X], [[0, np.nan]]), ValueError, ["biases[0]", "nan", "[1]"]),
    (lambda: Network.from_weights([NAN], [[0, 0]]), ValueError, ["weights[0]", "nan", "[1, 1]"]),
    (lambda: Network.from_weights([X + 0j], [[0, 0]]), TypeError, ["weights[0]", "complex128"]),
    (lambda: Network.from_weights([[["a"]]], [[0]]), TypeError, ["weights[0]", "real numbers"]),
    (lambda: Network.from_weights([X], [[0, 0]], dtype=int), ValueError, ["float64 or float32"]),
    (
        lambda: Network.from_weights([[[1e300]]], [[0]], dtype=np.float32),
        ValueError,
        ["weights[0]", "1e+300", "[0, 0]", "float32"],
    ),
    # X
    (lambda: net(np.ones((4, 3))), ValueError, ["(4, 3)", "(n_samples, 2)"]),
    (lambda: net(np.empty((0, 3))), ValueError, ["(0, 3)", "(n_samples, 2)"]),
    (lambda: net([1.0, 2.0]), ValueError, ["(2,)", "(n_samples, 2)", "X[None, :]"]),
    (lambda: net([]), ValueError, ["(0,)", "(n_samples, 2)"]),
    (lambda: net(3.0), ValueError, ["()", "(n_samples, 2)"]),
    (lambda: net(np.ones((4, 2, 1))), ValueError, ["(4, 2, 1)", "(n_samples, 2)"]),
    (lambda: net([[1, 2], [3]]), ValueError, ["inhomogeneous"]),
    (lambda: net(NAN), ValueError, ["X holds nan at [1, 1]"]),
    (lambda: net(NAN[2:]), ValueError, ["X holds inf at [0, 0]"]),
    (lambda: net([[1, None]]), ValueError, ["X holds nan at [0, 1]"]),
    (lambda: single([[0, 0], [1, -1e300]]), ValueError, ["X holds -1e+300 at [1, 1]", "float32"]),
    (lambda: net(X + 0j), TypeError, ["X", "real numbers", "complex128"]),
    (lambda: net([["a", "b"]]), TypeError, ["X", "real numbers"]),
    (lambda: net(np.array([["a", 1]], dtype=object)), TypeError, ["X", "real numbers", "object"]),
    (lambda: net(np.zeros((4, 2), "M8[s]")), TypeError, ["X", "datetime64"]),
    (lambda: net({"a": 1}), TypeError, ["X", "real numbers"]),
    (lambda: net(None), ValueError, ["X holds nan"]),
    (lambda: net(csr(np.ones((4, 3)))), ValueError, ["(4, 3)", "(n_samples, 2)"]),
    (lambda: net(csr(NAN)), ValueError, ["X (its stored entries) holds nan at [3]"]),
    (lambda: net(scipy.sparse.coo_matrix(NAN[2:])), ValueError, ["stored entries", "inf"]),
    (lambda: single(csr([[0, -1e300]])), ValueError, ["stored entries", "-1e+300", "float32"]),
    (lambda: net(csr(X + 0j)), TypeError, ["stored entries", "complex128"]),
    (lambda: net.layers(np.ones((4, 3))), ValueError, ["(4, 3)", "(n_samples, 2)"]),
    (lambda: net.error(np.empty((0, 2)), [], HALF), ValueError, ["X holds no rows", "at least one sample"]),
    (lambda: net.gradient(np.empty((0, 2)), [], HALF), ValueError, ["no rows", "at least one sample"]),
    (lambda: net.gradient(csr((0, 2)), [], HALF), ValueError, ["X holds no rows", "at least one sample"]),
    # y
    (lambda: net.error(X, y[:3], HALF), ValueError, ["(3,)", "(4, 1)"]),
    (lambda: net.gradient(X, np.zeros((4, 2)), HALF), ValueError, ["(4, 2)", "(4, 1)"]),
    (lambda: net.gradient(X, np.zeros((1, 4)), HALF), ValueError, ["(1, 4)", "(4, 1)"]),
    (lambda: net.error(X, [0, 1, np.nan, 0], HALF), ValueError, ["y holds nan at [2]"]),
    (lambda: net.error(X, ["a"] * 4, HALF), TypeError, ["y", "real numbers"]),
    (lambda: net.error(X, y + 1j, HALF), TypeError, ["y", "complex128"]),
    (lambda: classes.error(X, [0, 1, 2, 3]), ValueError, ["label 3", "0 to 2"]),
    (lambda: classes.error(X, [0, 1, 2, -1]), ValueError, ["label -1", "0 to 2"]),
    (lambda: classes.error(X, y), TypeError, ["integer class indices", "float64"]),
    (lambda: classes.error(X, list("abca")), TypeError, ["integer class indices"]),
    (lambda: classes.error(X, [0, 1, 2]), ValueError, ["(3,)", "(4, 3)"]),
    (lambda: classes.error(X, np.zeros((4, 2))), ValueError, ["(4, 2)", "(4, 3)"]),
    (lambda: classes.error(X, np.full((4, 3), 2)), ValueError, ["y holds 2.0", "[0, 1]"]),
    (lambda: classes.error(X, np.full((4, 3), -0.5)), ValueError, ["y holds -0.5", "[0, 1]"]),
    (lambda: counts.error(X, [3, -1, 0, 0]), ValueError, ["y holds -1.0", "poisson", ">= 0"]),
    # loss
    (lambda: net.error(X, y), ValueError, ["identity", "sum_squared_error", "half_squared_error"]),
    (lambda: net.gradient(X, y), ValueError, ["sum_squared_error or half_squared_error"]),
    (lambda: net.error(X, y, "squared_error"), ValueError, ["squared_error", "identity", HALF]),
    (lambda: net.error(X, y, "cross_entropy"), ValueError, ["cross_entropy", "identity", HALF]),
    (lambda: net.error(X, y, "log_loss"), ValueError, ["log_loss", "identity", HALF]),
    (lambda: classes.error(X, [0] * 4, "poisson"), ValueError, ["poisson", "softmax", "cross_entropy"]),
    (lambda: counts.error(X, y, "cross_entropy"), ValueError, ["cross_entropy", "exp", "poisson"]),
    # sample_weight
    (lambda: net.error(X, y, HALF, [1, 1, 1]), ValueError, ["sample_weight", "(3,)", "4 samples"]),
    (lambda: net.error(X, y, HALF, np.ones((4, 1))), ValueError, ["sample_weight", "(4, 1)"]),
    (lambda: net.gradient(X, y, HALF, 2.0), ValueError, ["sample_weight", "()"]),
    (lambda: net.gradient(X, y, HALF, [1, 1, 1, -1]), ValueError, ["sample_weight", ">= 0"]),
    (lambda: net.gradient(X, y, HALF, [0, 0, 0, 0]), ValueError, ["sample_weight", "not all zero"]),
    (lambda: net.error(X, y, HALF, [1, 1, np.nan, 1]), ValueError, ["sample_weight holds nan at [2]"]),
    (lambda: net.error(X, y, HALF, ["a"] * 4), TypeError, ["sample_weight", "real numbers"]),
]


@for_each(("call", "kind", "words"), BAD)
def test_one_clear_line(call, kind, words):
    with pytest.raises(kind) as raised:
        call()
    message = str(raised.value)
    assert not [word for word in words if word not in message], message
    if "inhomogeneous" not in words:  # NumPy's
        assert "\n" not in message


def test_a_refused_assignment_changes_nothing():
    twin = net.copy()
    with pytest.raises(ValueError, match="nan"):
        twin.parameters = [1.0] * 12 + [np.nan]
    assert twin == net
