"""A busy machine stops no message: those that are to be stopped have a limit of their own."""

import pytest

from chainrule.lesson.server import _app, _workers


@pytest.fixture(autouse=True)
def messages_may_take_long(monkeypatch):
    monkeypatch.setattr(_app, "_MESSAGE_SECONDS", 600.0)
    monkeypatch.setattr(_app, "_TABLE_SECONDS", 600.0)


@pytest.fixture
def only_a_processor_s_time_counts(monkeypatch):
    """Work that waits for its turn is not stopped, however long it waits."""
    monkeypatch.setattr(_workers, "_BY_THE_CLOCK", 1e9)
