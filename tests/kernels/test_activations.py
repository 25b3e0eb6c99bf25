"""Every loop against calculus, a number at a time; float32 is judged by calculus in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.calculus import ACTIVATIONS, OUTPUTS, softmax
from chainrule.kernels.activations import LOOPS
from sweeps import crossed, examples, for_each

from .direct import DTYPES, Guarded, call, pairs, values
from .exact import every_binade, to_40_digits, ulps

NAMES = list(ACTIVATIONS)
ELEMENTWISE = [*NAMES, "exp"]
both_types = pytest.mark.parametrize("dtype", DTYPES)
every_activation = pytest.mark.parametrize("name", NAMES)


def wide_range(dtype):
    """Dense around 0, to the tails, and down to where numbers are tiny."""
    size = np.geomspace(1e-37, 1000, 4001)
    return np.concatenate([np.linspace(-25, 25, 20_001), np.linspace(-1000, 1000, 4001), size, -size]).astype(
        dtype
    )


# Where a sum crosses 0 its error is measured in ulp of its larger term; σ″ is made of rounded z and σ′.
VALUE, SLOPE, SECOND = 2.5, 3.5, 6.5


def larger_term(name, q, order):
    """The size of the terms whose sum crosses 0, of σ′ (1) or σ″ (2)."""
    if name == "silu":
        s, s1 = ACTIVATIONS["logistic"].value(q), ACTIVATIONS["logistic"].derivative(q)
        return s1 * np.maximum(2, np.abs(q)) if order == 2 else np.maximum(s, np.minimum(np.abs(q), 1e3) * s1)
    if name == "gelu" and order == 1:
        upper = ACTIVATIONS["gelu"].value(q) / np.where(q == 0, 1, q)
        return np.maximum(upper, np.abs(ACTIVATIONS["gelu"].derivative(q) - upper))
    if name == "logistic" and order == 2:
        return ACTIVATIONS["logistic"].derivative(q)
    return None


@pytest.mark.parametrize(("name", "dtype"), crossed(NAMES, DTYPES))
def test_every_binade_to_the_last_digits(name, dtype):
    q = every_binade(dtype, seed=1)
    value, slope, second = to_40_digits(name, q)
    z, d = pairs(name, q)
    c = np.full_like(q, np.nan)
    call(LOOPS[name].second_derivative, dtype, [q, z, d, c], q.size, q.size)
    wide = q.astype(float)
    assert ulps(values(name, q), value).max() <= VALUE
    assert ulps(z, value).max() <= VALUE
    assert ulps(d, slope, larger_term(name, wide, 1)).max() <= SLOPE
    # softplus″ = σ′ e^-z inherits an ulp of z, which is up to 36 before σ′ has come to 1.
    kept = np.abs(q) < 1 if name == "softplus" else np.full(q.shape, True)
    assert ulps(c, second, larger_term(name, wide, 2))[kept].max() <= SECOND


@both_types
@pytest.mark.parametrize("name", ["logistic", "softplus", "silu", "gelu"])
def test_far_to_the_left_there_is_nothing(name, dtype):
    q = np.array([-1e38], dtype)  # silu of it was -1.65 in float32: q times an e^q that was held at e^-87
    for result in (values(name, q), *pairs(name, q)):
        assert result[0] == 0


@both_types
@every_activation
@settings(max_examples=examples(30), deadline=None)
@given(data=st.data())
def test_any_finite_number_is_welcome(name, dtype, data):
    huge = float(dtype(0.9) * np.finfo(dtype).max)  # times selu's λ it is still finite
    elements = st.floats(-huge, huge, width=8 * dtype().itemsize, allow_subnormal=False)
    q = np.array(data.draw(st.lists(elements, min_size=1, max_size=9)), dtype=dtype)
    z, d = pairs(name, q)
    value, slope, _ = to_40_digits(name, q)
    assert np.all(ulps(z, value) <= VALUE)
    assert np.all(ulps(d, slope, larger_term(name, q.astype(float), 1)) <= SLOPE)


@both_types
def test_tiny_numbers_keep_every_digit(dtype):
    tiny = np.array([1e-30, -1e-30, 1e-37, -1e-20], dtype=dtype)  # E − 1 would lose all of them
    for name in ("identity", "tanh", "elu", "softsign", "sine"):
        z, d = pairs(name, tiny)
        np.testing.assert_array_equal(z, tiny)
        np.testing.assert_allclose(d, 1, rtol=2 * np.finfo(dtype).eps)


@both_types
@every_activation
def test_at_0_as_in_calculus(name, dtype):
    q = np.array([0.0, -0.0], dtype=dtype)
    z, d = pairs(name, q)
    np.testing.assert_allclose(z, ACTIVATIONS[name].value(q), rtol=2 * np.finfo(dtype).eps)
    np.testing.assert_allclose(d, ACTIVATIONS[name].derivative(q), rtol=2 * np.finfo(dtype).eps)


@both_types
@for_each("name", ELEMENTWISE)
def test_nan_comes_out_where_nan_goes_in(name, dtype):
    q = np.full(9, 0.5, dtype=dtype)  # as long as any vector instruction, and one more
    q[[2, 8]] = np.nan
    z, d = pairs(name, q)
    for result in (z, values(name, q)):
        np.testing.assert_array_equal(np.isnan(result), np.isnan(q))
    if name not in ("identity", "relu", "leaky_relu"):  # whose σ′ are constants
        np.testing.assert_array_equal(np.isnan(d), np.isnan(q))


@both_types
@for_each("name", ELEMENTWISE)
def test_infinity_has_the_limit_of_calculus(name, dtype):
    q = np.array([np.inf, -np.inf], dtype=dtype)
    z, d = pairs(name, q)
    with np.errstate(invalid="ignore"):
        exact = OUTPUTS[name].value(q.astype(float))
        slope = ACTIVATIONS[name].derivative(q.astype(float)) if name != "exp" else exact
    for result, limit in ((z, exact), (d, slope)):
        lost = np.isnan(limit)  # inf · 0: there the loops may say inf or NaN, and nothing that looks well
        assert np.all(~np.isfinite(result[lost]))
        np.testing.assert_allclose(result[~lost], limit[~lost], rtol=4 * np.finfo(dtype).eps, atol=0)


@both_types
def test_exp(dtype):
    q = wide_range(dtype)
    with np.errstate(over="ignore"):
        exact = np.exp(q.astype(float)).astype(dtype)
    for result in (values("exp", q), *pairs("exp", q)):
        np.testing.assert_allclose(
            result, exact, rtol=2 * np.finfo(dtype).eps, atol=np.finfo(dtype).smallest_normal
        )


@both_types
@pytest.mark.parametrize("width", [1, 2, 3, 8, 17])
def test_softmax(dtype, width):
    rng = np.random.default_rng(width)
    for spread in (0.1, 1, 10, 100, 1000):
        q = rng.normal(scale=spread, size=(23, width)).astype(dtype)
        exact = softmax(q.astype(float))
        behind = (q.max(axis=1, keepdims=True) - q).astype(float)
        # e^{q_k − q_m}: an ulp of the difference is that many ulp of the result.
        relative = (4 + width + behind) * np.finfo(dtype).eps
        for p in (values("softmax", q), pairs("softmax", q)[0]):
            assert np.all(np.abs(p - exact) <= relative * exact + 4 * np.finfo(dtype).smallest_subnormal)
            np.testing.assert_allclose(p.sum(axis=1), 1, rtol=width * np.finfo(dtype).eps)


@both_types
def test_softmax_passes_nan_on(dtype):
    p = values("softmax", np.array([[0.0, np.nan, 1.0], [0.0, 1.0, 2.0]], dtype=dtype))
    assert np.isnan(p[0]).all()
    assert np.isfinite(p[1]).all()


@both_types
@for_each("name", [*ELEMENTWISE, "softmax"])
def test_a_loop_touches_its_own_run_only(name, dtype):
    for n in range(19):
        z, d = Guarded(n, dtype), Guarded(n, dtype)
        z.inner[:] = 0.5
        call(LOOPS[name].value_and_slope, dtype, [z.inner, d.inner], n, 1)
        z.inner[:] = 0.5
        call(LOOPS[name].value, dtype, [z.inner], n, 1)
        z.check()
        d.check()
        assert np.isfinite(z.inner).all()
        assert name == "softmax" or np.isfinite(d.inner).all()


def test_every_activation_and_output_of_calculus_has_its_loops():
    assert set(LOOPS) == set(OUTPUTS)
    assert set(NAMES) < set(LOOPS)


@both_types
@for_each("name", ELEMENTWISE)
def test_second_derivatives_against_calculus(name, dtype):
    """From z and σ′ as the pair leaves them, or from q: to some ulp of the largest there is nearby."""
    q = np.linspace(-12, 12, 4001).astype(dtype)
    exact = (ACTIVATIONS[name].second_derivative if name != "exp" else np.exp)(q.astype(float))
    z, d = pairs(name, q)
    c = np.full_like(q, np.nan)
    call(LOOPS[name].second_derivative, dtype, [q, z, d, c], q.size, q.size)
    scale = np.maximum(np.abs(exact), np.abs(d)) if name != "gelu" else 1 + q.astype(float) ** 2
    assert np.all(np.abs(c - exact) <= 16 * np.finfo(dtype).eps * scale + np.finfo(dtype).smallest_normal)
