"""Command lines in README and docs have arguments and options that the command takes."""

import re
import shlex
from pathlib import Path

import typer

from chainrule.cli._app import app
from sweeps import for_each

ROOT = Path(__file__).parents[2]
WRITTEN = [page for page in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in page.parts]
PAGES = [page for page in (ROOT / "README.md", *WRITTEN) if page.exists()]
LINE = re.compile(r"^(?: {4,}|\$ | {4,}\$ |\| `)chainrule ([a-z]+ ?[^#|`\n]*)", flags=re.MULTILINE)


def lines():
    return {line.strip(): page for page in PAGES for line in LINE.findall(page.read_text("utf-8"))}


def test_there_are_lines():
    assert len(lines()) >= 20 or not WRITTEN


@for_each("line", lines())
def test_a_line_is_one_that_the_command_takes(line):
    name, *arguments = shlex.split(line)
    command = typer.main.get_command(app).commands[name]
    command.make_context(name, arguments)
