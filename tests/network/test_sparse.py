"""Broken sparse rows are refused before a kernel reads them; those out of order are put in order."""

import numpy as np
import pytest
from scipy import sparse

from chainrule import LevenbergMarquardt, MLPClassifier, MLPRegressor, Network, train
from chainrule.network import Inputs
from sweeps import for_each

NET = Network((3, 4, 2), random_state=0)
DENSE = np.array([[1.0, 0, 2], [0, 0, 0], [0, 3, 4], [5, 0, 0]])
Y = np.linspace(0, 1, 8).reshape(4, 2)
LOSS = "half_squared_error"
FAR = 10**9


def csr(data=None, indices=None, indptr=None, form=sparse.csr_array, long=False):
    """DENSE, with parts changed after it was made: nothing looks at them then."""
    X = form(DENSE)
    kind = np.int64 if long else np.int32
    X.data = X.data if data is None else np.array(data)
    X.indices = X.indices.astype(kind) if indices is None else np.array(indices, kind)
    X.indptr = X.indptr.astype(kind) if indptr is None else np.array(indptr, kind)
    return X


def coo(place, axis):
    X = sparse.coo_array(DENSE)
    X.coords[axis][2] = place
    return X


def bsr(place):
    X = sparse.bsr_array(np.kron(DENSE, np.ones((1, 1))), blocksize=(1, 1))
    X.indices[2] = place
    return X


BROKEN = {
    "a column too far": (lambda: csr(indices=[0, FAR, 1, 2, 0]), [str(FAR), "0 to 2", "X.indices"]),
    "a column too far, as SciPy makes it": (
        lambda: sparse.csr_array(([1.0, 2.0], [0, FAR], [0, 1, 2, 2, 2]), shape=(4, 3)),
        [str(FAR), "0 to 2"],
    ),
    "int64": (lambda: csr(indices=[0, 2**40, 1, 2, 0], long=True), [str(2**40), "0 to 2"]),
    "one too far": (lambda: csr(indices=[0, 3, 1, 2, 0]), ["3", "0 to 2"]),
    "a negative column": (lambda: csr(indices=[0, -1, 1, 2, 0]), ["-1", "0 to 2"]),
    "indptr too long": (lambda: csr(indptr=[0, 2, 2, 4, 5, 5]), ["X.indptr", "5 integers"]),
    "indptr too short": (lambda: csr(indptr=[0, 2, 5]), ["X.indptr", "5 integers"]),
    "indptr that falls": (lambda: csr(indptr=[0, 4, 2, 4, 5]), ["X.indptr", "never fall"]),
    "indptr that starts late": (lambda: csr(indptr=[1, 2, 2, 4, 5]), ["X.indptr", "start with 0"]),
    "indptr beyond the entries": (lambda: csr(indptr=[0, 2, 2, 4, FAR]), [str(FAR), "5 stored entries"]),
    "too few values": (lambda: csr(data=[1.0, 2.0]), ["X.indices", "2 stored entries"]),
    "csc": (
        lambda: csr(indices=[0, FAR, 2, 0, 2], indptr=[0, 2, 3, 5], form=sparse.csc_array),
        [str(FAR), "0 to 3"],
    ),
    "csc that falls": (lambda: csr(indptr=[0, 3, 2, 5], form=sparse.csc_array), ["X.indptr", "4 integers"]),
    "coo": (lambda: coo(FAR, 1), [str(FAR), "X.coords[1]", "0 to 2"]),
    "coo of negative rows": (lambda: coo(-1, 0), ["-1", "X.coords[0]", "0 to 3"]),
    "bsr": (lambda: bsr(FAR), [str(FAR), "0 to 2"]),
}
CALLS = {
    "evaluate": lambda X: NET(X),
    "gradient": lambda X: NET.gradient(X, Y, LOSS),
    "at": lambda X: NET.at(X),
    "jacobian": lambda X: NET.jacobian(X),
    "dX": lambda X: NET.pushforward(DENSE, X),
    "X2": lambda X: NET.tangent_kernel(DENSE, X),
    "taylor": lambda X: NET.taylor(DENSE)(X),
    "adam": lambda X: train(NET.copy(), X, Y, loss=LOSS, max_iter=1),
    "lm": lambda X: train(NET.copy(), X, Y, loss=LOSS, max_iter=1, solver=LevenbergMarquardt()),
    "fit": lambda X: MLPRegressor(max_iter=1).fit(X, Y),
    "classify": lambda X: MLPClassifier(max_iter=1).fit(X, [0, 1, 0, 1]),
    "partial_fit": lambda X: MLPRegressor(max_iter=1).partial_fit(X, Y),
}


@for_each("call", CALLS.values())
@for_each(("make", "words"), BROKEN.values())
def test_broken_rows_are_refused(call, make, words):
    with pytest.raises(ValueError) as raised:
        call(make())
    message = str(raised.value).replace("dX", "X").replace("X2", "X").replace("Δx", "X")
    assert all(word in message for word in words), message


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@for_each(("make", "words"), BROKEN.values())
def test_broken_rows_are_refused_by_a_fitted_model(make, words):
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=1).fit(DENSE, Y)
    for call in (model.predict, model.jacobian, lambda X: model.score(X, Y)):
        with pytest.raises(ValueError) as raised:
            call(make())
        assert all(word in str(raised.value) for word in words), raised.value


