"""Derivatives in slices: a signal is heard, threads share them, and neither leaves a trace in the numbers."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from threadpoolctl import ThreadpoolController, threadpool_limits

import chainrule
from chainrule import Network, kernels
from chainrule.network import _sharing, _tape
from chainrule.network.derivatives import _curvature_sums, _tangent_kernel
from interrupting import Pressed
from sweeps import crossed

RNG = np.random.default_rng(0)
HALF = "half_squared_error"
ROWS = 700


def case(d=20, hidden=(48, 40), p=5, dtype=np.float64, n=ROWS, output="identity"):
    net = Network((d, *hidden, p), "tanh", output, dtype=dtype, random_state=0)
    return net, RNG.normal(size=(n, d)).astype(dtype), RNG.normal(size=(n, p)).astype(dtype)


def rates(net):
    return np.linspace(-1, 1, net.n_parameters).astype(net.dtype)


# What is asked, and the kernel that has most of the work.
CALLS = {
    "predict": (lambda net, X, y: net(X), "predict"),
    "error": (lambda net, X, y: net.error(X, y, HALF), "sample_errors"),
    "gradient": (lambda net, X, y: net.gradient(X, y, HALF), "accumulate"),
    "layers": (lambda net, X, y: np.hstack(net.at(X).layers()), "record_tape"),
    "jacobian": (lambda net, X, y: net.jacobian(X), "chain_product"),
    "jacobian from the inputs": (lambda net, X, y: net.jacobian(X, order="from_input"), "chain_product"),
    "jacobian of a kept tape": (lambda net, X, y: net.at(X).jacobian(), "chain_product"),
    "factored jacobian": (lambda net, X, y: net.factored_jacobian(X).U, None),
    "layer jacobians": (lambda net, X, y: net.layer_jacobians(X)[1], None),
    "pushforward": (lambda net, X, y: net.pushforward(X, X), "tangents"),
    "pullback": (lambda net, X, y: net.pullback(X, y), "cotangents"),
    "input gradient": (lambda net, X, y: net.input_gradient(X, y, HALF), "cotangents"),
    "input hessian": (lambda net, X, y: net.input_hessian(X[:400]), "sensitivities"),
    "parameter jacobian": (lambda net, X, y: net.parameter_jacobian(X[:1500]), "sensitivities"),
    "parameter pushforward": (lambda net, X, y: net.parameter_pushforward(X, rates(net)), "tangents"),
    "parameter pullback": (lambda net, X, y: net.parameter_pullback(X, y), "collect"),
    "gradient of a kept tape": (lambda net, X, y: net.at(X).gradient(y, HALF), "collect"),
    "sample gradients": (lambda net, X, y: net.sample_gradients(X, y, HALF), "cotangents"),
    "sample gradient norms": (lambda net, X, y: net.sample_gradient_norms(X, y, HALF), "square_norms"),
    "tangent kernel": (lambda net, X, y: net.tangent_kernel(X), "tangent_tiles"),
    "traced tangent kernel": (
        lambda net, X, y: net.tangent_kernel(X, X[:300], trace_outputs=True), "tangent_tiles",
    ),
    "hessian product": (lambda net, X, y: net.hessian(X, y, HALF) @ rates(net), "curvature_product"),
    "kept hessian product": (
        lambda net, X, y: net.at(X).hessian(y, HALF) @ rates(net), "curvature_product",
    ),
    "gauss newton matrix": (lambda net, X, y: net.gauss_newton(X, y, HALF).to_array(), "gauss_newton_sums"),
    "hessian matrix": (lambda net, X, y: net.hessian(X[:90], y[:90], HALF).to_array(), None),
    "hessian diagonal": (lambda net, X, y: net.hessian(X[:90], y[:90], HALF).diagonal(), None),
    "taylor": (lambda net, X, y: net.taylor(X, order=2)(0.1 * X), "tangents"),
}  # fmt: skip


@pytest.fixture
def calls_of(monkeypatch):
    """Count the calls of a kernel."""

    def count(name):
        counted = []
        kernel = getattr(kernels, name)

        class Counting:
            def __getitem__(self, dtype):
                return lambda *arguments: (counted.append(1), kernel[dtype](*arguments))[1]

        monkeypatch.setattr(kernels, name, Counting())
        return counted

    return count


@pytest.fixture
def small_slices(monkeypatch):
    """As if 100 000 multiplications took 50 ms."""
    for module in (_sharing, _tape, _tangent_kernel, _curvature_sums):
        monkeypatch.setattr(module, "SLICE_PRODUCTS", 100_000)


@pytest.fixture
def three_threads(monkeypatch):
    """As if BLAS had three, and all work were worth sharing."""
    libraries = [each for each in ThreadpoolController().lib_controllers if each.user_api == "blas"]
    before = {library: library.num_threads for library in libraries}
    for library in libraries:
        library.set_num_threads(3)
    if {library.num_threads for library in libraries} != {3}:
        pytest.skip("this BLAS has fewer threads")
    yield
    for library, number in before.items():
        library.set_num_threads(number)


@pytest.mark.parametrize(("name", "dtype"), crossed(CALLS, [np.float64, np.float32]))
def test_slices_give_the_same_numbers_as_one_call(name, dtype, request):
    ask, (net, X, y) = CALLS[name][0], case(dtype=dtype)
    whole = ask(net, X, y)
    request.getfixturevalue("small_slices")
    np.testing.assert_array_equal(ask(net, X, y), whole)


@pytest.mark.parametrize("name", ["predict", "error", "gradient", "jacobian", "pushforward"])
def test_of_sparse_rows_too(name, request):
    ask, (net, X, y) = CALLS[name][0], case()
    X = csr_array(np.where(X > 0.5, X, 0))
    whole = ask(net, X, y)
    request.getfixturevalue("small_slices")
    np.testing.assert_array_equal(ask(net, X, y), whole)


@pytest.mark.parametrize("name", [name for name, (_, kernel) in CALLS.items() if kernel])
def test_a_kernel_is_called_again_and_again_so_that_a_signal_is_heard(
    name, calls_of, small_slices, monkeypatch
):
    monkeypatch.setattr(_sharing, "THREAD_PRODUCTS", 1)
    ask, kernel = CALLS[name]
    net, X, y = case(n=ROWS if "kernel" in name else 5000)
    counted = calls_of(kernel)
    with threadpool_limits(1):
        ask(net, X, y)
    assert len(counted) >= 4


@pytest.mark.parametrize("name", ["predict", "jacobian", "tangent kernel"])
def test_no_call_of_a_kernel_makes_more_products_than_a_slice(name, monkeypatch):
    """Of the work as it is cut by default: 250 million multiplications, 50 ms at most."""
    net, X, _ = case(d=30, hidden=(300, 300), p=3, n=5000)
    seen, kernel = [], CALLS[name][1]
    whole = getattr(kernels, kernel)

    class Looking:
        def __getitem__(self, dtype):
            def call(*arguments):
                seen.append(OF_A_CALL[name](net, arguments))
                return whole[dtype](*arguments)

            return call

    monkeypatch.setattr(kernels, kernel, Looking())
    CALLS[name][0](net, X[:600] if name == "tangent kernel" else X, None)
    assert len(seen) > 1
    assert max(seen) <= 250_000_000


OF_A_CALL = {
    "predict": lambda net, arguments: arguments[4].size // 3 * net.layout.n_weights,
    "jacobian": lambda net, arguments: (arguments[9][1] - arguments[9][0]) * 4 * net.layout.n_weights,
    "tangent kernel": lambda net, arguments: (arguments[4][1] - arguments[4][0]) * arguments[2][4].size * 3,
}


@pytest.mark.parametrize(("name", "dtype"), crossed(CALLS, [np.float64, np.float32]))
def test_threads_give_the_same_numbers_as_one(name, dtype, three_threads, monkeypatch):
    monkeypatch.setattr(_sharing, "THREAD_PRODUCTS", 1)
    ask, (net, X, y) = CALLS[name][0], case(dtype=dtype)
    shared = ask(net, X, y)
    with threadpool_limits(1):
        np.testing.assert_array_equal(ask(net, X, y), shared)


WIDE = ["predict", "error", "gradient", "layers", "jacobian", "factored jacobian", "pushforward", "pullback",
        "parameter pushforward", "parameter pullback", "sample gradient norms", "traced tangent kernel",
        "hessian product", "taylor"]  # fmt: skip


@pytest.mark.parametrize(("name", "n"), crossed(WIDE, [1, 12, 40]))
def test_how_many_threads_blas_has_leaves_no_trace(name, n, three_threads):
    """Neighbours change that: who fits holds BLAS at one."""
    net, X, y = case(d=600, hidden=(1100, 1024), p=3, n=n)
    ask = CALLS[name][0]
    before = ask(net, X, y)
    with threadpool_limits(1):
        np.testing.assert_array_equal(ask(net, X, y), before)


def test_a_gradient_of_few_inputs_neither(three_threads):
    net, X, y = case(d=5, hidden=(700, 6), n=3000)
    before = net.gradient(X, y, HALF)
    with threadpool_limits(1):
        np.testing.assert_array_equal(net.gradient(X, y, HALF), before)


def test_a_bar_leaves_no_trace():
    pytest.importorskip("rich")
    net, X, _ = case(n=1003)
    np.testing.assert_array_equal(net.jacobian(X, progress=True), net.jacobian(X))


def test_what_is_not_finite_is_said_from_whichever_slice_it_is_in(small_slices):
    net, X, _ = case()
    X[-1, 3] = np.nan
    for ask in (net.jacobian, net.at):
        with pytest.raises(ValueError, match=r"X holds nan at \[699, 3\]"):
            ask(X)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("threads", [1, 3])
def test_ctrl_c_ends_a_prediction_and_leaves_everything_as_it_was(
    threads, three_threads, small_slices, monkeypatch
):
    """Alone it ends with its slice, of some 20; others end theirs once this thread has told them."""
    monkeypatch.setattr(_sharing, "THREAD_PRODUCTS", 1)
    net, X, _ = case(n=20_000)
    expected, predict = net(X), Pressed("predict", call=3)
    monkeypatch.setattr(kernels, "predict", predict)
    with threadpool_limits(threads), pytest.raises(KeyboardInterrupt):
        net(X)
    assert predict.calls == 3 or threads > 1
    np.testing.assert_array_equal(net(X), expected)


INTERRUPTED = """
import os, signal, sys, threading
import numpy as np
from chainrule import Network

net = Network((64, 512, 512, 8), random_state=0)
X = np.random.default_rng(0).normal(size=(20_000, 64))
net.jacobian(X[:2])  # compiled or loaded
out = np.full((20_000, 8, 64), np.nan)

def watch():
    while np.isnan(out[0, 0, 0]):
        pass
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=watch, daemon=True).start()
try:
    net.jacobian(X, out=out)
except KeyboardInterrupt:
    print("interrupted", int(np.isnan(out).any(axis=(1, 2)).sum()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_ends_a_jacobian_before_all_of_it_is_written():
    environment = {"PYTHONPATH": str(Path(chainrule.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], env=os.environ | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    heard, unwritten = done.stdout.split()
    assert heard == "interrupted"
    assert int(unwritten) > 0
