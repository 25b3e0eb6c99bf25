"""Where a function has a kink, the derivative to the right of it is given."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, SplineTransformer

from chainrule import jacobian
from derivatives.differences import fitted, predictions, regressor
from sweeps import for_each

x = np.linspace(0.0, 8.0, 33)[:, None]  # all of them are exact in binary, and so are the quantiles
y = np.sin(x[:, 0])
KINKED = [
    MinMaxScaler(clip=True),
    MinMaxScaler((-1, 0.25), clip=True),
    QuantileTransformer(n_quantiles=5),
    SplineTransformer(5, degree=1, extrapolation="constant"),
    SplineTransformer(5, degree=1, extrapolation="linear"),
    SplineTransformer(5, degree=3, extrapolation="constant"),
]


@for_each("transformer", KINKED)
@for_each("kink", [0.0, 2.0, 4.0, 8.0])
def test_the_slope_is_that_to_the_right(transformer, kink):
    model = fitted(make_pipeline(transformer, regressor()), x, y)
    at, h = np.array([[kink]]), 1e-6
    right = (predictions(model, at + h) - predictions(model, at)) / h
    left = (predictions(model, at) - predictions(model, at - h)) / h
    found = jacobian(model, at).values[:, :, 0]
    np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-7)
    if kink == 8.0 and "linear" not in repr(transformer):
        assert found == 0 and abs(left) > 1e-3


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
@pytest.mark.parametrize("at", [-1.0, 9.0])
def test_beyond_the_outermost_quantiles_the_derivative_is_zero(distribution, at):
    scaler = QuantileTransformer(n_quantiles=5, output_distribution=distribution)
    model = fitted(make_pipeline(scaler, regressor()), x, y)
    assert jacobian(model, [[at]]).values == 0
    assert jacobian(model, [[3.0]]).values != 0


def test_a_repeated_value_has_the_slope_behind_the_jump():
    repeated = np.concatenate([np.full((20, 1), 2.0), x])
    scaler = QuantileTransformer(n_quantiles=20).fit(repeated)
    model = fitted(make_pipeline(scaler, regressor()), repeated, np.sin(repeated[:, 0]))
    h = 1e-7
    behind = (predictions(model, [[2 + 2 * h]]) - predictions(model, [[2 + h]])) / h
    before = predictions(model, [[2.0]])
    slope = jacobian(model, [[2.0 + h]]).values[0, 0]
    np.testing.assert_allclose(slope, behind[0], rtol=1e-5)
    assert abs(predictions(model, [[2 + h]]) - before) > 0.01  # it does jump
    assert np.isfinite(jacobian(model, [[2.0]]).values).all()


@pytest.mark.parametrize(("at", "slope"), [(5e-8, False), (4e-6, True), (8e-6 - 5e-8, False)])
def test_next_to_the_outermost_quantiles_scikit_learn_takes_them_themselves(at, slope):
    # A distance of 1e-7 counts as none, whatever the unit: seen where all numbers are as small.
    scaler = QuantileTransformer(n_quantiles=5, output_distribution="normal")
    model = fitted(make_pipeline(scaler, regressor()), 1e-6 * x, y)
    assert jacobian(model, [[at]]).values.any() == slope


def test_a_column_of_one_value_clips_one_unit_above_it():
    rows = np.column_stack([x, np.full(len(x), 3.0)])
    model = fitted(make_pipeline(MinMaxScaler(clip=True), regressor()), rows, y)
    h = 1e-6
    for at, moves in ((3.0, True), (3.5, True), (4.0, False), (2.9, False)):
        rows = np.array([[2.0, at], [2.0, at + h]])
        right = (predictions(model, rows)[1] - predictions(model, rows)[0]) / h
        found = jacobian(model, rows).values[0, :, 1]
        np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-9)
        assert found.any() == moves


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_a_target_of_quantiles_has_them_too(distribution):
    # A network that predicts 5.6 or so everywhere lies beyond the probabilities of the quantiles.
    scaler = QuantileTransformer(n_quantiles=5, output_distribution=distribution)
    model = TransformedTargetRegressor(regressor(), transformer=scaler, check_inverse=False)
    fitted(model, x, y)
    assert jacobian(model, x).values.any()
    model.regressor_.coefs_[-1][:] *= 0.01
    model.regressor_.intercepts_[-1][:] = 5.6
    assert not jacobian(model, x).values.any()
