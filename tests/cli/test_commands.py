"""The commands, used as they are meant to be."""

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import chainrule
from chainrule import __version__, kernels
from chainrule.io import FORMAT_VERSION, load_table_model
from chainrule.kernels import ahead
from chainrule.training._progress import ProgressBar

QUICK = ("--hidden", "8", "--max-iter", 5, "--seed", 1)


@pytest.fixture
def table(tmp_path, houses):
    houses.to_csv(tmp_path / "houses.csv", index=False)
    return tmp_path / "houses.csv"


def test_fit_reports_beside_a_constant_guess_and_says_that_nothing_is_saved(run, table):
    ended = run("fit", table, "--target", "price", "--unit", "euros", *QUICK)
    assert ended.code == 0
    assert "120 rows, 4 columns to learn from (1 of numbers, 2 of text, 1 of truth values)" in ended.out
    assert (
        "price: regression, guessed from its values (numbers, 120 different); --task overrules" in ended.out
    )
    assert "96 to learn from, 24 held out (seed 1)" in ended.out
    assert "parameters" in ended.out
    lines = ended.out.splitlines()
    assert any(line.startswith("24 rows held out") and line.endswith("constant guess") for line in lines)
    assert any(line.startswith("R²") for line in lines)
    assert any(line.startswith("mean absolute error") and line.endswith("euros") for line in lines)
    assert lines[-1] == "Nothing was saved: --output NAME.chainrule saves the model."
    assert [path.name for path in table.parent.iterdir()] == ["houses.csv"]


def test_second_order_learning_of_numbers(run, table):
    ended = run("fit", table, "--target", "price", "--solver", "lm", "-o", "m.chainrule", *QUICK[:2])
    assert ended.code == 0, ended.err
    assert " with lm, until " in ended.out
    assert run("predict", "m.chainrule", table).code == 0
    refused = run("fit", table, "--target", "dear", "--solver", "lm", *QUICK)
    assert refused.code == 2
    assert "for classes give one of adam, sgd, lbfgs" in refused.err


def test_the_strength_of_the_penalty_is_chosen(run, table):
    options = ("--solver", "lm", "--alpha", "bayes", "--quiet", "-o", "m.chainrule", *QUICK)
    ended = run("fit", table, "--target", "price", *options)
    assert ended.code == 0, ended.err
    assert json.loads(run("info", "m.chainrule", "--json").out)["network"]["settings"]["alpha"] == "bayes"


def test_several_files_are_one_table_in_every_command_that_learns(run, tmp_path, houses):
    houses[:70].to_csv(tmp_path / "part-1.csv", index=False)
    houses[70:].to_csv(tmp_path / "part-2.csv", index=False)
    ended = run("fit", "part-*.csv", "--target", "price", "-o", "m.chainrule", *QUICK)
    assert ended.code == 0, ended.err
    assert "part-1.csv and 1 other file: 120 rows" in ended.out
    assert run("explain", "m.chainrule", "part-1.csv", "part-2.csv").out.startswith(
        "price, averaged over 120 rows of part-1.csv and 1 other file"
    )
    found = json.loads(run("cv", "part-?.csv", "--target", "price", "--json", *QUICK).out)
    assert (found["table"], sum(found["rows"])) == (["part-1.csv", "part-2.csv"], 120)


def test_fit_of_classes(run, table):
    ended = run("fit", table, "--target", "dear", "-o", "m.chainrule", *QUICK)
    assert "dear: classification, guessed from its values (text, 2 different)" in ended.out
    assert "accuracy" in ended.out and "log loss" in ended.out
    assert "saved    m.chainrule (" in ended.out


def test_asked_task_overrules(run, table, houses):
    frame = houses.assign(rooms=lambda frame: frame.side.fillna(10).round() % 5)
    frame.to_csv(table, index=False)
    assert "rooms: classification" in run("fit", table, "--target", "rooms", *QUICK).out
    asked = run("fit", table, "--target", "rooms", "--task", "regression", *QUICK).out
    assert "rooms: regression, as asked" in asked


