"""Profile of the time of a step: `python -m benchmarks.profile 20-64-64-10 --batch 32`.

Each part of a step of Adam is run by itself, on memory of the same size, and set against what the machine
could do at most: products against the GEMM peak, the others against how fast so much memory is copied. What
is left of the whole step is "rest": the loss, sums over the batch, the L2 term, caches that change hands, and
what `train` does around it.
"""

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numba.core import types
from numba.core.typing import signature

from benchmarks.record import gemm_peak, markdown
from benchmarks.steps import flops, steps_for
from chainrule import Network, train
from chainrule.kernels._compile import Entry, vector
from chainrule.kernels.activations import LOOPS
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import call, pointer
from chainrule.kernels.batch import inputs_type
from chainrule.kernels.inputs import gather
from chainrule.kernels.learning.updates import UPDATES


def _multiply(a: Any, b: Any, c: Any, transpose: Any, shape: Any) -> None:
    m, n, k = shape
    lengths = (m if transpose[0] else k), (k if transpose[1] else n)
    gemm(transpose, shape, (pointer(a, 0), lengths[0]), (pointer(b, 0), lengths[1]), 0.0, (pointer(c, 0), n))


def _activate(loop: Any, z: Any, d: Any, n: Any, width: Any) -> None:
    call(loop, (pointer(z, 0), pointer(d, 0)), (n * width, width))


def _update(loop: Any, parameters: Any, gradient: Any, moments: Any, settings: Any, n: Any) -> None:
    call(
        loop,
        (pointer(parameters, 0), pointer(gradient, 0), pointer(moments, 0), pointer(settings, 0)),
        (0, n, n, n),
    )


def _gather(inputs: Any, order: Any, first: Any, m: Any, target: Any) -> None:
    gather(inputs[0], (inputs, order, first, m, 0), target, 0)


_ORDER = types.Array(types.intp, 1, "C", readonly=True)
MULTIPLY = Entry(
    _multiply,
    lambda real: signature(
        types.void, *[vector(real)] * 3, types.UniTuple(types.boolean, 2), types.UniTuple(types.intp, 3)
    ),
)
ACTIVATE = Entry(
    _activate, lambda real: signature(types.void, types.intp, *[vector(real)] * 2, types.intp, types.intp)
)
UPDATE = Entry(
    _update,
    lambda real: signature(types.void, types.intp, *[vector(real)] * 3, vector(types.float64), types.intp),
)
GATHER = Entry(
    _gather,
    lambda real: signature(types.void, inputs_type(real), _ORDER, types.intp, types.intp, vector(real)),
)


def microseconds(run: Callable[[], Any], least: float = 0.02) -> float:
    """The median of five."""
    run()
    found = []
    for _ in range(5):
        began, runs = time.perf_counter(), 0
        while runs == 0 or time.perf_counter() - began < least:
            run()
            runs += 1
        found.append((time.perf_counter() - began) / runs)
    return 1e6 * float(np.median(found))


def copying(size: float) -> float:
    """Microseconds in which so many bytes are read, or written, when as many are copied."""
    half = np.ones(max(int(size / 2), 64), np.uint8)
    other = np.empty_like(half)
    return microseconds(lambda: np.copyto(other, half))


def parts(
    sizes: tuple[int, ...], batch: int, dtype: np.dtype[Any], activation: str
) -> dict[str, tuple[float, float]]:
    """Microseconds of each part, and at the machine's limit."""
    random = np.random.default_rng(0)

    def some(n: int) -> np.ndarray:
        return random.normal(size=n).astype(dtype)

    products = 0.0
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        z, W, q = some(batch * fan_in), some(fan_in * fan_out), some(batch * fan_out)
        kernel = MULTIPLY[dtype]
        products += microseconds(lambda: kernel(z, W, q, (False, False), (batch, fan_out, fan_in)))  # noqa: B023
        products += microseconds(lambda: kernel(z, q, W, (True, False), (fan_in, fan_out, batch)))  # noqa: B023
        if layer:
            products += microseconds(lambda: kernel(q, W, z, (False, True), (batch, fan_in, fan_out)))  # noqa: B023
    peak = gemm_peak(1)[dtype == np.float64]
    found = {"products": (products, flops(sizes, batch) / peak / 1e3)}

    hidden = batch * sum(sizes[1:-1])
    loop, numbers, slopes = LOOPS[activation].value_and_slope.address(dtype), some(hidden), some(hidden)
    spent = microseconds(lambda: ACTIVATE[dtype](loop, numbers, slopes, batch, hidden // batch))
    found["activations"] = spent, copying(3 * hidden * dtype.itemsize)

    P = sum(a * b + b for a, b in pairwise(sizes))
    eta, gradient, moments = some(P), some(P), np.abs(some(2 * P))
    settings = np.array([1e-3, 1e-4, float(batch), 1.0, 0.9, 0.999, 1e-8])
    step = UPDATES["adam"].address(dtype)
    spent = microseconds(lambda: UPDATE[dtype](step, eta, gradient, moments, settings, P))
    found["update"] = spent, copying(7 * P * dtype.itemsize)

    rows = batch * steps_for(sizes, batch) // 2
    X, order, target = (
        some(rows * sizes[0]).reshape(rows, -1),
        random.permutation(rows),
        some(batch * sizes[0]),
    )
    nothing = np.empty(0, np.intp)
    inputs, place = (X, np.empty(0, dtype), nothing, nothing), iter(range(10**9))

    def next_batch() -> None:
        first = next(place) * batch % (rows - batch + 1)
        GATHER[dtype](inputs, order, first, batch, target)

    found["gather"] = microseconds(next_batch), copying(2 * batch * sizes[0] * dtype.itemsize)
    return found


def whole(sizes: tuple[int, ...], batch: int, dtype: np.dtype[Any], activation: str) -> float:
    """Microseconds of a step of a fit."""
    steps = steps_for(sizes, batch)
    random = np.random.default_rng(0)
    X = random.normal(size=(batch * steps // 2, sizes[0])).astype(dtype)
    y = random.normal(size=(len(X), sizes[-1])).astype(dtype)
    network = Network(sizes, activation, dtype=dtype, random_state=0)
    options: dict[str, Any] = {"loss": "half_squared_error", "alpha": 1e-4, "batch_size": batch, "tol": 0}
    return microseconds(lambda: train(network.copy(), X, y, max_iter=2, random_state=0, **options)) / steps


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("net", help="sizes, like 20-64-64-10")
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--activation", choices=["relu", "tanh", "logistic"], default="relu")
    chosen = parser.parse_args()
    sizes, dtype = tuple(map(int, chosen.net.split("-"))), np.dtype(chosen.dtype)
    found = parts(sizes, chosen.batch, dtype, chosen.activation)
    total = whole(sizes, chosen.batch, dtype, chosen.activation)
    rest = total - sum(spent for spent, _ in found.values())
    table = [["part", "µs", "share", "limit, µs", "of the limit"]]
    for name, (spent, limit) in found.items():
        table.append([name, f"{spent:.1f}", f"{spent / total:.0%}", f"{limit:.1f}", f"{limit / spent:.0%}"])
    table.append(["rest", f"{rest:.1f}", f"{rest / total:.0%}", "", ""])
    table.append(["step", f"{total:.1f}", "100%", "", ""])
    print(markdown(table))


if __name__ == "__main__":
    main()