# DENSE in ways that SciPy allows and kernels do not take, or not twice.
UNORDERED = {
    "unsorted": lambda: csr([2.0, 1, 4, 3, 5], [2, 0, 2, 1, 0]),
    "duplicates": lambda: csr([0.5, 1.5, 0.5, 0.5, 3, 4, 2, 3], [0, 2, 2, 0, 1, 2, 0, 0], [0, 4, 4, 6, 8]),
    "duplicates that cancel": lambda: csr([1.0, 7, 2, -7, 3, 4, 5], [0, 1, 2, 1, 1, 2, 0], [0, 4, 4, 6, 7]),
    "of int64": lambda: csr([2.0, 1, 4, 3, 5], [2, 0, 2, 1, 0], long=True),
    "with entries behind the last row": lambda: csr([1.0, 2, 3, 4, 5, 9, 9], [0, 2, 1, 2, 0, 1, 1]),
    "of whole numbers": lambda: csr([1, 1, 1, 3, 4, 5], [0, 2, 2, 1, 2, 0], [0, 3, 3, 5, 6]),
    "csc with duplicates": lambda: csr(
        [0.5, 5, 0.5, 3, 2, 4], [0, 3, 0, 2, 0, 2], [0, 3, 4, 6], form=sparse.csc_array
    ),
    "coo with duplicates": lambda: sparse.coo_array(
        ([0.5, 0.5, 2, 3, 4, 5], ([0, 0, 0, 2, 2, 3], [0, 0, 2, 1, 2, 0])), shape=(4, 3)
    ),
}


@pytest.mark.parametrize("make", UNORDERED.values(), ids=UNORDERED)
class TestOrder:
    def test_rows_become_what_they_mean(self, make):
        X = make()
        np.testing.assert_array_equal(X.toarray(), DENSE)
        inputs = Inputs.of(X, np.dtype(float))
        np.testing.assert_array_equal(inputs.to_array(slice(0, 4)), DENSE)
        for first, stop in zip(inputs.starts[:-1], inputs.starts[1:], strict=True):
            assert (np.diff(inputs.columns[first:stop]) > 0).all()

    def test_every_answer_is_that_of_the_dense_rows(self, make):
        for ask in (
            lambda X: NET(X),
            lambda X: NET.sample_gradient_norms(X, Y, LOSS),
            lambda X: NET.sample_gradients(X, Y, LOSS),
            lambda X: NET.parameter_jacobian(X),
            lambda X: NET.tangent_kernel(X),
            lambda X: NET.pushforward(DENSE, X),
            lambda X: NET.gauss_newton(X, Y, LOSS).to_array(),
            lambda X: NET.hessian(X, Y, LOSS).diagonal(),
        ):
            np.testing.assert_allclose(ask(make()), ask(DENSE), rtol=1e-12, atol=1e-14)

    def test_the_caller_s_matrix_stays_as_it_is(self, make):
        X = make()
        kept = [part.copy() for part in (X.data, *(getattr(X, "coords", None) or (X.indices, X.indptr)))]
        NET.gradient(X, Y, LOSS)
        NET.at(X).jacobian()
        now = X.data, *(getattr(X, "coords", None) or (X.indices, X.indptr))
        for mine, before in zip(now, kept, strict=True):
            np.testing.assert_array_equal(mine, before)


def test_what_is_in_order_is_not_copied():
    X = csr(long=True)
    inputs = Inputs.of(X, np.dtype(float))
    assert np.shares_memory(inputs.values, X.data)
    assert np.shares_memory(inputs.columns, X.indices) and np.shares_memory(inputs.starts, X.indptr)


@pytest.mark.filterwarnings("ignore:.*invalid value")
def test_entries_whose_sum_is_too_large_are_found():
    X = csr(np.float32([3e38, 3e38, 3, 4, 5]), [0, 0, 1, 2, 0])
    single = Network((3, 2), dtype=np.float32, random_state=0)
    with pytest.raises(ValueError, match=r"stored entries.*holds inf"):
        single(X)
    with pytest.raises(ValueError, match="X holds values too large for float32"):
        MLPRegressor(max_iter=1).fit(X, Y.astype(np.float32))


def unaligned(array):
    memory = np.empty(array.nbytes + 1, np.uint8)[1:]
    copy = memory.view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_numbers_may_lie_anywhere_in_memory():
    """As a view into the fields of a record: kernels want them at whole multiples of their size."""
    X, answers = unaligned(DENSE), unaligned(Y)
    v, weights = unaligned(np.linspace(-1, 1, NET.n_parameters)), unaligned(np.linspace(0.1, 1, 4))
    S = sparse.csr_array(DENSE)
    S.data = unaligned(S.data)
    for ask in (
        lambda net, X, y, v, w: net(X),
        lambda net, X, y, v, w: net.gradient(X, y, LOSS, w),
        lambda net, X, y, v, w: net.sample_gradients(X, y, LOSS, w),
        lambda net, X, y, v, w: net.parameter_pushforward(X, v),
        lambda net, X, y, v, w: net.pushforward(X, X),
        lambda net, X, y, v, w: net.parameter_pullback(X, y),
        lambda net, X, y, v, w: net.hessian(X, y, LOSS, w) @ v,
        lambda net, X, y, v, w: net.parameter_taylor(X, 2)(v),
        lambda net, X, y, v, w: (
            MLPRegressor(max_iter=3, tol=0, random_state=0, alpha=1e-3).fit(X, y, w).coefs_[0]
        ),
    ):
        right = ask(NET, DENSE, Y, v.copy(), weights.copy())
        for rows in (X, S):
            np.testing.assert_allclose(ask(NET, rows, answers, v, weights), right, rtol=1e-10, atol=1e-14)
