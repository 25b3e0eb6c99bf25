"""``fit --checkpoint --resume``: fits that a signal ends, and the same command goes on with."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chainrule import MLPRegressor, load
from chainrule.cli._interrupts import Presses
from chainrule.training import read_checkpoint_summary
from chainrule.training.solvers import _minibatches

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no such signals there")

MLP = ("--target", "price", "--hidden", "8", "--max-iter", 12)
TABLE = ("--target", "price", "--effort", "fast", "--set", "n_steps=100", "--hidden", "8")
KEPT = ("--checkpoint", "run.ckpt", "--resume", "run.ckpt")


@pytest.fixture
def table(tmp_path, houses):
    houses.to_csv(tmp_path / "houses.csv", index=False)
    return tmp_path / "houses.csv"


def parameters(path):
    last = load(path).pipeline[-1]
    networks = last.networks_ if hasattr(last, "networks_") else [last.regressor_.network_]
    return np.concatenate([network.parameters for network in networks])


@pytest.fixture
def signalled(monkeypatch):
    """Send a signal in the n-th epoch."""

    def send(number, epoch):
        learn, told = _minibatches._epoch, []

        def counted(*given):
            told.append(1)
            if len(told) == epoch:
                os.kill(os.getpid(), number)
            return learn(*given)

        monkeypatch.setattr(_minibatches, "_epoch", counted)

    yield send
    monkeypatch.undo()


ENDS = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])


@ENDS
@pytest.mark.parametrize("options", [MLP, TABLE], ids=["mlp", "table"])
def test_the_same_command_begins_and_goes_on(run, table, signalled, monkeypatch, options, number, code):
    monkeypatch.chdir(table.parent)
    whole = run("fit", table, *options, "--seed", 3, "-o", "whole.chainrule", "--quiet")
    assert whole.code == 0, whole.err
    command = ("fit", table, *options, "--seed", 3, "-o", "m.chainrule", *KEPT)
    signalled(number, 5)
    ended = run(*command)
    assert ended.code == code
    assert "run.ckpt is not there yet: the fit begins" in ended.out
    assert ended.err.splitlines()[-1].startswith("error: interrupted after epoch 4 (loss ")
    assert ended.err.splitlines()[-1].endswith("; --resume run.ckpt goes on with it")
    assert not (table.parent / "m.chainrule").exists()
    monkeypatch.undo()
    monkeypatch.chdir(table.parent)
    again = run(*command)
    assert again.code == 0, again.err
    assert "resume   run.ckpt: the fit goes on, after 4 epochs\n" in again.out
    np.testing.assert_array_equal(parameters("m.chainrule"), parameters("whole.chainrule"))
    at_once = run(*command)
    assert at_once.code == 0, at_once.err
    assert "resume   run.ckpt: the fit had come to its end, after " in at_once.out
    np.testing.assert_array_equal(parameters("m.chainrule"), parameters("whole.chainrule"))


def test_the_seed_is_that_of_the_checkpoint(run, table, signalled, monkeypatch):
    signalled(signal.SIGTERM, 5)
    assert run("fit", table, *MLP, *KEPT).code == 143
    monkeypatch.undo()
    monkeypatch.chdir(table.parent)
    seed = read_checkpoint_summary("run.ckpt").settings["random_state"]
    assert run("fit", table, *MLP, *KEPT, "-o", "m.chainrule").code == 0
    assert run("fit", table, *MLP, "--seed", seed, "-o", "whole.chainrule").code == 0
    np.testing.assert_array_equal(parameters("m.chainrule"), parameters("whole.chainrule"))
    refused = run("fit", table, *MLP, *KEPT, "--seed", seed + 1)
    assert refused.code == 2
    assert f"run.ckpt is a checkpoint of a fit with --seed {seed}" in refused.err


def test_before_the_first_epoch(run, table, signalled, monkeypatch):
    signalled(signal.SIGTERM, 1)
    ended = run("fit", table, *TABLE, *KEPT, "--quiet")
    assert (ended.code, ended.err) == (
        143,
        "error: interrupted before the first epoch was done; no model was written; "
        "--resume run.ckpt goes on with it\n",
    )
    monkeypatch.undo()
    monkeypatch.chdir(table.parent)
    assert run("fit", table, *TABLE, *KEPT).code == 0


def one_line(ended, *words):
    assert ended.code == 2
    *_, last = ended.err.splitlines()
    assert last.startswith("error: ")
    for word in words:
        assert word in last
    return True


def test_what_is_refused(run, table, monkeypatch):
    monkeypatch.chdir(table.parent)
    table.with_name("notes.txt").write_text("mine")
    assert run("fit", table, *MLP, "--seed", 1, "--checkpoint", "run.ckpt", "--quiet").code == 0
    assert one_line(run("fit", table, *MLP, "--resume", "no.ckpt"), "no.ckpt", "No such file")
    assert one_line(run("fit", table, *MLP, "--resume", "notes.txt"), "notes.txt is not a checkpoint")
    assert one_line(run("fit", table, *MLP, "--checkpoint", "notes.txt"), "would overwrite", "no checkpoint")
    assert one_line(run("fit", table, *MLP, "--checkpoint", table), "would overwrite the table")
    assert one_line(run("fit", table, *MLP, "--checkpoint", "no/run.ckpt"), "there is no folder")
    assert one_line(run("fit", table, *MLP, "--checkpoint", "."), "it is a folder")
    same = run("fit", table, *MLP, "--checkpoint", "m.chainrule", "-o", "m.chainrule")
    assert one_line(same, "are the same file")
    kept = "m.chainrule"  # what is read may have any name, also that of a result
    run("fit", table, *MLP, "--seed", 1, "--checkpoint", kept, "--quiet")
    assert one_line(run("fit", table, *MLP, "--resume", kept, "-o", kept), "would overwrite", "--resume")
    assert one_line(run("fit", table, *MLP, "--resume", "run.ckpt", "--alpha", "1"), "another model", "alpha")
    assert one_line(run("fit", table, *TABLE, "--resume", "run.ckpt"), "MLPRegressor", "TableRegressor")
    MLPRegressor(max_iter=5, tol=1.0, n_iter_no_change=1).fit(
        [[0.0], [1.0]], [0.0, 1.0], checkpoint="py.ckpt"
    )
    assert one_line(
        run("fit", table, *MLP, "--resume", "py.ckpt"), "py.ckpt: a checkpoint of a fit without a"
    )
    houses = table.read_text().replace("Ulm", "Trier", 3)
    table.write_text(houses)
    assert one_line(run("fit", table, *MLP, "--resume", "run.ckpt"), "other data: X is not the same")
    assert table.with_name("notes.txt").read_text() == "mine"


TERMINATED_AT_IMPORT = """
import os, signal, sys

