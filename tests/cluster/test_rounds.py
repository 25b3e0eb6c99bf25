"""What `make bench-cluster` says of rounds of messages is measured of rounds as they are today."""

import json
import sys

import pytest
from tests.cluster.test_mpi import mpiexec_path, run

pytest.importorskip("benchmarks", reason="not part of this distribution")

BRIEFLY = """
import json
from benchmarks import mpi_rounds
mpi_rounds.SECONDS = 0.05
for row in mpi_rounds.rounds():
    print(json.dumps(row))
"""


def test_rounds_of_dask(monkeypatch):
    from benchmarks import dask_rounds

    monkeypatch.setattr(dask_rounds, "WIDTHS", (31,))
    monkeypatch.setattr(dask_rounds, "ROUNDS", 20)
    (row,) = dask_rounds.rounds(2, fits=1)
    assert row["numbers"] == 1086 and row["rounds"] > 20
    assert 0 < row["least"] <= row["medians"][0] and row["bare"] > 0
    assert dask_rounds.line(row).startswith("2 workers,   1,086 numbers: a round ")


def test_rounds_of_mpi():
    said = run(mpiexec_path(), "--oversubscribe", "-n", "2", sys.executable, "-c", BRIEFLY, seconds=600)
    rows = [json.loads(line) for line in said.splitlines()]
    assert [row["numbers"] for row in rows] == [1_000, 10_000, 100_000, 1_000_000]
    assert all(row["ranks"] == 2 and 0 < row["fastest"] <= row["low"] <= row["median"] for row in rows)
