"""Products of ∂F/∂x and ∂F/∂η with vectors from either side, against the matrices of HIPS autograd."""

import numpy as np

from chainrule.network import Inputs
from chainrule.network.derivatives._sweeps import input_gradient, parameter_pullback, pullback, pushforward

from ..compared import close
from .cases import Case, every_output, every_pass


@every_output
@every_pass
def test_from_the_right(output, keep):
    case = Case(output, keep)
    dX, v = case.directions, case.rng.normal(size=case.net.n_parameters)
    along = pushforward(case.at, Inputs.of(dX, case.net.dtype), None)
    close(along, np.einsum("npd,nd->np", case.truth.jacobian(), dX), 1e-12, "∂F/∂x · dx")
    close(pushforward(case.at, None, v), case.truth.parameter_jacobian() @ v, 1e-12, "∂F/∂η · v")


@every_output
@every_pass
def test_from_the_left(output, keep):
    case = Case(output, keep)
    U = case.rng.normal(size=case.Y.shape)
    close(pullback(case.at, U), np.einsum("npd,np->nd", case.truth.jacobian(), U), 1e-12, "u · ∂F/∂x")
    exact = np.einsum("npP,np->P", case.truth.parameter_jacobian(), U)
    close(parameter_pullback(case.at, U), exact, 1e-12, "Σ u · ∂F/∂η")


@every_output
@every_pass
def test_the_error_in_the_inputs_leaves_weights_out(output, keep):
    case = Case(output, keep)
    close(input_gradient(case.at, case.objective), case.truth.input_gradient(), 1e-12, "∂E/∂x")
