"""Steps of users' pipelines, with the settings that they have, become the same numbers in a plan."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)
from tests.export.models import fit

import chainrule
from chainrule import MLPRegressor
from chainrule.export import evaluate, plan_of

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "a": RANDOM.normal(5, 3, 200),
        "b": RANDOM.poisson(4, 200).astype(float),
        "full": RANDOM.normal(size=200),
        "word": RANDOM.choice(["x", "y", "z", "rare", "rarer"], 200, p=[0.4, 0.3, 0.2, 0.07, 0.03]),
        "gaps": np.where(RANDOM.random(200) < 0.2, None, RANDOM.choice(["u", "v"], 200)),
    }
)
TABLE.loc[::7, "a"] = np.nan
Y = TABLE["full"] + (TABLE["word"] == "x") * 2
TWO = ["a", "full"]


def numbers(*steps):
    return ColumnTransformer([("numbers", make_pipeline(SimpleImputer(), *steps), TWO)])


def words(*steps, columns=("word",)):
    text = make_pipeline(*steps)
    return ColumnTransformer([("numbers", StandardScaler(), ["full"]), ("words", text, [*columns])])


def hot(**settings):
    return OneHotEncoder(sparse_output=False, **settings)


STEPS = {
    "no mean": numbers(StandardScaler(with_mean=False)),
    "no scale": numbers(StandardScaler(with_std=False)),
    "neither": numbers(StandardScaler(with_mean=False, with_std=False)),
    "no centring": numbers(RobustScaler(with_centering=False)),
    "no scaling": numbers(RobustScaler(with_scaling=False, unit_variance=False)),
    "unit variance": numbers(RobustScaler(unit_variance=True)),
    "a range": numbers(MinMaxScaler((-2, 5))),
    "largest": numbers(MaxAbsScaler()),
    "many": numbers(
        MinMaxScaler(), None, StandardScaler(), FunctionTransformer(), "passthrough", RobustScaler()
    ),
    "nested": numbers(make_pipeline(StandardScaler(), make_pipeline(MaxAbsScaler()))),
    "constant": ColumnTransformer([("n", SimpleImputer(strategy="constant", fill_value=-7), TWO)]),
    "most frequent": ColumnTransformer([("n", SimpleImputer(strategy="most_frequent"), ["b", "a"])]),
    "the rest passes": ColumnTransformer([("n", StandardScaler(), ["b"])], remainder="passthrough"),
    "the rest scaled": ColumnTransformer([("n", "passthrough", ["b"])], remainder=MinMaxScaler()),
    "by place": ColumnTransformer([("n", SimpleImputer(), [2, 0]), ("m", StandardScaler(), slice(1, 3))]),
    "by mask": ColumnTransformer([("n", SimpleImputer(), [True, True, True, False, False])]),
    "by a function": ColumnTransformer([("n", SimpleImputer(), make_column_selector(dtype_include=float))]),
    "twice": ColumnTransformer([("n", StandardScaler(), ["b"]), ("m", MinMaxScaler(), ["b"])]),
    "dropped": ColumnTransformer([("n", "drop", ["a"]), ("m", MinMaxScaler(), ["b"])]),
    "named steps": Pipeline([("one", numbers(StandardScaler())), ("two", MinMaxScaler())]),
    "categories": words(hot()),
    "unknown is none": words(hot(handle_unknown="ignore")),
    "rare ones together": words(hot(handle_unknown="infrequent_if_exist", min_frequency=0.1)),
    "at most": words(hot(handle_unknown="infrequent_if_exist", max_categories=3)),
    "rare ones and none": words(hot(handle_unknown="ignore", max_categories=2)),
    "warned of": words(hot(handle_unknown="warn", max_categories=3)),
    "named before": words(hot(categories=[["z", "y", "x", "rare", "rarer", "never"]])),
    "missing is one": words(hot(), columns=["gaps"]),
    "missing is a word": words(
        SimpleImputer(strategy="constant", fill_value="none"), hot(), columns=["gaps"]
    ),
    "missing is the most frequent": words(
        SimpleImputer(strategy="most_frequent"), hot(), columns=["gaps", "word"]
    ),
    "sparse": words(OneHotEncoder()),
}


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_what_their_plan_says(name):
    table = TABLE[["b", "full"]] if name.startswith("the rest") else TABLE
    model = make_pipeline(STEPS[name], MLPRegressor(hidden_layer_sizes=(5,), max_iter=20, random_state=0))
    fit(model, table, Y)
    plan = plan_of(model)
    found = evaluate(plan, [table[column.name].to_numpy() for column in plan.inputs])
    np.testing.assert_allclose(found.values[:, 0], model.predict(table), rtol=1e-9)
    expected = chainrule.jacobian(model, table)
    names = [plan.inputs[place].name for place in plan.numeric]
    chosen = [expected.columns.index(name) for name in names]
    np.testing.assert_allclose(found.jacobian, expected.values[:, :, chosen], rtol=1e-9, atol=1e-12)


def predicted(model, row):
    """Return the prediction, NaN where the model refuses the row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return model.predict(row)[0]
        except ValueError:
            return np.nan


STRANGE = [("unseen", "unseen"), (None, None), ("x", np.nan), (np.nan, "u"), ("rarer", "v")]


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if "OneHotEncoder" in repr(step)])
def test_text_that_is_not_known_is_what_the_step_makes_of_it(name):
    model = make_pipeline(STEPS[name], MLPRegressor(hidden_layer_sizes=(5,), max_iter=20, random_state=0))
    fit(model, TABLE, Y)
    rows = TABLE.iloc[: len(STRANGE)].assign(word=[a for a, _ in STRANGE], gaps=[b for _, b in STRANGE])
    plan = plan_of(model)
    found = evaluate(plan, [rows[column.name].to_numpy(object) for column in plan.inputs])
    expected = [predicted(model, rows.iloc[[k]]) for k in range(len(rows))]
    np.testing.assert_allclose(found.values[:, 0], expected, rtol=1e-9)
