"""How kernels are compiled: what they must be called, and what they take."""

import os
import subprocess
import sys

import numpy as np
import pytest

from chainrule import kernels
from chainrule.kernels import _compile


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


@pytest.mark.slow
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
