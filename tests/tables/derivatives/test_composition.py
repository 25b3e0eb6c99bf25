"""Pipelines, column transformers and unions of transformers."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    SplineTransformer,
    StandardScaler,
)

from chainrule import jacobian
from derivatives.data import ELSEWHERE, X, Y, mixed, price
from derivatives.differences import assert_exact, classifier, fitted, regressor

FRAME, OTHER = mixed(), mixed(80, seed=2)
NUMBERS = ["size", "age"]
WORDS = make_pipeline(
    SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder(handle_unknown="ignore")
)


def numbers(*more):
    return make_pipeline(SimpleImputer(), StandardScaler(), *more)


COLUMNS = {
    "by name": [("n", numbers(), NUMBERS), ("t", WORDS, ["town"])],
    "by position": [("n", numbers(), [0, 2]), ("t", WORDS, [1])],
    "by slice of names": [("n", numbers(), slice("age", "zone")), ("t", WORDS, slice("town", "town"))],
    "by slice": [("n", numbers(), slice(2, 4)), ("t", WORDS, slice(1, 2))],
    "by mask": [("n", numbers(), [True, False, True, False, False])],
    "by kind": [("n", numbers(), make_column_selector(dtype_include="number")), ("t", WORDS, ["town"])],
    "in another order": [("t", WORDS, ["town"]), ("n", numbers(), ["age", "size"])],
    "a column twice": [
        ("n", numbers(), NUMBERS),
        ("s", numbers(SplineTransformer(4, extrapolation="continue")), ["age", "zone"]),
    ],
    "nothing chosen": [("n", numbers(), NUMBERS), ("none", StandardScaler(), [])],
    "dropped": [("n", numbers(), NUMBERS), ("zone", "drop", ["zone", "town"])],
    "passed through": [("n", numbers(), NUMBERS), ("zone", "passthrough", ["zone"])],
    "ordinal": [("n", numbers(), NUMBERS), ("t", OrdinalEncoder(), ["town", "note"])],
    "wide": [("n", numbers(PolynomialFeatures(3), PCA(5)), NUMBERS), ("t", WORDS, ["town", "note"])],
}


def in_columns(transformers, **parameters):
    return make_pipeline(ColumnTransformer(transformers, **parameters), regressor())


@pytest.mark.parametrize("transformers", COLUMNS.values(), ids=COLUMNS)
def test_columns_however_they_are_chosen(transformers):
    model = fitted(in_columns(transformers), FRAME, price(FRAME))
    found = assert_exact(model, OTHER, ["size", "age", "zone"])
    assert found.columns == ("size", "age", "zone") and found.outputs == ("y",)


@pytest.mark.parametrize("sparse_threshold", [0, 1])
@pytest.mark.parametrize("weights", [None, {"n": 0.3, "t": 2.0}])
def test_weights_and_sparse_results(sparse_threshold, weights):
    parameters = {"sparse_threshold": sparse_threshold, "transformer_weights": weights}
    model = fitted(in_columns(COLUMNS["by name"], **parameters), FRAME, price(FRAME))
    assert_exact(model, OTHER, ["size", "age", "zone"])


def test_the_remainder():
    words = ["town", "note"]
    filled = FRAME.fillna({"age": 30.0})
    for remainder in ("passthrough", StandardScaler(), numbers(PowerTransformer()), "drop"):
        model = in_columns([("t", WORDS, words), ("n", numbers(), ["size"])], remainder=remainder)
        model = fitted(model, filled, price(filled))
        found = assert_exact(model, OTHER.fillna({"age": 30.0}), ["size", "age", "zone"])
        assert found.values[:, :, 1].any() == (remainder != "drop")


def test_columns_in_another_order_and_more_of_them():
    model = fitted(in_columns(COLUMNS["by name"]), FRAME, price(FRAME))
    other = OTHER[["note", "zone", "age", "town", "size"]].assign(more=1.0)
    found = jacobian(model, other)
    assert found.columns == ("zone", "age", "size")
    np.testing.assert_array_equal(found.values[:, :, ::-1], jacobian(model, OTHER).values)


def test_an_array_for_a_model_of_positions():
    rows = np.column_stack([X, np.arange(len(X)) % 3])
    chosen = [("n", numbers(), [2, 0]), ("c", OneHotEncoder(), [3]), ("p", "passthrough", slice(1, 2))]
    model = fitted(in_columns(chosen), rows, Y)
    found = assert_exact(model, rows, [0, 1, 2])  # what an encoder alone reads is a category, not a number
    assert found.columns == ("x0", "x1", "x2") and list(found.differences) == ["x3"]


def test_a_category_that_something_else_reads_is_a_number_too():
    rows = np.column_stack([X, np.arange(len(X)) % 3])
    for other in ("passthrough", StandardScaler(), make_pipeline(SimpleImputer(), "passthrough")):
        model = in_columns([("n", numbers(), [0, 1]), ("c", OneHotEncoder(), [3]), ("o", other, [3])])
        found = jacobian(fitted(model, rows, Y), rows)
        assert found.columns == ("x0", "x1", "x2", "x3") and list(found.differences) == ["x3"]
        assert found.values[:, :, 3].all() and not found.values[:, :, 2].any()


def test_a_category_that_is_a_number_times_a_weight_too():
    rows = np.column_stack([X, np.arange(len(X)) % 3])
    chosen = [("n", numbers(), [0, 1]), ("c", OneHotEncoder(), [3]), ("o", "passthrough", [3])]
    model = fitted(in_columns(chosen, transformer_weights={"o": 2.0}), rows, Y)
    assert jacobian(model, rows).columns == ("x0", "x1", "x2", "x3")


def test_categories_of_what_a_weight_has_changed_are_none_of_the_table():
    rows = np.column_stack([np.arange(60) % 3, np.arange(60) % 2]).astype(float)
    both = ColumnTransformer(
        [("p", "passthrough", [0]), ("q", "passthrough", [1])], transformer_weights={"q": 5}
    )
    model = fitted(make_pipeline(both, OneHotEncoder(), regressor()), rows, rows.sum(axis=1))
    found = jacobian(model, rows)
    assert list(found.differences) == ["x0"] and found.columns == ("x1",)
    assert not found.values.any()


UNIONS = {
    "two": FeatureUnion([("s", StandardScaler()), ("p", PolynomialFeatures(2))]),
    "weights": FeatureUnion(
        [("s", StandardScaler()), ("i", "passthrough"), ("d", "drop"), ("p", PCA(1))],
        transformer_weights={"s": 0.2, "i": 3.0},
    ),
    "nested": FeatureUnion(
        [
            ("a", make_pipeline(StandardScaler(), FeatureUnion([("q", PCA(2)), ("s", MaxAbsScaler())]))),
            ("k", SelectKBest(f_regression, k=1)),
            ("f", FunctionTransformer(np.log)),
        ]
    ),
    "sparse": FeatureUnion([("s", SplineTransformer(4, sparse_output=True)), ("p", PCA(2))]),
}


@pytest.mark.parametrize("union", UNIONS.values(), ids=UNIONS)
def test_unions(union):
    model = fitted(make_pipeline(union, StandardScaler(with_mean=False), regressor()), X, Y)
    assert_exact(model, ELSEWHERE)


def test_steps_that_are_left_out_and_pipelines_in_pipelines():
    inner = Pipeline([("nothing", "passthrough"), ("none", None), ("scale", StandardScaler())])
    model = Pipeline(
        [("inner", inner), ("nothing", "passthrough"), ("net", make_pipeline(PCA(2), regressor()))]
    )
    assert_exact(fitted(model, X, Y), ELSEWHERE)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_frames_between_the_steps(kind):
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer([("n", numbers(), NUMBERS), ("t", words, ["town"])])
    again = ColumnTransformer([("p", PolynomialFeatures(2), ["n__age", "n__size"])], remainder="passthrough")
    union = FeatureUnion([("s", StandardScaler()), ("p", PCA(2))])
    model = make_pipeline(columns, again, union, regressor()).set_output(transform=kind)
    assert_exact(fitted(model, FRAME, price(FRAME)), OTHER, ["size", "age", "zone"])


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities(classes):
    model = make_pipeline(ColumnTransformer(COLUMNS["by name"]), classifier())
    found = assert_exact(
        fitted(model, FRAME, np.arange(len(FRAME)) % classes), OTHER, ["size", "age", "zone"]
    )
    assert found.outputs == tuple("012"[:classes])
    np.testing.assert_allclose(found.values.sum(axis=1), 0, atol=1e-14)


def test_several_outputs_and_several_labels():
    targets = np.column_stack([Y, X[:, 0] ** 2, X[:, 1]])
    assert (
        assert_exact(fitted(make_pipeline(StandardScaler(), regressor()), X, targets), X).outputs[2] == "y2"
    )
    labels = targets > targets.mean(axis=0)
    assert_exact(fitted(make_pipeline(StandardScaler(), classifier()), X, labels), X)


def test_a_network_alone():
    model = fitted(regressor(), X, Y)
    np.testing.assert_array_equal(jacobian(model, X).values, model.jacobian(X))
    assert_exact(fitted(classifier(), X / 5, Y > np.median(Y)), X / 5)


def test_counts():
    model = make_pipeline(StandardScaler(), regressor(loss="poisson"))
    assert_exact(fitted(model, X, np.round(np.exp(Y / 2))), ELSEWHERE)


def test_quantiles_as_outputs():
    model = make_pipeline(StandardScaler(), regressor(loss="quantile", quantile=[0.1, 0.9], solver="adam"))
    found = assert_exact(fitted(model, X, Y), ELSEWHERE)
    assert found.outputs == ("0.1-quantile of y", "0.9-quantile of y")


def test_sparse_rows():
    rows = np.where(np.random.default_rng(0).random(X.shape) < 0.5, 0, X)
    for scaler in (StandardScaler(with_mean=False), MaxAbsScaler(), PolynomialFeatures(2)):
        model = fitted(make_pipeline(scaler, regressor()), rows, Y)
        expected = assert_exact(model, rows).values
        np.testing.assert_allclose(jacobian(model, csr_array(rows)).values, expected, rtol=1e-12, atol=1e-14)


def test_columns_of_sparse_rows():
    rows = np.where(np.random.default_rng(0).random(X.shape) < 0.5, 0, X)
    chosen = [("s", StandardScaler(with_mean=False), [2, 0]), ("p", "passthrough", [1])]
    model = fitted(in_columns(chosen), rows, Y)
    expected = assert_exact(model, rows).values
    np.testing.assert_allclose(jacobian(model, csr_array(rows)).values, expected, rtol=1e-12, atol=1e-14)


def test_chunks_of_rows_give_the_same(monkeypatch):
    model = fitted(in_columns(COLUMNS["wide"]), FRAME, price(FRAME))
    whole = jacobian(model, OTHER).values
    monkeypatch.setattr("chainrule.tables.derivatives._jacobian._CHUNK", 30)
    np.testing.assert_allclose(jacobian(model, OTHER).values, whole, rtol=1e-12, atol=1e-14)


def test_the_table_is_left_as_it_is():
    model = fitted(in_columns(COLUMNS["by name"]), FRAME, price(FRAME))
    before = OTHER.copy()
    assert jacobian(model, OTHER).differences
    pd.testing.assert_frame_equal(OTHER, before)
