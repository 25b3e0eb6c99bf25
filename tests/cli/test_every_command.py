"""What holds for every command: one schema of JSON, and lines that fit the terminal."""

import json
import re
from pathlib import Path

import pytest

from chainrule import __version__
from chainrule.cli._app import _COMMANDS
from sweeps import crossed

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "cli.md"
QUICK = ("--model", "mlp", "--hidden", "4", "--max-iter", 3, "--seed", 1)
LEARN = ("houses.csv", "--target", "price", *QUICK)
# Arguments of each command, in the folder of trained models; {where} is a folder to write to.
ARGUMENTS = {
    "fit": LEARN,
    "fit --columns": ("houses.csv", "--columns"),
    "predict": ("price.chainrule", "houses.csv"),
    "score": ("price.chainrule", "houses.csv"),
    "explain": ("price.chainrule", "houses.csv"),
    "explain --row": ("dear.chainrule", "houses.csv", "--row", 3),
    "report": ("price.chainrule", "houses.csv", "-o", "{where}/r.html"),
    "info": ("dear.chainrule",),
    "cv": (*LEARN, "--folds", 2),
    "tune": (*LEARN, "--folds", 2, "--candidates", 2, "--search", "halving"),
    "compare": (*LEARN, "--folds", 2, "--beside", "ridge regression"),
    "export": ("price.chainrule", "--to", "c", "-o", "{where}/price.c"),
    "compile": ("--where",),
    "page --json": ("--json",),
}


@pytest.fixture
def runs(run, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(trained)

    def runs(name, *more):
        arguments = [str(each).format(where=tmp_path) for each in ARGUMENTS[name]]
        ended = run(name.partition(" ")[0], *arguments, *more)
        assert ended.code == 0, ended.err
        return ended

    return runs


def test_every_command_is_here():
    assert {name.partition(" ")[0] for name in ARGUMENTS} == {*_COMMANDS}


@pytest.mark.skipif(not PAGE.exists(), reason="the docs are not installed")
@pytest.mark.parametrize("name", ARGUMENTS)
def test_json_is_one_document_with_the_keys_that_the_page_names(runs, name):
    ended = runs(name, "--json")
    found = json.loads(ended.out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert [*found.items()][:2] == [("chainrule", __version__), ("command", name.partition(" ")[0])]
    rows = dict(re.findall(r"^\| `([a-z -]+)` \| (.*) \|$", PAGE.read_text("utf-8"), flags=re.M))
    words = set(re.findall(r"`(\w+)`", rows[name]))
    if name == "info":  # has the keys of fit too
        words |= set(re.findall(r"`(\w+)`", rows["fit"]))
    if name == "explain --row":
        words |= set(re.findall(r"`(\w+)`", rows["explain"]))
    assert {*found} - {"chainrule", "command"} <= words


# Without those whose lines are JSON's own.
@pytest.mark.parametrize(("name", "width"), crossed([n for n in ARGUMENTS if "--json" not in n], [60, 80]))
def test_no_line_is_wider_than_the_terminal(runs, monkeypatch, name, width):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = runs(name).out.splitlines()
    paths = [line for line in lines if "/" in line]  # a name is never broken
    assert max(map(len, [line for line in lines if line not in paths]), default=0) <= width


def test_colours_are_for_terminals_only(run):
    assert "\x1b" not in run("fit", "absent.csv", "--target", "a").err
