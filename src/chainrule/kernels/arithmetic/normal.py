"""The tail of the normal distribution, to the last digits however far out: e^(-t²/2) times a slow function.

Φ(-t) = φ(t) M(t) with Mills' ratio M, which falls like 1/t. R = (t + c) Φ(-t) e^(t²/2) is smooth up to
infinity in v = (t - c) / (t + c), between -1 and 1 (the form of Shepherd & Laframboise 1981, "Chebyshev
approximation of (1 + 2x) exp(x²) erfc x in 0 <= x < ∞"); its Chebyshev expansion is written out in powers
of v. What is lost where t², D = t + c and quotients are rounded is carried along: an ulp of t² = 1400
alone would be 700 ulp of e^(-t²/2).
"""

from typing import Any

from chainrule.kernels._compile import inlined, kernel
from chainrule.kernels.arithmetic.elementary import exp_parts, sum_times_exp, times_exp
from chainrule.kernels.arithmetic.intrinsics import fma, polynomial

DENSITY, DENSITY_REST = 0.3989422804014327, -2.49232720227773e-17
"""φ(0) = 1 / √2π, in two parts."""
CENTRE = 4.625
FARTHEST, FARTHEST_SINGLE = 40.0, 15.0
"""From where on both φ and Φ(-t) are 0, in double and in single precision."""

# fmt: off
_FIRST = 0.7648792113800259
_double = polynomial((
    -0.6471308936158242, 0.45956911106320364, -0.2688700176425787, 0.12470768455945724,
    -0.04199347713614741, 0.007555649626019186, 0.0010987955462224523, -0.0010815463694492109,
    0.00014628134397151526, 9.946423684680188e-05, -3.448934800616918e-05, -9.415264911796474e-06,
    5.736737801721723e-06, 1.1461489937015248e-06, -9.241480856140521e-07, -2.0224620178602626e-07,
    1.474054633209937e-07, 4.5830830394395396e-08, -2.0487124140128915e-08, -1.0241717817990253e-08,
    1.32011085379532e-09, 1.4809600394378232e-09, 2.282526517623292e-10,
))
_single = polynomial((
    -0.647130893580612, 0.45956911204429696, -0.2688700198722432, 0.1247076562175365,
    -0.041993446364372515, 0.007555968685414122, 0.0010987026263432535, -0.0010832623702948128,
    0.0001457330939547177, 0.00010384050279366033, -3.087311804212781e-05, -1.3323678574799176e-05,
))
# fmt: on
_rise = polynomial((-0.595, 1.24, -1.15))
"""dR/dv to two digits, for what v has lost."""


@kernel
def bell(t: Any) -> Any:
    """e^(-t²/2), as `times_exp` takes it."""
    square = t * t
    return exp_parts(-0.5 * square, -0.5 * fma(t, t, -square))


@inlined
def tail(t: Any, single: Any) -> Any:
    """t Φ(-t), and Φ(-t) - t φ(t), for t >= 0; ``single``: to the digits of single precision.

    t Φ(-t) is R t / D times e^(-t²/2); what the quotient has lost is added to the product.
    """
    parts = bell(t)
    D = t + CENTRE
    low = min(t, CENTRE) - (D - max(t, CENTRE))
    r = 1.0 / D
    lost = fma(-r, low, fma(-r, D, 1.0)) * r
    fall = 2 * CENTRE * r
    v = fma(
        -1.0, fall, 1.0
    )  # (t - c) / (t + c); not left to be contracted, as the next line asks what it lost
    v_rest = (1.0 - v) - fall - fma(2 * CENTRE, r, -fall) - 2 * CENTRE * lost
    after_first = _single(v) if single else _double(v)
    R = fma(v, after_first, _FIRST)
    R_rest = fma(v, after_first, _FIRST - R) + _rise(v) * v_rest
    product = R * t
    quotient = product * r
    rest = fma(-quotient, low, fma(-quotient, D, product)) + fma(R, t, -product) + R_rest * t
    ratio = R * r + (R * lost + R_rest * r)
    return sum_times_exp(quotient, rest * r, parts), times_exp(ratio - t * DENSITY, parts)
