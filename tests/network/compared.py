"""Drawn networks, and every call of theirs held against an independent truth."""

from typing import Any

import numpy as np

from chainrule import Network, calculus

from .truth import Library, Truth

NAMES = list(calculus.ACTIVATIONS)
# Quantiles are compared in the place of another loss: the draws stay what they are.
PAIRS = [pair for pair in calculus.LOSSES if pair[0] != "quantile"]
KINKS = {"relu", "leaky_relu", "elu", "selu", "softsign"}


def close(ours: Any, truth: Any, tolerance: float, what: str) -> None:
    ours, truth = np.asarray(ours), np.asarray(truth)
    assert ours.shape == truth.shape, f"{what}: {ours.shape}, not {truth.shape}"
    if not truth.size:
        return
    largest = np.abs(truth).max()
    off = np.abs(ours - truth).max()
    assert off <= tolerance * largest, f"{what}: off by {off:.1e}, the largest is {largest:.1e}"


def drawn(seed: int, widest: int = 200, most: int = 8, samples: int = 3) -> dict[str, Any]:
    """One architecture, its parameters, rows away from kinks, answers, weights and a loss."""
    rng = np.random.default_rng(seed)
    loss, output = PAIRS[rng.integers(len(PAIRS))]
    n_layers = int(rng.integers(1, most + 1))
    widths = np.exp(rng.uniform(0, np.log(widest), n_layers)).astype(int)
    sizes = (*(int(width) for width in widths), int(rng.integers(1, min(20, widest) + 1)))
    hidden = [NAMES[rng.integers(len(NAMES))] for _ in sizes[1:-1]]
    net = Network(sizes, hidden, output)
    for W, b in zip(net.weights, net.biases, strict=True):
        W[:] = rng.normal(size=W.shape) / np.sqrt(len(W))
        b[:] = 0.3 * rng.normal(size=b.shape)
    net.parameters = net.parameters.astype(np.float32)  # so that float32 can hold them
    n = int(rng.integers(1, samples + 1))
    return {
        "net": net,
        "X": _away_from_kinks(net, rng, n),
        "y": rng.uniform(0.05, 1, (n, sizes[-1])),
        "loss": loss,
        "weights": rng.uniform(0.2, 2, n),
        "rng": rng,
    }


def _away_from_kinks(net: Network, rng: Any, n: int) -> Any:
    rows: list[Any] = []
    for _ in range(10_000):
        x = rng.normal(size=(1, net.layer_sizes[0])).astype(np.float32).astype(float)
        q = calculus.forward(x, net.weights, net.biases, net.activations, net.output).q
        functions = [*net.activations, net.output]
        if all(
            name not in KINKS or np.abs(part).min() > 1e-3 for part, name in zip(q, functions, strict=True)
        ):
            rows.append(x[0])
        if len(rows) == n:
            break
    return np.array(rows)


