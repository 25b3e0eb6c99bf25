import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import mean_pinball_loss

from chainrule.calculus import LOSSES, OUTPUTS, default_loss, output_curvature, output_delta, sample_errors
from chainrule.calculus.losses import loss_at, sample_shares
from chainrule.testing import complex_step_derivative, finite_difference_derivative
from sweeps import examples, for_each

PAIRS = list(LOSSES)
KINKED = {"relu", "leaky_relu", "elu", "selu", "softsign"}


def close(actual, expected, rtol=1e-10, atol=1e-300):
    np.testing.assert_allclose(
        actual, expected, rtol=rtol, atol=rtol * np.abs(expected).max(initial=0) + atol
    )


@for_each(("loss", "output"), PAIRS)
@settings(max_examples=examples(25), deadline=None)
@given(
    q=arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 4)), elements=st.floats(-12, 12)),
    seed=st.integers(0, 99),
)
def test_derivatives_are_those_of_the_complex_step(loss, output, q, seed):
    y = np.random.default_rng(seed).uniform(0, 2, q.shape)  # answers that sum to anything
    n, p = q.shape
    D = complex_step_derivative(lambda q: sample_errors(q, y, loss, output), q).reshape(n, n, p)
    δ = output_delta(q, y, loss, output)
    D2 = complex_step_derivative(lambda q: output_delta(q, y, loss, output), q).reshape(n, p, n, p)
    curvature = output_curvature(q, y, loss, output)
    # Beyond 1 Huber's slope is ±1 for every output, of which softmax leaves nothing but rounding; and its
    # curvature is that of σ_L alone, near 0 for a small q: it has the rounding of σ_L′. So has a quantile's.
    rounding = 1e-15 if loss in ("huber", "quantile") else 1e-300
    for i in range(n):
        close(δ[i], D[i, i], atol=rounding)
        close(curvature[i], D2[i, :, i], atol=rounding)
        assert np.count_nonzero(D[i]) == np.count_nonzero(D[i, i])  # no sample sees another
    np.testing.assert_array_equal(curvature, curvature.swapaxes(1, 2))


@for_each(("loss", "output"), PAIRS)
def test_derivatives_are_those_of_differences(loss, output):
    rng = np.random.default_rng(3)
    q, y = rng.uniform(0.3, 2, (1, 3)) * [1, -1, 1], rng.uniform(0, 2, (1, 3))
    y[np.abs(np.abs(OUTPUTS[output].value(q) - y) - 1) < 0.1] += 0.2  # away from the kink of huber's slope
    D = finite_difference_derivative(lambda q: sample_errors(q, y, loss, output), q, richardson=2)
    np.testing.assert_allclose(output_delta(q, y, loss, output), D, rtol=1e-9, atol=1e-11)


def test_N2_the_notes_error_is_the_square_and_scikit_learn_s_is_half_of_it():
    rng = np.random.default_rng(0)
    q, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    whole = sample_errors(q, y, "sum_squared_error", "identity")
    np.testing.assert_allclose(whole, [np.dot(r, r) for r in q - y], rtol=1e-15)
    np.testing.assert_array_equal(sample_errors(q, y, "half_squared_error", "identity"), whole / 2)
    np.testing.assert_allclose(output_delta(q, y, "sum_squared_error", "identity"), 2 * (q - y))
    np.testing.assert_allclose(output_delta(q, y, "half_squared_error", "identity"), q - y)
    for i in range(5):
        np.testing.assert_array_equal(output_curvature(q, y, "half_squared_error", "identity")[i], np.eye(3))


def test_N2_the_factor_two_is_never_chosen_silently():
    assert [default_loss(o) for o in ("softmax", "logistic", "exp")] == [
        "cross_entropy",
        "cross_entropy",
        "poisson",
    ]
    for output in set(OUTPUTS) - {"softmax", "logistic", "exp"}:
        with pytest.raises(ValueError, match=f"'{output}'.*sum_squared_error or half_squared_error"):
            default_loss(output)


