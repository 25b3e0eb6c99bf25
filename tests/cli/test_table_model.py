"""The command with table estimators: by default, with efforts, a time limit and intervals."""

import json

import numpy as np
import pandas as pd
import pytest

from chainrule import TableRegressor
from chainrule.io import load_table_model
from chainrule.tables._pipeline import fitted_estimator

SMALL = ("--set", "n_members=2", "--set", "n_steps=100", "--seed", "1")


@pytest.fixture
def table(houses, tmp_path):
    path = tmp_path / "houses.csv"
    houses.to_csv(path, index=False)
    return path


def test_table_estimators_are_the_default(run, table):
    ended = run("fit", table, "--target", "price", *SMALL, "-o", "m.chainrule")
    assert ended.code == 0, ended.err
    assert "model    table, by default" in ended.out and "network  2 of " in ended.out
    assert "verdict  R² " in ended.out
    assert isinstance(fitted_estimator(load_table_model("m.chainrule").pipeline), TableRegressor)
    scored = run("score", "m.chainrule", table)
    assert scored.code == 0 and "R²" in scored.out
    assert "2 of " in run("info", "m.chainrule").out


def test_classes(run, table):
    ended = run("fit", table, "--target", "dear", *SMALL, "-o", "m.chainrule", "--plot", "p.png")
    assert ended.code == 0, ended.err
    said = run("predict", "m.chainrule", table, "--probabilities")
    frame = pd.read_csv(__import__("io").StringIO(said.out))
    np.testing.assert_allclose(frame.iloc[:, 1:].sum(axis=1), 1, rtol=1e-5)


def test_options_of_mlp_choose_it(run, table):
    ended = run("fit", table, "--target", "price", "--max-iter", "3")
    assert "model    mlp, --max-iter is a setting of it" in ended.out
    ended = run("fit", table, "--target", "price", "--set", "momentum=0.5", "--solver", "sgd")
    assert "model    mlp, --solver is a setting of it" in ended.out
    refused = run("fit", table, "--target", "price", "--model", "table", "--max-iter", "3")
    assert refused.code == 2 and "--max-iter is for --model mlp, not for --model table" in refused.err
    refused = run("fit", table, "--target", "price", "--model", "mlp", "--effort", "fast")
    assert refused.code == 2 and "--effort is for --model table, not for --model mlp" in refused.err
    refused = run("fit", table, "--target", "price", "--model", "mlp", "--set", "n_bins=4")
    assert refused.code == 2 and "'n_bins' is a setting of --model table" in refused.err
    refused = run("fit", table, "--target", "price", "--model", "forest")
    assert refused.code == 2 and "--model forest: the models are table, mlp" in refused.err


def test_efforts_and_time(run, table):
    ended = run("fit", table, "--target", "price", "--effort", "fast", "--set", "n_steps=50", "--json")
    assert json.loads(ended.out)["network"]["members"] == 1
    ended = run("fit", table, "--target", "price", "--time-limit", "1e-6")
    assert ended.code == 0 and "time_limit=1e-06" in ended.err
    assert "until --time-limit was reached" in ended.out
    refused = run("fit", table, "--target", "price", "--time-limit", "0")
    assert refused.code == 2 and "--time-limit 0.0: give a number of seconds" in refused.err
    refused = run("fit", table, "--target", "price", "--effort", "much")
    assert refused.code == 2 and "effort" in refused.err


def test_intervals(run, table):
    run("fit", table, "--target", "price", *SMALL, "-o", "m.chainrule", "--quiet")
    ended = run("predict", "m.chainrule", table, "--interval", "0.8", "-o", "p.csv")
    assert ended.code == 0, ended.err
    found = pd.read_csv("p.csv")
    assert list(found) == ["price", "0.8 from", "0.8 to"]
    assert (found["0.8 from"] < found["price"]).all() and (found["price"] < found["0.8 to"]).all()


@pytest.mark.parametrize(
    ("target", "model", "interval", "words"),
    [
        ("price", "table", "80", "--interval 80: give a share between 0 and 1"),
        ("price", "mlp", "0.8", "this model is a regression by --model mlp"),
        ("dear", "table", "0.8", "this model is a classification"),
    ],
)
def test_intervals_refused(run, table, target, model, interval, words):
    few = ("--max-iter", "2") if model == "mlp" else SMALL
    run("fit", table, "--target", target, "--model", model, *few, "-o", "m.chainrule", "--quiet")
    ended = run("predict", "m.chainrule", table, "--interval", interval)
    assert ended.code == 2 and words in ended.err


def test_saved_models_predict_the_same(run, table, houses):
    run("fit", table, "--target", "price", *SMALL, "-o", "m.chainrule", "--quiet")
    model = load_table_model("m.chainrule")
    first = model.predict(houses)
    np.testing.assert_array_equal(load_table_model("m.chainrule").predict(houses), first)
    fitted = fitted_estimator(model.pipeline)
    assert len(fitted.histories_) == 2 and fitted.report_.verdict == model.description.notices[0]
