"""The tail of the normal distribution against mpmath, however far out."""

import mpmath as mp
import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.elementary import times_exp
from chainrule.kernels.arithmetic.normal import FARTHEST, FARTHEST_SINGLE, bell, tail

from ..exact import ulps
from .test_elementary import in_two


def _tails(t, single, value, slope, density):
    for i in range(t.size):
        value[i], slope[i] = tail(t[i], single)
        density[i] = times_exp(1.0, bell(t[i]))


tails = Entry(
    named("tails_of_the_tests", _tails),
    lambda real: signature(types.void, vector(real), types.boolean, *[vector(real)] * 3),
)


@pytest.mark.parametrize("single", [False, True])
def test_value_slope_and_density(single):
    farthest = FARTHEST_SINGLE if single else FARTHEST
    rng = np.random.default_rng(0)
    t = np.concatenate([rng.uniform(0, reach, 300) for reach in (1e-3, 1, 5, farthest)] + [[0.0, farthest]])
    value, slope, density = (np.full(t.size, np.nan) for _ in range(3))
    tails[np.float64](t, single, value, slope, density)
    with mp.workprec(140):
        T = [mp.mpf(float(x)) for x in t]
        upper = [mp.erfc(x / mp.sqrt(2)) / 2 for x in T]
        bells = [mp.exp(-x * x / 2) for x in T]
        values = in_two([x * y for x, y in zip(T, upper, strict=True)])
        falls = [x * b / mp.sqrt(2 * mp.pi) for x, b in zip(T, bells, strict=True)]
        slopes = in_two([y - f for y, f in zip(upper, falls, strict=True)])
        larger = np.array([float(max(y, f)) for y, f in zip(upper, falls, strict=True)])
        assert ulps(density, in_two(bells)).max() < 1.3
    if single:  # to the digits of single precision, and some more
        np.testing.assert_allclose(value, values[0], rtol=1e-10)
        assert np.all(np.abs(slope - slopes[0]) <= 1e-10 * larger)
    else:
        assert ulps(value, values).max() < 2
        assert ulps(slope, slopes, larger).max() < 3


def test_at_the_farthest_there_is_nothing():
    for single, kind in ((False, np.float64), (True, np.float32)):
        t = np.array([FARTHEST_SINGLE if single else FARTHEST])
        out = [np.full(1, np.nan) for _ in range(3)]
        tails[np.float64](t, single, *out)
        assert all(kind(result[0]) == 0 for result in out)
