"""Learning holds X once: measured in a process of its own, beside what importing and compiling take."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import peak_memory
from chainrule import LevenbergMarquardt, Network, train
from peak_memory import arrays_at_peak

pytestmark = pytest.mark.slow  # a process, or hundreds of megabytes, a case

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


SECOND_ORDER = """
import numpy as np
from chainrule import LevenbergMarquardt, Network, train
from peak_memory import peak_of

net = Network((10, 60, 1), "tanh", random_state=0)
X = np.random.default_rng(0).normal(size=(40_000, 10))
y = np.sin(X[:, 0])
solver = LevenbergMarquardt(method="normal", max_memory="64MiB")
options = {"loss": "half_squared_error", "solver": solver, "max_iter": 2, "tol": 0}
learn = lambda rows: train(net, X[:rows], y[:rows], **options)
learn(2000)
print(8 * len(X) * net.n_parameters, peak_of(lambda: learn(len(X))))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_levenberg_marquardt_holds_a_block_of_the_jacobian():
    """The whole of it would be 230 MB; a block, the matrix and its factor are some 20."""
    run = subprocess.run(
        [sys.executable, "-c", SECOND_ORDER], cwd=Path(peak_memory.__file__).parent, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    whole, more = map(int, run.stdout.split())
    assert whole > 2e8
    assert more < 4e7


# A method, sizes, rows and the bound. J of the first would take 115 MB, the passes of the last 40.
LM = {
    "normal": ("normal", (10, 60, 1), "tanh", 20_000, 2**24),
    "normal of softmax": ("normal", (10, 20, 3), "softmax", 20_000, 2**24),
    "dual": ("dual", (10, 60, 60, 1), "tanh", 300, 28_000_000),
    "cg": ("cg", (10, 60, 60, 1), "tanh", 10_000, 2**23),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("method", "sizes", "output", "n", "bound"), LM.values(), ids=LM)
def test_levenberg_marquardt_stays_within_its_bound(method, sizes, output, n, bound):
    rng = np.random.default_rng(0)
    X, classes = rng.normal(size=(n, sizes[0])), rng.integers(0, 3, n)
    y = classes if output == "softmax" else np.sin(X[:, 0]) / 2
    loss = "cross_entropy" if output == "softmax" else "half_squared_error"
    solver = LevenbergMarquardt(method=method, max_memory=bound)

    def learn(rows, solver):
        net = Network(sizes, "tanh", output, random_state=0)
        train(net, X[:rows], y[:rows], loss=loss, solver=solver, max_iter=2, tol=0)
        return net.parameters

    learn(min(n, 50), LevenbergMarquardt(method=method))  # what compiling takes is no part of the work
    peak, learnt = arrays_at_peak(lambda: learn(n, solver))
    rows = 8 * X.nbytes  # as given, scaled, and what a pass takes that keeps nothing
    assert peak <= bound + rows
    np.testing.assert_allclose(learnt, learn(n, LevenbergMarquardt(method=method)), rtol=1e-6, atol=1e-9)


def test_a_method_that_does_not_fit_is_refused_before_it_begins():
    rng = np.random.default_rng(0)
    X, net = rng.normal(size=(300, 10)), Network((10, 60, 60, 1), random_state=0)
    for method in ("normal", "dual"):
        solver = LevenbergMarquardt(method=method, max_memory="1MiB")
        with pytest.raises(MemoryError, match="allowed are 1 MiB"):
            train(net, X, X[:, 0], loss="half_squared_error", solver=solver)
