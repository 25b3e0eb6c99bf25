"""The README's Python blocks run, in order, and print what the text block after each says."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", README.read_text(), flags=re.DOTALL)


def test_readme_runs() -> None:
    assert BLOCKS
    namespace: dict[str, Any] = {}
    for code, expected in BLOCKS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(README), "exec"), namespace)
        assert printed.getvalue() == expected
