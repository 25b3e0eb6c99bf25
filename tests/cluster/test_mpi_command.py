"""``mpiexec -n 2 chainrule fit … --mpi``: the model of one process, and errors that are said once."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet as pq
from tests.cluster.test_mpi import environment, mpiexec_path

import chainrule
from chainrule.tables import fitted_network

PROGRAM = "import sys; from chainrule.cli import main; sys.exit(main())"


CODES = """import os, sys
from pathlib import Path
from chainrule.cli import main
try:
    code = main()
except SystemExit as end:
    code = end.code
Path(sys.argv[2]).parent.joinpath("ended " + os.environ["OMPI_COMM_WORLD_RANK"]).write_text(str(code))
"""


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment())


def fit(folder, size, *more):
    command = [sys.executable, "-c", PROGRAM, "fit", str(folder / "*.parquet"), "--mpi", *more]
    before = [mpiexec_path(), "--oversubscribe", "-n", str(size)] if size else []
    return run(*before, *command)


def write(folder, shift=0.0):
    rng = np.random.default_rng(0)
    for number in range(3):
        frame = pd.DataFrame({"side": rng.normal(size=400) + shift, "kind": rng.choice(list("xyz"), 400)})
        frame["price"] = np.sin(frame.side) + (frame.kind == "x")
        table = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(table, folder / f"{number}.parquet", row_group_size=150)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("sales"))


def test_two_ranks_come_to_the_model_of_one_process(folder):
    found = []
    for size in (0, 2):
        model = folder / f"{size}.chainrule"
        done = fit(
            folder, size, "--target", "price", "--seed", "3", "--max-iter", "30", "--output", str(model)
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("saved ") == 1
        found.append(fitted_network(chainrule.load(model).pipeline).network_.parameters)
    np.testing.assert_array_equal(*found)


def test_an_error_is_said_once(folder):
    done = fit(folder, 2, "--target", "prize")
    assert done.returncode != 0
    assert (done.stdout + done.stderr).count("error: ") == 1 and "prize" in done.stderr


def test_ranks_that_read_other_files_end_alike(folder, tmp_path):
    """As many rows of the same columns, but other cells: each rank would scale them by its own means."""
    ranks = []
    for each in (folder, write(tmp_path, shift=1.0)):
        command = sys.executable, "-c", CODES, "fit", str(each / "*.parquet"), "--mpi", "--target", "price"
        ranks += [":", "-n", "1", *command, "--seed", "3", "--max-iter", "3"]
    done = run(mpiexec_path(), "--oversubscribe", *ranks[1:])
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("error: ")]
    assert said == ["error: rank 1 has other files than rank 0: all ranks need the same"]
    assert [(folder / "ended 0").read_text(), (tmp_path / "ended 1").read_text()] == ["2", "2"]
