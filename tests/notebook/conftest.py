"""Lessons in notebooks: executed alone (`make test-page`), and in JupyterLab (`make test-notebook`)."""

from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore = [
    *([] if find_spec("nbclient") and find_spec("ipykernel") else ["test_executed.py"]),
    *([] if find_spec("jupyterlab") and find_spec("playwright") else ["test_jupyterlab.py"]),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They start kernels, and have targets of their own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
