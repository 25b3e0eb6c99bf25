"""The Python blocks of a page of Markdown: found, and run. The site's build and the tests both do it so.

A fence ```` ```python ```` begins a block; a ```` ```text ```` fence right after it holds what it prints. Two
words may follow ``python``: ``continued``, where the block goes on with the names of the one before it, and
``needs-NAME``, where it is left out as long as that library is not installed.
"""

import contextlib
import io
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

os.environ.setdefault("MPLBACKEND", "agg")  # pictures are drawn, and not shown
_BLOCK = re.compile(
    r"^```python(?P<words>(?: [\w-]+)*)\n(?P<code>.*?)^```$(?:\s*^```text\n(?P<expected>.*?)^```$)?",
    flags=re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """Code of a page, what it prints, the line where it begins, and where it ends in the text."""

    code: str
    expected: str
    line: int
    end: int
    words: tuple[str, ...]

    @property
    def continued(self) -> bool:
        """Whether it goes on with the names of the block before it."""
        return "continued" in self.words

    @property
    def missing(self) -> list[str]:
        """Libraries that it needs, and that are not installed."""
        needs = [word.removeprefix("needs-") for word in self.words if word.startswith("needs-")]
        return [name for name in needs if find_spec(name) is None]

    def run(self, page: str, names: dict[str, Any]) -> str:
        """Run the code with these names; return what it prints."""
        printed = io.StringIO()
        lines_before = "\n" * (self.line - 1)  # so that a traceback names the line of the page
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message="column .* is read as")  # says what was guessed
            exec(compile(lines_before + self.code, page, "exec"), names)
        return printed.getvalue()


def blocks_of(text: str) -> Iterator[Block]:
    """Yield the blocks of a page, in order."""
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        words = tuple(found["words"].split())
        yield Block(found["code"], found["expected"] or "", line, found.end(), words)


def groups_of(text: str) -> list[list[Block]]:
    """Return the blocks of a page, each with those that continue it."""
    groups: list[list[Block]] = []
    for block in blocks_of(text):
        if block.continued:
            groups[-1].append(block)
        else:
            groups.append([block])
    return groups
