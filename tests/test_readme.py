"""Each Python block of README and docs runs alone, and prints what the text block after it says."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if page.exists()]
BLOCK = re.compile(r"^```python\n(.*?)^```$(?:\s*^```text\n(.*?)^```$)?", flags=re.DOTALL | re.MULTILINE)


def blocks():
    for page in PAGES:
        text = page.read_text()
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 2
            yield pytest.param(page, line, found[1], found[2] or "", id=f"{page.name}:{line}")


def test_there_are_blocks():
    assert len([*BLOCK.finditer((ROOT / "README.md").read_text())]) >= 4


@pytest.mark.parametrize(("page", "line", "code", "expected"), [*blocks()])
def test_a_block_runs_alone(page, line, code, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    lines_before = "\n" * (line - 1)  # so that a traceback names the line of the page
    with contextlib.redirect_stdout(printed):
        exec(compile(lines_before + code, str(page), "exec"), {"__name__": "__main__"})
    assert printed.getvalue() == expected


def test_public_ways_to_learn_from_a_table_are_described():
    text = (ROOT / "README.md").read_text() + "".join(page.read_text() for page in PAGES)
    missing = [
        name
        for name in ("table_pipeline", "split_table", "chainrule.load", "chainrule.save")
        if name not in text
    ]
    assert not missing
