"""Activations to 40 digits by mpmath, from their definitions: the truth that rounding is measured against."""

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Number = Any
Three = tuple[Number, Number, Number]


def _logistic(q: Number) -> Three:
    E = mp.exp(-abs(q))
    hump = E / (1 + E) ** 2
    return (1 if q > 0 else E) / (1 + E), hump, -hump * mp.tanh(q / 2)


def _tanh(q: Number) -> Three:
    slope = 1 / mp.cosh(q) ** 2
    return mp.tanh(q), slope, -2 * slope * mp.tanh(q)


def _elu(q: Number) -> Three:
    return (q, mp.mpf(1), mp.mpf(0)) if q > 0 else (mp.expm1(q), mp.exp(q), mp.exp(q))


def _selu(q: Number) -> Three:
    λ, α = mp.mpf("1.0507009873554804934193349852946"), mp.mpf("1.6732632423543772848170429916717")
    value, slope, second = _elu(q)
    factor = λ if q > 0 else λ * α
    return factor * value, factor * slope, factor * second


def _softplus(q: Number) -> Three:
    value, slope, _ = _logistic(q)
    return max(q, 0) + mp.log1p(mp.exp(-abs(q))), value, slope


def _silu(q: Number) -> Three:
    value, slope, _ = _logistic(q)
    return q * value, value + q * slope, slope * (2 - q * mp.tanh(q / 2))


def _gelu(q: Number) -> Three:
    if abs(q) > 1000:
        return max(q, 0), mp.mpf(int(q > 0)), mp.mpf(0)
    upper, density = mp.erfc(-q / mp.sqrt(2)) / 2, mp.npdf(q)
    return q * upper, upper + q * density, (2 - q * q) * density


def _softsign(q: Number) -> Three:
    r = 1 / (1 + abs(q))
    return q * r, r**2, (-2 if q > 0 else 2) * r**3


def _sine(q: Number) -> Three:
    return mp.sin(q), mp.cos(q), -mp.sin(q)


def _straight(left: float) -> Callable[[Number], Three]:
    return lambda q: (q if q > 0 else mp.mpf(left) * q, mp.mpf(1 if q > 0 else left), mp.mpf(0))


EXACT: dict[str, Callable[[Number], Three]] = {
    "identity": _straight(1),
    "logistic": _logistic,
    "tanh": _tanh,
    "relu": _straight(0),
    "leaky_relu": _straight(0.01),
    "elu": _elu,
    "selu": _selu,
    "softplus": _softplus,
    "silu": _silu,
    "gelu": _gelu,
    "softsign": _softsign,
    "sine": _sine,
}


def to_40_digits(name: str, q: Array) -> list[tuple[Array, Array]]:
    """σ, σ′ and σ″ of each number, each as the nearest double and what that has lost."""
    with mp.workprec(140):
        rows = [EXACT[name](mp.mpf(float(x))) for x in q]
        return [_in_two(column) for column in zip(*rows, strict=True)]


def _in_two(numbers: tuple[Number, ...]) -> tuple[Array, Array]:
    near = [float(y) for y in numbers]
    lost = [float(y - mp.mpf(x)) if np.isfinite(x) else 0 for y, x in zip(numbers, near, strict=True)]
    return np.array(near), np.array(lost)


def ulps(got: Array, truth: tuple[Array, Array], scale: Array | None = None) -> Array:
    """How many ulp of the truth, or of a larger ``scale``, results are off; what is too large must be inf."""
    near, lost = truth
    largest = np.abs(near) if scale is None else np.maximum(np.abs(near), np.abs(scale))
    top = float(np.finfo(got.dtype).max)
    ulp = np.spacing(np.minimum(largest, top / 2).astype(got.dtype)).astype(float)
    with np.errstate(invalid="ignore"):  # inf - inf where both are too large
        off = np.abs((got.astype(float) - near) - lost) / ulp
    right = np.isinf(got) & (np.sign(got) == np.sign(near))
    return np.where(np.abs(near) > top, np.where(right, 0, np.inf), off)


def every_binade(dtype: Any, seed: int) -> Array:
    """A number in each binade on either side of 0, subnormal ones too, the extremes, and some more where
    activations bend."""
    rng, of_type = np.random.default_rng(seed), np.finfo(dtype)
    exponents = np.arange(np.log2(float(of_type.smallest_subnormal)), of_type.maxexp).astype(int)
    sizes = np.minimum(np.ldexp(1 + rng.random(len(exponents)), exponents), float(of_type.max))
    ends = np.array([of_type.max, of_type.smallest_normal, of_type.smallest_subnormal, 0]).astype(float)
    near = np.concatenate([rng.uniform(-reach, reach, 120) for reach in (1, 3, 10, 45, 110, 760)])
    return np.concatenate([sizes, -sizes, ends, -ends, near]).astype(dtype)
