"""Reports on all kinds of tables, their files, and what is refused."""

import os
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.report.houses import fitted, make_houses
from tests.report.reading import Page

from chainrule import MLPClassifier, MLPRegressor, TableRegressor
from chainrule.report import write_report
from chainrule.tables import TableWarning, split_table

NEEDS_TARGET = {"quality", "worst"}


def page_on(model, table, path, **settings) -> Page:
    write_report(model, table, path / "r.html", **settings)
    return Page.read(path / "r.html")


def test_the_same_input_gives_the_same_bytes(reports, tmp_path):
    made = reports["size"]
    write_report(made.file, made.table, tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text() == made.page.source
    write_report(made.file, made.table, tmp_path / "r.html", date="1 May")
    dated = (tmp_path / "r.html").read_text()
    assert "1 May" in dated and "1 May" not in made.page.source


def test_the_files_are_named_with_their_digests(reports):
    import hashlib

    made = reports["price"]
    assert hashlib.sha256(made.file.read_bytes()).hexdigest() in made.page.source
    assert made.file.name in made.page.words and "Seed 1" in made.page.words


@pytest.mark.parametrize("name", ["price", "size"])
def test_a_table_without_the_target(reports, tmp_path, name):
    made = reports[name]
    target = made.model.description.schema.target
    page = page_on(made.model, made.table.drop(columns=target), tmp_path)
    sections = {each.attributes["id"] for each in page.all("section")}
    assert not sections & NEEDS_TARGET and {"learned", "moves", "inside", "again"} <= sections
    assert f"no {target} to compare with" in page.one("h1").text and "are left out" in page.words
    assert "predicted worst" not in page.words and "Scores" not in [c.text for c in page.all("caption")]


def test_a_target_without_values_is_none(reports, tmp_path):
    made = reports["mlp"]
    lacking = page_on(made.model, made.table.drop(columns="price"), tmp_path)
    for value in (None, ""):
        assert page_on(made.model, made.table.assign(price=value), tmp_path).source == lacking.source


@pytest.mark.parametrize("name, rows", [("price", 1), ("price", 2), ("size", 1), ("mlp", 1)])
def test_very_few_rows(reports, tmp_path, name, rows):
    made = reports[name]
    page = page_on(made.model, made.table.iloc[10 : 10 + rows], tmp_path)
    assert f"Scores on {rows} row{'s' if rows > 1 else ''}" in [c.text for c in page.all("caption")]
    assert "too few rows" in page.words and "nan" not in page.source.replace("nanosec", "")


@pytest.mark.parametrize("name", ["price", "mlp"])
def test_missing_cells_everywhere(reports, tmp_path, name):
    made = reports[name]
    names = ["side", "town", "garden"]
    table = made.table.iloc[:30].assign(**dict.fromkeys(names), built=pd.NaT)
    page = page_on(made.model, table, tmp_path)
    assert not re.search(r"[\" ,]nan\b", page.source)
    assert sorted((row[3] for row in page.table("The columns")[1:]), reverse=True) == ["30"] * 4 + ["0"]


EVIL = "<script>alert(1)</script>\" onload='x' &amp; \x00\u202e</style>"
LONG = "a very long name " * 300


def test_hostile_names_and_cells(tmp_path):
    random = np.random.default_rng(0)
    words = ["</script><img src=x onerror=alert(1)>", "=1+1", "b" * 5000]
    target = "<b>price</b>"
    table = pd.DataFrame({EVIL: random.normal(size=80), LONG: random.choice(words, 80)})
    table[target] = table[EVIL] * 2
    for estimator, y in (
        (MLPRegressor(hidden_layer_sizes=(3,), max_iter=2), table[target]),
        (MLPClassifier(hidden_layer_sizes=(3,), max_iter=2), np.where(table[EVIL] > 0, words[0], "\"'<!--")),
    ):
        changed = table.assign(**{target: y})
        page = page_on(fitted(changed, target, estimator), changed, tmp_path, date="<i>today</i>")
        assert len(page.all("script")) == len(page.all("style")) == 1
        assert not page.all("img", "i") and {each.text for each in page.all("b")}
        assert "alert" not in page.one("script").text and len(page.source) < 400_000
        assert "<script>alert(1)</script>\" onload='x' &amp; \\x00\\u202e" in page.words
        assert "\x00" not in page.source and "\u202e" not in page.source
        assert "a very long name a very long" in page.words and LONG.strip() not in page.words
        seen = page.one("head").all("title")[0].text, page.one("h1").text
        assert all(target in text for text in seen)


def test_many_columns_and_many_classes(tmp_path):
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(200, 25)), columns=[f"column {k}" for k in range(25)])
    classes = [f"class {k}" for k in range(25)]
    table["kind"] = np.repeat(classes, 8)
    network = MLPClassifier(hidden_layer_sizes=(4,), max_iter=2, random_state=0)
    page = page_on(fitted(table, "kind", network), table, tmp_path)
    assert len(page.table("The 20 most influential of 25 columns")) == 21
    assert "The other 5 columns" in page.words and "The first 20 of 25 columns" in page.words
    shown = page.table("Confusion matrix")
    assert (
        len(shown) == 21 and shown[0][-1] == "others" and "The 20 most frequent of 25 classes" in page.words
    )
    assert "Of 25 classes the three most frequent are shown" in page.words


