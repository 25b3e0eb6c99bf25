import math

import numpy as np
import pytest

from chainrule.testing import (
    check_derivative,
    complex_step_derivative,
    finite_difference_derivative,
    remainder_slope,
    taylor_slopes,
)


def f(x):  # N6
    return np.array([x[0] ** 2 * x[1], x[0] + x[1]])


def Df(x):
    return np.array([[2 * x[0] * x[1], x[0] ** 2], [1, 1]])


def D2f(x):
    return np.array([[[2 * x[1], 2 * x[0]], [2 * x[0], 0]], np.zeros((2, 2))])


x = np.array([1.3, -0.7])


def test_complex_step_is_exact():
    np.testing.assert_allclose(complex_step_derivative(f, x), Df(x), rtol=1e-15)
    np.testing.assert_allclose(complex_step_derivative(np.sum, np.ones((2, 3))), np.ones((1, 6)))


@pytest.mark.parametrize(("richardson", "accuracy"), [(0, 1e-9), (1, 1e-11), (2, 2e-12)])
def test_differences_reach_their_accuracy(richardson, accuracy):
    points = np.array([-2.0, 0.3, 1.7])
    D = finite_difference_derivative(lambda x: np.sin(x) * np.exp(x / 2), points, richardson)
    exact = np.diag((np.cos(points) + np.sin(points) / 2) * np.exp(points / 2))
    np.testing.assert_allclose(D, exact, rtol=0, atol=accuracy)


def test_differences_scale_with_x():
    np.testing.assert_allclose(finite_difference_derivative(np.square, [1e8]), [[2e8]], rtol=1e-9)


def test_slopes_tell_right_from_wrong():
    v = np.array([0.6, 0.8])
    assert remainder_slope(f, Df, x, v) == pytest.approx(2, abs=0.05)
    assert remainder_slope(f, Df, x, v, D2f) == pytest.approx(3, abs=0.01)
    assert remainder_slope(f, Df(x) + np.array([[0, 0.5], [0, 0]]), x, v) == pytest.approx(1, abs=0.1)
    assert remainder_slope(f, Df, x, v, D2f(x) + 1) == pytest.approx(2, abs=0.1)
    assert taylor_slopes(f, Df, x, v, steps=[0.1, 0.05, 0.025]).shape == (2,)


def test_slope_of_a_linear_function_is_infinite():
    A = np.arange(6.0).reshape(2, 3)
    assert remainder_slope(lambda x: A @ x, A, np.ones(3), np.ones(3)) == np.inf


def test_a_right_derivative_passes():
    check_derivative(f, Df, x)
    check_derivative(np.exp, np.exp, 0.5)
    check_derivative(
        lambda X: X.T @ X, lambda X: complex_step_derivative(lambda X: X.T @ X, X), np.ones((2, 2))
    )
    check_derivative(lambda x: np.sin(1e4 * x), 1e4 * np.cos(3e3), 0.3)  # too steep for the differences


def test_the_worst_entry_is_named():
    wrong = Df(x) + np.array([[1e-9, 0], [0, 1e-3]])
    with pytest.raises(
        AssertionError, match=r"∂f\[1\]/∂x\[1\] is 1.001, but the complex step gives 1; off by 1.0e-03"
    ):
        check_derivative(f, wrong, x)
    D = complex_step_derivative(lambda X: 2 * X, np.ones((2, 3)))
    D[4, 1] = np.nan
    with pytest.raises(AssertionError, match=r"∂f\[1, 1\]/∂x\[0, 1\] is nan"):
        check_derivative(lambda X: 2 * X, D, np.ones((2, 3)))


def test_an_error_too_small_for_differences_is_found():
    with pytest.raises(AssertionError, match="complex step"):
        check_derivative(f, Df(x) * (1 + 1e-9), x)


@pytest.mark.parametrize(
    ("deaf", "D"),
    [
        (lambda x: np.abs(x), [[1.0, 0.0], [0.0, -1.0]]),
        (lambda x: np.conj(x) * x, [[2.6, 0.0], [0.0, -1.4]]),
        (lambda x: np.linalg.norm(x), x / np.linalg.norm(x)),
        (lambda x: np.maximum(x, 0) ** 2 + abs(x[0]), [[3.6, 0.0], [1.0, 0.0]]),
        (lambda x: [math.sin(x[0]), math.exp(x[1])], [[math.cos(1.3), 0.0], [0.0, math.exp(-0.7)]]),
        (lambda x: np.asarray(x, dtype=float) ** 2, [[2.6, 0.0], [0.0, -1.4]]),
    ],
    ids=["abs", "conj", "norm", "maximum", "math", "cast"],
)
def test_functions_that_are_deaf_to_complex_steps_are_judged_by_differences(deaf, D):
    check_derivative(deaf, D, x)
    with pytest.raises(AssertionError, match="differences give"):
        check_derivative(deaf, np.asarray(D) * 1.001, x)
    with pytest.raises(AssertionError):
        check_derivative(deaf, np.zeros((np.size(deaf(x)), 2)), x)


def test_a_derivative_of_the_wrong_shape():
    with pytest.raises(
        AssertionError, match=r"shape \(2,\), but f maps \(2,\) to \(2,\): it must hold 2 × 2"
    ):
        check_derivative(f, np.zeros(2), x)
