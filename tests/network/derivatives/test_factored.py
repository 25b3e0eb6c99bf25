"""∂F/∂x as two factors: against HIPS autograd, and what is asked of them against NumPy."""

import numpy as np
import pytest

from chainrule.network.derivatives._factored import FactoredJacobian, factored_jacobian

from ..compared import close
from .cases import Case, every_pass

NARROWEST = {"the inputs": (2, 5, 4, 3), "a hidden layer": (4, 5, 2, 3), "the output": (4, 5, 3, 2)}


@pytest.mark.parametrize("output", ["tanh", "softmax"])
@pytest.mark.parametrize("sizes", NARROWEST.values(), ids=NARROWEST)
@every_pass
def test_against_autograd(sizes, output, keep):
    case = Case(output, keep, sizes=sizes)
    factored = factored_jacobian(case.at)
    assert factored.U.shape[2] == factored.V.shape[1] == 2
    close(factored.to_array(), case.truth.jacobian(), 1e-12, "U · V")


def test_products_norms_and_singular_values_are_those_of_the_matrices():
    rng = np.random.default_rng(0)
    factored = FactoredJacobian(rng.normal(size=(6, 5, 2)), rng.normal(size=(6, 2, 4)))
    J = np.einsum("npr,nrd->npd", factored.U, factored.V)
    singular = np.linalg.svd(J, compute_uv=False)
    close(factored.singular_values(), singular[:, :2], 1e-13, "singular values")
    close(factored.norm(2), singular[:, 0], 1e-13, "norm(2)")
    close(factored.norm(), np.sqrt((J**2).sum(axis=(1, 2))), 1e-13, "norm")
    close(factored.T.to_array(), J.swapaxes(1, 2), 1e-13, "T")
    for right in (rng.normal(size=4), rng.normal(size=(4, 3)), rng.normal(size=(6, 4, 3))):
        close(factored @ right, J @ right, 1e-13, f"@ {right.shape}")


@pytest.mark.parametrize("shape", [(), (5,), (5, 2), (3, 4, 2)], ids=str)
def test_factors_of_other_shapes_are_refused(shape):
    factored = FactoredJacobian(np.ones((6, 5, 2)), np.ones((6, 2, 4)))
    with pytest.raises(ValueError, match=r"shape \(6, 5, 4\) @ an array of shape"):
        factored @ np.ones(shape)
