"""What the tests of the lesson have in common: a busy machine changes nothing of what they see."""

import pytest

from chainrule.lesson import _learner


@pytest.fixture(autouse=True)
def steps_may_take_long(monkeypatch):
    """Steps end when they are done, not when 1.5 seconds are over."""
    monkeypatch.setattr(_learner, "LONGEST_STEP", 600.0)
