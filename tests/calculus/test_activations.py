import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.special import ndtr

from chainrule.calculus import ACTIVATIONS, OUTPUTS
from chainrule.calculus.activations import named
from chainrule.testing import check_derivative
from sweeps import examples, for_each

NAMES = list(ACTIVATIONS)
H = 1e-30


def complex_step(f, q):
    return f(q + 1j * H).imag / H


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=examples(20), deadline=None)
@given(q=arrays(float, array_shapes(max_dims=2, max_side=4), elements=st.floats(-30, 30)))
def test_derivatives_are_those_of_the_complex_step(name, q):
    σ = ACTIVATIONS[name]
    for f, df in ((σ.value, σ.derivative), (σ.derivative, σ.second_derivative)):
        np.testing.assert_allclose(df(q), complex_step(f, q), rtol=1e-12, atol=1e-15)


@for_each("name", NAMES)
def test_derivatives_are_those_of_differences(name):
    σ = ACTIVATIONS[name]
    for q in (-7.3, -1.1, -0.2, 0.3, 1.9, 6.5):
        check_derivative(σ.value, σ.derivative, q, rtol=1e-12)
        check_derivative(σ.derivative, σ.second_derivative, q, rtol=1e-12)


# The textbook's formulas, in 700 digits: there 1 − tanh² has no cancellation to fear.


def textbook_logistic(q):
    s = 1 / (1 + (-q).exp())
    return s, s * (1 - s), s * (1 - s) * (1 - 2 * s)


def textbook_tanh(q):
    t = (q.exp() - (-q).exp()) / (q.exp() + (-q).exp())
    return t, 1 - t**2, -2 * t * (1 - t**2)


def textbook_softplus(q):
    return (1 + q.exp()).ln(), *textbook_logistic(q)[:2]


def textbook_silu(q):
    s, s1, s2 = textbook_logistic(q)
    return q * s, s + q * s1, 2 * s1 + q * s2


def textbook_elu(q, α=1, λ=1):
    left = λ * α * q.exp()
    return (left - λ * α, left, left) if q <= 0 else (λ * q, λ * Decimal(1), Decimal(0))


def textbook_selu(q):
    return textbook_elu(q, Decimal("1.6732632423543772848"), Decimal("1.0507009873554804934"))


def textbook_softsign(q):
    return q / (1 + abs(q)), 1 / (1 + abs(q)) ** 2, q.copy_sign(-q) / abs(q) * 2 / (1 + abs(q)) ** 3


def textbook_exp(q):
    return q.exp(), q.exp(), q.exp()


TEXTBOOK = {
    name.removeprefix("textbook_"): f for name, f in globals().items() if name.startswith("textbook_")
}
FAR = np.array([1e-300, 1e-10, 0.01, 0.3, 1.0, 3.0, 9.0, 17.0, 19.5, 37.0, 120.0, 350.0, 700.0, 1000.0])
FAR = np.concatenate([-FAR[::-1], FAR])


@pytest.mark.parametrize("name", TEXTBOOK)
def test_stable_from_tail_to_tail(name):
    row = named(ACTIVATIONS, "activation", name) if name != "exp" else None
    functions = (row.value, row.derivative, row.second_derivative) if row else (OUTPUTS["exp"].value,)
    with localcontext(prec=700):
        expected = np.array([[float(v) for v in TEXTBOOK[name](Decimal(q))] for q in FAR])
    for k, f in enumerate(functions):
        np.testing.assert_allclose(f(FAR), expected[:, k], rtol=3e-15, atol=1e-307)


