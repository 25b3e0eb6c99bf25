"""∂E_i/∂η of every sample and its norm, against HIPS autograd."""

import numpy as np

from chainrule.network.derivatives._sample_gradients import sample_gradient_norms, sample_gradients

from ..compared import close
from .cases import Case, every_output, every_pass


@every_output
@every_pass
def test_against_autograd(output, keep):
    case = Case(output, keep)
    exact = case.weights[:, None] * case.truth.sample_gradients()
    close(sample_gradients(case.at, case.objective, None, None, False), exact, 1e-12, "sample_gradients")
    norms = sample_gradient_norms(case.at, case.objective)
    close(norms, np.linalg.norm(exact, axis=1), 1e-12, "sample_gradient_norms")
