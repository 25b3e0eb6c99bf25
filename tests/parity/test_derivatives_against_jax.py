"""Every derivative of 300 drawn networks, up to 8 layers and 200 wide, against JAX."""

from functools import cache
from itertools import count

import numpy as np
import pytest

from chainrule import calculus
from network.compared import close, compare, drawn
from network.test_against_autograd import calculus_agrees, other_ways_agree, pieces_agree
from network.truth import Truth

from .derivatives_jax import jax_library

pytestmark = pytest.mark.slow
every_draw = pytest.mark.parametrize("seed", range(1000, 1300))
LIKELIHOODS = ("softmax", "exp", "logistic")
# Of 300 draws few are likelihoods with a Hessian of at most 400 × 400: here are ten of each.
OF_EACH, MOST_PARAMETERS = 10, 400


@cache
def likelihoods():
    """The first draws of each kind of likelihood whose Hessian is small."""
    found = {output: [] for output in LIKELIHOODS}
    for seed in count(1300):
        case = drawn(seed)
        draws = found.get(case["net"].output)
        if draws is None or case["loss"] != calculus.default_loss(case["net"].output):
            continue
        if case["net"].n_parameters <= MOST_PARAMETERS and len(draws) < OF_EACH:
            draws.append(seed)
            if all(len(each) == OF_EACH for each in found.values()):
                return found


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


@pytest.mark.parametrize("output", LIKELIHOODS)
@pytest.mark.parametrize("which", range(OF_EACH))
def test_curvature_of_likelihoods(output, which):
    pytest.importorskip("jax")
    case = drawn(likelihoods()[output][which])
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