class Sender:
    def find_spec(self, name, path=None, target=None):
        if name == "pandas":
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Sender())
from chainrule.cli import main
sys.exit(main())
"""


def test_sigterm_while_libraries_are_imported(table):
    program = [sys.executable, "-c", TERMINATED_AT_IMPORT, "fit", table, "--target", "price"]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (143, "error: interrupted; no file is left half written\n")


@ENDS
def test_either_signal_saves_on_interrupt(run, table, signalled, number, code):
    signalled(number, 5)
    ended = run("fit", table, *MLP, "-o", "m.chainrule", "--save-on-interrupt", "--quiet")
    assert ended.code == code
    assert ended.err.endswith("saved to m.chainrule\n")


def test_the_first_signal_tells_the_code():
    presses = Presses()
    presses.loading = False
    with pytest.raises(KeyboardInterrupt):
        presses(signal.SIGTERM, None)
    presses(signal.SIGINT, None)
    assert presses.code == 143


def test_the_library_leaves_handlers_alone(run, table):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    run("fit", table, *MLP, "--checkpoint", "run.ckpt")
    assert {number: signal.getsignal(number) for number in before} == before


def test_a_file_that_cannot_be_written_later_is_a_note(run, table, monkeypatch):
    """Learning goes on, and the model is saved."""
    replace, calls = os.replace, []

    def full(part, target):
        calls.append(target)
        if str(target).endswith(".ckpt") and len(calls) > 1:
            raise OSError(28, "No space left on device")
        replace(part, target)

    monkeypatch.setattr(os, "replace", full)
    ended = run("fit", table, *MLP, "--checkpoint", "run.ckpt", "-o", "m.chainrule")
    assert ended.code == 0
    assert (
        "note: no checkpoint was written, and learning goes on: cannot write run.ckpt: No space" in ended.err
    )
    assert Path("m.chainrule").exists()