def test_of_many_rows_a_sample_is_drawn_and_all_are_scored(reports, tmp_path):
    made = reports["price"]
    table = pd.concat([made.table] * 6, ignore_index=True)
    page = page_on(made.model, table, tmp_path)
    assert "Scores on 1,200 rows" in [each.text for each in page.all("caption")]
    assert "400 of 1,200 rows are drawn" in page.words and len(page.table("Predicted against true")) == 401
    assert "Averages over 300 rows" in page.words


def test_what_was_noticed_is_said_and_shown(reports, tmp_path):
    made = reports["price"]
    with pytest.warns(TableWarning, match="'extra'"):
        page = page_on(made.model, made.table.assign(extra=1), tmp_path)
    assert "Noticed when the table was read" in page.words and "'extra'" in page.words


def test_a_model_that_is_worse_than_a_line_is_called_so(reports):
    made = reports["mlp"]
    known = made.model.description.held_out
    assert known.linear["r2"] > known.model["r2"]
    assert "A linear model does better: it errs by" in made.page.words


def test_a_network_without_hidden_layers(tmp_path):
    table = make_houses(60)[["side", "garden", "price"]]
    model = fitted(table, "price", MLPRegressor(hidden_layer_sizes=(), max_iter=3, random_state=0))
    page = page_on(model, table, tmp_path)
    assert "only one order" in page.words and "Hidden layers: none" in page.words


def test_no_row_held_out(tmp_path):
    table = make_houses(60)[["side", "price"]]
    model = fitted(table, "price", MLPRegressor(hidden_layer_sizes=(3,), max_iter=3), test_size=0)
    page = page_on(model, table, tmp_path)
    assert "60 rows; none held out" in page.words and "--test-size 0" in page.words


@pytest.mark.filterwarnings("ignore:column 'note'")
def test_a_column_that_is_empty_where_the_model_learns(tmp_path):
    """A text that stands in few rows, all of them held out, broke the pipeline of the perceptron."""
    table = make_houses(60)[["side", "price"]].assign(note=None)
    for row in range(60):
        table["note"] = [f"word {k % 2}" if k in (row, row + 1) else None for k in range(60)]
        data = split_table(table, "price", seed=1)
        if "note" in data.X_train and not data.X_train.note.notna().any():
            break
    else:
        pytest.fail("no row is held out")
    model = fitted(table, "price", MLPRegressor(hidden_layer_sizes=(3,), max_iter=3))
    assert "note" in page_on(model, table, tmp_path).words


def test_refused(reports, tmp_path, monkeypatch):
    made = reports["price"]
    table = tmp_path / "houses.csv"
    made.table.to_csv(table, index=False)
    target = tmp_path / "r.html"
    before = table.read_bytes(), made.file.read_bytes()
    for path, model, words, kind in (
        (tmp_path, made.file, "is a folder", OSError),
        (tmp_path / "no" / "r.html", made.file, "there is no folder", OSError),
        (table, made.file, "would overwrite the table", ValueError),
        (made.file, made.file, "would overwrite the model", ValueError),
        (target, table, "is not a model file", ValueError),
        (target, tmp_path / "none.chainrule", "there is no file", OSError),
    ):
        with pytest.raises(kind, match=words):
            write_report(model, table, path)
    os.symlink(table, tmp_path / "link.html")
    with pytest.raises(ValueError, match="would overwrite the table"):
        write_report(made.file, table, tmp_path / "link.html")
    with pytest.raises(TypeError, match="model must be a TableModel or the path of a model file, got dict"):
        write_report({}, table, target)
    with pytest.raises(TypeError, match=r"^a table is a data frame of pandas, Polars or Arrow, not ndarray$"):
        write_report(made.model, made.table.to_numpy(), target)
    with pytest.raises(TypeError, match=r"got TableRegressor; .*split_table, table_pipeline and describe"):
        write_report(made.model.pipeline[-1], table, target)
    with pytest.raises(ValueError, match="has no rows: a report needs at least one"):
        write_report(made.model, made.table.iloc[:0], target)
    with pytest.raises(ValueError, match="the table lacks 'side'"):
        write_report(made.model, made.table.drop(columns="side"), target)
    assert (table.read_bytes(), made.file.read_bytes()) == before and not target.exists()


def test_a_model_of_two_numbers_is_refused(tmp_path):
    files = Path(__file__).parents[1] / "io" / "files" / "v1"
    with pytest.raises(ValueError, match="a report is on one number or on classes; the model predicts 2"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # another version of scikit-learn, new texts
            write_report(files / "two_outputs.chainrule", files / "rows.csv", tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(reports, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"cannot write .*r\.html: Permission denied"):
        write_report(reports["price"].model, reports["price"].table, tmp_path / "r.html")


def test_a_table_model_is_the_default_of_the_page(reports):
    assert isinstance(reports["price"].model.pipeline[-1], TableRegressor)