def compare(
    lib: Library, case: dict[str, Any], most_entries: float = 1e7, most_parameters: int = 400
) -> None:
    """Hold float64 against the truth, float32 against our float64; Network against its tape kept."""
    net, X, y, loss, weights, rng = (case[k] for k in ("net", "X", "y", "loss", "weights", "rng"))
    n, p, d, P = len(X), net.layer_sizes[-1], net.layer_sizes[0], net.n_parameters
    truth = Truth(lib, net, X, y, loss, weights)
    dX, U, v = rng.normal(size=(n, d)), rng.normal(size=(n, p)), rng.normal(size=P)
    v /= np.linalg.norm(v)
    X2 = X[::-1] * 0.5
    answers = (y, loss, weights)
    results = {}

    J = truth.jacobian()
    results["jacobian"] = J
    for order in ("from_output", "from_input", str(_drawn_order(net, rng))):
        results["jacobian", order] = J
    results["pushforward"] = np.einsum("npd,nd->np", J, dX)
    results["pullback"] = np.einsum("npd,np->nd", J, U)
    results["factored_jacobian"] = J
    results["input_gradient"] = truth.input_gradient()
    for i, factor in enumerate(truth.layer_jacobians()):
        results["layer_jacobians", i] = factor
    layer = int(rng.integers(len(net.weights)))
    if net.weights[layer].size * net.layer_sizes[layer + 1] * n <= most_entries:
        results["layer_parameter_jacobian", layer] = truth.layer_parameter_jacobian(layer)
    G = truth.sample_gradients()
    results["sample_gradients"] = G * weights[:, None]
    results["sample_gradient_norms"] = np.linalg.norm(G, axis=1) * weights
    results["gradient"] = weights @ G / weights.sum()
    models = {"x": truth.curve(net.parameters, 0 * v, X, dX), "η": truth.curve(net.parameters, v, X, 0 * dX)}
    for order in (1, 2):
        for of, name in (("x", "taylor"), ("η", "parameter_taylor")):
            value, first, second = models[of]
            results[name, order] = value + first + (order == 2) * second / 2
    results["parameter_pushforward"] = models["η"][1]
    if n * p * P <= most_entries / 10:
        JP = truth.parameter_jacobian()
        results["parameter_jacobian"] = JP
        results["parameter_pullback"] = np.einsum("npP,np->P", JP, U)
        results["tangent_kernel"] = np.einsum("apP,bqP->apbq", JP, JP)
        results["tangent_kernel", "trace"] = np.einsum("apP,bpP->ab", JP, JP)
        other = Truth(lib, net, X2, y, loss, weights).parameter_jacobian()
        results["tangent_kernel", "X2"] = np.einsum("apP,bqP->apbq", JP, other)
    if n * p * d * d <= most_entries and d <= 40:
        results["input_hessian"] = truth.input_hessian()
    if most_parameters >= P:
        results["hessian"], results["gauss_newton"] = truth.hessian(), truth.gauss_newton()

    ours = {}
    for kept in (False, True):
        calls = net.at(X) if kept else net
        for key, true in results.items():
            ours[key] = _asked(calls, key, kept, X, X2, dX, U, v, answers)
            if isinstance(ours[key], dict):
                for how, value in ours[key].items():
                    wanted = np.diag(true) if how == "diagonal" else true @ v if how == "@" else true
                    close(value, wanted, 1e-10, f"{key} {how}, kept: {kept}")
            else:
                close(ours[key], true, 1e-10, f"{key}, kept: {kept}")

    single = Network.from_weights(net.weights, net.biases, net.activations or "tanh", net.output, np.float32)
    for key in results:
        value = _asked(single, key, False, X, X2, dX, U, v, answers)
        for how in value if isinstance(value, dict) else [None]:
            mine, exact = (value, ours[key]) if how is None else (value[how], ours[key][how])
            assert mine.dtype == np.float32, key
            close(mine, exact, 1e-4, f"{key} {how} in float32")


def _drawn_order(net: Network, rng: Any) -> str:
    """A bracketing of the network's factors, written out."""
    names = net.plan(1).chosen.factors
    trees = [factor.name for factor in names]
    while len(trees) > 1:
        i = int(rng.integers(len(trees) - 1))
        trees[i : i + 2] = [f"({trees[i]} {trees[i + 1]})"]
    return trees[0]


def _asked(calls: Any, key: Any, kept: bool, X: Any, X2: Any, dX: Any, U: Any, v: Any, answers: Any) -> Any:
    name, detail = key if isinstance(key, tuple) else (key, None)
    rows = () if kept else (X,)
    call = getattr(calls, name)
    match name:
        case "jacobian":
            return call(*rows, order=detail) if detail else call(*rows)
        case "pushforward":
            return call(*rows, dX)
        case "pullback" | "parameter_pullback":
            return call(*rows, U)
        case "parameter_pushforward":
            return call(*rows, v)
        case "factored_jacobian":
            return call(*rows).to_array()
        case "layer_jacobians":
            return call(*rows)[detail]
        case "layer_parameter_jacobian":
            return call(*rows, detail)
        case "input_gradient":
            return call(*rows, *answers[:2])
        case "sample_gradients" | "sample_gradient_norms" | "gradient":
            return call(*rows, *answers)
        case "taylor":
            return call(*rows, order=detail)(dX)
        case "parameter_taylor":
            return call(*rows, order=detail)(v)
        case "tangent_kernel":
            return call(*rows, *([X2] if detail == "X2" else []), trace_outputs=detail == "trace")
        case "hessian" | "gauss_newton":
            H = call(*rows, *answers)
            return {"to_array": H.to_array(), "diagonal": H.diagonal(), "@": H @ v.astype(H.dtype)}
        case _:
            return call(*rows)
