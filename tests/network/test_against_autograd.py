"""Every derivative of drawn networks against HIPS autograd: pure Python, and no kin of ours.

What has been held against it is then asked for in every other way: in pieces, into arrays that are there,
at a tape that is kept, without weights; and of calculus.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from chainrule import Network, calculus
from chainrule.calculus import network_map
from chainrule.calculus.losses import RESIDUALS
from chainrule.network._budget import ALWAYS
from sweeps import crossed, some

from .compared import PAIRS, close, drawn
from .compared import compare as compare_with_truth
from .truth import Truth, autograd_library

# Chosen for what they hold, which the first test names; with few parameters, so that Hessians are held too.
SEEDS = [1, 2, 3, 11, 15, 17, 19, 23, 24, 26, 32, 66, 108, 300]
MOST_PARAMETERS = 150
# Bytes that the work on one row may take at most, of networks of 8 layers 200 wide.
MOST_FOR_A_ROW = 2**25
# What is 0 everywhere is a derivative like others, and no mistake to be warned of.
pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent of input")
every_draw = pytest.mark.parametrize("seed", SEEDS)


def drawn_small(seed: int) -> dict[str, Any]:
    return drawn(seed, widest=14)


def test_the_draws_hold_every_function_loss_and_depth():
    cases = [drawn_small(seed) for seed in SEEDS]
    nets = [case["net"] for case in cases]
    assert {net.output for net in nets} == set(calculus.OUTPUTS)
    assert {name for net in nets for name in net.activations} == set(calculus.ACTIVATIONS)
    assert {case["loss"] for case in cases} == {loss for loss, _ in PAIRS}
    assert {len(net.weights) for net in nets} >= {1, 2, 3, 4, 5, 6, 7, 8}
    assert max(net.n_parameters for net in nets) <= MOST_PARAMETERS
    assert min(len(case["X"]) for case in cases) >= 2


OF_RESIDUALS = [seed for seed in SEEDS if drawn_small(seed)["loss"] in RESIDUALS]


@pytest.mark.parametrize("seed", some(OF_RESIDUALS, 3))
def test_every_call_of_a_quantile(seed):
    """Its curvature is that of the network alone, and Gauss and Newton's part is 0."""
    case = drawn_small(seed) | {"loss": "quantile(0.3)"}
    compare_with_truth(autograd_library(), case)
    net, X, y = case["net"], case["X"], case["y"]
    assert not np.any(net.gauss_newton(X, y, "quantile(0.3)").to_array())


@pytest.mark.parametrize("seed", some(SEEDS, 5))
def test_every_call(seed):
    compare_with_truth(
        autograd_library(), drawn_small(seed), most_entries=2e5, most_parameters=MOST_PARAMETERS
    )


@every_draw
def test_every_layer_in_its_own_parameters(seed):
    """Of which `compare` draws one; the softmax of an output has columns of its own."""
    case = drawn_small(seed)
    net, X = case["net"], case["X"]
    truth = Truth(autograd_library(), net, X, case["y"], case["loss"], case["weights"])
    for layer in range(len(net.weights)):
        exact = truth.layer_parameter_jacobian(layer)
        close(net.layer_parameter_jacobian(X, layer), exact, 1e-10, f"layer {layer}")
        close(net.at(X).layer_parameter_jacobian(layer), exact, 1e-10, f"layer {layer}, kept")


@pytest.mark.parametrize(("seed", "dtype"), crossed(SEEDS, [np.float64, np.float32]))
def test_in_pieces_and_into_arrays(seed, dtype):
    pieces_agree(drawn_small(seed), dtype)


@every_draw
def test_every_other_way_of_asking(seed):
    other_ways_agree(drawn_small(seed))


@every_draw
def test_calculus_gives_the_same(seed):
    calculus_agrees(drawn_small(seed))


def pieces_agree(case: dict[str, Any], dtype: Any) -> None:
    """A row at a time, into an array that is given, of a kept tape or none: the same as at once."""
    double, rng = case["net"], case["rng"]
    net = Network.from_weights(
        double.weights, double.biases, double.activations or "tanh", double.output, dtype
    )
    n, d, p = 7, net.layer_sizes[0], net.layer_sizes[-1]
    X, Y, weights = rng.normal(size=(n, d)), rng.uniform(0.05, 1, (n, p)), rng.uniform(0.2, 2, n)
    answers = (Y, case["loss"], weights)
    calls = {
        "jacobian": [((), {"order": order}) for order in ("cheapest", "from_output", "from_input")],
        "parameter_jacobian": [((), {})] if n * p * net.n_parameters <= 1e6 else [],
        "sample_gradients": [(answers, {})],
        "input_hessian": [((), {})] if d <= 40 else [],
        "tangent_kernel": [(more, {"trace_outputs": t}) for more in ((), (X[:3],)) for t in (False, True)],
    }
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    for name, ways in calls.items():
        for more, options in ways:
            whole = getattr(net, name)(X, *more, **options)
            assert whole.dtype == dtype
            for call, rows in ((getattr(net, name), (X,)), (getattr(net.at(X), name), ())):
                what = f"{name} {options}, {'of X' if rows else 'kept'}"
                asked = partial(call, *rows, *more, **options)
                close(with_the_least_memory(asked, whole.nbytes), whole, tolerance, what)
                for written in (lambda call: call(), with_the_least_memory):
                    out = np.full_like(whole, np.nan)
                    assert written(partial(asked, out=out)) is out
                    close(out, whole, tolerance, f"{what}, out")


