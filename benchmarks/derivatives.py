"""Derivatives against JAX, PyTorch, BackPACK and neural-tangents: `python -m benchmarks.derivatives`.

One thread for everyone. Results are compared before they are timed; then all libraries take turns, round
by round, and the ratio (best peer ÷ ours) is the median over rounds. Writes a JSON and a Markdown table to
benchmarks/results/.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
if hasattr(os, "sched_setaffinity"):  # XLA has no switch for one thread that it always heeds: one core is one
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import argparse
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.peers import Answer, Case, answers
from benchmarks.record import machine, write
from chainrule import Network

# What, sizes, samples, target for the ratio. "constant": η is compiled into the peer's program, which must be
# compiled anew for every η; ours takes η as it is at each call.
ROWS: list[tuple[str, tuple[int, ...], int, float]] = [
    ("jacobian", (20, 64, 64, 10), 256, 1.2),
    ("jacobian", (64, 128, 128, 10), 256, 1.2),
    ("jacobian", (784, 256, 128, 10), 256, 1.2),
    ("jacobian_constant", (20, 64, 64, 10), 256, 1.2),
    ("jacobian_constant", (64, 128, 128, 10), 256, 1.2),
    ("jacobian_constant", (784, 256, 128, 10), 256, 1.2),
    ("jacobian_one", (10, 32, 1), 1, 8),
    ("jacobian_one", (20, 64, 64, 10), 1, 5),
    ("jacobian_one_constant", (10, 32, 1), 1, 8),
    ("jacobian_one_constant", (20, 64, 64, 10), 1, 5),
    ("jacobian_bottleneck", (784, 128, 16, 128, 784), 64, 5),
    ("factored_jacobian", (784, 128, 16, 128, 784), 64, 40),
    ("parameter_jacobian", (10, 32, 1), 1000, 1.5),
    ("parameter_jacobian", (20, 64, 64, 10), 64, 2),
    ("parameter_jacobian", (784, 128, 10), 32, 6),
    ("parameter_pushforward", (20, 64, 64, 10), 1000, 1),
    ("parameter_pushforward", (784, 128, 10), 1000, 1),
    ("parameter_pushforward_kept", (20, 64, 64, 10), 1000, 1.1),
    ("parameter_pushforward_kept", (784, 128, 10), 1000, 1.1),
    ("parameter_pullback", (20, 64, 64, 10), 1000, 1),
    ("parameter_pullback", (784, 128, 10), 1000, 1),
    ("parameter_pullback_kept", (20, 64, 64, 10), 1000, 1.1),
    ("parameter_pullback_kept", (784, 128, 10), 1000, 1.1),
    ("gauss_newton", (20, 64, 64, 10), 1000, 1),
    ("gauss_newton", (784, 128, 10), 1000, 1),
    ("gauss_newton_kept", (20, 64, 64, 10), 1000, 1.2),
    ("gauss_newton_kept", (784, 128, 10), 1000, 1.2),
    ("hessian", (20, 64, 64, 10), 1000, 1),
    ("hessian", (784, 128, 10), 1000, 1),
    ("hessian_kept", (20, 64, 64, 10), 1000, 1.2),
    ("hessian_kept", (784, 128, 10), 1000, 1.2),
    ("whole_hessian", (10, 16, 1), 1000, 20),
    ("sample_gradients", (784, 256, 128, 10), 256, 6),
    ("sample_gradient_norms", (784, 256, 128, 10), 256, 3),
    ("tangent_kernel", (20, 64, 64, 1), 500, 2),
    ("tangent_kernel", (784, 256, 1), 500, 2),
    ("tangent_kernel", (20, 64, 64, 10), 500, 6),
]


def ours(net: Network, case: Case, what: str) -> Answer:
    """Our call; with out= where the result is large and there is such a thing."""
    X, n, P = case.X, len(case.X), net.n_parameters
    loss = "half_squared_error"

    def held(shape: tuple[int, ...]) -> np.ndarray:
        return np.empty(shape, net.dtype)

    match what:
        case (
            "jacobian"
            | "jacobian_one"
            | "jacobian_constant"
            | "jacobian_one_constant"
            | "jacobian_bottleneck"
        ):
            return Answer(lambda: net.jacobian(X))
        case "factored_jacobian":
            return Answer(lambda: net.factored_jacobian(X), lambda J: J.to_array())
        case "parameter_jacobian":
            out = held((n, net.layer_sizes[-1], P))
            return Answer(lambda: net.parameter_jacobian(X, out=out))
        case "sample_gradients":
            out = held((n, P))
            return Answer(lambda: net.sample_gradients(X, case.y, loss, out=out))
        case "sample_gradient_norms":
            return Answer(lambda: net.sample_gradient_norms(X, case.y, loss))
        case "whole_hessian":
            return Answer(lambda: net.hessian(X, case.y, loss).to_array())
        case "tangent_kernel":
            return Answer(lambda: net.tangent_kernel(X))
        case "gauss_newton" | "hessian":
            return Answer(lambda: getattr(net, what)(X, case.y, loss) @ case.v)
        case "gauss_newton_kept" | "hessian_kept":
            H = getattr(net, what.removesuffix("_kept"))(X, case.y, loss)
            return Answer(lambda: H @ case.v)
        case _:
            vector = case.v if "pushforward" in what else case.U
            if what.endswith("_kept"):
                call = getattr(net.at(X), what.removesuffix("_kept"))
                return Answer(lambda: call(vector))
            return Answer(lambda: getattr(net, what)(X, vector))


def make(sizes: tuple[int, ...], n: int, dtype: Any) -> tuple[Network, Case]:
    rng = np.random.default_rng(0)
    net = Network(sizes, "tanh", dtype=dtype, random_state=0)
    net.parameters[net.layout.n_weights :] = 0.1 * rng.normal(size=sum(sizes[1:]))
    X, y = (rng.normal(size=(n, width)).astype(dtype) for width in (sizes[0], sizes[-1]))
    v, U = rng.normal(size=net.n_parameters).astype(dtype), rng.normal(size=y.shape).astype(dtype)
    return net, Case(list(net.weights), list(net.biases), X, y, v, U)


def seconds(call: Callable[[], Any], repeats: int) -> float:
    start = perf_counter()
    for _ in range(repeats):
        call()
    return (perf_counter() - start) / repeats


def measure(what: str, sizes: tuple[int, ...], n: int, dtype: Any, rounds: int) -> dict[str, Any]:
    """Compare, then time in turns."""
    net, case = make(sizes, n, dtype)
    calls = {"ours": ours(net, case, what)} | answers(case, what)
    truth, tolerance = None, 1e-4 if dtype == np.float32 else 1e-9
    repeats, off = {}, {}
    for name, answer in calls.items():
        value = np.asarray(answer.numbers(answer.call()))
        truth = value if truth is None else truth
        off[name] = float(np.abs(value.reshape(truth.shape) - truth).max() / np.abs(truth).max())
        assert off[name] <= tolerance, (what, sizes, name, off[name])
        del value
        answer.call()
        repeats[name] = max(1, int(3e-3 / max(seconds(answer.call, 1), 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, answer in calls.items():
            times[name].append(seconds(answer.call, repeats[name]))
    found = {
        "what": what, "sizes": sizes, "n": n, "dtype": np.dtype(dtype).name, "off": off,
        "microseconds": {name: [1e6 * t for t in ts] for name, ts in times.items()},
    }  # fmt: skip
    peers = [name for name in calls if name != "ours"]
    if peers:
        best = min(peers, key=lambda name: np.median(times[name]))
        ratios = np.array(times[best]) / np.array(times["ours"])
        low, ratio, high = np.quantile(ratios, [0.25, 0.5, 0.75])
        found |= {"best": best, "ratio": float(ratio), "spread": [float(low), float(high)]}
    return found


def line(found: dict[str, Any], target: float) -> list[str]:
    mine = np.median(found["microseconds"]["ours"])
    cells = [
        found["what"],
        "·".join(map(str, found["sizes"])),
        str(found["n"]),
        found["dtype"],
        f"{mine:,.0f}",
    ]
    if "best" in found:
        theirs = np.median(found["microseconds"][found["best"]])
        low, high = found["spread"]
        met = "yes" if found["ratio"] >= target else "no"
        ratio = f"{found['ratio']:.2f} ({low:.2f} to {high:.2f})"
        cells += [found["best"], f"{theirs:,.0f}", ratio, f"{target:g}", met]
    else:
        cells += ["no peer installed", "", "", f"{target:g}", ""]
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="rows whose name contains this")
    parser.add_argument("--dtype", choices=["float32", "float64"])
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    kinds = [np.dtype(chosen.dtype)] if chosen.dtype else [np.dtype(np.float32), np.dtype(np.float64)]
    about = machine()
    head = ["", "net", "n", "type", "ours, µs", "best peer", "its, µs", "ratio (quartiles)", "target", "met"]
    table, everything = [head], []
    print(*head, sep=" | ", flush=True)
    for what, sizes, n, target in ROWS:
        if chosen.only and chosen.only not in what:
            continue
        for dtype in kinds:
            found = measure(what, sizes, n, dtype, chosen.rounds)
            everything.append(found | {"target": target})
            table.append(line(found, target))
            print(*table[-1], sep=" | ", flush=True)
    if not chosen.only:
        write("derivatives", about, everything, table)


if __name__ == "__main__":
    main()
