"""From a data frame to a fitted pipeline and its scores."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule import MLPClassifier, MLPRegressor
from chainrule.tables import (
    Column,
    Schema,
    TableWarning,
    class_scores,
    constant_guess,
    fitted_network,
    guess_task,
    split_table,
    table_pipeline,
    table_scores,
    target_like,
)

TWENTY = np.arange(20)

# What it is, its cells, the task.
TASKS = [
    ("numbers", TWENTY / 7, "regression"),
    ("counts", TWENTY, "regression"),
    ("codes of classes", np.arange(60) % 3, "classification"),
    ("codes as floats", (np.arange(60) % 3).astype(float), "classification"),
    ("few rows with few codes", np.arange(12) % 3, "regression"),
    ("eleven codes", np.arange(300) % 11, "regression"),
    ("zero and one", [0, 1, 1, 0], "classification"),
    ("two numbers that are not whole", [0.5, 1.5, 0.5], "regression"),
    ("truth values", [True, False, True], "classification"),
    ("text", ["a", "b", "a"], "classification"),
    ("categories", pd.Categorical([1, 2, 1]), "classification"),
]


@pytest.mark.parametrize(("values", "task"), [pytest.param(*row[1:], id=row[0]) for row in TASKS])
def test_the_task_is_guessed(values, task):
    assert guess_task(pd.Series(values))[0] == task


def split(y, **options):
    frame = pd.DataFrame({"x": np.arange(len(y)) / 7, "y": y})
    return split_table(frame, "y", seed=0, **options)


# What it is, the target, the labels' type, the classes.
LABELS = [
    ("text", ["no", "yes"] * 10, "U", ["no", "yes"]),
    ("truth values", [True, False] * 10, "b", [False, True]),
    ("truth values with gaps", np.array([True, False, None, True] * 5), "b", [False, True]),
    ("codes", [3, 5] * 10, "i", [3, 5]),
    ("codes with gaps", [3, 5, np.nan, 5] * 5, "i", [3, 5]),
    ("categories", pd.Categorical(["lo", "hi"] * 10, ["lo", "hi"]), "U", ["hi", "lo"]),
]


@pytest.mark.parametrize(("y", "kind", "classes"), [pytest.param(*row[1:], id=row[0]) for row in LABELS])
def test_labels(y, kind, classes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)
        data = split(y)
    assert data.task == "classification"
    assert data.y_train.dtype.kind == kind
    assert np.unique(data.y_train).tolist() == classes


def test_classes_are_held_out_evenly_and_single_ones_learned():
    data = split(["a"] * 50 + ["b"] * 10 + ["c"])
    assert sorted(data.y_test) == ["a"] * 11 + ["b"] * 2
    assert "c" in data.y_train
    assert len(data.y_train) + len(data.y_test) == 61


def test_more_classes_than_rows_held_out():
    data = split([str(i % 8) for i in range(24)], test_size=0.1)
    assert len(data.y_test) == 3


def test_nothing_held_out():
    assert len(split(TWENTY / 7, test_size=0).X_test) == 0


def test_the_table_given_is_left_as_it_was():
    frame = pd.DataFrame({0: TWENTY / 3, "y": TWENTY / 7})
    before = frame.copy()
    split_table(frame, "y", seed=0)
    pd.testing.assert_frame_equal(frame, before)


FAST = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}


def mixed_table(rows=80):
    random = np.random.default_rng(1)
    x = random.normal(size=rows)
    word = random.choice(["a", "b", "c"], rows).astype(object)
    x[::9], word[::11] = np.nan, np.nan
    return pd.DataFrame({"x": x, "word": word, "y": random.normal(size=rows), "z": word == "a"})


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_pipeline_is_one_that_a_user_could_have_written():
    data = split_table(mixed_table(), "y", seed=0)
    ours = table_pipeline(data.schema, MLPRegressor(**FAST)).fit(data.X_train, data.y_train)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    text = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    theirs = Pipeline(
        [
            ("columns", ColumnTransformer([("n", numbers, ["x", "z"]), ("t", text, ["word"])])),
            ("network", TransformedTargetRegressor(MLPRegressor(**FAST), transformer=StandardScaler())),
        ]
    ).fit(data.X_train, data.y_train)
    np.testing.assert_array_equal(ours.predict(data.X_test), theirs.predict(data.X_test))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_columns_missing_in_all_rows_learned_from():
    data = split(TWENTY / 7)
    data.X_train["x"] = np.nan
    pipeline = table_pipeline(data.schema, MLPRegressor(**FAST)).fit(data.X_train, data.y_train)
    assert np.isfinite(pipeline.predict(data.X_test)).all()
    assert fitted_network(pipeline).network_.layer_sizes == (1, 6, 1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scores_of_classes_are_scikit_learns():
    data = split_table(mixed_table(), "z", seed=0)
    pipeline = table_pipeline(data.schema, MLPClassifier(**FAST)).fit(data.X_train, data.y_train)
    scores = table_scores(pipeline, data.X_test, data.y_test, data.task)
    assert scores["accuracy"] == pipeline.score(data.X_test, data.y_test)
    expected = log_loss(data.y_test, pipeline.predict_proba(data.X_test))
    assert scores["log_loss"] == pytest.approx(expected, rel=1e-12)


def test_an_unseen_class_costs_but_does_not_break():
    scores = class_scores(np.array([9, 1]), np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([0, 1]))
    assert scores["accuracy"] == 0.5
    assert scores["log_loss"] == pytest.approx(-np.log(np.finfo(float).eps) / 2)


def test_constant_guess_of_classes():
    guess = constant_guess(np.array(["a", "a", "b", "a"]), "classification")
    scores = guess.scores(np.array(["a", "b"]))
    assert scores == {"accuracy": 0.5, "log_loss": pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)}


def test_targets_of_another_table():
    frame = pd.DataFrame({"y": ["yes", None, "perhaps"]})
    with pytest.warns(TableWarning) as caught:
        rows, y = target_like(frame, "y", np.array(["no", "yes"]))
    assert rows.tolist() == [0, 2] and y.tolist() == ["yes", "perhaps"]
    assert [str(warning.message) for warning in caught] == [
        "1 row of 3 dropped: the target 'y' is missing there",
        "1 row counted as wrong: the model knows no class 'perhaps'",
    ]
    codes = pd.DataFrame({"y": [1.0, 0.0]})
    assert target_like(codes, "y", np.array([False, True]))[1].tolist() == [1.0, 0.0]
    assert target_like(codes, "y", None)[1].tolist() == [1.0, 0.0]


def test_a_pipeline_is_of_our_estimators_and_fitted():
    schema = Schema("y", (Column("x", "number"),))
    with pytest.raises(TypeError, match="LinearRegression of sklearn"):
        table_pipeline(schema, LinearRegression())
    with pytest.raises(NotFittedError):
        fitted_network(table_pipeline(schema, MLPRegressor()))
    with pytest.raises(TypeError, match="ends in a LinearRegression"):
        fitted_network(make_pipeline(LinearRegression()).fit([[1.0], [2.0]], [1.0, 2.0]))
