"""The plan of a chain's product: its factors, its orders, and the memory that its steps take."""

import numpy as np
import pytest

from chainrule.calculus.bracketing import ORDERS
from chainrule.network._budget import Budget
from chainrule.network.derivatives._chain import as_bracketing, chain_factors, chain_product
from chainrule.network.derivatives._jacobian import jacobian

from ..compared import close
from .cases import Case

WHOLE = (0, 3)


def test_factors_stand_output_first_and_an_identity_is_none():
    names = [
        (factor.name, factor.shape, factor.kind) for factor in chain_factors(Case().net.architecture, WHOLE)
    ]
    assert names == [
        ("D3", (2, 2), "diagonal"), ("A3", (2, 4), "dense"), ("D2", (4, 4), "diagonal"),
        ("A2", (4, 5), "dense"), ("D1", (5, 5), "diagonal"), ("A1", (5, 3), "dense"),
    ]  # fmt: skip
    assert chain_factors(Case("identity").net.architecture, WHOLE)[0].name == "A3"
    assert chain_factors(Case("softmax").net.architecture, WHOLE)[0].kind == "softmax"
    assert [factor.name for factor in chain_factors(Case().net.architecture, (1, 2))] == ["D2", "A2"]


def trees(first, stop):
    """Every way to put brackets around the factors from the first on."""
    if stop - first == 1:
        yield str(first)
    for cut in range(first + 1, stop):
        for left in trees(first, cut):
            for right in trees(cut, stop):
                yield f"({left} {right})"


@pytest.mark.parametrize("output", ["identity", "softmax"])
def test_every_bracketing_gives_the_same_matrix(output):
    """42 orders of six factors, 14 of five: each another sequence of scaled, shared and flipped products."""
    case = Case(output)
    names = [factor.name for factor in chain_factors(case.net.architecture, WHOLE)]
    exact = case.truth.jacobian()
    orders = list(trees(0, len(names)))
    assert len(orders) == {5: 14, 6: 42}[len(names)]
    for order in orders:
        written = "".join(names[int(letter)] if letter.isdigit() else letter for letter in order)
        close(jacobian(case.at, written, None, None), exact, 1e-12, written)


def test_a_named_order_is_planned_once():
    net = Case().net.architecture
    assert chain_product(net, "cheapest", 7) is chain_product(net, "cheapest", 7)
    assert chain_product(net, "cheapest", 7) is not chain_product(net, "cheapest", 8)


@pytest.mark.parametrize("order", ORDERS)
def test_rows_at_a_time_fit_the_budget(order):
    net = Case(sizes=(300, 200, 100, 50)).net.architecture
    plan = chain_product(net, order, 10_000)
    for allowed in (2**22, 2**24):
        sizes = plan.sizes(False, Budget(allowed))
        assert 1 <= sizes.rows < 10_000
        assert (sizes.tape + sizes.workspace) * 8 <= allowed
        assert sizes.tape == sizes.rows * net.tape_row


def test_what_is_no_order_is_refused_with_the_factors():
    net, accepted = Case().net.architecture, r"bracketings of D3 A3 D2 A2 D1 A1"
    with pytest.raises(ValueError, match=f"order is 'D3 A3'.*{accepted}"):
        as_bracketing(net, "D3 A3", 1, WHOLE)
    with pytest.raises(ValueError, match=accepted):
        as_bracketing(net, ORDERS["cheapest"](chain_factors(net, (0, 2)), 1), 1, WHOLE)
    with pytest.raises(TypeError, match=accepted):
        as_bracketing(net, np.arange(3), 1, WHOLE)
