"""Compiled twins of `chainrule.calculus.activations`: each gives (σ(q), σ′(q)) for one number, and beside
it σ″ from q and that value_and_slope.

`LOOPS` holds, by name, the loops over a run of memory that networks call by address: ``value`` overwrites q
by σ(q), ``value_and_slope`` does so and writes σ′(q) beside it, ``second_derivative`` writes σ″(q).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature
from numba.core.typing.templates import Signature

from chainrule.kernels._compile import Function, Loop, Stamp, inlined, kernel, named, sources_alone
from chainrule.kernels.arithmetic.elementary import (
    exp_and_expm1,
    exp_parts,
    machine_epsilon,
    quotient,
    reciprocal,
    shares,
    sum_times_exp,
    times_exp,
)
from chainrule.kernels.arithmetic.intrinsics import fma
from chainrule.kernels.arithmetic.normal import DENSITY, DENSITY_REST, FARTHEST, FARTHEST_SINGLE, bell, tail
from chainrule.kernels.softmax import softmax

SELU_SCALE = 1.0507009873554804934193349852946
SELU_INNER, SELU_REST = 1.7580993408473768, 1.41535193800845e-17  # λα, in two parts


@kernel
def identity(q: Any) -> Any:
    return q, type(q)(1)


@kernel
def identity_second_derivative(q: Any, z: Any, d: Any) -> Any:
    return type(d)(0)


@kernel
def logistic(q: Any) -> Any:
    large, small = shares(exp_and_expm1(-abs(q))[0])
    return (small if q < 0 else large), small * large


@kernel
def logistic_second_derivative(q: Any, z: Any, d: Any) -> Any:
    return d * (type(d)(1) - type(d)(2) * z)


@kernel
def tanh(q: Any) -> Any:
    """-(E - 1) / (1 + E) with E = e^(-2|q|), and 4 E / (1 + E)²."""
    real = type(q)
    E, e = exp_and_expm1(real(-2) * abs(q))
    D = real(1) + E
    low = E - (D - real(1))
    z, r = quotient(-e, D, low), reciprocal(D, low)
    return (-z if q < 0 else z), real(4) * (E * r) * r


@kernel
def tanh_second_derivative(q: Any, z: Any, d: Any) -> Any:
    return type(d)(-2) * z * d


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
def elu_second_derivative(q: Any, z: Any, d: Any) -> Any:
    return type(d)(0) if z > 0 else d


@kernel
def selu(q: Any) -> Any:
    real = type(q)
    E, e = exp_and_expm1(-abs(q))
    high = real(SELU_INNER)
    low = real((SELU_INNER - float(high)) + SELU_REST)
    value, slope = fma(high, e, low * e), fma(high, E, low * E)
    return (real(SELU_SCALE) * q if q > 0 else value), (real(SELU_SCALE) if q > 0 else slope)


@kernel
def softplus(q: Any) -> Any:
    real = type(q)
    E = exp_and_expm1(-abs(q))[0]
    large, small = shares(E)
    return (q if q > 0 else real(0)) + real(math.log1p(E)), (small if q < 0 else large)


@kernel
def softplus_second_derivative(q: Any, z: Any, d: Any) -> Any:
    return d * exp_and_expm1(-z)[0]  # 1 - σ′ = e^-z, without cancellation


@kernel
def fall_of(q: Any) -> Any:
    """e^-|q|, as `times_exp` takes it, and 0 from where on a factor as large as q cannot make more of it."""
    real = type(q)
    scale, g = exp_parts(-abs(q), real(0))
    return (scale if abs(q) < real(800) else real(0)), g


@kernel
def silu(q: Any) -> Any:
    """For q < 0 q e^q / (1 + e^q): the product comes first, as a tiny e^q alone has few digits left."""
    real = type(q)
    parts = fall_of(q)
    large, small = shares(times_exp(real(1), parts))
    fall = times_exp(q, parts)
    return (fall if q < 0 else q) * large, (small if q < 0 else large) + fall * large * large


@kernel
def silu_second_derivative(q: Any, z: Any, d: Any) -> Any:
    """σ′(2 - q tanh(q/2)) with σ′ = E / (1 + E)² and tanh(q/2) = (1 - E) / (1 + E) for q > 0; it is even."""
    real = type(q)
    parts = fall_of(q)
    large, small = shares(times_exp(real(1), parts))
    return times_exp(real(2) - abs(q) * (real(1) - real(2) * small), parts) * large * large


@kernel
def within(q: Any) -> Any:
    """|q| as a double, no larger than where the tails of the normal distribution have come to 0."""
    farthest = FARTHEST_SINGLE if machine_epsilon(q) > 1e-10 else FARTHEST
    t = abs(float(q))
    return farthest if t > farthest else t


@inlined
def gelu(q: Any) -> Any:
    """q Φ(q) = max(q, 0) - t Φ(-t) and its slope, with t = |q|; in double precision for either type."""
    real = type(q)
    t, single = within(q), machine_epsilon(q) > 1e-10
    value, slope = tail(t, single)
    x = float(q)
    nothing = 0.0 * x  # but NaN for an infinity, which is not to be lost
    return real((x if x > 0 else nothing) - value), real((1.0 - slope if x > 0 else slope) + nothing)


@inlined
def gelu_second_derivative(q: Any, z: Any, d: Any) -> Any:
    """(2 - t²) φ(t)."""
    t = within(q)
    factor = fma(-t, t, 2.0)
    product = factor * DENSITY
    rest = fma(factor, DENSITY, -product) + factor * DENSITY_REST
    return type(q)(sum_times_exp(product, rest, bell(t)))


@kernel
def softsign(q: Any) -> Any:
    real = type(q)
    one, a = real(1), abs(q)
    D = one + a
    low = min(one, a) - (D - max(one, a))
    r = reciprocal(D, low) if a < real(1e30) else one / D
    return quotient(q, D, low), r * r


@kernel
def softsign_second_derivative(q: Any, z: Any, d: Any) -> Any:
    real = type(d)
    size = real(2) * d * real(math.sqrt(d))
    return -size if z > 0 else size


@kernel
def sine(q: Any) -> Any:
    real = type(q)
    return real(math.sin(q)), real(math.cos(q))


@kernel
def sine_second_derivative(q: Any, z: Any, d: Any) -> Any:
    return -z


@kernel
def exp(q: Any) -> Any:
    z = type(q)(math.exp(q))
    return z, z


@kernel
def exp_second_derivative(q: Any, z: Any, d: Any) -> Any:
    return d


@dataclass(frozen=True)
class ActivationLoops:
    """The compiled loops of one activation, over n numbers in rows of the given width.

    ``value(z)`` and ``value_and_slope(z, d)`` find q in z. ``second_derivative(q, z, d, c)`` writes c =
    σ″(q), from what ``value_and_slope`` has left in z and d, or where it ``needs_q`` from q.
    """

    value: Loop
    value_and_slope: Loop
    second_derivative: Loop
    needs_q: bool = False


def _signature(pointers: int) -> Callable[[types.Float], Signature]:
    return lambda real: signature(types.void, *[types.CPointer(real)] * pointers, types.intp, types.intp)


def _loops(
    name: str,
    needs_q: bool,
    value: Function,
    value_and_slope: Function,
    second_derivative: Function,
    stamp: Stamp = sources_alone,
) -> ActivationLoops:
    for loop in value, value_and_slope, second_derivative:
        named(f"{name}.{loop.__name__}", loop)
    return ActivationLoops(
        Loop(value, _signature(1), stamp=stamp),
        Loop(value_and_slope, _signature(2), stamp=stamp),
        Loop(second_derivative, _signature(4), stamp=stamp),
        needs_q,
    )


def elementwise(
    name: str,
    value_and_slope_of_one: Any,
    second_derivative_of_one: Any,
    needs_q: bool = False,
    stamp: Stamp = sources_alone,
) -> ActivationLoops:
    """Make the loops of an activation from compiled functions of one number; for the stamp see `Loop`."""

    def value(z: Any, n: Any, width: Any) -> None:
        run = carray(z, n)
        for i in range(n):
            run[i] = value_and_slope_of_one(run[i])[0]

    def value_and_slope(z: Any, d: Any, n: Any, width: Any) -> None:
        run = carray(z, n)
        slopes = carray(d, n)
        for i in range(n):
            run[i], slopes[i] = value_and_slope_of_one(run[i])

    def second_derivative(q: Any, z: Any, d: Any, c: Any, n: Any, width: Any) -> None:
        given, values, slopes, curvatures = carray(q, n), carray(z, n), carray(d, n), carray(c, n)
        for i in range(n):
            curvatures[i] = second_derivative_of_one(given[i], values[i], slopes[i])

    return _loops(name, needs_q, value, value_and_slope, second_derivative, stamp)


def _softmax() -> ActivationLoops:
    def value(z: Any, n: Any, width: Any) -> None:
        for row in range(0, n, width):
            softmax(carray(z, n)[row : row + width])

    def value_and_slope(z: Any, d: Any, n: Any, width: Any) -> None:
        # Its derivative is a matrix, diag p - p pᵀ: whoever needs it applies it, d stays untouched.
        value_of_rows(z, n, width)

    def second_derivative(q: Any, z: Any, d: Any, c: Any, n: Any, width: Any) -> None:
        pass  # likewise

    value_of_rows = kernel(named("softmax.value", value))
    return _loops("softmax", False, value, value_and_slope, second_derivative)


# relu and its kin are straight on both sides of their kink.
_ELEMENTWISE: tuple[tuple[Any, Any, bool], ...] = (
    (identity, identity_second_derivative, False),
    (logistic, logistic_second_derivative, False),
    (tanh, tanh_second_derivative, False),
    (relu, identity_second_derivative, False),
    (leaky_relu, identity_second_derivative, False),
    (elu, elu_second_derivative, False),
    (selu, elu_second_derivative, False),
    (softplus, softplus_second_derivative, False),
    (silu, silu_second_derivative, True),
    (gelu, gelu_second_derivative, True),
    (softsign, softsign_second_derivative, False),
    (sine, sine_second_derivative, False),
    (exp, exp_second_derivative, False),
)

LOOPS: dict[str, ActivationLoops] = {
    row[0].__name__: elementwise(row[0].__name__, *row) for row in _ELEMENTWISE
}
LOOPS["softmax"] = _softmax()
