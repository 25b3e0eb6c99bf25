"""∂F/∂x in every order, and parts of it, against HIPS autograd."""

from itertools import combinations

import numpy as np
import pytest

from chainrule.network.derivatives._jacobian import jacobian

from ..compared import close
from .cases import SIZES, Case, every_output, every_pass

PARTS = list(combinations(range(len(SIZES)), 2))


@every_output
@every_pass
@pytest.mark.parametrize("order", ["cheapest", "from_output", "from_input"])
def test_against_autograd(output, keep, order):
    case = Case(output, keep)
    close(jacobian(case.at, order, None, None), case.truth.jacobian(), 1e-12, order)


@pytest.mark.parametrize("span", PARTS, ids=str)
@every_pass
def test_from_any_layer_to_any_later_one(span, keep):
    case = Case(keep=keep)
    low, high = span
    last = len(SIZES) - 1
    factors = case.truth.layer_jacobians()[last - high : last - low]
    exact = factors[0] if len(factors) == 1 else np.asarray(_product(factors))
    close(jacobian(case.at, "cheapest", None, None, span=span), exact, 1e-12, f"{span}")


def _product(factors):
    product = factors[0]
    for factor in factors[1:]:
        product = product @ factor
    return product


def test_no_rows():
    assert jacobian(Case(n=0).at, "cheapest", None, None).shape == (0, SIZES[-1], SIZES[0])


def test_rows_that_are_not_finite_are_found_on_the_way():
    case = Case(keep=False)
    case.X[4, 1] = np.nan
    with pytest.raises(ValueError, match=r"X holds nan at \[4, 1\]"):
        jacobian(case.at, "cheapest", None, None)
