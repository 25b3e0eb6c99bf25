"""Each transformer before a smooth network: its exact derivative equals central differences."""

import re
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.base import clone
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_regression
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

from chainrule import jacobian
from chainrule.tables.derivatives._functions import DERIVATIVES
from chainrule.tables.derivatives._transformers import transformed
from chainrule.testing import check_derivative, finite_difference_derivative
from derivatives.data import ELSEWHERE, X, Y
from derivatives.differences import assert_exact, central_differences, fitted, regressor
from sweeps import examples, for_each, some

SCALERS = [
    StandardScaler(),
    StandardScaler(with_std=False),
    StandardScaler(with_mean=False),
    MinMaxScaler(),
    MinMaxScaler((-2, 3)),
    MinMaxScaler(clip=True),
    MinMaxScaler((-2, 3), clip=True),
    RobustScaler(),
    RobustScaler(with_scaling=False, quantile_range=(10, 90)),
    RobustScaler(unit_variance=True),
    MaxAbsScaler(),
]
SHAPES = [
    QuantileTransformer(n_quantiles=15),
    QuantileTransformer(n_quantiles=15, output_distribution="normal"),
    PowerTransformer(),
    PowerTransformer(standardize=False),
    PowerTransformer("box-cox"),
    PowerTransformer("box-cox", standardize=False),
    FunctionTransformer(),
    FunctionTransformer(np.log1p),
    FunctionTransformer(np.sqrt, np.square),
]
EXPANSIONS = [
    PolynomialFeatures(3),
    PolynomialFeatures((2, 4), include_bias=False),
    PolynomialFeatures(3, interaction_only=True),
    PolynomialFeatures(0, include_bias=True),
    *(
        SplineTransformer(5, degree=degree, extrapolation=how, include_bias=bias)
        for degree in (1, 2, 3)
        for how in ("constant", "linear", "continue", "periodic")
        for bias in (True, False)
    ),
    SplineTransformer(4, knots="quantile", sparse_output=True),
]
PROJECTIONS = [
    PCA(),
    PCA(2, whiten=True),
    TruncatedSVD(2),
    VarianceThreshold(0.8),
    SelectKBest(f_regression, k=2),
    SimpleImputer(),
]
# Rows in which a step of the central difference meets a kink are few: none among these.
ALL = [*SCALERS, *SHAPES, *EXPANSIONS[:3], *EXPANSIONS[4:], *PROJECTIONS]


@pytest.mark.parametrize("transformer", some(ALL, 27), ids=lambda one: re.sub(" at 0x.*>", ">", repr(one)))
def test_it_equals_central_differences(transformer):
    model = fitted(make_pipeline(transformer, StandardScaler(with_mean=False), regressor()), X, Y)
    assert_exact(model, ELSEWHERE)


def test_an_error_at_the_ends_of_a_spline_is_as_predict_s():
    model = fitted(make_pipeline(SplineTransformer(5, extrapolation="error"), regressor()), X, Y)
    inside = ELSEWHERE[((X.min(0) < ELSEWHERE) & (X.max(0) > ELSEWHERE)).all(axis=1)]
    assert_exact(model, inside)
    with pytest.raises(ValueError, match="beyond the limits of the knots"):
        jacobian(model, ELSEWHERE)


def test_a_periodic_spline_of_a_column_of_one_value_is_constant():
    rows = np.column_stack([X, np.full(len(X), 2.0)])
    model = fitted(make_pipeline(SplineTransformer(5, extrapolation="periodic"), regressor()), rows, Y)
    found = assert_exact(model, rows[:50] + 0.01).values
    assert not found[:, :, 3].any()


@pytest.mark.parametrize("how", ["constant", "linear", "continue", "periodic"])
def test_splines_that_take_missing_cells_as_zeros(how):
    try:
        splines = SplineTransformer(5, extrapolation=how, handle_missing="zeros")
    except TypeError:
        pytest.skip("scikit-learn takes missing cells there from 1.9")
    holes = ELSEWHERE.copy()
    holes[::3, 1] = np.nan
    model = fitted(make_pipeline(splines, regressor()), X, Y)
    found = assert_exact(model, holes)
    assert not found.values[::3, :, 1].any()


@pytest.mark.parametrize("linear", [PCA(), PCA(whiten=True), PCA(2, whiten=True), TruncatedSVD(3)], ids=repr)
def test_linear_transformers_of_a_column_that_is_constant(linear):
    # A standard deviation of 0 is replaced, or the components would be divided by it.
    linear = clone(linear).fit(np.column_stack([X, np.ones(len(X))]))
    matrix = linear.transform(np.eye(4)) - linear.transform(np.zeros((1, 4)))
    found = transformed(linear, np.eye(4), ()).pullback(np.eye(matrix.shape[1])[None], slice(0, 1))[0]
    size = np.abs(matrix).max(axis=0)[:, None]
    np.testing.assert_allclose(found / size, matrix.T / size, rtol=0, atol=1e-9)


