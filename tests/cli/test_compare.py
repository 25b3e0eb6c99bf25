"""``chainrule compare``: the same folds for all, LightGBM only where it is installed."""

import json
import sys
import types
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.cli.conftest import make_houses

from chainrule.tables import split_table
from chainrule.tables._pipeline import input_columns
from chainrule.tables.validation import _peers
from chainrule.tables.validation._folds import folded

QUICK = ("--hidden", "4", "--max-iter", 4, "--seed", 1, "--folds", 2)


@pytest.fixture(autouse=True)
def small_forests(monkeypatch):
    """Forests of three trees: a hundred take a second."""
    for name in ("RandomForest", "HistGradientBoosting"):
        few = {"n_estimators": 3} if name == "RandomForest" else {"max_iter": 3}
        for task in ("Regressor", "Classifier"):
            kind = partial(getattr(_peers, name + task), **few)
            monkeypatch.setattr(_peers, name + task, kind)


@pytest.fixture
def table(tmp_path, houses):
    houses.to_csv(tmp_path / "houses.csv", index=False)
    return "houses.csv"


def compared(run, table, target, *options):
    ended = run("compare", table, "--target", target, "--json", *QUICK, *options)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def test_the_same_folds_for_all_ranked_by_error(run, table):
    beside = ("ridge regression", "random forest", "constant guess")
    found = compared(run, table, "price", *(word for name in beside for word in ("--beside", name)))
    assert found["error"] == "root_mean_squared_error"
    models = {model["name"]: model for model in found["models"]}
    assert {*models} == {"chainrule mlp", *beside}
    errors = [model["mean"]["root_mean_squared_error"] for model in found["models"]]
    assert errors == sorted(errors) and [model["rank"] for model in found["models"]] == [1, 2, 3, 4]
    parts = folded(split_table(make_houses(), "price", test_size=0), 2, seed=1)
    for fold in range(2):
        part = parts.split(fold)
        by_hand = make_pipeline(
            input_columns(part.schema), TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
        ).fit(part.X_train, part.y_train)
        r2 = by_hand.score(part.X_test, part.y_test)
        assert models["ridge regression"]["folds"][fold]["r2"] == pytest.approx(r2, rel=1e-9)
        # The forest is given missing numbers as they are, and one input for each text.
        texts = pd.get_dummies(pd.concat([part.X_train, part.X_test])[["town", "dear"]].fillna("missing"))
        texts = texts.loc[:, texts.loc[part.X_train.index].any()]  # those that it learned from
        X = pd.concat([texts, pd.concat([part.X_train, part.X_test])[["side", "garden"]]], axis=1)
        forest = RandomForestRegressor(3, random_state=1).fit(
            X.loc[part.X_train.index].to_numpy(), part.y_train
        )
        predicted = forest.predict(X.loc[part.X_test.index].to_numpy())
        rmse = np.sqrt(np.mean((part.y_test - predicted) ** 2))
        assert models["random forest"]["folds"][fold]["root_mean_squared_error"] == pytest.approx(rmse)


def test_classes(run, table):
    found = compared(run, table, "dear", "--beside", "scikit-learn MLP", "--beside", "HistGradientBoosting")
    assert found["error"] == "log_loss"
    assert {model["name"] for model in found["models"]} == {
        "chainrule mlp", "scikit-learn MLP", "HistGradientBoosting"
    }  # fmt: skip


def test_ours_without_settings_are_both(run, table, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    ended = run(
        "compare", table, "--target", "price", "--folds", 2, "--seed", 1, "--beside", "constant guess"
    )
    assert ended.code == 0, ended.err
    table_of_models = ended.out.split("\n\n")[1].splitlines()
    assert len(table_of_models) == 4 and max(map(len, table_of_models)) <= 60
    assert "chainrule table" in ended.out and "chainrule mlp" in ended.out


class Guess:
    """Stands in for a model of LightGBM."""

    given = []  # noqa: RUF012  # of all, to be looked at

    def __init__(self, **_):
        pass

    def fit(self, X, y):
        Guess.given.append(X)
        return self

    def predict(self, X):
        return np.zeros(len(X))


def test_lightgbm_takes_part_where_it_is_installed(run, table, monkeypatch):
    monkeypatch.setattr(_peers, "find_spec", lambda name: name)
    stand_in = types.ModuleType("lightgbm")
    stand_in.LGBMRegressor = stand_in.LGBMClassifier = Guess
    monkeypatch.setitem(sys.modules, "lightgbm", stand_in)
    Guess.given.clear()
    found = compared(run, table, "price", "--beside", "LightGBM")
    assert [model["name"] for model in found["models"]] == ["chainrule mlp", "LightGBM"]
    # Texts are categories, missing cells stay missing.
    kinds = Guess.given[0].dtypes
    assert [str(kind) for kind in kinds] == ["float64", "category", "float64", "category"]
    assert Guess.given[0].isna().to_numpy().sum() + Guess.given[1].isna().to_numpy().sum() == 3


def test_without_lightgbm_it_is_no_choice(run, table, monkeypatch):
    monkeypatch.setattr(_peers, "find_spec", lambda name: None)
    ended = run("compare", table, "--target", "price", "--beside", "LightGBM", *QUICK)
    assert ended.code == 2
    assert "--beside LightGBM: the models are ridge regression, scikit-learn MLP" in ended.err
    assert "not installed" in ended.err


def test_lightgbm_itself(run, table):
    pytest.importorskip("lightgbm")
    assert len(compared(run, table, "dear", "--beside", "LightGBM")["models"]) == 2


def test_a_peer_that_fails_is_left_out_and_said(run, table, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("out of order")

    monkeypatch.setattr(_peers, "HistGradientBoostingRegressor", broken)
    ended = run("compare", table, "--target", "price", "--beside", "HistGradientBoosting", "--json", *QUICK)
    assert ended.code == 0
    assert "note: HistGradientBoosting is left out: RuntimeError: out of order" in ended.err
    assert [model["name"] for model in json.loads(ended.out)["models"]] == ["chainrule mlp"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--target price --beside forest", ("--beside forest: the models are", "random forest")),
        ("--target price --folds 1", ("--folds 1",)),
        ("--target prise", ("mean 'price'?",)),
    ],
)
def test_bad_input_is_one_line(run, table, options, words):
    ended = run("compare", table, *options.split())
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert all(word in ended.err for word in words), ended.err
