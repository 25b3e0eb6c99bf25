"""Runs every block of code of a page when the site is built.

Python blocks must print what the text block after them says; pictures that they draw come after them. A block
```` ```console ```` holds commands after ``$ ``, which are run in order; what they print stands below them. A
block of C is their file `main.c`. All blocks of a page share a folder, which also has the tables of
`examples/data`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import chdir
from pathlib import Path
from typing import Any

import matplotlib
from sphinx.application import Sphinx
from sphinx.util import logging

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from _ext.pictures import pictures_drawn  # noqa: E402

from page_blocks import Block, groups_of  # noqa: E402

matplotlib.use("agg")
_log = logging.getLogger(__name__)
_C = re.compile(r"^```c\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Run the blocks of a page as it is read."""
    app.connect("source-read", _run_page)
    return {"parallel_read_safe": True}


def _run_page(app: Sphinx, docname: str, source: list[str]) -> None:
    if not app.env.doc2path(docname).suffix == ".md":
        return
    with tempfile.TemporaryDirectory() as folder:
        for table in (ROOT / "examples" / "data").iterdir():
            (Path(folder) / table.name).symlink_to(table)
        with chdir(folder):
            text = _with_pictures(docname, source[0])
            for code in _C.findall(text):
                Path("main.c").write_text(code, encoding="utf-8")
            source[0] = _CONSOLE.sub(lambda found: _session(docname, found[1]), text)


def _with_pictures(docname: str, text: str) -> str:
    """Return the text with what its blocks draw behind each of them."""
    pieces, end = [], 0
    for group in groups_of(text):
        names: dict[str, Any] = {"__name__": "__main__"}
        for block in group:
            pieces += [text[end : block.end], *_run(docname, block, names)]
            end = block.end
    return "".join([*pieces, text[end:]])


def _run(docname: str, block: Block, names: dict[str, Any]) -> list[str]:
    where = (docname, block.line)
    if block.missing:
        _log.info("%s:%d is left out: needs %s", docname, block.line, ", ".join(block.missing))
        return []
    try:
        printed = block.run(docname, names)
    except Exception as error:
        _log.warning("the block fails: %s: %s", type(error).__name__, error, location=where)
        return []
    if printed != block.expected:
        _log.warning("the block prints\n%s\nand not\n%s", printed, block.expected, location=where)
    return [f"\n\n```{{raw}} html\n{picture}\n```\n" for picture in pictures_drawn()]


def _session(docname: str, commands: str) -> str:
    """Return the block of the console with what each command prints."""
    lines = []
    for command in re.findall(r"^\$ (.*)$", commands, flags=re.MULTILINE):
        if command.startswith("cc ") and not shutil.which("cc"):
            _log.info("%s: there is no C compiler here", command)
            lines += [f"$ {command}", ""]
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            env=os.environ
            | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "100"},
            check=False,
        )
        if done.returncode:
            _log.warning("%s: ends with %d: %s", command, done.returncode, done.stderr, location=docname)
        lines += [f"$ {command}", *done.stdout.rstrip().splitlines(), ""]
    return "\n".join(["```console", *lines[:-1], "```"])
