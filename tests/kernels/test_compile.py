"""How kernels are compiled: what they must be called, what they take, and that it happens once."""

import os
import subprocess
import sys

import numpy as np
import pytest

from chainrule import kernels
from chainrule.kernels import _cache, _compile

FIRST_FITS = """
import warnings
import numpy as np
from numba.core import event

with event.install_recorder("numba:run_pass") as passes, event.install_recorder("numba:compile") as compiled:
    from chainrule import MLPClassifier, MLPRegressor
    warnings.simplefilter("ignore")
    X = np.random.RandomState(0).normal(size=(40, 3))
    for solver in ("adam", "sgd", "lbfgs"):
        for y in (np.arange(40) % 2, np.arange(40) % 3, np.eye(2)[np.arange(40) % 2]):
            model = MLPClassifier((4,), solver=solver, max_iter=2, early_stopping=solver == "adam").fit(X, y)
            model.predict_proba(X)
        for loss in ("squared_error", "poisson"):
            MLPRegressor(loss, (4,), solver=solver, max_iter=2).fit(X, np.arange(40)).predict(X)
print(len(passes.buffer), len(compiled.buffer))
"""


def test_the_first_fits_of_a_second_process_compile_nothing():
    if _cache.cache_folder() is None:
        pytest.skip("no folder to keep compiled kernels in")
    fits = [sys.executable, "-c", FIRST_FITS]
    subprocess.run(fits, check=True, capture_output=True)
    assert subprocess.run(fits, check=True, capture_output=True, text=True).stdout.split() == ["0", "0"]


def test_a_kernel_in_a_closure_needs_a_name_of_its_own():
    def nameless(x):
        return x

    with pytest.raises(ValueError, match=r"<locals>.nameless needs a name of its own"):
        _compile.kernel(nameless)


def test_an_entry_takes_its_one_signature_and_no_other():
    kernel = kernels.predict[np.float64]
    with pytest.raises(TypeError, match="No matching definition"):
        kernel(1, 2, 3, 4, 5, 6, 7)
    assert len(kernel.signatures) == 1
    assert kernels.predict["float64"] is kernel


def test_that_the_compiler_is_off_is_said_in_one_line():
    code = "import chainrule; chainrule.Network((1, 2, 1), random_state=0)([[1.0]])"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("ValueError: NUMBA_DISABLE_JIT is set, but ")