def test_a_constant_polynomial_has_derivative_zero():
    model = fitted(make_pipeline(PolynomialFeatures(0), regressor()), X, Y)
    assert not jacobian(model, ELSEWHERE).values.any()


def test_splines_of_degree_zero_are_steps():
    model = fitted(make_pipeline(SplineTransformer(5, degree=0, extrapolation="linear"), regressor()), X, Y)
    assert not jacobian(model, ELSEWHERE).values.any()


@pytest.mark.parametrize("clip", [True, False])
def test_largest_values_clip_where_scikit_learn_does(clip):
    try:
        scaler = MaxAbsScaler(clip=clip)
    except TypeError:
        pytest.skip("scikit-learn clips there from 1.9")
    assert_exact(fitted(make_pipeline(scaler, regressor()), X, Y), ELSEWHERE)


SOMEWHERE = {np.arccosh: (1.3, 2.5), np.log1p: (-0.3, 4.0)}


@for_each("function", DERIVATIVES)
def test_each_known_function_has_its_derivative(function):
    for x in SOMEWHERE.get(function, (0.3, 0.7)):
        check_derivative(function, DERIVATIVES[function], [x])


@pytest.mark.parametrize("function", [np.absolute, np.fabs, np.tanh, np.cbrt, np.reciprocal, np.cosh])
def test_negative_numbers_too(function):
    check_derivative(function, DERIVATIVES[function], [-0.6])


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
@pytest.mark.parametrize("indicator", [True, False])
def test_a_missing_cell_has_derivative_zero(strategy, indicator):
    holes = X.copy()
    holes[::7, 1] = holes[1::9, 2] = np.nan
    imputer = SimpleImputer(strategy=strategy, add_indicator=indicator)
    model = fitted(make_pipeline(imputer, StandardScaler(), regressor()), holes, Y)
    found = assert_exact(model, holes)
    assert not found.values[np.isnan(holes)[:, None, :]].any()


@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
@pytest.mark.parametrize("kept", [True, False])
def test_a_column_without_any_number(kept):
    holes = X.copy()
    holes[:, 1] = np.nan
    model = fitted(make_pipeline(SimpleImputer(keep_empty_features=kept), regressor()), holes, Y)
    found = jacobian(model, holes).values
    assert not found[:, :, 1].any()
    np.testing.assert_allclose(
        found[:, :, [0, 2]], central_differences(model, holes, [0, 2]), rtol=1e-6, atol=1e-8
    )


def test_scalers_and_quantiles_pass_missing_cells_on():
    holes = X.copy()
    holes[::7, 1] = np.nan
    others = ELSEWHERE.copy()  # at quantiles and limits of what was learnt from there are kinks
    others[::5, 1] = np.nan
    for scaler in (MinMaxScaler(clip=True), QuantileTransformer(n_quantiles=9), PowerTransformer()):
        model = fitted(make_pipeline(scaler, SimpleImputer(), regressor()), holes, Y)
        found = assert_exact(model, others)
        assert not found.values[np.isnan(others)[:, None, :]].any()


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_other_types_of_numbers(dtype):
    rows = (10 * X).astype(dtype)
    model = fitted(make_pipeline(StandardScaler(), PolynomialFeatures(2), regressor()), 10 * X, Y)
    expected = jacobian(model, rows.astype(float)).values
    found = jacobian(model, rows).values
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@settings(max_examples=examples(25), deadline=None)
@given(
    st.integers(1, 5), st.integers(1, 3), st.sampled_from([1, 2, 3]), st.integers(0, 2**31),
)  # fmt: skip
def test_any_shape(columns, outputs, degree, seed):
    draw = np.random.default_rng(seed)
    rows, targets = draw.normal(size=(20, columns)), draw.normal(size=(20, outputs)).squeeze()
    steps = (StandardScaler(), PolynomialFeatures(degree), PCA(whiten=True, n_components=1))
    model = fitted(make_pipeline(*steps, regressor(max_iter=3)), rows, targets)
    found = assert_exact(model, rows, rtol=1e-5)
    assert found.values.shape == (20, outputs, columns)
    assert len(found.columns) == columns and len(found.outputs) == outputs


SMOOTH = [
    StandardScaler(),
    PowerTransformer(),
    PolynomialFeatures(2),
    SplineTransformer(4, degree=3, extrapolation="continue"),
    PCA(2, whiten=True),
    FunctionTransformer(np.arcsinh),
]


@cache
def learnt(which):
    return fitted(make_pipeline(SMOOTH[which], StandardScaler(with_mean=False), regressor()), X, Y)


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, len(SMOOTH) - 1), arrays.arrays(float, (4, 3), elements=st.floats(-6, 6)))
def test_any_values(which, rows):
    model = learnt(which)
    expected = finite_difference_derivative(lambda x: model.predict(x.reshape(4, 3)), rows)
    by_row = expected.reshape(4, 4, 3)[range(4), range(4)]
    np.testing.assert_allclose(jacobian(model, rows).values[:, 0], by_row, rtol=1e-4, atol=1e-4)
