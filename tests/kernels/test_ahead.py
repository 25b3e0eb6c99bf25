"""Everything that is compiled at its first use can be compiled ahead."""

import subprocess
import sys

import pytest

from chainrule.kernels import _cache, ahead

COVERED = """
from chainrule import calculus
from chainrule.kernels import ahead, losses
from chainrule.kernels.activations import LOOPS

listed = {piece.name for name in ahead.names() for piece in ahead.pieces(name)}
losses_at_outputs = [*calculus.LOSSES, ("log_loss", "softmax"), ("log_loss", "logistic")]
needed = {losses.output_loss(*pair).loop.name for pair in losses_at_outputs}
for row in LOOPS.values():
    needed |= {loop.name for loop in (row.value, row.value_and_slope, row.second_derivative)}
called = "passes:predict", "learning.epochs:epoch", "learning.updates:_adam"
needed |= {f"chainrule.kernels.{name}" for name in called}
print(len(needed), *(needed - listed))
"""


def test_no_kernel_is_left_out():
    run = subprocess.run([sys.executable, "-c", COVERED], check=True, capture_output=True, text=True)
    needed, *missing = run.stdout.split()
    assert int(needed) > 50 and not missing


USES = """
import warnings
import numpy as np
from numba.core import event

with event.install_recorder("numba:run_pass") as passes, event.install_recorder("numba:compile") as compiled:
    from chainrule import MLPClassifier, MLPRegressor, Network
    warnings.simplefilter("ignore")
    X = np.random.RandomState(0).normal(size=(40, 3))
    for solver in ("adam", "sgd", "lbfgs"):
        for y in (np.arange(40) % 2, np.arange(40) % 3, np.eye(2)[np.arange(40) % 2]):
            model = MLPClassifier((4,), solver=solver, max_iter=2, early_stopping=solver == "adam").fit(X, y)
            model.predict_proba(X)
        for loss in ("squared_error", "poisson"):
            MLPRegressor(loss, (4,), solver=solver, max_iter=2).fit(X, np.arange(40)).predict(X)
    MLPRegressor(hidden_layer_sizes=(4,), solver="lm", max_iter=2).fit(X, np.arange(40.0))
    for dtype in ("float64", "float32"):
        net = Network((3, 5, 2), "gelu", "softmax", dtype=dtype, random_state=0)
        y = np.arange(40) % 2
        for ask in (
            lambda: net.jacobian(X),
            lambda: net.input_hessian(X),
            lambda: net.gradient(X, y),
            lambda: net.hessian(X, y).to_array(),
            lambda: net.gauss_newton(X, y).to_array(),
            lambda: net.tangent_kernel(X),
            lambda: net.parameter_jacobian(X),
        ):
            ask()
print(len(passes.buffer), len(compiled.buffer))
"""


@pytest.mark.slow
def test_after_compiling_ahead_no_process_compiles_anything():
    if _cache.cache_folder() is None:
        pytest.skip("no folder to keep compiled kernels in")
    run = subprocess.run(
        [sys.executable, "-m", "chainrule.kernels"], check=True, capture_output=True, text=True
    )
    *_, last = run.stdout.splitlines()
    count, of, total, *_ = last.split()
    assert of == "of" and count == total and not run.stderr
    uses = subprocess.run([sys.executable, "-c", USES], check=True, capture_output=True, text=True)
    assert uses.stdout.split() == ["0", "0"] and not uses.stderr


def test_without_a_folder_nothing_is_compiled(monkeypatch):
    monkeypatch.setattr(ahead, "cache_folder", lambda: None)
    with pytest.raises(OSError, match="NUMBA_CACHE_DIR"):
        ahead.compile_all(lambda *_: None)


def test_a_failure_of_a_process_is_not_hidden(monkeypatch):
    monkeypatch.setattr(ahead, "names", lambda: ["chainrule.kernels.no_such_file"])
    with pytest.raises(ModuleNotFoundError, match="no_such_file"):
        ahead.compile_all(lambda *_: None, processes=1)
