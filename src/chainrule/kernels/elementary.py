"""The exponential and its kin, in arithmetic that the compiler turns into vector instructions.

x = k ln 2 + f with \\|f\\| <= ln(2)/2, then e^x = 2^k (1 + g) with g = e^f - 1 by its Taylor polynomial.
k is rounded by adding and taking off 1.5 * 2^52 (an integer conversion would cost twice as much on
AVX2), and 2^k is built from its bits.
"""

import math
from typing import Any

import numpy as np
from numba.extending import overload

from chainrule.kernels._compile import FASTMATH
from chainrule.kernels.intrinsics import bits_of, number_of

_OVERLOAD = {"jit_options": {"error_model": "numpy", "fastmath": set(FASTMATH)}}


def exp_and_expm1(x: Any) -> Any:
    """e^x and e^x - 1 without cancellation, for x <= 0 (below -707, float32 -87: as at that bound)."""
    raise NotImplementedError


@overload(exp_and_expm1, **_OVERLOAD)
def _exp_and_expm1(x: Any) -> Any:
    return _double if x.bitwidth == 64 else _single


_C2, _C3, _C4, _C5, _C6, _C7 = (1 / math.factorial(k) for k in range(2, 8))
_C8, _C9, _C10, _C11, _C12, _C13 = (1 / math.factorial(k) for k in range(8, 14))
_LOG2_E = 1 / math.log(2)
_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # 32 bits: k times it is exact
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_MAGIC = 1.5 * 2.0**52


def _double(x: Any) -> Any:
    x = -707.0 if x < -707.0 else x  # written so that NaN stays NaN
    shifted = x * _LOG2_E + _MAGIC
    k = shifted - _MAGIC
    f = (x - k * _LN2_HIGH) - k * _LN2_LOW
    p = _C13
    p = p * f + _C12
    p = p * f + _C11
    p = p * f + _C10
    p = p * f + _C9
    p = p * f + _C8
    p = p * f + _C7
    p = p * f + _C6
    p = p * f + _C5
    p = p * f + _C4
    p = p * f + _C3
    p = p * f + _C2
    g = p * (f * f) + f
    scale = number_of((bits_of(shifted) + 1023) << 52)
    return scale * g + scale, scale * g + (scale - 1.0)


_LN2_HIGH_SINGLE = float.fromhex("0x1.62e400p-1")  # 17 bits
_LN2_LOW_SINGLE = float.fromhex("0x1.7f7d1cp-20")
_MAGIC_SINGLE = 1.5 * 2.0**23


def _single(x: Any) -> Any:
    # Constants are cast to the type of x: a bare one would turn the line into float64.
    real = type(x)
    x = real(-87.0) if x < real(-87.0) else x
    shifted = x * real(_LOG2_E) + real(_MAGIC_SINGLE)
    k = shifted - real(_MAGIC_SINGLE)
    f = (x - k * real(_LN2_HIGH_SINGLE)) - k * real(_LN2_LOW_SINGLE)
    p = real(_C7)
    p = p * f + real(_C6)
    p = p * f + real(_C5)
    p = p * f + real(_C4)
    p = p * f + real(_C3)
    p = p * f + real(_C2)
    g = p * (f * f) + f
    scale = number_of(np.int32((bits_of(shifted) + 127) << 23))
    return scale * g + scale, scale * g + (scale - real(1.0))


def machine_epsilon(x: Any) -> Any:
    """Distance from 1 to the next number of x's type."""
    raise NotImplementedError


@overload(machine_epsilon)
def _machine_epsilon(x: Any) -> Any:
    epsilon = np.finfo(np.float64 if x.bitwidth == 64 else np.float32).eps

    def of_type(x: Any) -> Any:
        return epsilon

    return of_type
