"""``chainrule cv``: the scores are those of fits by hand, for any number of threads."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold
from tests.cli.conftest import make_houses

from chainrule import MLPRegressor
from chainrule.tables import cross_validate, number_scores, split_table, table_pipeline
from chainrule.tables.validation._folds import folded

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

QUICK = ("--model", "mlp", "--hidden", "4", "--max-iter", 4, "--seed", 1)


@pytest.fixture
def table(tmp_path, houses):
    houses.to_csv(tmp_path / "houses.csv", index=False)
    return "houses.csv"


def test_scores_are_those_of_fits_by_hand(run, table):
    found = json.loads(run("cv", table, "--target", "price", "--folds", 3, "--json", *QUICK).out)
    assert (found["command"], found["rows"], found["seed"], found["model"]) == ("cv", [40] * 3, 1, "mlp")
    data = split_table(make_houses(), "price", test_size=0)
    parts = folded(data, 3, seed=1)
    for fold, scores in enumerate(found["scores"]["folds"]):
        part = parts.split(fold)
        network = MLPRegressor(hidden_layer_sizes=(4,), max_iter=4, random_state=1)
        pipeline = table_pipeline(part.schema, network).fit(part.X_train, part.y_train)
        predicted = pipeline.predict(part.X_test)
        expected = number_scores(part.y_test, predicted)
        expected["root_mean_squared_error"] = np.sqrt(np.mean((part.y_test - predicted) ** 2))
        assert scores == pytest.approx(expected, rel=1e-12)
    r2 = [scores["r2"] for scores in found["scores"]["folds"]]
    assert found["scores"]["mean"]["r2"] == pytest.approx(np.mean(r2))
    assert found["scores"]["spread"]["r2"] == pytest.approx(np.std(r2, ddof=1))


def test_every_row_is_held_out_once_whatever_the_order():
    data = split_table(make_houses(), "price", test_size=0)
    parts = folded(data, 7, seed=3)
    held_out = np.concatenate([parts.split(fold).X_test.index for fold in range(7)])
    assert sorted(held_out) == sorted(data.X_train.index)
    sizes = [len(test) for _, test in KFold(7).split(data.X_train)]
    assert sorted(np.bincount(parts.fold_of)) == sorted(sizes)


def test_classes_are_dealt_out_in_equal_shares():
    frame = pd.DataFrame({"x": np.arange(50.0) % 7, "kind": ["rare"] * 5 + ["often"] * 44 + ["once"]})
    parts = folded(split_table(frame, "kind", test_size=0), 5, seed=0)
    for fold in range(5):
        part = parts.split(fold)
        assert list(part.y_test).count("rare") == 1
        assert "once" in part.y_train  # a class of one row is never held out


@pytest.mark.parametrize("model", ["mlp", "table"])
def test_threads_change_nothing(model):
    from chainrule.tables.ensemble import TableRegressor

    data = split_table(make_houses(60), "price", test_size=0)
    estimator = (
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0)
        if model == "mlp"
        else TableRegressor(n_members=2, n_steps=20, random_state=0, verbose=False)
    )
    one, three = (cross_validate(data, estimator, 3, seed=0, n_jobs=jobs).model for jobs in (1, 3))
    assert one.folds == three.folds


@pytest.mark.parametrize("target", ["price", "dear"])
def test_the_text_names_what_is_beside_it(run, table, target, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    ended = run("cv", table, "--target", target, "--folds", 2, *QUICK)
    assert ended.code == 0, ended.err
    assert "folds    2 of 60 rows, each held out once (seed 1)" in ended.out
    assert "linear" in ended.out and "constant" in ended.out
    assert max(map(len, ended.out.splitlines()[-8:])) <= 80


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--target price --folds 1", ("--folds 1: give a whole number from 2",)),
        ("--target price --folds 0", ("--folds 0",)),
        ("--target price --folds two", ("--folds two: give a whole number",)),
        ("--target price --folds 121", ("too few rows for 121 folds", "120 rows")),
        ("--target prize", ("no column 'prize'", "mean 'price'?")),
        ("", ("--target COLUMN is missing", "'side', 'town'")),
        ("--target price --model forest", ("--model forest", "mlp")),
        ("--target price --model mlp --time-limit 0", ("--time-limit 0.0: give a number of seconds",)),
    ],
)
def test_bad_input_is_one_line(run, table, options, words):
    ended = run("cv", table, *options.split(), "--seed", 1)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert all(word in ended.err for word in words), ended.err


def test_as_many_folds_as_rows(run, tmp_path):
    make_houses(12).to_csv(tmp_path / "t.csv", index=False)
    ended = run("cv", "t.csv", "--target", "price", "--folds", 12, "--json", *QUICK)
    scores = json.loads(ended.out)["scores"]  # R² of a single row is no number
    assert ended.code == 0 and scores["mean"]["r2"] is None
    assert scores["mean"]["mean_absolute_error"] > 0


def test_ctrl_c_ends_all_folds(run, table, monkeypatch):
    from chainrule.tables.validation import _side_by_side

    def wait(left, **_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_side_by_side, "wait", wait)
    options = ("--set", "n_iter_no_change=1000000", "--set", "tol=0", "--max-iter", 1_000_000)
    ended = run("cv", table, "--target", "price", "--model", "mlp", "--hidden", "4", *options)
    assert ended.code == 130
    assert "interrupted" in ended.err
