"""What is said while members learn: how long it will take, once, or nothing."""

from types import SimpleNamespace

import pytest

from chainrule.tables.ensemble._watching import Announcement


def report(seconds, epoch=1):
    return SimpleNamespace(seconds=seconds, max_epochs=50, epoch=epoch)


@pytest.mark.parametrize(("seconds", "said"), [(0.01, ""), (0.1, "up to 20 s"), (10.0, "up to 33 min")])
def test_long_learning_is_announced_once(capsys, seconds, said):
    with Announcement(4, verbose=True) as shown:
        for epoch in (1, 2):
            shown(report(seconds, epoch))
    err = capsys.readouterr().err
    assert err.count("learning will take") == bool(said) and said in err


def test_who_does_not_want_to_hear_it_does_not(capsys):
    with Announcement(4, verbose=False) as shown:
        shown(report(10.0))
    assert capsys.readouterr().err == ""