def test_huber_is_half_the_square_up_to_1_and_its_tangent_beyond():
    r = np.array([[-3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 2.0]]).T
    y = np.linspace(-1, 1, 7)[:, None]
    values = [2.5, 0.5, 0.03125, 0, 0.125, 0.5, 1.5]
    np.testing.assert_allclose(sample_errors(y + r, y, "huber", "identity"), values, rtol=1e-15)
    np.testing.assert_allclose(output_delta(y + r, y, "huber", "identity"), np.clip(r, -1, 1), rtol=1e-15)
    curved = output_curvature(r, 0 * r, "huber", "identity").ravel()
    np.testing.assert_array_equal(curved, [0, 1, 1, 1, 1, 1, 0])
    assert not LOSSES["huber", "identity"].constant_curvature


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_quantile_s_loss_is_the_pinball_loss(dtype):
    rng = np.random.default_rng(0)
    q, y = rng.normal(size=(2, 50, 3)).astype(dtype)
    rtol = 8 * np.finfo(dtype).eps
    for name, levels in (("quantile(0.2)", [0.2] * 3), ("quantile(0.1, 0.5, 0.75)", [0.1, 0.5, 0.75])):
        by_hand = [
            sum(mean_pinball_loss([b], [a], alpha=level) for a, b, level in zip(*row, levels, strict=True))
            for row in zip(q, y, strict=True)
        ]
        errors = sample_errors(q, y, name, "identity")
        assert errors.dtype == output_delta(q, y, name, "identity").dtype == dtype
        np.testing.assert_allclose(errors, by_hand, rtol=rtol)
    np.testing.assert_allclose(
        sample_errors(q, y, "quantile", "identity"), np.abs(q - y).sum(axis=1) / 2, rtol=rtol
    )


@for_each("output", OUTPUTS)
@for_each("loss", ["quantile(0.2)", "quantile(0.1, 0.5, 0.75)"])
def test_a_quantile_s_derivative_is_that_of_central_differences(loss, output):
    rng = np.random.default_rng(3)
    q, y = rng.uniform(0.3, 2, (4, 3)) * [1, -1, 1], rng.uniform(0, 2, (4, 3))
    y[np.abs(OUTPUTS[output].value(q) - y) < 0.05] += 0.2  # away from the kink
    D = finite_difference_derivative(lambda q: sample_errors(q, y, loss, output), q, richardson=2)
    for i in range(4):
        close(output_delta(q, y, loss, output)[i], D.reshape(4, 4, 3)[i, i], 1e-8, 1e-13)


def test_a_quantile_s_derivative_at_the_kink_is_that_from_the_right():
    y = np.array([[1.0], [-2.0]])
    np.testing.assert_array_equal(output_delta(y, y, "quantile(0.2)", "identity"), 0.8)
    np.testing.assert_array_equal(output_delta(y - 1e-9, y, "quantile(0.2)", "identity"), -0.2)


def test_a_quantile_has_no_curvature_of_its_own():
    rng = np.random.default_rng(0)
    q, y, r = rng.normal(size=(3, 5, 2))
    np.testing.assert_array_equal(output_curvature(q, y, "quantile(0.1, 0.9)", "identity"), 0)
    for output in OUTPUTS:
        row = loss_at("quantile(0.1, 0.9)", output)
        np.testing.assert_array_equal(row.gauss_newton_product(q, OUTPUTS[output].value(q), y, r), 0)
        assert row.constant_curvature


@pytest.mark.parametrize("level", ["0", "1", "-0.1", "1.5", "nan", "0.5, 2"])
def test_a_level_that_is_none(level):
    with pytest.raises(ValueError, match=r"a level of 'quantile\(.*\)' is not between 0 and 1"):
        sample_errors(np.zeros((2, 1)), np.zeros((2, 1)), f"quantile({level})", "identity")


def test_N14_cross_entropy_is_the_notes_formula():
    rng = np.random.default_rng(1)
    q, y = rng.normal(size=(6, 3)), rng.integers(0, 2, (6, 3))
    F = OUTPUTS["logistic"].value(q)
    C = -(y * np.log(F) + (1 - y) * np.log(1 - F)).sum(axis=1)
    np.testing.assert_allclose(sample_errors(q, y, "cross_entropy", "logistic"), C, rtol=1e-14)
    y, F = np.eye(3)[[0, 1, 2, 0, 1, 2]], OUTPUTS["softmax"].value(q)
    C = -(y * np.log(F)).sum(axis=1)
    np.testing.assert_allclose(sample_errors(q, y, "cross_entropy", "softmax"), C, rtol=1e-14)


@pytest.mark.parametrize("output", ["logistic", "softmax", "exp"])
def test_N14_the_derivative_collapses_to_F_minus_y(output):
    rng = np.random.default_rng(2)
    q, y = rng.normal(size=(6, 3)), rng.dirichlet(np.ones(3), 6)
    δ = output_delta(q, y, default_loss(output), output)
    np.testing.assert_allclose(δ, OUTPUTS[output].value(q) - y, rtol=1e-13, atol=1e-15)


def test_N14_logistic_is_computed_from_q_and_not_from_a_rounded_F():
    q, y = np.array([[40.0], [40.0], [1000.0], [-1000.0]]), np.array([[1], [0], [0], [1]])
    errors = sample_errors(q, y, "cross_entropy", "logistic")
    np.testing.assert_allclose(errors, [np.exp(-40), 40, 1000, 1000], rtol=1e-15)
    δ = output_delta(q, y, "cross_entropy", "logistic")
    np.testing.assert_allclose(δ.ravel(), [-np.exp(-40), 1, 1, -1], rtol=1e-15)


