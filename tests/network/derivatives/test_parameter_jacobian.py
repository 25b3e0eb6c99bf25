"""∂F/∂η and blocks of ∂q_L/∂η against HIPS autograd."""

import numpy as np
import pytest

from chainrule.network.derivatives import _parameter_jacobian
from chainrule.network.derivatives._parameter_jacobian import jacobian_blocks, parameter_jacobian

from ..compared import close
from .cases import Case, every_output, every_pass


@every_output
@every_pass
@pytest.mark.parametrize("beyond_caches", [2**24, 0], ids=["stored", "streamed"])
def test_against_autograd(output, keep, beyond_caches, monkeypatch):
    monkeypatch.setattr(_parameter_jacobian, "BEYOND_CACHES", beyond_caches)
    case = Case(output, keep)
    exact = case.truth.parameter_jacobian()
    close(parameter_jacobian(case.at, None, None, False), exact, 1e-12, "parameter_jacobian")


@every_output
@every_pass
def test_blocks_hold_every_row_of_q_once(output, keep, monkeypatch):
    monkeypatch.setattr(_parameter_jacobian, "BLOCK_ROWS", 4)
    monkeypatch.setattr("chainrule.network._chunks._CACHE", 1)
    case = Case(output, keep)
    found, seen = np.full((case.n, 2, case.net.n_parameters), np.nan), 0
    for chunk, block in jacobian_blocks(case.at):
        found[chunk.rows] = block.reshape(chunk.m, 2, -1)
        seen += 1
    assert seen == 4  # of seven rows two at a time
    close(found, case.truth_of_q.parameter_jacobian(), 1e-12, "∂q_L/∂η")
