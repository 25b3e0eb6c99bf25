"""Options for the reading of a table."""

import json

import pandas as pd
import pytest

from chainrule.cli._reading import ReadingOptions, reading_options

QUICK = ("--hidden", "4", "--max-iter", 3, "--seed", 1)


def test_nothing_given():
    assert reading_options() == ReadingOptions()


def test_what_is_given_arrives():
    options = reading_options(
        ignore=["a", "b", "a"], copy=["c"], as_=["zip=Text", "a=b=number"], na=["?", ""],
        separator="tab", encoding="LATIN1", no_header=True,
    )  # fmt: skip
    assert options == ReadingOptions(
        ("a", "b"), ("c",), {"zip": "text", "a=b": "number"}, ("?", ""), "\t", "iso8859-1", False
    )


@pytest.mark.parametrize(
    ("given", "mark"), [(";", ";"), ("|", "|"), ("\\t", "\t"), ("\t", "\t"), ("Comma", ","), ("space", " ")]
)
def test_separators(given, mark):
    assert reading_options(separator=given).separator == mark


def test_ignored_columns_are_not_used(run, trained):
    table = trained / "houses.csv"
    arguments = ("fit", table, "--target", "price", "--ignore", "town", "--ignore", "dear", *QUICK)
    assert "2 columns to learn from" in run(*arguments).out
    assert run(*arguments, "-o", "m.chainrule").code == 0
    assert [column["name"] for column in json.loads(run("info", "m.chainrule", "--json").out)["columns"]] == [
        "side", "garden"
    ]  # fmt: skip
    assert run("predict", "m.chainrule", table).err == ""


def test_columns_are_shown_before_anything_is_learned(run, trained):
    ended = run("fit", trained / "houses.csv", "--target", "price", "--columns", "-o", "m.chainrule")
    lines = ended.out.splitlines()
    assert (ended.code, len(lines)) == (0, 6)
    assert lines[0].split() == ["column", "kind", "read", "as", "missing", "example"]
    assert lines[1].split()[:3] == ["side", "number", "2"]
    assert lines[4].endswith("target")
    assert "saved" not in ended.out
    shown = json.loads(run("fit", trained / "houses.csv", "--columns", "--json").out)["columns"]
    assert [column["name"] for column in shown] == ["side", "town", "garden", "price", "dear"]


def test_the_report_says_how_columns_are_read(run, trained):
    lines = run("fit", trained / "houses.csv", "--target", "price", *QUICK).out.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("column"))
    assert [line.split()[:2] for line in lines[start + 1 : start + 6]] == [
        ["side", "number"], ["town", "text"], ["garden", "boolean"], ["price", "number"], ["dear", "text"]
    ]  # fmt: skip


def test_copied_columns_stand_beside_the_predictions_as_written(run, trained, tmp_path):
    rows = "id,side,town,garden,dear\n007,10.50,Ulm,true,no\n1e3,,Bonn,false,yes\n"
    (tmp_path / "new.csv").write_text(rows)
    alone = run("predict", trained / "price.chainrule", "new.csv")
    assert "ignored: 'id'" in alone.err
    ended = run("predict", trained / "price.chainrule", "new.csv", "--copy", "id", "--copy", "side")
    assert (ended.code, ended.err) == (0, "")
    cells = [line.split(",") for line in ended.out.splitlines()]
    assert [row[:2] for row in cells] == [["id", "side"], ["007", "10.50"], ["1e3", ""]]
    assert [row[2] for row in cells] == alone.out.splitlines()


def test_a_copied_target_stands_beside_the_predicted_one(run, trained, tmp_path):
    run("predict", trained / "price.chainrule", trained / "houses.csv", "--copy", "price", "-o", "p.csv")
    frame = pd.read_csv(tmp_path / "p.csv")
    assert list(frame) == ["price", "predicted price"]
    assert frame["price"].equals(pd.read_csv(trained / "houses.csv")["price"])


@pytest.mark.parametrize("columns", ["30", "60", "80"])
def test_columns_on_narrow_terminals(run, monkeypatch, tmp_path, columns):
    monkeypatch.setenv("COLUMNS", columns)
    frame = pd.DataFrame({"a very long name of a column " * 3: range(20), "b": ["some long text " * 9] * 20})
    frame.to_csv(tmp_path / "t.csv", index=False)
    lines = run("fit", "t.csv", "--columns").out.splitlines()
    assert max(map(len, lines)) <= max(50, int(columns))


@pytest.fixture
def unnamed(run, tmp_path):
    """A model of a table without names."""
    rows = "".join(f"{i % 9}.5,{'ab'[i % 2]},{2 * (i % 9) + i % 2}.25\n" for i in range(60))
    (tmp_path / "t.csv").write_text(rows)
    arguments = ("fit", "t.csv", "--no-header", "--target", "column 3", "-o", "m.chainrule", *QUICK)
    assert run(*arguments, "--quiet").code == 0
    return rows


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_model_of_a_table_without_names_reads_others_so(run, unnamed, tmp_path, suffix):
    (tmp_path / "new.csv").write_text(unnamed)
    if suffix == ".xlsx":
        pd.read_csv("new.csv", header=None).to_excel("new.xlsx", index=False, header=False)
    ended = run("predict", "m.chainrule", f"new{suffix}")
    assert (ended.code, len(ended.out.splitlines())) == (0, 61)
    as_before = "the first line is read as a row, not as names, as in the table that was learned from"
    assert ended.err == f"note: new{suffix}: {as_before}\n"
    told = run("predict", "m.chainrule", f"new{suffix}", "--no-header")
    assert (told.out, told.err) == (ended.out, "")
    scored = run("score", "m.chainrule", f"new{suffix}")
    assert (
        scored.out == run("score", "m.chainrule", f"new{suffix}", "--no-header").out
        and "60 rows" in scored.out
    )


def test_names_that_the_command_gave_are_names(run, unnamed, tmp_path):
    (tmp_path / "new.csv").write_text(f"column 1,column 2,column 3\n{unnamed}")
    pd.read_csv("new.csv").to_parquet("new.parquet")
    expected = run("predict", "m.chainrule", "t.csv", "--no-header").out
    for name in ("new.csv", "new.parquet"):
        ended = run("predict", "m.chainrule", name)
        assert (ended.out, ended.err) == (expected, "")


def test_files_of_models_say_whether_the_table_had_names(run, unnamed, trained):
    files = ("m.chainrule", trained / "price.chainrule")
    assert [json.loads(run("info", file, "--json").out)["named"] for file in files] == [False, True]
