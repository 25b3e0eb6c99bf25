"""What jacobian refuses: one line that names what was given, and what can be done."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, Normalizer, StandardScaler

from chainrule import MLPRegressor, jacobian
from derivatives.data import X, Y
from derivatives.differences import fitted, regressor


class Own(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X**2


BINS = KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf")
WITHOUT = {
    "bins": (make_pipeline(BINS), "'kbinsdiscretizer'", "KBinsDiscretizer"),
    "rows": (make_pipeline(StandardScaler(), Normalizer()), "'normalizer'", "Normalizer"),
    "own": (make_pipeline(Own()), "'own'", "Own"),
    "column": (
        make_pipeline(ColumnTransformer([("few", BINS, [0])])),
        "'columntransformer' → 'few'",
        "KBinsDiscretizer",
    ),
    "union": (make_pipeline(FeatureUnion([("one", Own())])), "'featureunion' → 'one'", "Own"),
    "nested": (
        make_pipeline(make_pipeline(StandardScaler(), Own())),
        "'pipeline' → 'own'",
        "Own",
    ),
}


@pytest.mark.parametrize(("steps", "place", "name"), WITHOUT.values(), ids=WITHOUT)
def test_a_step_without_a_derivative_is_named(steps, place, name):
    model = fitted(make_pipeline(*(step for _, step in steps.steps), regressor()), X, Y)
    with pytest.raises(TypeError) as error:
        jacobian(model, X)
    assert str(error.value) == (
        f"step {place} ({name}) has no derivative here; pass its output to jacobian of the last step, "
        "or leave it out"
    )


@pytest.mark.parametrize("function", [np.floor, lambda x: x**2])
def test_a_function_without_a_known_derivative_is_named(function):
    model = fitted(make_pipeline(FunctionTransformer(function), regressor()), X, Y)
    with pytest.raises(ValueError, match="step 'functiontransformer': no derivative is known of"):
        jacobian(model, X)


def test_keywords_of_a_function():
    transformer = FunctionTransformer(np.exp, kw_args={"where": True})
    model = fitted(make_pipeline(transformer, regressor()), X / 10, Y)
    with pytest.raises(ValueError, match="function exp with keywords"):
        jacobian(model, X)


def test_another_estimator_is_named():
    with pytest.raises(TypeError, match=r"step 'linearregression' is LinearRegression of sklearn"):
        jacobian(make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y), X)
    with pytest.raises(TypeError, match=r"got LinearRegression of sklearn"):
        jacobian(LinearRegression().fit(X, Y), X)
    with pytest.raises(TypeError, match=r"step 'regressor' is LinearRegression"):
        jacobian(TransformedTargetRegressor(LinearRegression()).fit(X, Y), X)
    with pytest.raises(TypeError, match=r"step 'standardscaler-2' is StandardScaler"):
        jacobian(make_pipeline(StandardScaler(), StandardScaler()).fit(X), X)


def test_of_a_search_the_best_estimator_is_meant():
    search = fitted(GridSearchCV(regressor(), {"alpha": [0.1, 1]}, cv=2), X, Y)
    with pytest.raises(TypeError, match=r"got GridSearchCV of .*; pass its best_estimator_"):
        jacobian(search, X)
    assert jacobian(search.best_estimator_, X).values.any()


def test_two_columns_of_one_name():
    frame = pd.DataFrame(X, columns=["a", "a", "b"])
    model = fitted(make_pipeline(StandardScaler(), regressor()), X, Y)
    with pytest.raises(ValueError, match="more than one column is named 'a'"):
        jacobian(model, frame)


def test_before_fit():
    alone = regressor()
    for model in (alone, make_pipeline(StandardScaler(), alone), TransformedTargetRegressor(alone)):
        with pytest.raises(NotFittedError):
            jacobian(model, X)


@pytest.mark.parametrize("model", [None, "model", 3, MLPRegressor, np.zeros(3)])
def test_no_model_at_all(model):
    with pytest.raises(TypeError):
        jacobian(model, X)


@pytest.mark.parametrize("columns", [2, 4])
def test_another_number_of_columns(columns):
    rows = np.ones((5, columns))
    for steps in (
        [StandardScaler()],
        [ColumnTransformer([("n", StandardScaler(), [0, 1])])],
        [FeatureUnion([("n", StandardScaler())])],
        [],
    ):
        model = fitted(make_pipeline(*steps, regressor()), X, Y)
        with pytest.raises(ValueError, match=rf"X has {columns} (features|columns), but .*\b3\b"):
            jacobian(model, rows)


def test_a_column_that_is_missing_is_named():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = make_pipeline(ColumnTransformer([("n", StandardScaler(), ["a", "b"])]), regressor())
    fitted(model, frame, Y)
    with pytest.raises(ValueError, match="columns are missing: 'b'"):
        jacobian(model, frame[["a"]])
    assert jacobian(model, frame[["b", "a"]]).columns == ("b", "a")  # c was never used


def test_missing_cells_that_nothing_fills_in():
    holes = X.copy()
    holes[1, 2] = np.nan
    model = fitted(make_pipeline(StandardScaler(), regressor()), X, Y)
    with pytest.raises(ValueError, match="contains NaN"):
        jacobian(model, holes)


@pytest.mark.parametrize("rows", [X[0], X[None], 3.0, [], [[]], np.empty((0, 3)), pd.Series(X[0])])
def test_what_is_no_table(rows):
    model = fitted(make_pipeline(StandardScaler(), regressor()), X, Y)
    with pytest.raises(ValueError):
        jacobian(model, rows)


def test_text_where_numbers_belong():
    model = fitted(make_pipeline(StandardScaler(), regressor()), X, Y)
    with pytest.raises(ValueError, match="could not convert string to float"):
        jacobian(model, np.array([["a", "b", "c"]], object))


def test_a_result_that_does_not_fit_says_so_before_the_work(monkeypatch):
    model = fitted(make_pipeline(StandardScaler(), regressor()), X, Y)
    monkeypatch.setattr("chainrule.tables.derivatives._jacobian.as_bytes", lambda _: 1000)
    with pytest.raises(MemoryError, match=r"result of shape \(200, 1, 3\) takes 4.69 KiB.*fewer rows"):
        jacobian(model, X)
