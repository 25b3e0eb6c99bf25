"""Whatever takes ``max_memory`` stays within it, or says before it begins that it cannot."""

import inspect
import tracemalloc

import numpy as np
import pytest
from scipy.sparse import random_array

from chainrule import Network
from chainrule.network import CurvatureOperator, FactoredJacobian, NetworkAt
from chainrule.network._budget import ALWAYS
from peak_memory import arrays_at_peak

LOSS = "half_squared_error"
# What arrays are made of beside their numbers, and the memory of small ones.
SLACK = 2**17


def wide(n, net, sparse=False):
    if sparse:
        return random_array((n, net.layer_sizes[0]), density=0.05, rng=np.random.default_rng(0)).tocsr()
    return np.random.default_rng(0).normal(size=(n, net.layer_sizes[0]))


def answers(net, n):
    return np.zeros((n, net.layer_sizes[-1])) + 1 / net.layer_sizes[-1], "sum_squared_error"


DEEP = (4, *[8] * 20, 1)
# A method, sizes of the network, rows, its arguments, options; the bytes of work that are allowed beside the
# result, a small part of what it would take for all rows at once.
ROWS = {
    "jacobian": (Network, (200, 64, 20), 1000, None, {}),
    "jacobian from the inputs": (Network, (100, 300, 20), 1000, None, {"order": "from_input"}),
    "parameter_jacobian": (Network, DEEP, 3000, None, {}),
    "sample_gradients": (Network, DEEP, 3000, answers, {}),
    "input_hessian": (Network, (150, 200, 60, 2), 30, None, {}),
    "input_hessian of softmax": (Network, (90, 40, 12), 20, None, {}),
    "tangent_kernel": (Network, (20, 300, 300, 1), 1200, None, {}),
    "tangent_kernel of many outputs": (Network, (20, 60, 60), 80, None, {}),
    "tangent_kernel traced": (Network, (20, 300, 10), 1200, None, {"trace_outputs": True}),
    "tangent_kernel of sparse rows": (Network, (400, 60, 1), 1500, None, {}),
    "hessian": (CurvatureOperator, (30, 20, 1), 3000, answers, {}),
    "hessian of deep ones": (CurvatureOperator, (10, 12, 12, 12, 3), 2000, answers, {}),
    "gauss_newton": (CurvatureOperator, (30, 20, 20, 2), 3000, answers, {}),
    "gauss_newton of many outputs": (CurvatureOperator, (2, 2, 100), 4000, answers, {}),
    "gauss_newton of softmax": (CurvatureOperator, (30, 20, 4), 2000, answers, {}),
    "factored_jacobian": (FactoredJacobian, (100, 5, 100), 500, None, {}),
}
WORK = {name: 3 * 2**20 for name in ROWS} | {
    "input_hessian": 2**24,
    "tangent_kernel of many outputs": 2**23,
    "hessian": 10 * 2**20,
    "hessian of deep ones": 5 * 2**20,
    "gauss_newton": 2**23,
    "gauss_newton of many outputs": 2**22,
    "gauss_newton of softmax": 10 * 2**20,
    "factored_jacobian": 0,
}
every_row = pytest.mark.parametrize("name", ROWS)


def prepared(name, kept):
    """The call, which takes max_memory and out; and the rows it is made of."""
    owner, sizes, n, more, options = ROWS[name]
    output = "softmax" if "softmax" in name else "tanh"
    net, method = Network(sizes, "tanh", output, random_state=0), name.split()[0]
    X = wide(n, net, "sparse" in name)
    arguments = more(net, n) if more else ()

    def of(rows):
        whole = rows == n
        if owner is Network:
            of_rows = [part[:rows] if isinstance(part, np.ndarray) else part for part in arguments]
            call = getattr(net.at(X) if kept else net, method)
            before = () if kept else (X[:rows],)
            return lambda **bounds: call(*before, *(arguments if whole else of_rows), **options, **bounds)
        of_rows = [part[:rows] if isinstance(part, np.ndarray) else part for part in arguments]
        made = getattr(net.at(X[:rows]) if kept else net, method)(*(() if kept else (X[:rows],)), *of_rows)
        return made.to_array

    return of, n


