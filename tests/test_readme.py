"""Each Python block of README and docs runs, and prints what the text block after it says."""

import sys
from pathlib import Path

import pytest

from page_blocks import blocks_of, groups_of

ROOT = Path(__file__).parent.parent
WRITTEN = [page for page in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in page.parts]
PAGES = [page for page in (ROOT / "README.md", *WRITTEN) if page.exists()]


def groups():
    for page in PAGES:
        for group in groups_of(page.read_text()):
            yield pytest.param(page, group, id=f"{page.relative_to(ROOT)}:{group[0].line}")


def test_there_are_blocks():
    assert len([*blocks_of((ROOT / "README.md").read_text())]) >= 4


@pytest.mark.parametrize(("page", "group"), [*groups()])
def test_a_block_runs_alone(page, group, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in group:
        if block.missing:
            pytest.skip(f"needs {', '.join(block.missing)}")
        assert block.run(str(page), names) == block.expected
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def test_public_ways_to_learn_from_a_table_are_described():
    text = "".join(page.read_text() for page in PAGES)
    missing = [
        name
        for name in ("table_pipeline", "split_table", "chainrule.load", "chainrule.save")
        if name not in text
    ]
    assert not missing
