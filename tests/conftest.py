"""What all tests stand on."""

import gc
import signal
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest
from _pytest.doctest import DoctestModule

import sweeps

# A job in the background of a shell inherits that Ctrl-C is ignored; tests, and what they start, hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Of many cases `make test` takes some; see `sweeps`. Of hypothesis too, where a test says no number.

    Examples are the same each time, and may take as long as they like: by itself hypothesis draws others in
    each run, and lets a test fail of which one example takes 200 ms, as it may on a machine that does much
    else. With ``--hypothesis-profile=default`` it does.
    """
    sweeps.whole = config.getoption("markexpr") != "not slow"
    unhurried = hypothesis.settings(
        parent=hypothesis.settings.get_profile("default"), deadline=None, derandomize=True, database=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )  # fmt: skip
    hypothesis.settings.register_profile("whole", unhurried)
    hypothesis.settings.register_profile("quick", unhurried, max_examples=20)
    if config.getoption("hypothesis_profile", None) is None:
        hypothesis.settings.load_profile("whole" if sweeps.whole else "quick")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Tests are not searched for examples where they have none: that takes longer than to find the tests."""
    found = yield
    if b">>>" in file_path.read_bytes():
        return found
    return [each for each in found if not isinstance(each, DoctestModule)]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Every worker collects all tests, which stay to the end: the garbage collector passes them by.

    What libraries keep, once they are imported, stays too: it is looked through a tenth as often as usual.
    """
    gc.disable()
    found = yield
    gc.freeze()
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, 10 * old)
    gc.enable()
    return found
