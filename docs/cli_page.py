"""Writes the help of every command into guide/cli.md: ``python docs/cli_page.py``.

What stands between ``<!-- help: NAME -->`` and ``<!-- end -->`` is replaced; all else is written by hand.
"""

import contextlib
import io
import os
import re
from pathlib import Path

from chainrule.cli import main

PAGE = Path(__file__).with_name("guide") / "cli.md"
_BLOCK = re.compile(r"<!-- help:((?: [a-z]+)?) -->\n.*?<!-- end -->", flags=re.DOTALL)


def with_help(page: str) -> str:
    """Return the page with the help of each command in its place."""
    return _BLOCK.sub(lambda found: f"<!-- help:{found[1]} -->\n{_block(found[1].strip())}<!-- end -->", page)


def _block(command: str) -> str:
    lines = help_of(command).splitlines()
    return "".join(f"    {line}".rstrip() + "\n" for line in ["", *lines, ""])


def help_of(command: str) -> str:
    """Return the whole help of a command, or of ``chainrule`` itself, 80 columns wide."""
    arguments = [command, "--help-all"] if command else ["--help"]
    before, printed = os.environ.get("COLUMNS"), io.StringIO()
    os.environ["COLUMNS"] = "80"
    try:
        with contextlib.redirect_stdout(printed):
            main(arguments)
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return printed.getvalue()


if __name__ == "__main__":
    PAGE.write_text(with_help(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
