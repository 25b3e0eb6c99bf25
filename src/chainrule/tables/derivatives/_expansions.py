"""Transformers that make several columns of one: polynomials and splines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from scipy.sparse import csr_array
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer

from chainrule.tables.derivatives._passage import Array, Passage, as_numbers, computed


def of_polynomials(transformer: PolynomialFeatures, X: Any) -> Passage:
    """Monomials: a product of r factors x has r derivatives, each the product of the other factors."""
    x = as_numbers(X)
    factors, d = _factors(transformer.powers_), x.shape[1]
    with_one = np.column_stack([x, np.ones(len(x))])  # shorter monomials are filled up with ones
    n_monomials = len(transformer.powers_)
    places = [
        csr_array((np.ones(n_monomials), (np.arange(n_monomials), own)), (n_monomials, d + 1))[:, :d]
        for own in factors.T
    ]

    def pullback(U: Array, rows: slice) -> Array:
        result = np.zeros((U.shape[0] * U.shape[1], d))
        for position, place in enumerate(places):
            others = with_one[rows][:, np.delete(factors, position, axis=1)].prod(axis=2)
            result += (U * others[:, None, :]).reshape(len(result), -1) @ place
        return result.reshape(*U.shape[:2], d)

    return computed(transformer.transform(X), pullback, d)


def _factors(powers: Array) -> NDArray[np.intp]:
    """Return the columns that a monomial multiplies, (n_monomials, degree); column d stands for a 1."""
    n_monomials, d = powers.shape
    factors = np.full((n_monomials, powers.sum(axis=1).max(initial=0)), d)
    monomials, columns = np.nonzero(powers)
    repeats = powers[monomials, columns]
    counts = powers.sum(axis=1)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    factors[np.repeat(monomials, repeats), np.arange(counts.sum()) - starts] = np.repeat(columns, repeats)
    return factors


def of_splines(transformer: SplineTransformer, X: Any) -> Passage:
    """B-splines of each column: the derivative of the basis, continued beyond the knots as the values are.

    At knots (of degree 1), and where a continuation begins, the right-hand derivative is taken.
    """
    x, value = as_numbers(X), transformer.transform(X)
    pairs = zip(transformer.bsplines_, x.T, strict=True)
    slopes = np.stack([_basis_slopes(transformer, j, *pair) for j, pair in enumerate(pairs)], axis=1)
    if not transformer.include_bias:
        slopes = slopes[:, :, :-1]
    d, n_splines = slopes.shape[1:]

    def pullback(U: Array, rows: slice) -> Array:
        own = U.reshape(*U.shape[:2], d, n_splines)
        return np.asarray(np.einsum("nkds,nds->nkd", own, slopes[rows]))

    return computed(value, pullback, d)


def _basis_slopes(transformer: SplineTransformer, column: int, spline: BSpline[Any], x: Array) -> Array:
    """Return the derivatives of the basis of a column, (n, n_splines)."""
    missing = np.isnan(x)
    if transformer.extrapolation == "periodic":
        low, high = spline.t[spline.k], spline.t[-spline.k - 1]
        if not high > low:  # a column that had one value only is a constant
            return np.zeros((len(x), spline.c.shape[1]))
        x = low + (x - low) % (high - low)
    slopes = np.asarray(spline(np.where(missing, spline.t[spline.k], x), nu=1))
    slopes[missing] = 0
    if transformer.extrapolation in ("constant", "linear"):
        _continue(slopes, spline, x, column, transformer.extrapolation == "linear")
    return slopes


def _continue(slopes: Array, spline: BSpline[Any], x: Array, column: int, linearly: bool) -> None:
    """Replace the derivatives beyond the ends by those of the constant or linear continuation."""
    k, continued = spline.k, 0
    if linearly:
        # scikit-learn (1.0 to 1.9) counts the degree up from column to column while it is below 2, so that
        # later columns of degree 1 are continued from the second knot. This is the function that it computes.
        k = min(k + column, 2) if k < 2 else k
        continued = k + 1 if k < 2 else k
    low, high = spline.t[k], spline.t[-k - 1]
    below, above = x < low, x >= high
    slopes[below | above] = 0
    if continued:
        slopes[below, :continued] = spline(low, nu=1)[:continued]
        slopes[above, -continued:] = spline(high, nu=1)[-continued:]