def with_the_least_memory(call: Callable[..., Any], result: int = 0) -> Any:
    """What is returned if one byte is allowed beside the result; if refused, enough for a single row."""
    work = 1
    while True:
        try:
            return call(max_memory=result + work)
        except MemoryError as refused:
            assert "even a row at a time" in str(refused) and work < MOST_FOR_A_ROW
            work = max(2 * work, ALWAYS)


def other_ways_agree(case: dict[str, Any]) -> None:
    """What may be left out, products with factors, single samples, augmented weights."""
    net, X, y, loss, rng = (case[k] for k in ("net", "X", "y", "loss", "rng"))
    n, d, p = len(X), net.layer_sizes[0], net.layer_sizes[-1]
    v, dX, same = rng.normal(size=net.n_parameters), rng.normal(size=(n, d)), np.ones(n)
    at = net.at(X)
    close(at.outputs, net(X), 1e-14, "outputs")
    losses = [loss]
    if loss not in RESIDUALS:
        losses.append(None)
    for name in ("gradient", "sample_gradients", "sample_gradient_norms"):
        true = getattr(net, name)(X, y, loss, same)
        for given in losses:
            close(getattr(net, name)(X, y, given), true, 1e-12, f"{name} without weights")
            close(getattr(at, name)(y, given), true, 1e-12, f"{name} without weights, kept")
    for name in ("hessian", "gauss_newton"):
        true = getattr(net, name)(X, y, loss, same)
        for given in losses:
            close(getattr(net, name)(X, y, given) @ v, true @ v, 1e-12, name)
            close(getattr(at, name)(y, given) @ v, true @ v, 1e-12, f"{name}, kept")
        close(true @ np.stack([v, 2 * v], axis=1), np.outer(true @ v, [1, 2]), 1e-12, f"{name} @ a matrix")
        close(true.T @ v, true @ v, 1e-12, f"{name}, transposed")
    for given in losses:
        close(at.input_gradient(y, given), net.input_gradient(X, y, loss), 1e-12, "input_gradient")

    J, M = net.jacobian(X), rng.normal(size=(d, 3))
    singular = np.linalg.svd(J, compute_uv=False)
    for factored in (net.factored_jacobian(X), at.factored_jacobian()):
        rank = min(net.layer_sizes)
        assert (factored.shape, factored.U.shape, factored.V.shape) == (J.shape, (n, p, rank), (n, rank, d))
        close(factored @ dX[0], J @ dX[0], 1e-11, "factored @ a vector")
        close(factored @ M, J @ M, 1e-11, "factored @ a matrix")
        close(factored @ dX[:, :, None], J @ dX[:, :, None], 1e-11, "factored @ a matrix a sample")
        close(factored.T.to_array(), J.swapaxes(1, 2), 1e-11, "factored, transposed")
        close(factored.norm(), np.linalg.norm(J, axis=(1, 2)), 1e-11, "norm")
        close(factored.norm(2), singular[:, 0], 1e-11, "norm(2)")
        close(factored.singular_values(), singular[:, :rank], 1e-11, "singular values")

    last = len(net.weights) - 1
    close(net.layer_parameter_jacobian(X, -1), net.layer_parameter_jacobian(X, last), 1e-14, "the last layer")
    for order in (1, 2):
        one, all_rows = net.taylor(X[0], order)(dX[0]), net.taylor(X, order)(dX)
        close(one, all_rows[0], 1e-12, "a model at one sample")
    twin = Network.from_augmented(net.augmented_weights, net.activations or "tanh", net.output)
    assert twin == net


def calculus_agrees(case: dict[str, Any]) -> None:
    """The lecture's maps, one sample at a time, and complex steps in η through its formulas."""
    net, X, y, loss, weights, rng = (case[k] for k in ("net", "X", "y", "loss", "weights", "rng"))
    functions = net.activations, net.output
    F = network_map(net.weights, net.biases, *functions)
    close(net.jacobian(X), np.stack([F.derivative(x) for x in X]), 1e-10, "jacobian")
    if net.layer_sizes[0] <= 40:
        close(net.input_hessian(X), np.stack([F.second_derivative(x) for x in X]), 1e-10, "input_hessian")
    for order in (1, 2) if net.layer_sizes[0] <= 40 else (1,):
        dX = rng.normal(size=X.shape)
        models = [calculus.local_model(F, x, order)(dx) for x, dx in zip(X, dX, strict=True)]
        close(net.taylor(X, order)(dX), np.stack(models), 1e-10, f"taylor, order {order}")

    exact = calculus.gradient(X, y, net.weights, net.biases, *functions, loss, weights)
    close(net.gradient(X, y, loss, weights), exact, 1e-10, "gradient")
    v = rng.normal(size=net.n_parameters)
    eta = net.parameters + 1e-100j * v
    moved = [[block.view(eta) for block in blocks] for blocks in (net.layout.weights, net.layout.biases)]
    Jv = calculus.forward(X, *moved, *functions).z[-1].imag / 1e-100
    close(net.parameter_pushforward(X, v), Jv, 1e-10, "parameter_pushforward")
    Hv = calculus.gradient(X, y, *moved, *functions, loss, weights).imag / 1e-100
    close(net.hessian(X, y, loss, weights) @ v, Hv, 1e-10, "hessian @ v")