def test_gelu_from_tail_to_tail():
    σ, φ = ACTIVATIONS["gelu"], np.exp(-(FAR**2) / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(σ.value(FAR), FAR * ndtr(FAR), rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(σ.derivative(FAR), ndtr(FAR) + FAR * φ, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(σ.second_derivative(FAR), φ * (2 - FAR**2), rtol=1e-12, atol=1e-300)


def test_where_tanh_rounds_to_1_its_derivative_does_not_vanish():
    q = np.array([20.0, -20.0])
    assert np.all(np.abs(np.tanh(q)) == 1)
    np.testing.assert_allclose(ACTIVATIONS["tanh"].derivative(q), 4 * math.exp(-40), rtol=1e-15)


@pytest.mark.parametrize("name", [*NAMES, "exp"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(max_examples=examples(20), deadline=None)
@given(data=st.data())
def test_any_finite_number_is_welcome(name, dtype, data):
    huge = float(dtype(0.9) * np.finfo(dtype).max)  # times selu's λ it is still finite
    q = data.draw(arrays(dtype, (1, 5), elements=st.floats(-huge, huge, width=8 * dtype().itemsize)))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        F = OUTPUTS[name].value(q)
        derivatives = [OUTPUTS[name].derivative(q, F), OUTPUTS[name].curvature(q, F, np.ones_like(q))]
    for result in (F, *derivatives):
        assert result.dtype == dtype
        assert np.all(np.isfinite(result) | (name == "exp"))


@for_each("name", NAMES)
def test_float32_is_right_to_its_own_precision(name):
    q = np.linspace(-25, 25, 201, dtype=np.float32)
    σ = ACTIVATIONS[name]
    for f in (σ.value, σ.derivative, σ.second_derivative):
        exact = f(q.astype(float))
        # Next to a root (of silu′, say) the absolute error is small, and e^{−q²/2} magnifies that of q².
        rtol, atol = (3e-5 if name == "gelu" else 1e-6), np.where(np.abs(q) < 4, 4e-7, 1e-40)
        assert np.all(np.abs(f(q) - exact) <= rtol * np.abs(exact) + atol)
        assert f(q.astype(np.complex64)).dtype == np.complex64


@for_each("name", NAMES)
def test_complex_numbers_keep_the_real_answer(name):
    σ = ACTIVATIONS[name]
    for f in (σ.value, σ.derivative, σ.second_derivative):
        np.testing.assert_allclose(f(FAR + 0j).real, f(FAR), rtol=1e-13, atol=1e-300)
        assert np.all(np.isfinite(f(FAR + 1j * H)))


@pytest.mark.parametrize(
    ("name", "slope", "bend"),
    [
        ("relu", 0, 0),
        ("leaky_relu", 0.01, 0),
        ("elu", 1, 1),
        ("selu", 1.7580993408473766, 1.7580993408473766),
        ("softsign", 1, 2),
    ],
)
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_kink_takes_the_derivatives_of_its_left_side(name, slope, bend, zero):
    σ, q = ACTIVATIONS[name], np.array([zero])
    assert σ.value(q) == 0
    np.testing.assert_allclose(σ.derivative(q), slope, rtol=1e-15)
    np.testing.assert_allclose(σ.second_derivative(q), bend, rtol=1e-15)
    np.testing.assert_allclose(complex_step(σ.value, q), slope, rtol=1e-15)
    np.testing.assert_allclose(complex_step(σ.derivative, q), bend, rtol=1e-15)


@for_each("name", NAMES)
def test_nan_stays_nan(name):
    assert np.isnan(ACTIVATIONS[name].value(np.array([np.nan])))


def test_unknown_name():
    with pytest.raises(
        ValueError, match=r"unknown activation 'tanhh'; accepted are identity, logistic, tanh"
    ):
        named(ACTIVATIONS, "activation", "tanhh")


# ---- outputs -----------------------------------------------------------------------------------------

rows = arrays(float, st.tuples(st.just(1), st.integers(1, 5)), elements=st.floats(-20, 20))


@pytest.mark.parametrize("name", OUTPUTS)
@settings(max_examples=examples(20), deadline=None)
@given(q=rows, seed=st.integers(0, 9))
def test_an_output_s_derivative_pullback_and_curvature(name, q, seed):
    output = OUTPUTS[name]
    F, g = output.value(q), np.random.default_rng(seed).normal(size=q.shape)
    DF = output.derivative(q, F)
    np.testing.assert_allclose(output.pullback(q, F, g), g @ DF[0], rtol=1e-9, atol=1e-13 * np.abs(DF).max())
    kink = name in ("relu", "leaky_relu", "elu", "selu", "softsign") and np.abs(q).min() < 1e-3
    if not kink:
        check_derivative(output.value, DF, q)
        check_derivative(lambda q: output.pullback(q, output.value(q), g), output.curvature(q, F, g), q)


def test_softmax_far_ahead_does_not_cancel():
    q = np.array([[0.0, 60.0, 1.0]])
    p = OUTPUTS["softmax"].value(q)
    others = np.exp(-60) + np.exp(-59)
    D = OUTPUTS["softmax"].derivative(q, p)[0]
    np.testing.assert_allclose(D[1], [-np.exp(-60), others, -np.exp(-59)], rtol=1e-14)
    g = np.array([[-2.0, 2.0, 0.0]])
    np.testing.assert_allclose(OUTPUTS["softmax"].pullback(q, p, g), (g @ D), rtol=1e-14)


def test_softmax_is_deaf_to_a_shift():
    q = np.array([[1.0, -2.0, 0.5]])
    for shift in (0, 1e4, -1e4):
        np.testing.assert_allclose(
            OUTPUTS["softmax"].value(q + shift), OUTPUTS["softmax"].value(q), rtol=1e-12
        )
    assert OUTPUTS["softmax"].value(np.array([[1e38, -1e38]], dtype=np.float32)).tolist() == [[1, 0]]
