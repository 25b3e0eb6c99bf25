"""J₁J₂ᵀ against the J of HIPS autograd: whole, in blocks, traced, of one set of rows and of two."""

import numpy as np
import pytest

from chainrule.network.derivatives import _tangent_kernel
from chainrule.network.derivatives._tangent_kernel import tangent_kernel

from ..compared import close
from .cases import Case, every_output, every_pass


@every_output
@every_pass
@pytest.mark.parametrize("step", [None, 3], ids=["whole", "in blocks"])
@pytest.mark.parametrize("traced", [False, True], ids=["outputs", "traced"])
def test_against_autograd(output, keep, step, traced, monkeypatch):
    if step is not None:
        monkeypatch.setattr(_tangent_kernel, "_step", lambda *_: step)
    case = Case(output, keep)
    other = case.X[:4] / 2
    J, J_2 = case.truth.parameter_jacobian(), case.truth_of(other).parameter_jacobian()
    form = "apP,bpP->ab" if traced else "apP,bqP->apbq"
    own = tangent_kernel(case.at, None, traced, None, None, False)
    close(own, np.einsum(form, J, J), 1e-12, "of the same rows")
    np.testing.assert_array_equal(own, own.T if traced else own.transpose(2, 3, 0, 1))
    mixed = tangent_kernel(case.at, case.at_rows(other), traced, None, None, False)
    close(mixed, np.einsum(form, J, J_2), 1e-12, "of two sets of rows")