@pytest.mark.slow
@every_row
@pytest.mark.parametrize("kept", [False, True], ids=["of X", "kept"])
def test_the_peak_stays_within_the_bound(name, kept):
    of, n = prepared(name, kept)
    of(n if kept else 2)()  # what compiling takes is no part of the work
    call = of(n)
    whole = call()
    peak, result = arrays_at_peak(lambda: call(max_memory=whole.nbytes + WORK[name]))
    assert peak <= whole.nbytes + max(WORK[name], ALWAYS) + SLACK
    np.testing.assert_allclose(result, whole, rtol=1e-8, atol=1e-12)
    peak, result = arrays_at_peak(lambda: call(max_memory=max(WORK[name], 1), out=whole))
    assert peak <= max(WORK[name], ALWAYS) + SLACK and result is whole


@every_row
def test_a_bound_that_cannot_be_kept_is_said_before_the_work_begins(name):
    of, n = prepared(name, kept=True)
    call, whole = of(n), of(n)()
    bounds = [{"max_memory": whole.nbytes - 1}]
    if name in BEYOND_WHAT_IS_ALWAYS_ALLOWED:
        bounds.append({"max_memory": 1, "out": whole})
    for bound in bounds:
        tracemalloc.start()
        try:
            with pytest.raises(MemoryError):
                call(**bound)
            assert tracemalloc.get_traced_memory()[1] <= SLACK
        finally:
            tracemalloc.stop()


BEYOND_WHAT_IS_ALWAYS_ALLOWED = {
    "input_hessian",
    "tangent_kernel of many outputs",
    "hessian",
    "hessian of deep ones",
    "gauss_newton",
    "gauss_newton of many outputs",
    "gauss_newton of softmax",
}


def test_every_method_that_takes_a_bound_is_a_row():
    bounded = set()
    for owner in (Network, NetworkAt, CurvatureOperator, FactoredJacobian):
        for name, method in inspect.getmembers(owner, callable):
            if not name.startswith("_") and {"max_memory", "out"} & set(inspect.signature(method).parameters):
                bounded.add((owner.__name__.replace("NetworkAt", "Network"), name))
    rows = {
        (owner.__name__, name.split()[0] if owner is Network else "to_array")
        for name, (owner, *_) in ROWS.items()
    }
    assert bounded == rows


@pytest.mark.parametrize("max_memory", ["40kB", "150kB", "100MB"])
def test_pieces_of_any_size_give_the_same(max_memory):
    net = Network((6, 20, 15, 3), "silu", "softmax", random_state=0)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 6)), rng.integers(0, 3, 40)
    for whole, call in (
        (net.jacobian(X), lambda **k: net.jacobian(X, **k)),
        (net.jacobian(X), lambda **k: net.at(X).jacobian(**k)),
        (net.parameter_jacobian(X), lambda **k: net.parameter_jacobian(X, **k)),
        (net.sample_gradients(X, y), lambda **k: net.sample_gradients(X, y, **k)),
        (net.input_hessian(X), lambda **k: net.input_hessian(X, **k)),
        (net.tangent_kernel(X), lambda **k: net.tangent_kernel(X, **k)),
        (net.tangent_kernel(X, X[:7]), lambda **k: net.tangent_kernel(X, X[:7], **k)),
        (
            net.tangent_kernel(X, trace_outputs=True),
            lambda **k: net.tangent_kernel(X, trace_outputs=True, **k),
        ),
    ):
        out = np.full_like(whole, np.nan)
        assert call(max_memory=max_memory, out=out) is out
        np.testing.assert_allclose(out, whole, rtol=1e-12, atol=1e-15)


def test_out_may_be_a_file(tmp_path):
    net = Network((6, 20, 3), random_state=0)
    X = np.random.default_rng(0).normal(size=(40, 6))
    out = np.lib.format.open_memmap(tmp_path / "J.npy", mode="w+", dtype=float, shape=(40, 3, 6))
    net.jacobian(X, out=out)
    out.flush()
    np.testing.assert_array_equal(np.load(tmp_path / "J.npy"), net.jacobian(X))
