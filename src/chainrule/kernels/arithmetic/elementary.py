"""The exponential and its kin, in arithmetic that the compiler turns into vector instructions.

x = k ln 2 + f with \\|f\\| <= ln(2)/2, then e^x = 2^k (1 + g) with g = e^f - 1 by a polynomial.
k is rounded by adding and taking off 1.5 * 2^52 (an integer conversion would cost twice as much on
AVX2), and 2^k is built from its bits.

e^x is right down to the smallest subnormal number, and 0 below. For that 2^k is built too large, by `LIFT`
powers of two, and brought down by a multiplication: bits of an exponent cannot express what is subnormal.
Where e^x is to be multiplied by a number, `times_exp` does so before it is brought down; a product with
a rounded e^x would have no more digits than that has.
"""

import math
from typing import Any

import numpy as np
from numba.extending import overload

from chainrule.kernels._compile import FASTMATH, kernel
from chainrule.kernels.arithmetic.intrinsics import bits_of, fma, number_of

_OVERLOAD = {"jit_options": {"error_model": "numpy", "fastmath": set(FASTMATH)}}


def exp_parts(x: Any, low: Any) -> Any:
    """e^(x + low) = 2^-LIFT scale (1 + g) as (scale, g), for x <= 0; low is what x has lost by rounding."""
    raise NotImplementedError


def brought_down(scale: Any) -> Any:
    """2^-LIFT scale."""
    raise NotImplementedError


@overload(exp_parts, **_OVERLOAD)
def _exp_parts(x: Any, low: Any) -> Any:
    return _double if x.bitwidth == 64 else _single


@overload(brought_down, **_OVERLOAD)
def _brought_down(scale: Any) -> Any:
    return _double_down if scale.bitwidth == 64 else _single_down


@kernel
def times_exp(factor: Any, parts: Any) -> Any:
    """factor e^x, rounded twice less than e^x and a product would be."""
    scale, g = parts
    scaled = brought_down(factor * scale)
    return scaled * g + scaled


@kernel
def sum_times_exp(factor: Any, rest: Any, parts: Any) -> Any:
    """(factor + rest) e^x, for a rest that a sum of the two would lose."""
    scale, g = parts
    scaled, rest = brought_down(factor * scale), brought_down(rest * scale)
    return scaled + (scaled * g + (rest * g + rest))


@kernel
def exp_and_expm1(x: Any) -> Any:
    """e^x and e^x - 1 without cancellation, for x <= 0."""
    one = type(x)(1)
    scale, g = exp_parts(x, type(x)(0))
    scale = brought_down(scale)
    return scale * g + scale, scale * g + (scale - one)


# 1 / D is asked for once, and what it and D have lost is mended with it: a second division would cost as much
# as five of these steps, and where LLVM may (arcp) it makes n / D from 1 / D with one rounding more.


@kernel
def reciprocal(D: Any, low: Any) -> Any:
    """1 / (D + low) to half an ulp, where D has lost low by rounding: one step of Newton's method."""
    r = type(D)(1) / D
    return fma(r, fma(-r, low, fma(-r, D, type(D)(1))), r)


@kernel
def quotient(number: Any, D: Any, low: Any) -> Any:
    """number / (D + low) to half an ulp, also where 1 / D is subnormal."""
    r = type(D)(1) / D
    near = number * r
    return fma(fma(-near, low, fma(-near, D, number)), r, near)


@kernel
def shares(E: Any) -> Any:
    """1 / (1 + E) and E / (1 + E), for 0 <= E <= 1."""
    one = type(E)(1)
    D = one + E
    r = reciprocal(D, E - (D - one))
    return r, E * r


# Coefficients c_k of g = f + f²/2 + Σ c_k f^k, k = 3, …: of all such polynomials the one with the least
# largest error relative to f, over |f| <= ln(2)/2 (Lawson's weighted least squares, in 60 digits). The error
# is 2.5e-17, a ninth of a unit in the last place, and 1.4e-8 in float32. Taylor's polynomial needs two terms
# more for that, one more in float32.
_C3, _C4, _C5 = 0.1666666666666668, 0.04166666666661954, 0.008333333333318968
_C6, _C7, _C8 = 0.0013888888920711594, 0.00019841269894321277, 2.4801516068621656e-05
_C9, _C10, _C11 = 2.7557235138224324e-06, 2.762234623490123e-07, 2.5112361363058282e-08
_SINGLE_C3, _SINGLE_C4 = 0.16666544024059687, 0.041666419051137486
_SINGLE_C5, _SINGLE_C6 = 0.008366494658953602, 0.0013939220598311855
_LOG2_E = 1 / math.log(2)
_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # 32 bits: k times it is exact
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_MAGIC = 1.5 * 2.0**52
LIFT, _LIFT_SINGLE = 200, 64


def _double(x: Any, low: Any) -> Any:
    x = -800.0 if x < -800.0 else x  # e^x is 0 there; written so that NaN stays NaN
    # Adding 1.5 2^52 leaves the nearest whole number in the last bits of the sum, in the rounding that is
    # set.
    shifted = x * _LOG2_E + _MAGIC
    k = shifted - _MAGIC
    # k ln 2 in two parts: k times the first is exact, so x loses nothing where it is nearly cancelled.
    f = (x - k * _LN2_HIGH) - (k * _LN2_LOW - low)
    p = _C11
    p = p * f + _C10
    p = p * f + _C9
    p = p * f + _C8
    p = p * f + _C7
    p = p * f + _C6
    p = p * f + _C5
    p = p * f + _C4
    p = p * f + _C3
    p = p * f + 0.5
    g = p * (f * f) + f
    return number_of((bits_of(shifted) + (1023 + LIFT)) << 52), g


def _double_down(scale: Any) -> Any:
    return scale * 2.0**-LIFT


_LN2_HIGH_SINGLE = float.fromhex("0x1.62e400p-1")  # 17 bits
_LN2_LOW_SINGLE = float.fromhex("0x1.7f7d1cp-20")
_MAGIC_SINGLE = 1.5 * 2.0**23


def _single(x: Any, low: Any) -> Any:
    # Constants are cast to the type of x: a bare one would turn the line into float64.
    real = type(x)
    x = real(-120.0) if x < real(-120.0) else x
    shifted = x * real(_LOG2_E) + real(_MAGIC_SINGLE)
    k = shifted - real(_MAGIC_SINGLE)
    f = (x - k * real(_LN2_HIGH_SINGLE)) - (k * real(_LN2_LOW_SINGLE) - low)
    p = real(_SINGLE_C6)
    p = p * f + real(_SINGLE_C5)
    p = p * f + real(_SINGLE_C4)
    p = p * f + real(_SINGLE_C3)
    p = p * f + real(0.5)
    g = p * (f * f) + f
    return number_of(np.int32((bits_of(shifted) + (127 + _LIFT_SINGLE)) << 23)), g


def _single_down(scale: Any) -> Any:
    return scale * type(scale)(2.0**-_LIFT_SINGLE)


def machine_epsilon(x: Any) -> Any:
    """Distance from 1 to the next number of x's type."""
    raise NotImplementedError


@overload(machine_epsilon)
def _machine_epsilon(x: Any) -> Any:
    epsilon = np.finfo(np.float64 if x.bitwidth == 64 else np.float32).eps

    def of_type(x: Any) -> Any:
        return epsilon

    return of_type
