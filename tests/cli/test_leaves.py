"""Tables that are read by row groups: fit --max-memory, and predictions of each file into a folder."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import make_houses

from chainrule.cli import _fit_leaves
from chainrule.io import load_table_model
from chainrule.training import SOLVERS

FIT = ("--target", "price", "--hidden", 6, "--max-iter", 12, "--seed", 1, "--ignore", "dear")


@pytest.fixture
def sales(tmp_path):
    houses = make_houses(300)
    (tmp_path / "sales").mkdir()
    for at in range(3):
        houses[at * 100 : at * 100 + 100].to_parquet(
            tmp_path / "sales" / f"{at}.parquet", row_group_size=40, index=False
        )
    houses.to_csv(tmp_path / "whole.csv", index=False)
    return tmp_path


def test_fit_reports_as_it_does_of_a_table_in_memory(sales, run):
    ended = run("fit", "sales/*.parquet", *FIT, "--max-memory", "40kB", "-o", "m.chainrule")
    assert ended.code == 0
    first, target, rows, model, *_ = ended.out.splitlines()
    assert first.startswith("0.parquet and 2 other files: 300 rows, 3 columns to learn from")
    assert target.startswith("target   price: regression, guessed from its values (numbers, 300 different)")
    assert "held out (seed 1)" in rows
    assert model == "model    mlp, with lbfgs, as the table is read by row groups"
    assert "saved    m.chainrule" in ended.out
    assert "mean absolute error" in ended.out
    scores = load_table_model(sales / "m.chainrule").description.held_out
    assert scores is not None
    assert scores.model["r2"] > 0.9
    assert run("score", "m.chainrule", "whole.csv").code == 0
    assert run("info", "m.chainrule").code == 0


def test_the_same_model_from_a_folder_and_with_other_memory(sales, run):
    found = []
    for tables, memory in (("sales/*.parquet", "40kB"), ("sales", "4GiB")):
        ended = run("fit", tables, *FIT, "--max-memory", memory, "--json", "-o", "m.chainrule")
        said = json.loads(ended.out)
        said["training"].pop("seconds")
        found.append(
            (said, load_table_model(sales / "m.chainrule").predict(pd.read_csv(sales / "whole.csv")))
        )
    assert found[0][0] == found[1][0]
    np.testing.assert_array_equal(found[0][1], found[1][1])


def test_a_table_of_more_than_half_of_the_free_memory_is_read_by_row_groups(sales, run, monkeypatch):
    assert "row groups" not in run("fit", "whole.csv", *FIT, "--solver", "lbfgs").out
    monkeypatch.setattr(_fit_leaves, "as_bytes", lambda size: 1_000 if size is None else 1)
    for tables in ("whole.csv", "sales/1.parquet"):
        assert "as the table is read by row groups" in run("fit", tables, *FIT).out


def test_columns_are_shown(sales, run):
    ended = run("fit", "sales", "--target", "price", "--columns", "--max-memory", "1MB")
    assert [line.split()[0] for line in ended.out.splitlines()] == [
        "column", "side", "town", "garden", "price", "dear",
    ]  # fmt: skip
    assert "network" not in ended.out


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "arguments, words",
    [
        (["sales"], "--target COLUMN is missing; the columns of 0.parquet and 2 other files are 'side'"),
        (["sales", "--target", "prise"], "no column 'prise' - did you mean 'price'?"),
        (["sales", *FIT, "--model", "table"], "--model table needs all rows in memory"),
        (["sales", *FIT, "--solver", "lm"], "--solver lm needs all rows in memory; a table that is read by"),
        (["sales", *FIT, "--plot", "p.png"], "--plot needs all rows in memory"),
        (["no*.parquet", *FIT], "no file fits no*.parquet"),
        (["sales", "whole.csv", *FIT], "sales/0.parquet and whole.csv are files of two kinds"),
        (["sales", *FIT, "--as", "side=nothing"], "--as side=nothing: the kinds are"),
    ],
)
def test_wrong_input_is_one_line(sales, run, monkeypatch, arguments, words):
    monkeypatch.setattr(SOLVERS["lm"], "by_groups", False)
    ended = run("fit", *arguments, "--max-memory", "1MB", "-o", "m.chainrule")
    assert ended.code == 2
    assert words in ended.err
    assert ended.err.count("\n") == 1
    assert not (sales / "m.chainrule").exists()


@pytest.mark.parametrize("size", ["much", "-4GiB", "0"])
def test_sizes_that_are_none(sales, run, size):
    ended = run("fit", "sales", *FIT, f"--max-memory={size}")
    assert (ended.code, ended.err) == (2, f"error: --max-memory {size}: give a size such as 4GiB or 500MB\n")


def test_a_row_group_that_is_too_large_is_named(sales, run):
    ended = run("fit", "sales", *FIT, "--max-memory", "1kB", "-q")
    assert ended.code == 2
    assert "sales/0.parquet, row group 0: " in ended.err
    assert "max_memory must be at least" in ended.err


def test_predictions_of_each_file_go_into_a_folder(sales, run, trained):
    model = trained / "price.chainrule"
    ended = run("predict", model, "sales/*.parquet", "-o", "new/", "--copy", "side")
    assert ended.out.splitlines() == [
        f"100 predictions of price written to new/{at}.parquet" for at in range(3)
    ]
    run("predict", model, "sales/*.parquet", "-o", "all.csv")
    found = pd.concat([pd.read_parquet(sales / "new" / f"{at}.parquet") for at in range(3)])
    np.testing.assert_allclose(found["price"], pd.read_csv(sales / "all.csv")["price"], rtol=1e-12)
    said = json.loads(run("predict", model, "sales/1.parquet", "-o", "new", "--json").out)
    assert (said["rows"], said["output"]) == (100, ["new/1.parquet"])


def test_a_folder_for_predictions_that_cannot_be(sales, run, trained):
    model = trained / "price.chainrule"
    assert "the table (1) sales/0.parquet" in run("predict", model, "sales/*.parquet", "-o", "sales").err
    (sales / "more").mkdir()
    (sales / "more" / "0.parquet").write_bytes((sales / "sales" / "0.parquet").read_bytes())
    ended = run("predict", model, "sales/0.parquet", "more/0.parquet", "-o", "new")
    assert ended.err == ("error: sales/0.parquet and more/0.parquet would both be written to new/0.parquet\n")
    assert not (sales / "new").exists()
    (sales / "sales" / "1.parquet").write_bytes(b"no table")
    ended = run("predict", model, "sales/*.parquet", "-o", "new")
    assert ended.code == 2
    assert "sales/1.parquet cannot be read as Parquet" in ended.err
    unknown = make_houses(50).assign(town="Trier")
    unknown.to_parquet(sales / "sales" / "1.parquet", index=False)
    assert (
        "first 'Trier' in row 1 of sales/1.parquet"
        in run("predict", model, "sales/*.parquet", "-o", "new").err
    )
