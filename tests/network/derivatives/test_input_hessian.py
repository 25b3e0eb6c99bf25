"""∂²F/∂x² against HIPS autograd: every kind of output, and pairs of inputs some at a time."""

import pytest

from chainrule.network.derivatives import _input_hessian
from chainrule.network.derivatives._input_hessian import input_hessian

from ..compared import close
from .cases import Case, every_output, every_pass


@every_output
@every_pass
def test_against_autograd(output, keep):
    case = Case(output, keep)
    close(input_hessian(case.at, None, None, False), case.truth.input_hessian(), 1e-12, "input_hessian")


@pytest.mark.parametrize("n", [1, 7])  # of a single row every layer's part is added up by pairs
@pytest.mark.parametrize("pairs", [1, 30])
def test_pairs_some_at_a_time(monkeypatch, pairs, n):
    monkeypatch.setattr(_input_hessian, "_PAIRS", pairs)
    case = Case(n=n)
    close(input_hessian(case.at, None, None, False), case.truth.input_hessian(), 1e-12, "input_hessian")


def test_without_a_hidden_layer_only_the_output_is_curved():
    case = Case("softmax", sizes=(3, 4), hidden=())
    close(input_hessian(case.at, None, None, False), case.truth.input_hessian(), 1e-12, "input_hessian")
    flat = Case("identity", sizes=(3, 4), hidden=())
    assert not input_hessian(flat.at, None, None, False).any()
