"""Killed with signal 9 at random moments, and gone on with: the model is that of a fit nobody has killed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("killed_fits.py")
SOLVERS = ["adam", "sgd", "lbfgs", "lm", "table"]
QUICK = ["adam", "lbfgs", "table"]
"""Of each kind one: what sgd and lm go on with is compared in `test_checkpoint`, without a kill."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


def run(moments, folder, *solvers):
    arguments = [sys.executable, PROGRAM, str(moments), folder, *solvers]
    end = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert end.returncode == 0, end.stderr
    return {line["solver"]: line for line in map(json.loads, end.stdout.splitlines())}


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    return run(1, tmp_path_factory.mktemp("killed"), *QUICK)


@pytest.mark.parametrize("solver", QUICK)
def test_killed_at_one_moment(solver, killed):
    assert killed[solver]["moments"] == 1
    assert killed[solver]["same"], killed[solver]


@pytest.mark.slow
@pytest.mark.parametrize("solver", SOLVERS)
def test_killed_at_thirty_moments(solver, tmp_path):
    told = run(30, tmp_path, solver)[solver]
    print(json.dumps(told))
    assert told["moments"] == 30
    assert told["same"], told
