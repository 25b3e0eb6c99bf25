"""predict and score read tables in pieces, of one file or several; all is said as of the whole table."""

import errno
import io
import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import make_houses
from tests.peak_memory import arrays_at_peak

from chainrule.io import load_table_model
from chainrule.tables import Cells, _stream
from chainrule.tables.files import _tables, open_pieces, read_cells, write_table
from sweeps import some

ROWS = 900


@pytest.fixture(scope="module")
def houses() -> pd.DataFrame:
    frame = make_houses(ROWS)
    frame.insert(0, "note", [f'say "{at}"\nand {at}' if at % 50 == 0 else f"no. {at}" for at in range(ROWS)])
    return frame


@pytest.fixture
def folder(tmp_path: Path, trained: Path, houses: pd.DataFrame, monkeypatch) -> Path:
    """A table of many pieces, models, and blocks that end in the midst of pieces."""
    houses.to_csv(tmp_path / "t.csv", index=False)
    for name in ("price.chainrule", "dear.chainrule"):
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    monkeypatch.setattr(_stream, "BLOCK_ROWS", 128)
    monkeypatch.setattr("chainrule.tables._blocks.BLOCK_ROWS", 128)
    monkeypatch.setattr(_tables, "_HELD", 0)
    monkeypatch.setattr(_tables, "PIECE", 2_000)
    return tmp_path


def whole(path: Path) -> Cells:
    """The columns that the models know, read as a whole."""
    return read_cells(path).without(("note",))


def notes(err: str) -> list[str]:
    return [line.removeprefix("note: ") for line in err.splitlines()]


@pytest.mark.parametrize(
    "name", some(["p.csv", "p.tsv.gz", "p.csv.zst", "p.parquet", "p.csv.zip", "p.feather"], 2)
)
def test_predictions_are_those_of_the_whole_table(folder, run, houses, name):
    table = folder / f"whole{''.join(Path(name).suffixes)}"
    write_table(houses, table)
    ended = run("predict", "price.chainrule", table, "-o", name, "--copy", "note")
    assert ended.code == 0
    assert "900 predictions of price" in ended.out
    found = read_cells(folder / name).columns
    expected = load_table_model(folder / "price.chainrule").predict(whole(table))
    assert [*map(float, found["price"].to_pylist())] == expected.tolist()
    assert found["note"].to_pylist() == houses["note"].tolist()


def test_probabilities_come_from_one_reading_of_the_columns(folder, run, monkeypatch):
    model = load_table_model(folder / "dear.chainrule")
    expected = model.predict_proba(whole(folder / "t.csv"))
    labels = model.predict(whole(folder / "t.csv"))
    assert run("predict", "dear.chainrule", "t.csv", "--probabilities", "-o", "p.parquet").code == 0
    found = pd.read_parquet(folder / "p.parquet")
    assert found["dear"].tolist() == labels.tolist()
    np.testing.assert_array_equal(found[["probability of no", "probability of yes"]], expected)


def test_scores_are_those_of_the_whole_table_to_the_bit(folder, run):
    for name in ("price.chainrule", "dear.chainrule"):
        scores = load_table_model(folder / name).scores(whole(folder / "t.csv"))
        found = json.loads(run("score", name, "t.csv", "--json").out)
        assert (found["rows"], found["model"]) == (scores.rows, scores.model)
        assert found["constant_guess"] == scores.constant_guess


def test_notes_are_said_once_with_the_counts_and_rows_of_the_whole(folder, run, houses):
    frame = houses.copy()
    frame["side"] = frame["side"].astype(object)
    frame.loc[[700, 850], "side"] = "n.a."
    frame.loc[[300, 600, 899], "town"] = "Trier"
    frame.loc[[10, 888], "side"] = 1e6
    frame["more"] = 1
    frame.to_csv(folder / "t.csv", index=False)
    ended = run("predict", "price.chainrule", "t.csv", "-o", "p.csv")
    assert sorted(notes(ended.err)) == sorted(
        [
            "columns that the model does not know are ignored: 'more', 'note'",
            "'n.a.' counts as missing: 2 times in 'side', first in row 701",
            "column 'side': in 2 rows (first in row 11) the value lies far from what was learned from "
            "(5.027 to 14.972); predictions there are guesses",
            "column 'town': 3 rows with a value that the model has not seen, first 'Trier' in row 301",
        ]
    )


def test_a_broken_row_far_down_names_line_and_file(folder, run):
    text = (folder / "t.csv").read_text()
    (folder / "t.csv").write_text(text + "1,2\n" + text.split("\n", 1)[1])
    line = text.count("\n") + 1
    ended = run("predict", "price.chainrule", "t.csv", "-o", "p.csv")
    assert ended.code == 2
    assert ended.err.splitlines()[-1] == f"error: t.csv, line {line}: 2 cells where the header has 6"
    assert not (folder / "p.csv").exists()


