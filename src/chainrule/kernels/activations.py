"""Compiled twins of `chainrule.calculus.activations`: each gives (σ(q), σ′(q)) for one number.

`LOOPS` holds, by name, the loops over a run of memory that networks call by address: ``value``
overwrites q by σ(q), ``pair`` does so and writes σ′(q) beside it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature
from numba.core.typing.templates import Signature

from chainrule.kernels._compile import Function, Loop, kernel, named
from chainrule.kernels.elementary import exp_and_expm1

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@kernel
def identity(q: Any) -> Any:
    return q, type(q)(1)


@kernel
def logistic(q: Any) -> Any:
    one = type(q)(1)
    E = exp_and_expm1(-abs(q))[0]
    large = one / (one + E)
    small = E * large
    return (small if q < 0 else large), small * large


@kernel
def tanh(q: Any) -> Any:
    real = type(q)
    E, e = exp_and_expm1(real(-2) * abs(q))
    r = real(1) / (real(1) + E)
    z = -e / (real(1) + E)
    return (-z if q < 0 else z), real(4) * E * r * r


@kernel
def relu(q: Any) -> Any:
    real = type(q)
    d = real(0) if q <= 0 else real(1)
    return (real(0) if q <= 0 else q), d


@kernel
def leaky_relu(q: Any) -> Any:
    real = type(q)
    d = real(0.01) if q <= 0 else real(1)
    return q * d, d


@kernel
def elu(q: Any) -> Any:
    real = type(q)
    E, e = exp_and_expm1(-abs(q))
    return (q if q > 0 else e), (real(1) if q > 0 else E)


@kernel
def selu(q: Any) -> Any:
    real = type(q)
    E, e = exp_and_expm1(-abs(q))
    inner = real(SELU_SCALE * SELU_ALPHA)
    return (real(SELU_SCALE) * q if q > 0 else inner * e), (real(SELU_SCALE) if q > 0 else inner * E)


@kernel
def softplus(q: Any) -> Any:
    real = type(q)
    E = exp_and_expm1(-abs(q))[0]
    r = real(1) / (real(1) + E)
    return (q if q > 0 else real(0)) + real(math.log1p(E)), (E * r if q < 0 else r)


@kernel
def silu(q: Any) -> Any:
    s, s1 = logistic(q)
    return q * s, s + q * s1


@kernel
def gelu(q: Any) -> Any:
    real = type(q)
    upper = real(0.5) * real(math.erfc(-q * real(math.sqrt(0.5))))
    density = exp_and_expm1(real(-0.5) * q * q)[0] * real(1 / math.sqrt(2 * math.pi))
    return q * upper, upper + q * density


@kernel
def softsign(q: Any) -> Any:
    one = type(q)(1)
    r = one / (one + abs(q))
    return q * r, r * r


@kernel
def sine(q: Any) -> Any:
    real = type(q)
    return real(math.sin(q)), real(math.cos(q))


@kernel
def exp(q: Any) -> Any:
    z = type(q)(math.exp(q))
    return z, z


@dataclass(frozen=True)
class ActivationLoops:
    """The compiled loops of one activation, over n numbers in rows of the given width."""

    value: Loop
    pair: Loop


def _signature(pointers: int) -> Callable[[types.Float], Signature]:
    return lambda real: signature(types.void, *[types.CPointer(real)] * pointers, types.intp, types.intp)


def _named(name: str, value: Function, pair: Function) -> ActivationLoops:
    for loop in value, pair:
        named(f"{name}.{loop.__name__}", loop)
    return ActivationLoops(Loop(value, _signature(1)), Loop(pair, _signature(2)))


def _elementwise(name: str, pair_of_one: Any) -> ActivationLoops:
    def value(z: Any, n: Any, width: Any) -> None:
        run = carray(z, n)
        for i in range(n):
            run[i] = pair_of_one(run[i])[0]

    def pair(z: Any, d: Any, n: Any, width: Any) -> None:
        run = carray(z, n)
        slopes = carray(d, n)
        for i in range(n):
            run[i], slopes[i] = pair_of_one(run[i])

    return _named(name, value, pair)


def _softmax() -> ActivationLoops:
    def value(z: Any, n: Any, width: Any) -> None:
        for row in range(0, n, width):
            run = carray(z, n)[row : row + width]
            largest = run.max()
            total = type(largest)(0)
            for k in range(width):
                run[k] = exp_and_expm1(run[k] - largest)[0]
                total += run[k]
            for k in range(width):
                run[k] /= total

    def pair(z: Any, d: Any, n: Any, width: Any) -> None:
        # Its derivative is a matrix, diag p - p pᵀ: the loss applies it, d stays untouched.
        value_of_rows(z, n, width)

    value_of_rows = kernel(named("softmax.value", value))
    return _named("softmax", value, pair)


_ELEMENTWISE = (
    identity, logistic, tanh, relu, leaky_relu, elu, selu, softplus, silu, gelu, softsign, sine, exp,
)  # fmt: skip

LOOPS: dict[str, ActivationLoops] = {one.__name__: _elementwise(one.__name__, one) for one in _ELEMENTWISE}
LOOPS["softmax"] = _softmax()
