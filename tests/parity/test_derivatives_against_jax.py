"""Every derivative of 300 drawn networks, up to 8 layers and 200 wide, against JAX."""

import numpy as np
import pytest

from chainrule import calculus
from network.compared import close, compare, drawn
from network.test_against_autograd import calculus_agrees, other_ways_agree, pieces_agree
from network.truth import Truth

from .derivatives_jax import jax_library

pytestmark = pytest.mark.slow
every_draw = pytest.mark.parametrize("seed", range(1000, 1300))
# Of 300 draws few are likelihoods with a Hessian of at most 400 × 400: here are ten of each.
LIKELIHOODS = {
    "softmax": [1324, 1340, 1365, 1450, 1592, 1610, 1969, 2166, 2606, 2774],
    "exp": [1330, 1393, 1708, 1884, 1992, 2049, 2489, 3308, 3337, 3386],
    "logistic": [1344, 1675, 1785, 2091, 2377, 2511, 2559, 3162, 3584, 3684],
}


def larger_results_agree(case):
    """Up to 10⁷ entries: what `compare` leaves out."""
    net, X = case["net"], case["X"]
    (n, d), p = X.shape, net.layer_sizes[-1]
    truth = Truth(jax_library(), net, X, case["y"], case["loss"], case["weights"])
    if d > 40:
        close(net.input_hessian(X), truth.input_hessian(), 1e-10, "input_hessian")
    if 1e6 < n * p * net.n_parameters <= 1e7:
        J = truth.parameter_jacobian()
        close(net.parameter_jacobian(X), J, 1e-10, "parameter_jacobian")
        close(net.tangent_kernel(X), np.tensordot(J, J, axes=(2, 2)), 1e-10, "tangent_kernel")


@every_draw
def test_every_call(seed):
    pytest.importorskip("jax")
    compare(jax_library(), drawn(seed))
    larger_results_agree(drawn(seed))


@every_draw
def test_every_call_of_a_narrow_one(seed):
    """Here no result is too large to be held: of most wide ones no Hessian is, P being over 400."""
    pytest.importorskip("jax")
    case = drawn(seed, widest=7, most=3)
    assert case["net"].n_parameters <= 400
    compare(jax_library(), case)


@pytest.mark.parametrize(
    ("output", "seed"), [(output, s) for output, row in LIKELIHOODS.items() for s in row]
)
def test_curvature_of_likelihoods(output, seed):
    pytest.importorskip("jax")
    case = drawn(seed)
    assert case["net"].output == output and case["loss"] == calculus.default_loss(output)
    net, *answers = case["net"], case["X"], case["y"], case["loss"], case["weights"]
    truth = Truth(jax_library(), net, *answers)
    close(net.hessian(*answers).to_array(), truth.hessian(), 1e-10, "hessian")
    close(net.gauss_newton(*answers).to_array(), truth.gauss_newton(), 1e-10, "gauss_newton")


@every_draw
def test_every_other_way_of_asking(seed):
    other_ways_agree(drawn(seed))
    calculus_agrees(drawn(seed))
    for dtype in (np.float64, np.float32):
        pieces_agree(drawn(seed), dtype)
