"""Every head against calculus; float32 is judged by calculus in float64 at the same q and y."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neural_network._base import binary_log_loss, log_loss

from chainrule.calculus import OUTPUTS, output_delta, sample_errors, softmax
from chainrule.kernels.losses import BY_LOSS_AND_OUTPUT, RESIDUALS, output_loss
from sweeps import examples, for_each

from .direct import DTYPES, LOSSES_AND_OUTPUTS, Guarded, call

both_types = pytest.mark.parametrize("dtype", DTYPES)
every_pair = for_each(("loss", "output"), LOSSES_AND_OUTPUTS)


def run(loss, output, q, y):
    """E_i and δ_L by the head, from q or, as it likes, from the z and σ′ of calculus."""
    n, p = q.shape
    row = output_loss(loss, output)
    z, d = q, np.full_like(q, np.nan)
    if row.at == "z":
        exact_q = q.astype(float)
        F = OUTPUTS[output].value(exact_q)
        z, d = F.astype(q.dtype), slopes(output, exact_q, F).astype(q.dtype)
    errors, delta = Guarded(n, q.dtype), Guarded(n * p, q.dtype)
    call(row.loop, q.dtype, [np.ascontiguousarray(z), d, y, errors.inner, delta.inner], n, p)
    errors.check()
    delta.check()
    return errors.inner, delta.inner.reshape(n, p)


def slopes(output, q, F):
    """σ′(q) of an elementwise output; for softmax, whose head does without, NaN."""
    if output == "softmax":
        return np.full_like(q, np.nan)
    return OUTPUTS[output].pullback(q, F, np.ones_like(q))


def largest_terms(loss, output, q, y):
    """What is added up in E_i (n,) and in δ (n, p), with every sign taken for +."""
    F = OUTPUTS[output].value(q)
    if loss in ("sum_squared_error", "half_squared_error"):
        c = 1 if loss == "sum_squared_error" else 0.5
        size = np.abs(F) + np.abs(y)
        δ = 2 * c * size
        if output == "softmax":
            δ = F * (δ + (F * δ).sum(axis=1, keepdims=True))
        else:
            δ = δ * np.abs(slopes(output, q, F))
        return c * (size**2).sum(axis=1), δ
    if loss == "huber" or loss.startswith("quantile"):
        size = np.abs(F) + np.abs(y)
        δ = size if loss == "huber" else np.ones_like(q)
        if output == "softmax":
            δ = F * (δ + (F * δ).sum(axis=1, keepdims=True))
        else:
            δ = δ * np.abs(slopes(output, q, F))
        return (size**2 + size + 1).sum(axis=1), δ
    if loss == "poisson":
        return (y * np.abs(np.log(np.where(y > 0, y, 1)) - q) + y * np.abs(q) + y + F).sum(axis=1), F + y
    E = np.abs(sample_errors(q, y, loss, output))
    if output == "logistic":
        return E, (1 - y) * F + y * OUTPUTS["logistic"].value(-q)
    others = softmax(q) @ (1 - np.eye(q.shape[1]))
    return E, F * (y.sum(axis=1, keepdims=True) - y) + y * others


def check(loss, output, q, y):
    eps, (n, p) = np.finfo(q.dtype).eps, q.shape
    exact_q, exact_y = q.astype(float), y.astype(float)
    errors, delta = run(loss, output, q, y)
    E_terms, δ_terms = largest_terms(loss, output, exact_q, exact_y)
    ulps = np.full((n, 1), 8.0 + p)
    if output == "softmax":
        # e^{q_k − q_m}: an ulp of the difference is as many ulp of the result as it is large.
        ulps += q.max(axis=1, keepdims=True) - q.min(axis=1, keepdims=True)
    floor = 8 * p * float(np.finfo(q.dtype).smallest_subnormal)
    E = sample_errors(exact_q, exact_y, loss, output)
    δ = output_delta(exact_q, exact_y, loss, output)
    assert np.all(np.abs(errors - E) <= ulps[:, 0] * eps * E_terms + floor)
    assert np.all(np.abs(delta - δ) <= ulps * eps * δ_terms + floor)


def answers(loss, output, rng, shape):
    """Right answers of every kind that the loss takes."""
    if loss == "poisson":
        return rng.poisson(2, shape).astype(float)
    if loss != "cross_entropy":
        return rng.normal(size=shape)
    if output == "logistic":
        return np.where(rng.random(shape) < 0.5, rng.integers(0, 2, shape), rng.random(shape))
    labels = np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
    return np.where(rng.random((shape[0], 1)) < 0.5, labels, rng.dirichlet(np.ones(shape[1]), shape[0]))


@both_types
@every_pair
@settings(max_examples=examples(15), deadline=None)
@given(
    n=st.integers(1, 9),
    p=st.integers(1, 6),
    scale=st.sampled_from([0.1, 1.0, 5.0, 40.0]),
    seed=st.integers(0, 10_000),
)
def test_as_calculus(loss, output, dtype, n, p, scale, seed):
    rng = np.random.default_rng(seed)
    q = rng.normal(scale=scale, size=(n, p))
    if output == "exp":
        q = np.clip(q, -80, 40)
    y = answers(loss, output, rng, (n, p))
    check(loss, output, q.astype(dtype), y.astype(dtype))


@both_types
@pytest.mark.parametrize("output", ["identity", "tanh", "exp", "softmax"])
@pytest.mark.parametrize("loss", ["quantile(0.9)", "quantile(0.1, 0.5, 0.75)"])
def test_levels_as_calculus(loss, output, dtype):
    rng = np.random.default_rng(0)
    q, y = rng.normal(size=(2, 40, 3)).astype(dtype)
    check(loss, output, q, y)


@both_types
def test_a_quantile_s_derivative_at_the_kink_is_that_from_the_right(dtype):
    y = np.array([[1.0, -2.0], [0.5, 3.0]], dtype)
    errors, delta = run("quantile(0.2, 0.7)", "identity", y, y)
    np.testing.assert_array_equal(errors, 0)
    np.testing.assert_array_equal(delta, np.array([[0.8, 1 - 0.7]] * 2).astype(dtype))


@both_types
def test_a_level_s_nan(dtype):
    q = np.array([[np.nan], [0.0]], dtype)
    errors, delta = run("quantile(0.2)", "identity", q, np.ones_like(q))
    np.testing.assert_array_equal(np.isnan(errors), [True, False])
    np.testing.assert_array_equal(np.isnan(delta[:, 0]), [True, False])


# The traps of softmax and of the logistic output: margins at which a plainer formula fails in float32
# (e^89 overflows, ln of a rounded 1 is 0, 1 − σ(17) is 0), and in float64 too.
MARGINS = [0.0, 8.0, 15.0, 16.0, 17.0, 30.0, 40.0, 87.0, 89.0, 110.0, 745.0, 1000.0]


@both_types
@for_each("margin", MARGINS)
def test_N14_cross_entropy_at_every_margin(margin, dtype):
    for right in (0.0, 0.25, 1.0):
        for sign in (-1, 1):
            check("cross_entropy", "logistic", np.array([[sign * margin]], dtype), np.array([[right]], dtype))
    q = np.array([[margin, 0, 0], [0, margin, 0], [-margin, 0, 0]], dtype)
    check("cross_entropy", "softmax", q, np.eye(3, dtype=dtype)[[0, 0, 0]])
    check("cross_entropy", "softmax", q, np.full((3, 3), 0.25, dtype))


@both_types
def test_softmax_far_ahead_and_far_behind(dtype):
    q = np.array([[30, 0, 0], [0, 89, 0], [0, 110, 0]], dtype)
    y = np.eye(3, dtype=dtype)[[0, 0, 0]]
    errors, delta = run("cross_entropy", "softmax", q, y)
    np.testing.assert_allclose(errors, [1.8715e-13, 89, 110], rtol=1e-4)
    np.testing.assert_allclose(delta[0], [-1.8715e-13, 9.3576e-14, 9.3576e-14], rtol=1e-4)
    np.testing.assert_allclose(delta[1:, :2], [[-1, 1], [-1, 1]], rtol=1e-6)


def test_logistic_far_ahead_in_float32():
    q = np.array([[15], [16], [17]], np.float32)
    right, wrong = np.ones_like(q), np.zeros_like(q)
    errors, delta = run("cross_entropy", "logistic", q, wrong)
    np.testing.assert_allclose(errors, [15 + 3.059e-7, 16 + 1.125e-7, 17], rtol=1e-6)
    np.testing.assert_allclose(delta, np.ones_like(q), rtol=1e-6)
    errors, delta = run("cross_entropy", "logistic", q, right)
    exact = np.exp(-q.astype(float)) / (1 + np.exp(-q.astype(float)))
    np.testing.assert_allclose(errors, exact[:, 0], rtol=1e-6)
    np.testing.assert_allclose(delta, -exact, rtol=1e-6)


@both_types
@pytest.mark.parametrize("scale", [1.0, 10.0, 100.0])
def test_log_loss_is_the_value_that_scikit_learn_reports(scale, dtype):
    rng = np.random.default_rng(0)
    eps = np.finfo(dtype).eps
    for p in (1, 3):
        q = rng.normal(scale=scale, size=(400, p)).astype(dtype)
        y = rng.integers(0, 2, (400, p)).astype(dtype)
        errors, delta = run("log_loss", "logistic", q, y)
        F = OUTPUTS["logistic"].value(q)
        reported = np.array([binary_log_loss(y[i : i + 1], F[i : i + 1]) for i in range(400)])
        # scikit-learn takes ln (1 − p) of a rounded p: an ulp of p is e^E of them there.
        assert np.all(np.abs(errors - reported) <= 8 * eps * reported + 4 * eps * (1 + np.exp(errors)))
        np.testing.assert_array_equal(delta, run("cross_entropy", "logistic", q, y)[1])
    q = rng.normal(scale=scale, size=(400, 3)).astype(dtype)
    y = np.eye(3, dtype=dtype)[rng.integers(0, 3, 400)]
    errors, delta = run("log_loss", "softmax", q, y)
    reported = [log_loss(y[i : i + 1], softmax(q[i : i + 1])) for i in range(400)]
    np.testing.assert_allclose(errors, reported, rtol=32 * eps, atol=4 * eps)
    np.testing.assert_array_equal(delta, run("cross_entropy", "softmax", q, y)[1])
    assert errors.max() <= -np.log(eps) * (1 + 4 * eps)
    assert errors.min() >= eps * (1 - 4 * eps)


@both_types
@every_pair
def test_nan_comes_out_where_nan_goes_in(loss, output, dtype):
    q, y = np.zeros((3, 2), dtype), np.full((3, 2), 0.5, dtype)
    q[1, 0] = np.nan
    for name in (loss, "log_loss") if loss == "cross_entropy" else (loss,):
        n, p = q.shape
        row = output_loss(name, output)
        z = q
        errors, delta = np.zeros(n, dtype), np.zeros((n, p), dtype)
        call(row.loop, dtype, [z, np.ones_like(q), y, errors, delta], n, p)
        np.testing.assert_array_equal(np.isnan(errors), [False, True, False])
        assert np.isnan(delta[1, 0])
        assert np.isfinite(delta[[0, 2]]).all()


def test_heads_are_those_of_calculus():
    assert {pair for pair in BY_LOSS_AND_OUTPUT if pair[0] != "log_loss"} == {
        pair for pair in LOSSES_AND_OUTPUTS if pair[0] not in RESIDUALS
    }
    with pytest.raises(KeyError):
        output_loss("cross_entropy", "identity")
    assert output_loss("poisson", "exp") is output_loss("poisson", "exp")
