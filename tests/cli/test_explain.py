"""``chainrule explain``: derivatives and differences are those of the prediction itself."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import make_houses

from chainrule.cli import main
from chainrule.io import load_table_model
from chainrule.tables import effects_of, explain_row


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Models of numbers and of classes, of one network and of a small ensemble."""
    folder = tmp_path_factory.mktemp("models")
    frame = make_houses().assign(
        size=lambda table: pd.cut(table.side, 3, labels=["s", "m", "l"]).astype(object)
    )
    frame.loc[frame["size"].isna(), "size"] = "m"
    frame.to_csv(folder / "houses.csv", index=False)
    kinds = {
        "mlp": ("--model", "mlp", "--hidden", "5", "--activation", "tanh", "--max-iter", 30, "--seed", 1),
        "table": ("--set", "n_members=2", "--set", "n_steps=60", "--hidden", "8", "--seed", 1),
    }
    for target in ("price", "dear", "size"):
        for name, options in kinds.items():
            where = folder / f"{name}-{target}.chainrule"
            given = (
                "fit",
                folder / "houses.csv",
                "--target",
                target,
                "-o",
                where,
                "--seed",
                1,
                "-q",
                *options,
            )
            assert main([str(argument) for argument in given]) == 0
    return folder


def loaded(models, name):
    model = load_table_model(models / f"{name}.chainrule")
    frame = pd.read_csv(models / "houses.csv").drop(columns=model.description.schema.target)
    return model, model.features(frame)


@pytest.mark.parametrize("kind", ["mlp", "table"])
def test_effects_are_those_of_the_prediction(models, kind):
    model, X = loaded(models, f"{kind}-price")
    found = effects_of(model.pipeline, X, "price")
    assert {*found.columns} == {"price"} and found.rows == 120
    effects = {each.column: each for each in found.columns["price"]}
    assert [each.effect for each in effects.values()] == sorted(
        (each.effect for each in effects.values()), reverse=True
    )
    predict, step = model.pipeline.predict, 1e-3
    if kind == "mlp":
        moved = [predict(X.assign(side=X.side + sign * step)) for sign in (1, -1)]
        slopes = (moved[0] - moved[1]) / (2 * step)
        assert effects["side"].mean == pytest.approx(slopes.mean(), rel=1e-5)
        assert effects["side"].effect == pytest.approx(np.abs(slopes).mean() * X.side.std(ddof=0), rel=1e-5)
        assert effects["side"].spread is None
    else:
        assert effects["side"].spread == pytest.approx(
            model.pipeline[-1].sensitivities(X).spread[0, 0], rel=1e-12
        )
    towns = {each.category: each for each in effects["town"].categories}
    first = X.town.value_counts().index[0]
    for town, rows in X.town.value_counts().items():
        expected = (predict(X.assign(town=town)) - predict(X.assign(town=first))).mean()
        assert towns[town].difference == pytest.approx(expected, rel=1e-4, abs=1e-3)
        assert towns[town].rows == rows
        assert (towns[town].spread is None) == (kind == "mlp")


@pytest.mark.parametrize("name", ["mlp-price", "table-price", "mlp-size", "table-size", "table-dear"])
def test_the_parts_of_a_row_add_up(models, name):
    model, X = loaded(models, name)
    for row in (0, 3, 5):  # the fourth has no side, the sixth no town
        found = explain_row(model.pipeline, X, row)
        total = found.typical + found.parts.sum(axis=1) + found.remainder
        np.testing.assert_allclose(total, found.prediction, rtol=1e-5, atol=1e-5)
        predict = model.pipeline.predict if "price" in name else model.pipeline.predict_proba
        np.testing.assert_allclose(
            found.prediction, predict(X.iloc[[row]])[0][-len(found.outputs) :] if "price" not in name
            else predict(X.iloc[[row]]), rtol=1e-5,
        )  # fmt: skip
    with pytest.raises(IndexError, match="no row 120"):
        explain_row(model.pipeline, X, 120)


def test_a_part_is_derivative_times_distance(models):
    model, X = loaded(models, "mlp-price")
    found = explain_row(model.pipeline, X, 0)
    j = found.columns.index("side")
    slope = (
        model.pipeline.predict(X.iloc[[0]].assign(side=X.side.iloc[0] + 1e-4))
        - model.pipeline.predict(X.iloc[[0]].assign(side=X.side.iloc[0] - 1e-4))
    ) / 2e-4
    assert found.parts[0, j] == pytest.approx(slope[0] * (X.side.iloc[0] - X.side.median()), rel=1e-4)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("name", ["mlp-price", "table-price", "mlp-dear", "table-size"])
