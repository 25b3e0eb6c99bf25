"""What all tests stand on."""

import gc
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule

# A job in the background of a shell inherits that Ctrl-C is ignored; tests, and what they start, hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Tests are not searched for examples where they have none: that takes longer than to find the tests."""
    found = yield
    if b">>>" in file_path.read_bytes():
        return found
    return [each for each in found if not isinstance(each, DoctestModule)]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Every worker collects all tests, which stay to the end: the garbage collector passes them by."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found
