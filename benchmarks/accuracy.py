"""Errors of the compiled activations, in units of the last place: `python -m benchmarks.accuracy`.

In float32 every 61st of all numbers, against `calculus` in float64; in float64 two million numbers of all
sizes, against `calculus` in the machine's long double. Beyond ±87 (float64: ±707; of tanh half of that) e^x
is next to the smallest normal number, and stays there; what comes of it does not count. Where σ′ of silu and
gelu, a sum, crosses 0, its error is counted in units of its larger term.
"""

import ctypes
from typing import Any

import numpy as np

from benchmarks.record import machine, markdown, write
from chainrule import calculus
from chainrule.kernels.activations import LOOPS

NAMES = ("tanh", "logistic", "softplus", "elu", "selu", "silu", "softsign", "gelu")
EVERY = 61
SELU_SCALE = np.longdouble("1.0507009873554804934193349852946")
SELU_ALPHA = np.longdouble("1.6732632423543772848170429916717")


def numbers(name: str, dtype: np.dtype[Any]) -> np.ndarray:
    """Of both signs and all sizes."""
    most = (87 if dtype == np.float32 else 707) / (2 if name == "tanh" else 1)
    if dtype == np.float32:
        found = np.arange(1, 2**32, EVERY, dtype=np.uint32).view(np.float32)
        return found[(np.abs(found) <= most) & (found != 0)]
    random = np.random.default_rng(0)
    size = 10.0 ** random.uniform(-12, np.log10(most), 2_000_000)
    return np.where(random.random(size.size) < 0.5, size, -size)


def pair(name: str, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """σ(q) and σ′(q) by the compiled loop."""
    z, d = q.copy(), np.empty_like(q)
    loop = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_ssize_t)
    loop(LOOPS[name].value_and_slope.address(q.dtype))(z.ctypes.data, d.ctypes.data, q.size, q.size)
    return z, d


def truths(name: str, q: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """σ(q) and σ′(q), each beside the numbers in whose last place its error is counted."""
    function = calculus.ACTIVATIONS["elu" if name == "selu" else name]
    value, slope = function.value(q), function.derivative(q)
    if name == "selu":  # by constants with the digits of q's type: those of `calculus` are doubles
        inner = np.where(q > 0, SELU_SCALE, SELU_SCALE * SELU_ALPHA).astype(q.dtype)
        value, slope = inner * value, inner * slope
    terms = slope
    if name in ("silu", "gelu"):
        share = value / q  # σ′ is this and the rest
        terms = np.maximum(np.abs(share), np.abs(slope - share))
    return [(value, value), (slope, terms)]


def worst(found: np.ndarray, truth: np.ndarray, terms: np.ndarray) -> float:
    """The largest error in units of the last place of the terms, where these are normal numbers."""
    info = np.finfo(found.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = terms.astype(found.dtype)
        normal = (np.abs(rounded) >= info.tiny) & np.isfinite(rounded)
    error = np.abs(found.astype(truth.dtype) - truth)[normal] / np.spacing(np.abs(rounded[normal]))
    return float(error.max(initial=0.0))


def measure(name: str, dtype: np.dtype[Any]) -> tuple[float, float]:
    """Errors of σ and σ′."""
    q = numbers(name, dtype)
    errors = [0.0, 0.0]
    for part in np.array_split(q, max(1, q.size // 4_000_000)):
        exact = part.astype(np.float64 if dtype == np.float32 else np.longdouble)
        with np.errstate(all="ignore"):
            expected = truths(name, exact)
        for k, (got, truth) in enumerate(zip(pair(name, part), expected, strict=True)):
            errors[k] = max(errors[k], worst(got, *truth))
    return errors[0], errors[1]


def main() -> None:
    """Measure, and write down."""
    table, rows = [["activation", "float32: σ, ulp", "σ′", "float64: σ, ulp", "σ′"]], []
    for name in NAMES:
        row: dict[str, Any] = {"activation": name}
        for kind in ("float32", "float64"):
            if kind == "float32" or name not in ("gelu", "softplus"):  # SciPy has no long double
                row[kind] = measure(name, np.dtype(kind))
        rows.append(row)
        cells = [f"{each:.2f}" for kind in ("float32", "float64") for each in row.get(kind, (np.nan, np.nan))]
        table.append([name, *cells])
    print(markdown(table))
    write("accuracy", machine(), rows, table)


if __name__ == "__main__":
    main()
