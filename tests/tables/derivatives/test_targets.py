"""A transformed target: the derivative of its inverse multiplies from the left."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from chainrule import jacobian
from derivatives.data import ELSEWHERE, X, Y
from derivatives.differences import assert_exact, fitted, regressor

POSITIVE = np.exp(Y - Y.min())
TRANSFORMERS = [
    StandardScaler(),
    StandardScaler(with_std=False),
    MinMaxScaler((-1, 1)),
    RobustScaler(),
    MaxAbsScaler(),
    QuantileTransformer(n_quantiles=4),
    QuantileTransformer(n_quantiles=4, output_distribution="normal"),
    PowerTransformer(),
    PowerTransformer(standardize=False),
    PowerTransformer("box-cox"),
    FunctionTransformer(np.log, np.exp),
    make_pipeline(FunctionTransformer(np.log1p, np.expm1), "passthrough", StandardScaler()),
]


def target(transformer, regression=None, **parameters):
    return TransformedTargetRegressor(
        regression or regressor(), transformer=transformer, check_inverse=False, **parameters
    )


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=repr)
def test_it_equals_central_differences(transformer):
    model = fitted(make_pipeline(StandardScaler(), target(transformer)), X, POSITIVE)
    assert_exact(model, ELSEWHERE)


@pytest.mark.parametrize("sign", [1, -1])
def test_yeo_johnson_of_both_signs(sign):
    skewed = sign * (POSITIVE - np.median(POSITIVE))
    model = fitted(make_pipeline(StandardScaler(), target(PowerTransformer())), X, skewed)
    assert_exact(model, ELSEWHERE)


@pytest.mark.parametrize("λ", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_exponents_for_which_the_formula_is_another(method, λ):
    model = fitted(make_pipeline(StandardScaler(), target(PowerTransformer(method))), X, POSITIVE)
    model[-1].transformer_.lambdas_[:] = λ
    if method == "yeo-johnson" or λ == 0:
        assert_exact(model, ELSEWHERE)
    else:  # 1 + λz may be negative, where the formula has no value
        fine = np.isfinite(model.predict(ELSEWHERE))
        assert_exact(model, ELSEWHERE[fine])


def test_functions_of_the_regressor_itself():
    model = TransformedTargetRegressor(regressor(), func=np.log, inverse_func=np.exp)
    assert_exact(fitted(make_pipeline(StandardScaler(), model), X, POSITIVE), ELSEWHERE)


def test_no_transformer_at_all():
    assert_exact(fitted(TransformedTargetRegressor(regressor()), X, Y), ELSEWHERE)


def test_a_pipeline_inside():
    model = fitted(target(StandardScaler(), make_pipeline(StandardScaler(), regressor())), X, POSITIVE)
    assert_exact(model, ELSEWHERE)


TWO = np.column_stack([POSITIVE, Y, X[:, 0] * Y])


@pytest.mark.parametrize(
    "transformer", [StandardScaler(), PowerTransformer(), PCA(whiten=True), PCA(2)], ids=repr
)
def test_several_outputs(transformer):
    model = fitted(make_pipeline(StandardScaler(), target(transformer)), X, TWO)
    assert assert_exact(model, ELSEWHERE).outputs == ("y0", "y1", "y2")


def test_singular_vectors():
    model = fitted(make_pipeline(StandardScaler(), target(TruncatedSVD(2))), X, TWO)
    assert_exact(model, ELSEWHERE)


def test_a_transformer_without_a_derivative_is_named():
    model = target(make_pipeline(StandardScaler(), OneHotEncoder(sparse_output=False)))
    fitted(make_pipeline(StandardScaler(), model), X, np.round(Y))
    with pytest.raises(
        TypeError, match=r"'transformer' → 'onehotencoder' \(OneHotEncoder\) has no derivative"
    ):
        jacobian(fitted(make_pipeline(StandardScaler(), model), X, np.round(Y)), X)


def test_a_function_without_a_known_inverse_derivative_is_named():
    model = TransformedTargetRegressor(regressor(), func=np.log, inverse_func=lambda z: np.exp(z))
    with pytest.raises(
        ValueError, match="no derivative is known of the function <lambda>; known are absolute, "
    ):
        jacobian(fitted(make_pipeline(StandardScaler(), model), X, POSITIVE), X)
