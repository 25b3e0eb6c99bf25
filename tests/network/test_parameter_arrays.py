"""`weights` and `biases` of a network: lists whose entries are written into η, or an error."""

import copy
import pickle

import numpy as np
import pytest

from chainrule import Network


def net(dtype="float64"):
    return Network((3, 4, 2), "tanh", dtype=dtype, random_state=0)


@pytest.mark.parametrize("name", ["weights", "biases"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_entry_is_written_into_eta(name, dtype):
    network, X = net(dtype), np.ones((1, 3))
    before, shape = network(X), getattr(network, name)[1].shape
    given = np.random.default_rng(0).normal(size=shape)
    getattr(network, name)[1] = given
    np.testing.assert_array_equal(getattr(network, name)[1], given.astype(dtype))
    blocks = getattr(network.layout, name)
    np.testing.assert_array_equal(blocks[1].view(network.parameters), given.astype(dtype))
    assert not np.array_equal(network(X), before)
    getattr(network, name)[-1] = given.tolist()
    getattr(network, name)[1] += 1
    np.testing.assert_array_equal(getattr(network, name)[1], given.astype(dtype) + 1)


def test_the_whole_list_or_a_slice_is_written_into_eta():
    network, other = net(), Network((3, 4, 2), "tanh", random_state=1)
    network.weights, network.biases = other.weights, other.biases
    assert network == other
    network.weights[1:] = [2 * other.weights[1]]
    np.testing.assert_array_equal(network.weights[1], 2 * other.weights[1])
    square = Network((2, 2, 2), random_state=0)
    first, second = (W.copy() for W in square.weights)
    square.weights[:] = square.weights[::-1]
    np.testing.assert_array_equal(square.weights[0], second)
    np.testing.assert_array_equal(square.weights[1], first)


@pytest.mark.parametrize(
    ("write", "error", "words"),
    [
        (lambda n, W: W.__setitem__(0, np.ones((4, 3))), ValueError,
         r"weights\[0\] has shape \(3, 4\), got an array of shape \(4, 3\)"),
        (lambda n, W: W.__setitem__(0, 1.0), ValueError, r"weights\[0\] has shape \(3, 4\), got .*\(\)"),
        (lambda n, W: W.__setitem__(1, np.full((4, 2), np.nan)), ValueError, r"weights\[1\] holds nan"),
        (lambda n, W: W.__setitem__(1, [["a"]]), TypeError, r"weights\[1\] must hold real numbers"),
        (lambda n, W: W.__setitem__(2, np.ones((3, 4))), IndexError, "out of range"),
        (lambda n, W: W.__setitem__(slice(None), [np.ones((3, 4))]), ValueError,
         "weights got 1 arrays, the network has 2 there"),
        (lambda n, W: setattr(n, "weights", [np.ones((3, 4)), np.ones(2)]), ValueError,
         r"weights\[1\] has shape \(4, 2\), got an array of shape \(2,\)"),
        (lambda n, W: setattr(n, "biases", [np.ones(4)]), ValueError, "biases got 1 arrays"),
        *((lambda n, W, name=name, given=given: getattr(W, name)(*given), TypeError, "assign to its entries")
          for name, given in {"append": [0], "extend": [[0]], "insert": [0, 0], "pop": [], "remove": [0],
                              "clear": [], "sort": [], "reverse": [], "__delitem__": [0],
                              "__iadd__": [[0]], "__imul__": [2]}.items()),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_writes_nothing(write, error, words):
    network = net()
    before = network.parameters.copy()
    with pytest.raises(error, match=words):
        write(network, network.weights)
    np.testing.assert_array_equal(network.parameters, before)
    assert len(network.weights) == 2


@pytest.mark.parametrize(
    "twice", [lambda a: pickle.loads(pickle.dumps(a)), copy.copy, copy.deepcopy, lambda a: a + a[:0], list]
)
def test_it_is_a_list_and_copies_are_plain_ones(twice):
    network = net()
    assert isinstance(network.weights, list)
    other = twice(network.weights)
    assert type(other) is list
    for mine, theirs in zip(network.weights, other, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    other[0] = np.zeros((3, 4))  # as of any list
    assert network.weights[0].any()
