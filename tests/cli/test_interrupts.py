"""Ctrl-C at every stage of the command: one line, code 130, and what was asked to be saved is saved."""

import os
import signal
import subprocess
import sys

import pytest

import chainrule.cli._fit
import chainrule.cli._fit_end
from chainrule.io import read_header

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no SIGINT there")

QUICK = ("--hidden", "8", "--max-iter", 5, "--seed", 1)
SAVED = ("-o", "m.chainrule", "--save-on-interrupt")

# Ctrl-C is pressed when the module is asked for, which is at the same place however fast the machine is.
PRESSED_AT_IMPORT = """
import os, signal, sys

class Presser:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

wanted = sys.argv.pop(1)
sys.meta_path.insert(0, Presser())
from chainrule.cli import main
sys.exit(main())
"""

PRESSED_TWICE = """
import os, signal, sys
import chainrule.cli._interrupts as interrupts
from chainrule.cli import main

interrupts._GRACE_SECONDS = 0.0

def hanging(*_, **__):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        os.kill(os.getpid(), signal.SIGINT)
    print("not ended")

import chainrule.cli._fit
chainrule.cli._fit.read = hanging
sys.exit(main())
"""


def press(*_, **__):
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def table(tmp_path, houses):
    houses.to_csv(tmp_path / "houses.csv", index=False)
    return tmp_path / "houses.csv"


def ended(program, folder, *arguments):
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def files(folder):
    return sorted(path.name for path in folder.iterdir())


MODULES = [
    "typer",
    "chainrule.cli._app",
    "pandas",
    "sklearn",
    "scipy",
    "chainrule.estimators",
    "chainrule.cli._score",
    "numba",
    "matplotlib.figure",
]


@pytest.mark.parametrize(
    "module",
    [pytest.param(name, marks=() if name in ("typer", "numba") else pytest.mark.slow) for name in MODULES],
)
def test_while_libraries_are_imported(table, module):
    arguments = ["fit", "houses.csv", "--target", "price", "-o", "m.chainrule", "--plot", "p.png", "--quiet"]
    end = ended(PRESSED_AT_IMPORT, table.parent, module, *arguments)
    assert end.returncode == 130, end.stderr
    assert len(end.stderr.splitlines()) == 1
    assert end.stderr.startswith("error: interrupted")
    assert files(table.parent) == ["houses.csv"]


def test_whoever_presses_again_later_means_it(table):
    end = ended(PRESSED_TWICE, table.parent, "fit", "houses.csv", "--target", "price")
    assert (end.returncode, end.stdout) == (130, "")
    assert end.stderr == "error: interrupted; no file is left half written\n"


STAGES = ["training_facts", "describe", "save", "plot_fit", "_report"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_second_press_does_not_lose_what_is_to_be_saved(run, table, monkeypatch, stage):
    real = chainrule.cli._fit.table_pipeline

    def pipeline(*arguments):
        made = real(*arguments)
        fit = made.fit

        def pressed(*given):
            fitted = fit(*given)
            del made.fit  # a model file holds no function of ours
            with pytest.raises(KeyboardInterrupt):  # as training takes it
                press()
            fitted[-1].regressor_._state.stop_reason = "interrupted"
            return fitted

        made.fit = pressed
        return made

    monkeypatch.setattr(chainrule.cli._fit, "table_pipeline", pipeline)
    pressed_at(monkeypatch, stage)
    end = run("fit", table, "--target", "price", "--plot", "p.png", *SAVED, *QUICK)
    assert end.code == 130
    *progress, last = end.err.splitlines()
    assert last.startswith("error: interrupted after epoch 5 (loss ")
    assert last.endswith("saved to m.chainrule")
    assert len(progress) == 1
    assert read_header(table.parent / "m.chainrule").description.training.epochs == 5
    assert (table.parent / "p.png").exists()


@pytest.mark.parametrize("stage", STAGES[:-1])
def test_the_first_press_after_learning(run, table, monkeypatch, stage):
    pressed_at(monkeypatch, stage)
    end = run("fit", table, "--target", "price", "--plot", "p.png", *SAVED, *QUICK, "--quiet")
    assert end.code == 130
    assert end.err.endswith("saved to m.chainrule\n")
    assert files(table.parent) == ["houses.csv", "m.chainrule", "p.png"]


@pytest.mark.parametrize("stage", STAGES[:3])
def test_without_saving_on_interrupt_nothing_is_written(run, table, monkeypatch, stage):
    pressed_at(monkeypatch, stage)
    end = run("fit", table, "--target", "price", "-o", "m.chainrule", *QUICK, "--quiet")
    assert (end.code, end.err) == (130, "error: interrupted; no file is left half written\n")
    assert files(table.parent) == ["houses.csv"]


def test_the_handler_is_put_back(run, table):
    before = signal.getsignal(signal.SIGINT)
    run("fit", table, "--target", "price", *QUICK)
    assert signal.getsignal(signal.SIGINT) is before


def pressed_at(monkeypatch, stage):
    home = chainrule.cli._fit_end if stage in ("save", "_report") else chainrule.cli._fit
    real = getattr(home, stage)

    def pressed(*arguments, **settings):
        press()
        return real(*arguments, **settings)

    monkeypatch.setattr(home, stage, pressed)
