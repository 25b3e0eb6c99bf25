"""Help that fits a screen, and names what a stranger looks for."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from chainrule.cli._app import _COMMANDS

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "cli.md"

COMMANDS = tuple(_COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_screen(run, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    ended = run(command, "--help")
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    assert lines[0].startswith(f"Usage: chainrule {command}")
    assert len(lines) <= 49  # and the line of the prompt
    assert max(map(len, lines)) <= 80
    assert ended.out.isascii()
    assert run(command, "-h").out == ended.out
    assert f"Example:\n  chainrule {command}" in ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_rarely_used_options_are_named_and_explained_elsewhere(run, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    short, whole = run(command, "--help").out, run(command, "--help-all").out
    if "Rarely used" not in short:
        assert short == whole
        return
    named = short.partition("Rarely used")[2].partition("\n")[2].partition("\n\n")[0].split()
    explained = re.findall(r"^  (--[a-z-]+) ", whole.partition("Rarely used:")[2], flags=re.M)
    assert named == explained and len(named) > 0
    assert max(map(len, whole.splitlines())) <= 80


def test_help_of_the_whole(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = run("--help").out
    assert all(command in said for command in COMMANDS)
    assert said == run().out


def test_groups_of_fit(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    groups: dict[str, str] = {}
    for block in run("fit", "--help-all").out.split("\n\n")[2:]:
        title, _, options = block.strip().partition(":\n")
        groups[title] = options
    assert [title for title in groups if title in ("Table", "Network", "Learning", "Output")] == [
        "Table", "Network", "Learning", "Output"
    ]  # fmt: skip
    for option in ("--target", "--ignore", "--columns"):
        assert f"  {option}" in groups["Table"]
    for option in ("--as", "--na", "--sep", "--encoding", "--no-header", "--learning-rate-init"):
        assert f"  {option}" in groups["Rarely used"]
    for option in ("--solver", "--alpha", "--set", "--seed"):
        assert f"  {option}" in groups["Learning"]
    assert "-o, --output" in groups["Output"]
    assert "mlp: 0.001]" in groups["Rarely used"]
    for option in ("--model", "--effort"):
        assert f"  {option}" in groups["Network"]


def test_options_of_new_tables(run):
    for command in ("predict", "score"):
        said = run(command, "--help").out
        assert all(option in said for option in ("--na", "--sep", "--encoding", "--no-header"))
    assert "--copy" in run("predict", "--help").out


@pytest.mark.parametrize("columns", ["20", "60", "200"])
def test_other_widths(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    said = run("fit", "--help").out
    assert "--ignore COLUMN" in said
    assert max(map(len, said.splitlines())) <= max(int(columns), 60)


@pytest.mark.skipif(not PAGE.exists(), reason="the docs are not installed")
def test_the_page_holds_the_help_of_every_command(capsys):
    spec = spec_from_file_location("cli_page", PAGE.parents[1] / "cli_page.py")
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    page = PAGE.read_text(encoding="utf-8")
    assert page == script.with_help(page), "run `python docs/cli_page.py`"
    assert re.findall("<!-- help: ([a-z]+) -->", page) == [*COMMANDS]
    for command in COMMANDS:
        assert f"`{command}`" in page.partition("## JSON")[2].partition("## fit")[0]