def test_a_quotation_mark_that_is_never_closed_names_its_line(folder, run):
    text = (folder / "t.csv").read_text()
    (folder / "t.csv").write_text(text + '"open,' + "1,Ulm,True,2,no\n" * 500)
    ended = run("predict", "price.chainrule", "t.csv")
    line = text.count("\n") + 1
    assert (ended.code, ended.out) == (2, "")
    assert f"error: t.csv, line {line}: a quotation mark opened there is never closed" in ended.err


def test_too_many_cells_of_another_kind_are_refused_before_anything_is_printed(folder, run, houses):
    frame = houses.astype({"side": object})
    frame.loc[800:, "side"] = "wide"
    frame.to_csv(folder / "t.csv", index=False)
    ended = run("predict", "price.chainrule", "t.csv")
    assert (ended.code, ended.out) == (2, "")
    assert "column 'side', row 801: 'wide' is not a number (and in 99 more rows)" in ended.err


@pytest.fixture
def parts(folder: Path, houses: pd.DataFrame) -> Path:
    """The table in three files: of other orders of columns, encodings and separators."""
    houses[:300].to_csv(folder / "part-1.csv", index=False)
    houses.iloc[300:500, ::-1].to_csv(folder / "part-2.csv", index=False, sep=";", encoding="utf-16")
    houses[500:].to_parquet(folder / "part-3.parquet", index=False)
    return folder


def test_several_files_are_one_table(parts, run):
    expected = run("predict", "price.chainrule", "t.csv")
    for tables in (["part-1.csv", "part-2.csv", "part-3.parquet"], ["part-*"]):
        assert run("predict", "price.chainrule", *tables).out == expected.out
    expected = json.loads(run("score", "dear.chainrule", "t.csv", "--json").out)
    found = json.loads(run("score", "dear.chainrule", "part-*", "--json").out)
    assert found["model"] == expected["model"]
    assert found["table"] == ["part-1.csv", "part-2.csv", "part-3.parquet"]


def test_several_files_are_learned_as_one_table(folder, run, houses):
    for at in range(3):
        houses[at * 300 : (at + 1) * 300].to_csv(folder / f"part-{at}.csv", index=False)
    models = []
    for tables in (["t.csv"], ["part-*.csv"]):
        options = ["--target", "price", "--hidden", "4", "--max-iter", 2, "--seed", 1, "--quiet"]
        assert run("fit", *tables, *options, "-o", "m.chainrule").code == 0
        models.append(run("predict", "m.chainrule", "t.csv").out)
    assert models[0] == models[1]
    text = (folder / "part-1.csv").read_text().replace("True", "maybe", 1)
    (folder / "part-1.csv").write_text(text)
    ended = run("fit", "part-*.csv", "--target", "price", "--as", "garden=boolean")
    assert "of part-1.csv: 'maybe' is not a truth value" in ended.err
    assert "of part" not in run("fit", "part-1.csv", "--target", "price", "--as", "garden=boolean").err


def test_rows_and_errors_name_the_file_of_several(parts, run, houses):
    frame = houses[300:500].astype({"side": object})
    frame.iloc[40, frame.columns.get_loc("town")] = "Trier"
    frame.iloc[7, frame.columns.get_loc("side")] = "?"
    frame.to_csv(parts / "part-2.csv", index=False)
    said = notes(run("predict", "price.chainrule", "part-*", "-o", "p.csv").err)
    assert "'?' counts as missing: once in 'side', first in row 8 of part-2.csv" in said
    assert any(note.endswith("first 'Trier' in row 41 of part-2.csv") for note in said)
    for command in (["explain"], ["report", "-o", "r.html"]):
        said = notes(run(*command, "price.chainrule", "part-1.csv", "part-2.csv").err)
        assert "'?' counts as missing: once in 'side', first in row 8 of part-2.csv" in said
    frame["side"] = "wide"
    frame.to_csv(parts / "part-2.csv", index=False)
    assert "row 1 of part-2.csv: 'wide' is not" in run("predict", "price.chainrule", "part-*").err
    assert "row 1 of" not in run("predict", "price.chainrule", "t.csv", "--copy", "town").err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            "predict price.chainrule part-1.csv other.csv",
            "other.csv has not the columns of part-1.csv: it lacks 'side', has also 'width'",
        ),
        ("predict price.chainrule part-9*.csv", "no file fits part-9*.csv"),
        ("score price.chainrule part-1.csv part-1.csv", "part-1.csv is given twice"),
        (
            "score price.chainrule part-1.csv {folder}/part-1.csv",
            "part-1.csv (also as part-1.csv) is given twice",
        ),
        ("fit link.csv part-1.csv --target price", "part-1.csv (also as link.csv) is given twice"),
        (
            "predict price.chainrule part-1.csv t.csv -o t.csv",
            "--output t.csv would overwrite the table (2) t.csv",
        ),
        ("predict price.chainrule part-1.csv gone.csv", "there is no file gone.csv"),
        ("fit part-1.csv other.csv --target price", "has also 'width'"),
    ],
)
def test_files_that_make_no_table(parts, run, houses, command, words):
    houses.rename(columns={"side": "width"}).to_csv(parts / "other.csv", index=False)
    (parts / "link.csv").symlink_to(parts / "part-1.csv")
    before = (parts / "t.csv").read_bytes()
    ended = run(*command.format(folder=parts).split())
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err.splitlines()[-1]
    assert (parts / "t.csv").read_bytes() == before


