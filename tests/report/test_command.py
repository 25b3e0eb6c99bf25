"""``chainrule report``, and the command that a report says fits the model again."""

import shlex

import pytest
from tests.report.houses import make_houses
from tests.report.reading import Page

from chainrule.cli import main
from chainrule.io import load


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("command")
    make_houses().drop(columns="size").to_csv(folder / "my houses.csv", index=False)
    arguments = ["--target", "price", "--hidden", "5,4", "--max-iter", "3", "--seed", "7", "--unit", "EUR"]
    arguments += ["--test-size", "0.1", "--set", "momentum=0.5", "--solver", "sgd", "--early-stopping", "-q"]
    assert main(["fit", str(folder / "my houses.csv"), *arguments, "-o", str(folder / "m.chainrule")]) == 0
    return folder


def test_the_command_writes_the_page_and_says_so(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    assert main(["report", "m.chainrule", "my houses.csv", "-o", "r.html", "--date", "2 May"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("written  r.html (") and not said.err
    page = Page.read(folder / "r.html")
    assert "held out when the model learned" in page.words and "my houses.csv, 2 May" in page.words


def test_the_command_line_in_the_report_fits_the_same_model(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert main(["report", "m.chainrule", "my houses.csv", "-o", "r.html"]) == 0
    fit, report = (each.text for each in Page.read(folder / "r.html").all("pre"))
    assert report == "chainrule report m.chainrule 'my houses.csv' -o report.html"
    name, *words = shlex.split(fit)
    assert name == "chainrule"
    words[words.index("-o") + 1] = "again.chainrule"
    assert main([*words, "-q"]) == 0
    first, again = (load(name).description for name in ("m.chainrule", "again.chainrule"))
    assert first.network == again.network and first.held_out == again.held_out
    assert (first.training.seed, first.training.loss, first.unit) == (
        again.training.seed, again.training.loss, again.unit,
    )  # fmt: skip


def test_refused(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    for arguments, words in (
        (["m.chainrule", "my houses.csv"], "--output FILE is missing"),
        (["m.chainrule", "my houses.csv", "-o", "my houses.csv"], "would overwrite the table my houses.csv"),
        (["m.chainrule", "my houses.csv", "-o", "m.chainrule"], "would overwrite the model m.chainrule"),
        (["m.chainrule", "my houses.csv", "-o", "."], "is a folder"),
        (
            ["m.chainrule", "my houses.csv", "-o", "r.pdf"],
            "the report r.pdf: the name of a page ends in .html",
        ),
        (["my houses.csv", "my houses.csv", "-o", "x.html"], "is not a model file"),
        (["m.chainrule", "m.chainrule", "-o", "x.html"], ""),
    ):
        assert main(["report", *arguments]) == 2
        said = capsys.readouterr()
        assert words in said.err and said.err.startswith("error: ") and said.err.count("\n") == 1
        assert not said.out and not [*folder.glob("x.html"), *folder.glob("*.pdf")]
