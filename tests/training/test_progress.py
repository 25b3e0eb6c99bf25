import sys

import numpy as np
import pytest

from chainrule import LBFGS, Adam, Network, train
from chainrule.training import EpochReport
from chainrule.training._progress import _figures

X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
y = X[:, 0] * X[:, 1]
OPTIONS = {"loss": "half_squared_error", "max_iter": 3, "tol": 0, "progress": True}


@pytest.mark.parametrize("solver", [Adam(), LBFGS()], ids=["adam", "lbfgs"])
def test_a_bar_on_standard_error(solver, capsys):
    history = train(Network((2, 4, 1), random_state=0), X, y, solver=solver, **OPTIONS)
    out, err = capsys.readouterr()
    assert out == ""
    assert "3/3" in err
    assert f"loss {history.loss[-1]:.6g}" in err


def test_without_progress_nothing_is_written(capsys):
    train(Network((2, 4, 1), random_state=0), X, y, **OPTIONS | {"progress": False})
    assert capsys.readouterr() == ("", "")


def test_the_bar_is_a_hook_beside_others(capsys):
    heard = []
    train(Network((2, 4, 1), random_state=0), X, y, on_epoch=[heard.append], **OPTIONS)
    assert len(heard) == 3
    assert "3/3" in capsys.readouterr().err


def test_the_bar_ends_with_an_error(capsys):
    def broken(report):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        train(Network((2, 4, 1), random_state=0), X, y, on_epoch=[broken], **OPTIONS)
    train(Network((2, 4, 1), random_state=0), X, y, **OPTIONS)  # rich allows one live bar at a time
    assert "3/3" in capsys.readouterr().err


def test_figures():
    assert _figures(EpochReport(1, 2, 0.25, None, 0.001, 0.1)) == "loss 0.25  rate 0.001"
    assert _figures(EpochReport(1, 2, 0.25, -0.5, np.nan, 0.1)) == "loss 0.25  validation -0.5000"


def test_without_rich_it_says_what_to_install(monkeypatch):
    for module in [name for name in sys.modules if name.split(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(ImportError, match=r"pip install 'chainrule\[cli\]'"):
        train(Network((2, 4, 1), random_state=0), X, y, **OPTIONS)
