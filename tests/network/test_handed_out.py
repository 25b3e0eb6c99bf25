"""Memory that is handed out or taken in: writing there changes no later answer."""

import inspect

import numpy as np
import pytest
from scipy.sparse import csr_array

from chainrule import Network

NET = Network((3, 5, 4, 2), random_state=0)
DENSE = np.array([[1.0, 0, 2], [0, 0, 0], [0, 3, 4], [5, 0, 0]])
Y, WEIGHTS = np.linspace(0, 1, 8).reshape(4, 2), np.linspace(0.1, 1, 4)
LOSS = "half_squared_error"
FORMS = {"dense": np.copy, "csr": csr_array, "csr of int64": lambda X: as_long(csr_array(X))}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def as_long(X):
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def parts(matrix):
    return [matrix] if isinstance(matrix, np.ndarray) else [matrix.data, matrix.indices, matrix.indptr]


def answers(at):
    return [at.outputs, at.gradient(Y, LOSS, WEIGHTS), at.parameter_jacobian(), at.input_hessian()]


def assert_same(got, expected):
    for mine, right in zip(got, expected, strict=True):
        np.testing.assert_array_equal(mine, right)


@every_form
def test_layers_of_a_network_are_the_caller_s(form):
    X, net = form(DENSE), NET.copy()
    before, right = form(DENSE), net(DENSE)
    for layer in net.layers(X):
        for part in parts(layer):
            part[:] = 0
    assert_same(parts(X), parts(before))
    np.testing.assert_array_equal(net(X), right)


@every_form
def test_layers_of_a_kept_pass_cannot_be_written_to(form):
    at = NET.at(form(DENSE))
    before = answers(at)
    for layer in at.layers():
        for part in parts(layer):
            with pytest.raises(ValueError, match="read-only"):
                part[:] = 0
    for result in (at.outputs, at.jacobian(), *at.layer_jacobians()):
        result[:] = 0
    assert_same(answers(at), before)


@every_form
def test_what_is_kept_does_not_follow_the_caller_s_memory(form):
    X, y, weights, net = form(DENSE), Y.copy(), WEIGHTS.copy(), NET.copy()
    at, H, model = net.at(X), net.hessian(X, y, LOSS, weights), net.taylor(X, 2)
    v = np.linspace(-1, 1, net.n_parameters)
    before = [*answers(at), H @ v, H.to_array(), model(DENSE)]
    for part in (*parts(X), y, weights, net.parameters):
        part[:] = 1
    assert_same([*answers(at), H @ v, H.to_array(), model(DENSE)], before)


def test_a_kept_pass_has_the_methods_of_a_network_without_X_and_nothing_else():
    """What it is made of is no one's affair."""
    kept = {name for name in dir(NET.at(DENSE)) if not name.startswith("_")}
    of_rows = {
        name
        for name, method in inspect.getmembers(Network, inspect.isfunction)
        if not name.startswith("_")
        and list(inspect.signature(method).parameters)[1:2] in (["X"], ["x"], ["X1"])
    }
    assert kept == (of_rows - {"at"}) | {"outputs"}
    for name in kept - {"outputs"}:
        with_X = list(inspect.signature(getattr(Network, name)).parameters.values())
        without = list(inspect.signature(getattr(type(NET.at(DENSE)), name)).parameters.values())
        assert [p.replace(annotation=None) for p in with_X[2:]] == [
            p.replace(annotation=None) for p in without[1:]
        ]


@every_form
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_error_of_a_kept_pass(form, weights):
    at = NET.at(form(DENSE))
    assert at.error(Y, LOSS, weights) == pytest.approx(NET.error(DENSE, Y, LOSS, weights), rel=1e-14)
    with pytest.raises(ValueError, match=r"\(2, 2\).*\(4, 2\)"):
        at.error(Y[:2], LOSS)
