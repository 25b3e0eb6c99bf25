"""The Hessian and Gauss and Newton's matrix as operators, against those of HIPS autograd."""

import numpy as np
import pytest

from chainrule.network.derivatives._curvature import CurvatureOperator

from ..compared import close
from .cases import Case, every_output, every_pass


@every_output
@every_pass
@pytest.mark.parametrize("exact", [True, False], ids=["hessian", "gauss_newton"])
def test_against_autograd(output, keep, exact):
    case = Case(output, keep)
    operator = CurvatureOperator(case.at, case.objective, exact=exact)
    true = case.truth.hessian() if exact else case.truth.gauss_newton()
    V = case.rng.normal(size=(len(true), 2))
    close(operator @ V[:, 0], true @ V[:, 0], 1e-12, "@ a vector")
    close(operator @ V, true @ V, 1e-12, "@ a matrix")
    close(operator.diagonal(), np.diag(true), 1e-12, "diagonal")
    close(operator.to_array(), true, 1e-12, "to_array")
    summed = CurvatureOperator(case.at, case.objective, exact=exact, total=1.0)
    close(summed.to_array(), true * case.weights.sum(), 1e-12, "the sum")
