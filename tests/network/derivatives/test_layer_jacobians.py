"""The factors of ∂F/∂x, and ∂z_l/∂(W_l, b_l), against HIPS autograd."""

import pytest
from scipy import sparse

from chainrule.network.derivatives._layer_jacobians import layer_jacobians, layer_parameter_jacobian

from ..compared import close
from .cases import SIZES, Case, every_output, every_pass

every_layer = pytest.mark.parametrize("layer", range(len(SIZES) - 1))


@every_output
@every_pass
def test_factors_against_autograd(output, keep):
    case = Case(output, keep)
    for ours, exact in zip(layer_jacobians(case.at), case.truth.layer_jacobians(), strict=True):
        close(ours, exact, 1e-12, "a factor")


@every_layer
@every_output
def test_in_a_layer_s_own_parameters_against_autograd(layer, output):
    case = Case(output)
    exact = case.truth.layer_parameter_jacobian(layer)
    close(layer_parameter_jacobian(case.at, layer), exact, 1e-12, f"layer {layer}")
    close(
        layer_parameter_jacobian(case.at, layer - len(SIZES) + 1), exact, 1e-12, f"layer {layer} from the end"
    )


@every_layer
def test_of_sparse_rows(layer):
    case = Case()
    case.X[case.X < 0] = 0
    at = case.at_rows(sparse.csr_array(case.X))
    close(layer_parameter_jacobian(at, layer), case.truth.layer_parameter_jacobian(layer), 1e-12, f"{layer}")


@pytest.mark.parametrize("layer", [3, -4])
def test_a_layer_that_is_not_there(layer):
    with pytest.raises(IndexError, match=rf"layer is {layer}; the network has layers 0 to 2"):
        layer_parameter_jacobian(Case().at, layer)