@pytest.mark.parametrize(
    ("dtype", "margin"), [(np.float64, 50), (np.float64, 700), (np.float32, 30), (np.float32, 80)]
)
def test_N14_softmax_is_computed_from_q_and_not_from_a_rounded_F(dtype, margin):
    q = np.array([[0, margin, -1], [0, margin, -1]], dtype=dtype)
    y = np.array([[0, 1, 0], [1, 0, 0]], dtype=dtype)
    tiny = np.exp(-float(margin)) * np.array([1, np.exp(-1)])
    rtol = 8 * np.finfo(dtype).eps
    right, wrong = sample_errors(q, y, "cross_entropy", "softmax")
    np.testing.assert_allclose([right, wrong], [tiny.sum(), margin], rtol=rtol)
    δ = output_delta(q, y, "cross_entropy", "softmax")
    assert δ.dtype == dtype
    np.testing.assert_allclose(δ, [[tiny[0], -tiny.sum(), tiny[1]], [-1, 1, tiny[1]]], rtol=rtol)


def test_poisson_is_half_the_deviance():
    q, y = np.array([[0.3, -1.0, 2.0]]), np.array([[0.0, 3.0, 7.0]])
    p = np.exp(q)
    half = p[0, 0] + sum(a * np.log(a / m) - a + m for a, m in zip(y[0, 1:], p[0, 1:], strict=True))
    np.testing.assert_allclose(sample_errors(q, y, "poisson", "exp"), half, rtol=1e-14)
    assert sample_errors(np.log([[3.0]]), np.array([[3.0]]), "poisson", "exp") == pytest.approx(0, abs=1e-15)


@for_each(("loss", "output"), PAIRS)
@for_each("answers", [np.int64, np.float64, bool])
def test_float32_stays_float32_whatever_the_answers(loss, output, answers):
    q, y = np.array([[0.5, -0.5]], dtype=np.float32), np.array([[1, 0]], dtype=answers)
    for f in (sample_errors, output_delta, output_curvature):
        assert f(q, y, loss, output).dtype == np.float32


@for_each(("loss", "output"), PAIRS)
def test_a_known_F_is_used(loss, output):
    q, y = np.array([[0.5, -0.4]]), np.array([[1.0, 0.0]])
    F = OUTPUTS[output].value(q)
    for f in (sample_errors, output_delta, output_curvature):
        np.testing.assert_array_equal(f(q, y, loss, output, F=F), f(q, y, loss, output))


@pytest.mark.parametrize(
    ("loss", "output"),
    [
        ("cross_entropy", "identity"),
        ("poisson", "softmax"),
        ("squared_error", "tanh"),
        ("cross_entropy", "softmx"),
    ],
)
def test_a_loss_that_does_not_fit(loss, output):
    accepted = (
        "cross_entropy with logistic, cross_entropy with softmax, poisson with exp, sum_squared_error and"
    )
    with pytest.raises(
        ValueError, match=f"loss '{loss}' does not go with output '{output}'; accepted are {accepted}"
    ):
        output_delta(np.zeros((1, 2)), np.zeros((1, 2)), loss, output)


def test_answers_of_another_shape():
    with pytest.raises(ValueError, match=r"y has shape \(3,\), the outputs \(3, 1\)"):
        sample_errors(np.zeros((3, 1)), np.zeros(3), "sum_squared_error", "identity")


def test_sample_shares():
    np.testing.assert_array_equal(sample_shares(4), [0.25] * 4)
    np.testing.assert_array_equal(sample_shares(2, [1, 3], np.float32), np.float32([0.25, 0.75]))
    for bad in ([1, 2, 3], [0, 0], [1, np.nan]):
        with pytest.raises(ValueError, match="sample_weight"):
            sample_shares(2, bad)


@for_each(("loss", "output"), LOSSES)
def test_a_row_says_whether_its_curvature_is_constant(loss, output):
    """That of Gauss and Newton's product: the same at every q and for every answer."""
    rng, row = np.random.default_rng(0), LOSSES[loss, output]
    q, y, r = rng.normal(size=(3, 6, 4))
    products = [
        row.gauss_newton_product(a, OUTPUTS[output].value(a), b, r) for a, b in ((q, y), (-3 * q, 2 * y))
    ]
    assert row.constant_curvature == np.allclose(*products)


@for_each("output", OUTPUTS)
def test_an_output_says_whether_it_is_separable(output):
    q = np.random.default_rng(0).normal(size=(6, 4))
    D = OUTPUTS[output].derivative(q, OUTPUTS[output].value(q))
    assert OUTPUTS[output].separable == (np.count_nonzero(D - D * np.eye(4)) == 0)
