"""What a file keeps of the splines of a `SplineTransformer`, which SciPy's own classes are not fit for."""

from copy import copy
from typing import Any

import numpy as np
from scipy.interpolate import BSpline
from sklearn.preprocessing import SplineTransformer

from chainrule.io._expect import Kept

__all__ = ["with_plain_splines", "with_splines"]

_NAMES = ("knots", "coefficients", "degree", "extrapolate")


def with_plain_splines(transformer: SplineTransformer) -> SplineTransformer:
    """Return a transformer whose splines are plain values."""
    if "bsplines_" not in vars(transformer):
        return transformer
    twin = copy(transformer)
    twin.bsplines_ = [
        dict(zip(_NAMES, (one.t, one.c, int(one.k), one.extrapolate), strict=True))
        for one in transformer.bsplines_
    ]
    return twin


def with_splines(transformer: SplineTransformer) -> SplineTransformer:
    """Give a transformer its splines back; ValueError for what is none."""
    if "bsplines_" in vars(transformer):
        if type(transformer.bsplines_) is not list:
            raise ValueError("its splines are no list")
        transformer.bsplines_ = [_spline(values) for values in transformer.bsplines_]
    return transformer


def _spline(values: Any) -> BSpline:
    kept = Kept(values, "a spline", _NAMES)
    knots, degree = kept.array("knots", (None,)), kept.count("degree")
    coefficients = kept.array("coefficients", (len(knots) - degree - 1, None))
    extrapolate = kept.plain("extrapolate")
    if (np.diff(knots) < 0).any() or extrapolate not in (True, False, "periodic"):
        raise kept.fault("knots", "in their order")
    return BSpline(knots, coefficients, degree, extrapolate)