@pytest.mark.parametrize("limit", [1 << 25, 1_000])
def test_standard_input_is_read_twice_whatever_its_length(folder, run, monkeypatch, limit):
    expected = run("predict", "price.chainrule", "t.csv").out
    monkeypatch.setattr(_tables, "_IN_MEMORY", limit)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((folder / "t.csv").read_bytes())))
    assert run("predict", "price.chainrule", "-").out == expected
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert run("predict", "price.chainrule", "-").err == "error: standard input is empty\n"


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_ctrl_c_in_the_midst_leaves_no_file(folder, run, monkeypatch):
    before, blocks = listing(folder), _stream.ModelTable.blocks

    def pressed(self):
        for at, block in enumerate(blocks(self)):
            if at == 3:
                os.kill(os.getpid(), signal.SIGINT)
            yield block

    monkeypatch.setattr(_stream.ModelTable, "blocks", pressed)
    ended = run("predict", "price.chainrule", "t.csv", "-o", "p.csv")
    assert (ended.code, ended.err.splitlines()[-1]) == (
        130,
        "error: interrupted; no file is left half written",
    )
    assert listing(folder) == before


def test_no_space_left_in_the_midst_leaves_no_file(folder, run, monkeypatch):
    before, blocks = listing(folder), _stream.ModelTable.blocks

    def full(self):
        for at, block in enumerate(blocks(self)):
            if at == 3:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            yield block

    monkeypatch.setattr(_stream.ModelTable, "blocks", full)
    (folder / "p.csv").write_text("what was there")
    ended = run("predict", "price.chainrule", "t.csv", "-o", "p.csv")
    assert (ended.code, ended.err.splitlines()[-1]) == (
        2,
        "error: cannot write p.csv: No space left on device",
    )
    assert listing(folder) == sorted([*before, "p.csv"])
    assert (folder / "p.csv").read_text() == "what was there"


def test_a_file_that_grows_between_both_readings_is_refused(folder, run, monkeypatch):
    survey = _stream.ModelTable.survey

    def grows(self, *watch):
        survey(self, *watch)
        with open(folder / "t.csv", "a") as file:
            file.write("more,1,Ulm,True,2,no\n")

    monkeypatch.setattr(_stream.ModelTable, "survey", grows)
    ended = run("predict", "price.chainrule", "t.csv", "-o", "p.csv")
    assert ended.code == 2
    assert "t.csv changed while it was read" in ended.err
    assert not (folder / "p.csv").exists()


def test_the_bar_is_for_terminals_and_shows_rows_and_share(folder, run, monkeypatch):
    assert "rows" not in run("predict", "dear.chainrule", "t.csv", "-o", "p.csv").err
    monkeypatch.setattr("chainrule.cli._progress.progress_is_seen", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("FORCE_COLOR", "1")
    err = run("predict", "dear.chainrule", "t.csv", "-o", "p.csv").err
    assert "900 rows" in err
    assert "rows/s" in err
    assert "100%" in err


@pytest.mark.slow
def test_memory_does_not_grow_with_the_table(folder, monkeypatch):
    monkeypatch.setattr(_tables, "PIECE", 1 << 16)
    monkeypatch.setattr("chainrule.tables._stream.BLOCK_ROWS", 1024)
    names, rows = (folder / "t.csv").read_bytes().split(b"\n", 1)
    (folder / "long.csv").write_bytes(names + b"\n" + 60 * rows)
    model = load_table_model(folder / "price.chainrule")

    def predict(table: str) -> None:
        with open_pieces([folder / table]) as pieces:
            read = _stream.ModelTable(model, pieces, copy=["note"])
            read.survey()
            for block in read.blocks():
                model.pipeline.predict(block.X)

    predict("t.csv")  # what is imported for it counts for nothing
    taken, _ = arrays_at_peak(lambda: predict("long.csv"))
    assert taken < 2 * (folder / "long.csv").stat().st_size
