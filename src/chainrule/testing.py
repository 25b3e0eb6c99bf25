"""An oracle for derivatives: complex steps, differences, and the slope of Taylor's remainder.

It knows nothing of networks: a function f: Rⁿ → Rᵐ is anything that takes an array of n numbers and returns
m of them (or one), in any shape; the derivative is the m × n matrix (Df)_ij = ∂f_i/∂x_j, both in C order.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule._heard import heard

__all__ = [
    "check_derivative",
    "complex_step_derivative",
    "finite_difference_derivative",
    "remainder_slope",
    "taylor_slopes",
]

Array: TypeAlias = NDArray[Any]
Function: TypeAlias = Callable[[Array], ArrayLike]
Derivative: TypeAlias = Callable[[Array], ArrayLike] | ArrayLike

_STEP = 1e-30  # nothing is subtracted, so the step may be so small that its square is lost


def complex_step_derivative(f: Function, x: ArrayLike) -> Array:
    """Df(x) by Im f(x + ih) / h: exact to rounding where f is analytic in the way it is computed.

    Through ``np.abs``, ``conj``, ``np.maximum`` or ``np.linalg.norm`` it is silently wrong;
    `check_derivative` notices. [1]_

    Parameters
    ----------
    f : callable
        Takes a complex array of x's shape; m values in any shape.
    x : array
        n numbers in any shape.

    Returns
    -------
    array (m, n)

    References
    ----------
    .. [1] Squire & Trapp, "Using complex variables to estimate derivatives of real functions",
       SIAM Review 40 (1998).

    Examples
    --------
    >>> complex_step_derivative(lambda x: [x[0] ** 2 * x[1], x[0] + x[1]], [3.0, 2.0])
    array([[12.,  9.],
           [ 1.,  1.]])
    """
    x = np.asarray(x, dtype=complex)
    return np.column_stack([np.imag(_values(f, x + 1j * _STEP * e)) / _STEP for e in _directions(x)])


def finite_difference_derivative(f: Function, x: ArrayLike, richardson: int = 0) -> Array:
    """Df(x) by central differences (f(x + h) − f(x − h)) / 2h, good to about 1e-10 of f's size.

    Parameters
    ----------
    f : callable
        Takes a real array of x's shape; m values in any shape.
    x : array
        n numbers in any shape; h is in proportion to max(1, \\|x_j\\|).
    richardson : int
        How often to halve the step and extrapolate: each removes the next even power of h from the error
        and allows a larger h, so that 2 reaches 1e-12 on a smooth f. Near a kink leave it at 0.

    Returns
    -------
    array (m, n)

    Examples
    --------
    >>> D = finite_difference_derivative(np.exp, [0.0, 1.0], richardson=2)
    >>> bool(np.allclose(D, np.diag([1, np.e]), rtol=0, atol=1e-12))
    True
    """
    x = np.asarray(x, dtype=float)
    # Rounding, eps/h, meets what is left of the series, h^(2 + 2 richardson).
    h = 2**richardson * np.finfo(float).eps ** (1 / (3 + 2 * richardson))
    estimates = [_central(f, x, h / 2**k) for k in range(richardson + 1)]
    for order in range(1, richardson + 1):
        estimates = [(4**order * fine - coarse) / (4**order - 1) for coarse, fine in pairwise(estimates)]
    return estimates[0]


def taylor_slopes(
    f: Function,
    df: Derivative,
    x: ArrayLike,
    direction: ArrayLike,
    d2f: Derivative | None = None,
    steps: ArrayLike | None = None,
) -> Array:
    """How fast the remainder of Taylor's formula shrinks: its order between one step and the next.

    The remainder is ‖f(x + hv) − f(x) − h Df(x) v‖, which halving h quarters: slope 2. With the second
    derivative, − ½ h² vᵀ D²f(x) v, the slope is 3. A wrong derivative has slope 1.

    Parameters
    ----------
    f : callable
        Takes a real array of x's shape; m values in any shape.
    df, d2f : callable or array
        Df (m, n) and D²f (m, n, n), at x or as functions of it.
    x, direction : array
        The point and v.
    steps : array, optional
        Falling values of h; without it, eight from 1e-1 to 1e-3.

    Returns
    -------
    array (len(steps) - 1,)
        inf where the remainder is down to rounding, as for a linear f.

    Examples
    --------
    >>> taylor_slopes(np.sin, lambda x: np.diag(np.cos(x)), [1.0], [1.0]).round(1)
    array([2., 2., 2., 2., 2., 2., 2.])
    """
    x, v = np.asarray(x, dtype=float), np.asarray(direction, dtype=float)
    h = np.geomspace(1e-1, 1e-3, 8) if steps is None else np.asarray(steps, dtype=float)
    f_x = _values(f, x)
    first = _at(df, x).reshape(f_x.size, x.size) @ v.ravel()
    second = np.zeros_like(f_x)
    if d2f is not None:
        second = _at(d2f, x).reshape(f_x.size, x.size, x.size) @ v.ravel() @ v.ravel()
    remainders = np.array(
        [np.linalg.norm(_values(f, x + s * v) - f_x - s * first - s**2 / 2 * second) for s in h]
    )
    rounding = 8 * np.finfo(float).eps * (np.linalg.norm(f_x) + h * np.linalg.norm(first))
    lost = (remainders <= rounding)[1:]
    quotients = np.where(lost, 1, remainders[:-1]) / np.where(lost, 1, remainders[1:])
    return np.where(lost, np.inf, np.log(np.maximum(quotients, 1e-300)) / np.log(h[:-1] / h[1:]))


def remainder_slope(
    f: Function, df: Derivative, x: ArrayLike, direction: ArrayLike, d2f: Derivative | None = None
) -> float:
    """The median of `taylor_slopes`: 2 for a right derivative (3 with the second), 1 for a wrong one.

    Examples
    --------
    >>> round(remainder_slope(np.sin, [[np.cos(1.0)]], [1.0], [1.0]), 1)
    2.0
    >>> round(remainder_slope(np.sin, [[np.cos(2.0)]], [1.0], [1.0]), 1)
    1.0
    """
    return float(np.median(taylor_slopes(f, df, x, direction, d2f)))


def check_derivative(
    f: Function, df: Derivative, x: ArrayLike, *, rtol: float = 1e-10, atol: float = 1e-13
) -> None:
    """Raise AssertionError, naming the worst entry's place, unless df is the derivative of f at x.

    It is compared with the complex step, to rtol of the largest entry in its row. Entries in which that
    disagrees with central differences (an ``abs`` or ``conj`` in f drops the imaginary part, or f refuses
    complex numbers) are compared with the differences, to 1e-6 or rtol if that is more.

    Parameters
    ----------
    f : callable
        Takes an array of x's shape; m values in any shape. Differentiable at x.
    df : callable or array
        The m × n matrix at x, or a function of x that gives it; any shape that has as many numbers.
    x : array
        The point, n numbers in any shape.
    rtol, atol : float
        What is allowed, in proportion to the largest entry of the row, and on top of it.

    Raises
    ------
    AssertionError

    Examples
    --------
    >>> f = lambda x: [x[0] ** 2 * x[1], x[0] + x[1]]
    >>> check_derivative(f, lambda x: [[2 * x[0] * x[1], x[0] ** 2], [1, 1]], [3.0, 2.0])
    >>> check_derivative(f, [[12, 9], [1, 2]], [3.0, 2.0])
    Traceback (most recent call last):
    AssertionError: ∂f[1]/∂x[1] is 2, but the complex step gives 1; off by 1.0e+00, allowed are 1.0e-10
    """
    x = np.asarray(x, dtype=float)
    f_x = np.asarray(f(x))
    given = _at(df, x)
    if given.size != f_x.size * x.size:
        raise AssertionError(
            f"the derivative has shape {given.shape}, but f maps {x.shape} to {f_x.shape}: "
            f"it must hold {f_x.size} × {x.size} numbers"
        )
    given = given.reshape(f_x.size, x.size)

    h = np.finfo(float).eps ** (1 / 3)
    differences, coarse = _central(f, x, h), _central(f, x, 2 * h)
    rounding = 8 * np.finfo(float).eps * np.abs(f_x).reshape(-1, 1) / h
    doubt = 1e-6 * _row_scale(differences) + 4 * np.abs(differences - coarse) + rounding
    with heard(np.exceptions.ComplexWarning):
        try:
            exact = complex_step_derivative(f, x)
        except Exception:  # whatever f, which was just computed at real x, has against complex numbers
            exact = np.full_like(differences, np.nan)
    analytic = np.abs(exact - differences) <= doubt

    truth = np.where(analytic, exact, differences)
    allowed = np.where(analytic, 0, doubt) + rtol * _row_scale(truth) + atol
    off = np.abs(given - truth)
    if np.all(off <= allowed):
        return
    excess = np.where(np.isnan(off), np.inf, off / np.where(allowed > 0, allowed, np.finfo(float).tiny))
    i, j = np.unravel_index(np.argmax(excess), excess.shape)
    f_place, x_place = np.unravel_index(i, f_x.shape or (1,)), np.unravel_index(j, x.shape or (1,))
    oracle = "the complex step gives" if analytic[i, j] else "differences give"
    raise AssertionError(
        f"∂f[{', '.join(map(str, f_place))}]/∂x[{', '.join(map(str, x_place))}] is {given[i, j]:.12g}, "
        f"but {oracle} {truth[i, j]:.12g}; off by {off[i, j]:.1e}, allowed are {allowed[i, j]:.1e}"
    )


def _values(f: Function, x: Array) -> Array:
    return np.asarray(f(x)).ravel()


def _at(df: Derivative, x: Array) -> Array:
    return np.asarray(df(x) if callable(df) else df)


def _directions(x: Array) -> Array:
    return np.eye(x.size).reshape(-1, *x.shape)


def _central(f: Function, x: Array, h: float) -> Array:
    columns = []
    for e in _directions(x):
        ahead = x + h * np.maximum(1, np.abs(x)) * e
        behind = 2 * x - ahead  # the steps as they were rounded
        columns.append((_values(f, ahead) - _values(f, behind)) / np.sum(ahead - behind))
    return np.column_stack(columns)


def _row_scale(D: Array) -> Array:
    return np.asarray(np.max(np.abs(D), axis=1, keepdims=True))