def test_json_is_all_there_is_on_standard_output(run, table):
    ended = run("fit", table, "--target", "price", "--json", "-o", "m.chainrule", *QUICK)
    report = json.loads(ended.out)
    assert (report["task"], report["target"], report["model"]) == ("regression", "price", "m.chainrule")
    assert report["network"]["layer_sizes"] == [8, 8, 1]
    assert report["training"]["epochs"] == 5
    assert set(report["held_out"]["model"]) == set(report["held_out"]["constant_guess"])
    info = json.loads(run("info", "m.chainrule", "--json").out)
    assert info.pop("format_version") == FORMAT_VERSION
    assert info.pop("fitted_at").startswith("20")
    assert (report.pop("command"), info.pop("command")) == ("fit", "info")
    assert info.pop("kind") == "chainrule.tables.TableModel"
    assert info == report
    score = json.loads(run("score", "m.chainrule", table, "--json").out)
    assert (score["command"], score["chainrule"], score["rows"]) == ("score", __version__, 120)
    predicted = json.loads(run("predict", "m.chainrule", table, "--json").out)
    assert [*predicted][:2] == ["chainrule", "command"]
    assert len(predicted["predictions"]["price"]) == 120


def test_quiet_says_nothing(run, table):
    ended = run("fit", table, "--target", "price", "--quiet", *QUICK)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("options", [(), ("--batch-size", 500), ("--plot", "p.png")])
