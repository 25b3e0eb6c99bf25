"""C_lm, second derivatives of a sample's error in q_l and q_m, against blocks of HIPS autograd's Hessian."""

from itertools import combinations

import numpy as np
import pytest

from chainrule import kernels
from chainrule.network.derivatives._curvature_blocks import LayerCurvatures

from ..compared import close
from ..truth import Truth, autograd_library
from .cases import Case, every_output

N_LAYERS = 3


def curvatures_of(case):
    chunk, p = case.at.chunk(0, case.n), case.sizes[-1]
    terms = np.empty(case.n * case.net.architecture.units)
    deltas = chunk.cotangents(case.objective.weighed_delta(chunk), kernels.NONE, curvature_terms=terms)
    units = np.broadcast_to(np.eye(p)[:, None], (p, case.n, p))
    top = np.stack([case.objective.curvature_times(chunk, unit, exact=True) for unit in units], axis=2)
    return LayerCurvatures(chunk, top, deltas, terms, case.at.inputs)


def places_of_biases(net):
    return [block.view(np.arange(net.n_parameters)) for block in net.layout.biases]


@every_output
def test_second_derivatives_in_biases(output):
    """A bias moves its q and nothing else of its layer."""
    case = Case(output, n=3)
    found, places = curvatures_of(case), places_of_biases(case.net)
    for i in range(case.n):
        rows = case.X[i : i + 1], case.Y[i : i + 1]
        truth = Truth(autograd_library(), case.net, *rows, case.loss, np.ones(1))
        H, scale = truth.hessian() * case.weights[i], np.abs(truth.hessian()).max()
        for low in range(N_LAYERS):
            for high in range(low, N_LAYERS):
                exact = H[np.ix_(places[high], places[low])]
                np.testing.assert_allclose(found.pair(low, high)[i], exact, rtol=0, atol=1e-12 * scale)
        np.testing.assert_array_equal(found.own(1), found.pair(1, 1))


@pytest.mark.parametrize(
    ("low", "high"), [(low, high) for low, high in combinations(range(4), 2) if high - low > 1]
)
def test_between_layers_that_are_not_neighbours(low, high):
    case = Case(sizes=(3, 5, 4, 6, 2), hidden=("silu", "tanh", "logistic"))
    truth, bias = case.truth, places_of_biases(case.net)[low]

    def of_one(x):
        return truth.lib.jacobian(lambda eta: truth.layers(eta, x)[1][high])(truth.eta)

    exact = np.stack([of_one(x)[:, bias] for x in case.X])
    close(curvatures_of(case).between(low, high), exact.swapaxes(1, 2), 1e-12, f"{low} to {high}")