def test_the_text_fits_and_names_what_it_is(run, models, monkeypatch, name, width):
    monkeypatch.setenv("COLUMNS", str(width))
    ended = run("explain", models / f"{name}.chainrule", models / "houses.csv")
    assert ended.code == 0, ended.err
    assert max(map(len, ended.out.splitlines())) <= width
    assert "averaged over 120 rows of houses.csv" in ended.out
    row = run("explain", models / f"{name}.chainrule", models / "houses.csv", "--row", 7)
    assert max(map(len, row.out.splitlines())) <= width
    assert "█" in row.out and "remainder" in row.out and "typical row" in row.out
    if "price" not in name:
        assert "probability" in ended.out and "probability that" in row.out
        assert "e-" not in row.out


def test_json(run, models):
    ended = run("explain", models / "table-size.chainrule", models / "houses.csv", "--json")
    found = json.loads(ended.out)
    assert (found["command"], found["target"], found["rows"]) == ("explain", "size", 120)
    assert {*found["effects"]} == {"s", "m", "l"}
    assert {each["column"] for each in found["effects"]["s"]} == {"side", "town", "garden", "price", "dear"}
    row = json.loads(
        run("explain", models / "mlp-price.chainrule", models / "houses.csv", "--row", 2, "--json").out
    )
    (only,) = row["explanation"]
    total = only["typical"] + sum(each["part"] for each in only["columns"]) + only["remainder"]
    assert (row["row"], only["output"]) == (2, "price") and total == pytest.approx(only["prediction"])


def test_one_class_of_several(run, models):
    ended = run("explain", models / "mlp-size.chainrule", models / "houses.csv", "--class", "l")
    assert ended.out.count("probability of") == 1 and "probability of l," in ended.out
    row = run("explain", models / "mlp-size.chainrule", models / "houses.csv", "--class", "l", "--row", 1)
    assert "probability that size is l" in row.out


def test_few_rows_are_enough(run, models):
    ended = run("explain", models / "mlp-price.chainrule", models / "houses.csv", "--most-rows", 10, "--json")
    assert json.loads(ended.out)["rows"] == 10


def test_signs_show_to_either_side(run, models):
    found = run("explain", models / "mlp-price.chainrule", models / "houses.csv", "--row", 4).out
    lines = [line for line in found.splitlines() if "█" in line]
    starts = {re.search(r" ([+-])[\d.,e-]+ ", line)[1]: line.index("█") for line in lines}
    assert len(starts) < 2 or starts["+"] > starts["-"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("mlp-price.chainrule houses.csv --row 0", ("--row 0: give a whole number from 1",)),
        ("mlp-price.chainrule houses.csv --row -1", ("--row -1: give a whole number from 1",)),
        ("mlp-price.chainrule houses.csv --row 1000000000", ("has 120 rows, counted from 1",)),
        ("mlp-price.chainrule houses.csv --row first", ("--row first: give a whole number",)),
        ("mlp-price.chainrule houses.csv --row 1.5", ("--row 1.5: give a whole number",)),
        ("mlp-price.chainrule houses.csv --class a", ("--class: the model is a regression",)),
        ("mlp-size.chainrule houses.csv --class L", ("--class L", "mean 'l'?")),
        ("table-dear.chainrule houses.csv --class no", ("--class no", "they are 'yes'")),
        ("mlp-price.chainrule houses.csv --most-rows 0", ("--most-rows 0",)),
        ("houses.csv houses.csv", ("houses.csv",)),
        ("absent.chainrule houses.csv", ("absent.chainrule",)),
        ("mlp-price.chainrule absent.csv", ("absent.csv",)),
        ("mlp-price.chainrule other.csv", ("the table lacks", "'side'")),
        ("mlp-price.chainrule mlp-price.chainrule", ("mlp-price.chainrule",)),
    ],
)
def test_bad_input_is_one_line(run, models, monkeypatch, arguments, words):
    monkeypatch.chdir(models)
    Path("other.csv").write_text("a,b\n1,2\n3,4\n")
    ended = run("explain", *arguments.split())
    assert (ended.code, ended.out) == (2, "")
    assert [line.startswith("error: ") for line in ended.err.splitlines()][-1:] == [True], ended.err
    assert all(word in ended.err for word in words), ended.err