def test_quiet_says_nothing_where_much_would_be_said(run, tmp_path, options):
    rows = "".join(f"{i};{i % 7};2024-01-{i % 28 + 1:02};text {i};?\n" for i in range(60))
    (tmp_path / "t.csv").write_text(f"id;y漢;day;remark;empty\n{rows}", encoding="utf-8")
    arguments = ("fit", "t.csv", "--target", "y漢", *options, *QUICK)
    assert len(run(*arguments).err.splitlines()) > 2
    ended = run(*arguments, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_quiet_does_not_outlive_its_command(run, table):
    arguments = ("fit", table, "--target", "price", "--batch-size", 500, *QUICK)
    assert run(*arguments, "--quiet").err == ""
    assert "batch_size" in run(*arguments).err


def test_same_seed_same_model_bit_for_bit(run, table):
    for name in ("a", "b"):
        run("fit", table, "--target", "price", "-o", f"{name}.chainrule", *QUICK)
    assert run("predict", "a.chainrule", table).out == run("predict", "b.chainrule", table).out
    etas = [
        load_table_model(table.parent / f"{name}.chainrule").pipeline[-1].regressor_.network_.parameters
        for name in ("a", "b")
    ]
    np.testing.assert_array_equal(*etas)


def test_a_drawn_seed_can_be_given_again(run, table):
    quick = ("--hidden", "8", "--max-iter", 5, "--json")
    first = json.loads(run("fit", table, "--target", "price", *quick).out)
    again = json.loads(
        run("fit", table, "--target", "price", *quick, "--seed", first["training"]["seed"]).out
    )
    assert again["held_out"] == first["held_out"]


def test_no_rows_held_out(run, table):
    ended = run("fit", table, "--target", "price", "--test-size", 0, "--plot", "p.png", *QUICK)
    assert "120 to learn from, 0 held out" in ended.out
    assert "constant guess" not in ended.out
    assert (table.parent / "p.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("target", ["price", "dear"])
def test_plot(run, table, target):
    ended = run("fit", table, "--target", target, "--plot", "p.png", "--early-stopping", *QUICK)
    assert ended.code == 0
    assert "drawn    p.png" in ended.out
    assert (table.parent / "p.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("target", ["cost $ a_{b$", "kind of 猫"])
def test_plot_of_names_that_are_no_formulas(run, tmp_path, target):
    x = np.random.default_rng(0).normal(size=60)
    frame = pd.DataFrame({"x": x, "cost $ a_{b$": 3 * x, "kind of 猫": np.where(x > 0, "$a_{$", "猫\x1b")})
    frame.to_csv(tmp_path / "t.csv", index=False)
    ended = run("fit", "t.csv", "--target", target, "--plot", "p.png", "--json", "--unit", "$x^$", *QUICK)
    assert ended.code == 0, ended.err
    notes = [line for line in ended.err.splitlines() if "a linear model" not in line]
    assert ["letters" in line for line in notes] == [True] * ("猫" in target)


@pytest.mark.parametrize("name", ["p.csv", "p.csv.gz", "p.parquet"])
def test_predictions_as_a_table(run, trained, name, houses):
    ended = run("predict", trained / "price.chainrule", trained / "houses.csv", "--output", name)
    assert ended.out == f"120 predictions of price written to {name}\n"
    read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
    expected = load_table_model(trained / "price.chainrule").predict(houses)
    np.testing.assert_allclose(read(name)["price"], expected, rtol=1e-12)


def test_predictions_of_classes_with_probabilities(run, trained, tmp_path):
    run("predict", trained / "dear.chainrule", trained / "houses.csv", "--probabilities", "-o", "p.csv")
    read = pd.read_csv(tmp_path / "p.csv")
    assert list(read) == ["dear", "probability of no", "probability of yes"]
    np.testing.assert_allclose(read.iloc[:, 1] + read.iloc[:, 2], 1)
    assert (read["dear"] == np.where(read["probability of yes"] > 0.5, "yes", "no")).all()


def test_score_and_info(run, trained):
    score = run("score", trained / "dear.chainrule", trained / "houses.csv")
    assert score.out.startswith("120 rows of houses.csv")
    info = run("info", trained / "dear.chainrule")
    assert "classes  no, yes" in info.out
    assert re.search(r"side +number +5\.\d+ to 14\.\d+", info.out)
    assert re.search(r"fitted   20\d\d-\d\d-\d\d \d\d:\d\d UTC", info.out)
    assert "settings --model mlp --hidden 8 --max-iter 5" in info.out
    assert f"format {FORMAT_VERSION}, written by chainrule {__version__}" in info.out


def test_info_of_any_saved_model(run, tmp_path):
    chainrule.save(chainrule.Network((2, 3, 1), random_state=0), tmp_path / "n.chainrule")
    said = run("info", "n.chainrule")
    assert said.code == 0, said.err
    assert "holds    chainrule.Network" in said.out and "network  2-3-1 (tanh), 13 parameters" in said.out
    found = json.loads(run("info", "n.chainrule", "--json").out)
    assert (found["kind"], found["networks"]["n_parameters"]) == ("chainrule.Network", 13)
    refused = run("predict", "n.chainrule", "n.chainrule")
    assert (refused.code, refused.err.count("\n")) == (2, 1)


def test_extra_columns_are_ignored_and_said(run, trained, tmp_path, houses):
    houses.assign(roof="red", year=1900).to_csv(tmp_path / "more.csv", index=False)
    ended = run("predict", trained / "price.chainrule", "more.csv", "-o", "p.csv")
    assert ended.code == 0
    assert ended.err == "note: columns that the model does not know are ignored: 'roof', 'year'\n"


def test_unseen_text_and_missing_cells_are_tolerated(run, trained, tmp_path):
    (tmp_path / "new.csv").write_text("side,town,garden,dear\n,Rom,,\n7.5,,true,yes\n")
    ended = run("predict", trained / "price.chainrule", "new.csv")
    assert (ended.code, len(ended.out.splitlines())) == (0, 3)
    assert (
        ended.err
        == "note: column 'town': 1 row with a value that the model has not seen, first 'Rom' in row 1\n"
    )


def test_rows_without_target_are_dropped_and_said(run, table, houses):
    frame = houses
    frame.loc[[1, 2, 3], "price"] = np.nan
    frame.to_csv(table, index=False)
    ended = run("fit", table, "--target", "price", *QUICK)
    assert ended.code == 0
    assert ended.err.splitlines()[0] == "note: 3 rows of 120 dropped: the target 'price' is missing there"


def test_an_empty_column_is_left_out_and_said(run, table, houses):
    houses.assign(empty=np.nan).to_csv(table, index=False)
    ended = run("fit", table, "--target", "price", "-o", "m.chainrule", *QUICK)
    assert ended.code == 0
    assert "note: column 'empty' is left out: it has no value in any row\n" in ended.err
    houses.assign(empty=3).to_csv(table, index=False)
    assert run("predict", "m.chainrule", table).err == ""


@pytest.mark.parametrize("save", [False, True])
def test_interrupted_in_the_third_epoch(run, table, monkeypatch, save):
    def third_epoch(bar, report):
        if report.epoch == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(ProgressBar, "__call__", third_epoch)
    keep = ["--save-on-interrupt"] if save else []
    ended = run("fit", table, "--target", "price", "-o", "m.chainrule", *keep, *QUICK)
    assert ended.code == 130
    last = ended.err.splitlines()[-1]
    assert last.startswith("error: interrupted after epoch 3 (loss ")
    assert ("saved to m.chainrule" in last) == save
    assert (table.parent / "m.chainrule").exists() == save
    if save:
        assert "3 epochs" in run("info", "m.chainrule").out


def test_interrupted_before_the_fit(run, table, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("chainrule.cli._fit.split_table", interrupted)
    ended = run("fit", table, "--target", "price", "-o", "m.chainrule")
    assert (ended.code, ended.err) == (130, "error: interrupted; no file is left half written\n")


# Ctrl-C is pressed in the third call of the kernel that learns.
PRESSED_IN_AN_EPOCH = """
import sys
from chainrule import kernels
from chainrule.io import FORMAT_VERSION
from chainrule.cli import main
from interrupting import Pressed

kernels.epoch = Pressed("epoch", call=3)
sys.exit(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT there")
def test_ctrl_c(tmp_path):
    random = np.random.default_rng(0)
    pd.DataFrame(random.normal(size=(4_000, 5)), columns=list("abcdy")).to_csv(tmp_path / "t.csv")
    arguments = ["fit", "t.csv", "--target", "y", "-o", "m.chainrule", "--hidden", "30,30"]
    paths = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(chainrule.__file__).parents[1])])
    ended = subprocess.run(
        [sys.executable, "-c", PRESSED_IN_AN_EPOCH, *arguments],
        cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths}, check=False,
    )  # fmt: skip
    assert ended.returncode == 130, ended.stderr
    assert "\nrows     3,200 to learn from" in ended.stdout
    assert ended.stderr.splitlines()[-1].startswith("error: interrupted")
    assert "Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_compile_says_how_far_it_is(run, monkeypatch, tmp_path):
    folder = tmp_path / "kept"  # in that of all tests others may compile at this moment
    folder.mkdir()
    for name in ("one.kernel", "two.kernel", "two.pyc"):
        (folder / name).write_bytes(bytes(1000))
    monkeypatch.setattr("chainrule.kernels._cache.cache_folder", lambda: folder)
    monkeypatch.setattr(kernels, "compile_all", lambda done: [done(f"part {k}", k, 2) for k in (1, 2)])
    ended = run("compile")
    assert ended.code == 0
    assert ended.err.splitlines()[1:] == ["  1 of 2  part 1", "  2 of 2  part 2"]
    assert ended.out == run("compile", "--where").out
    found = json.loads(run("compile", "--where", "--json").out)
    assert (found["folder"], found["files"], found["bytes"]) == (str(folder), 2, 2000)
    assert f"{found['folder']} holds {found['files']:,} compiled kernels" in ended.out


def test_compile_that_cannot_keep_anything_says_so(run, monkeypatch):
    monkeypatch.setattr(ahead, "cache_folder", lambda: None)
    ended = run("compile")
    assert ended.code == 2 and "NUMBA_CACHE_DIR" in ended.err


def test_help_and_version(run):
    assert run("--version").out == f"chainrule {__version__}\n"
    assert "predict" in run().out
    for command in ("fit", "predict", "score", "info"):
        ended = run(command, "--help")
        assert (ended.code, ended.err) == (0, "")
        assert "Usage: chainrule" in ended.out


def test_warnings_of_others_are_not_shown(run, table, monkeypatch, houses):
    def noisy(*_):
        warnings.warn("not for users", DeprecationWarning, stacklevel=1)
        return houses

    monkeypatch.setattr("chainrule.cli._fit.read", noisy)
    assert run("fit", table, "--target", "price", "--quiet", *QUICK).err == ""
