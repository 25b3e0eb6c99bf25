"""Results of benchmarks that are kept hold what their tables and pictures need."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from sweeps import for_each

RESULTS = Path(__file__).parent.parent / "benchmarks" / "results"
pytestmark = pytest.mark.skipif(not RESULTS.is_dir(), reason="not part of this distribution")

MOST_LINES, MOST_BYTES = 6_500, 500_000


@for_each("name", sorted(path.name for path in RESULTS.glob("*.json")))
def test_figures_are_kept_small(name):
    text = (RESULTS / name).read_text()
    assert text.count("\n") <= MOST_LINES
    assert len(text) <= MOST_BYTES


# In a process of its own: the benchmark gives its process one core.
TABLES_AGAIN = """
import json, sys
from benchmarks.record import RESULTS, markdown
from benchmarks.second_order import tables
kept = json.loads((RESULTS / "second_order.json").read_text())
times, further = tables(kept["rows"], kept["machine"]["cap_seconds"])
written = (RESULTS / "second_order.md").read_text()
sys.exit(not all(markdown(table) in written for table in (times, *further.values())))
"""


def test_the_tables_of_second_order_learning_follow_from_what_is_kept():
    done = subprocess.run(
        [sys.executable, "-c", TABLES_AGAIN],
        cwd=RESULTS.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@for_each("name", ["larger_than_memory", "cluster"])
def test_tables_follow_from_what_is_kept(name, monkeypatch):
    """Without what benchmarks alone need: `make test` installs none of it."""
    from benchmarks.record import markdown  # not where this file is skipped

    for library in ("distributed", "dask", "mpi4py", "xgboost"):
        monkeypatch.setitem(sys.modules, library, None)
    kept = json.loads((RESULTS / f"{name}.json").read_text())
    written = (RESULTS / f"{name}.md").read_text()
    tables = import_module(f"benchmarks.{name}").tables
    assert all(markdown(table) in written for table in tables(kept["rows"]))
