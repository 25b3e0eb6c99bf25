"""Local models against value, first and second derivative along a line, by HIPS autograd."""

import numpy as np
import pytest

from chainrule.network.derivatives._taylor import TaylorModel

from ..compared import close
from .cases import Case, every_output, every_pass


@every_output
@every_pass
@pytest.mark.parametrize("order", [1, 2])
def test_against_autograd(output, keep, order):
    case = Case(output, keep)
    eta, nowhere = case.net.parameters, np.zeros(case.net.n_parameters)
    dX, v = case.directions, case.rng.normal(size=len(eta)) / 5
    for of, delta, line in (("x", dX, (nowhere, case.X, dX)), ("parameters", v, (v, case.X, 0 * dX))):
        value, first, second = case.truth.curve(eta, *line)
        model = TaylorModel(case.at, order, of=of)
        close(model.value, value, 1e-12, "the value")
        close(model(delta), value + first + (order == 2) * second / 2, 1e-12, f"in {of}")


def test_of_one_sample_without_the_axis_of_samples():
    case = Case(n=1)
    model, many = (TaylorModel(case.at, 2, of="x", vector=one) for one in (True, False))
    dX = case.directions
    np.testing.assert_array_equal(model(dX[0]), many(dX)[0])
    with pytest.raises(ValueError, match=r"Δx has shape \(1, 3\), x \(3,\)"):
        model(dX)


def test_another_order():
    with pytest.raises(ValueError, match="order is 3; a Taylor model has order 1 or 2"):
        TaylorModel(Case().at, 3, of="x")
