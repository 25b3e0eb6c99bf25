"""Learning holds X once: measured in a process of its own, beside what importing and compiling take."""

import subprocess
import sys
from pathlib import Path

import pytest

import peak_memory

PROGRAM = """
import sys, warnings
import numpy as np
from chainrule import MLPRegressor
from peak_memory import peak_of

warnings.simplefilter("ignore")

rows, dtype, early = int(sys.argv[1]), np.dtype(sys.argv[2]), sys.argv[3] == "early"
columns = 1000
options = {"hidden_layer_sizes": (32,), "max_iter": 1, "batch_size": 256, "random_state": 0}
model = MLPRegressor(early_stopping=early, **options)
small = np.ones((300, columns), dtype)
model.fit(small, small[:, 0])
X = np.empty((rows, columns), dtype)
X[:] = np.random.default_rng(0).random(columns, dtype=dtype)
y = np.zeros(rows, dtype)
print(X.nbytes, peak_of(lambda: model.fit(X, y)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("early", ["early", "whole"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_fit_takes_little_beside_x(dtype, early):
    """300 MB of X; a copy, even of a tenth held back for validation, would show."""
    rows = 300_000_000 // (1000 * (4 if dtype == "float32" else 8))
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(rows), dtype, early],
        cwd=Path(peak_memory.__file__).parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    size, more = map(int, run.stdout.split())
    assert size == pytest.approx(3e8, rel=0.01)
    assert more < 20e6
