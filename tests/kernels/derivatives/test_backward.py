"""The way back through the layers is one, however many rows a sample brings and whatever they are."""

import numpy as np
import pytest

from chainrule import kernels

from .taped import BOTH, Taped
from .test_cotangents import pulled
from .test_sensitivities import swept


@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("settings", [{}, {"output": "logistic"}, {"sizes": (2, 33, 17, 3)}])
def test_p_rows_together_are_p_rows_one_by_one(dtype, settings):
    """The diagonal at an elementwise output is handled for itself, and R rows share a product."""
    net = Taped(dtype, **settings)
    together = swept(net, net.kind)[0]
    for k in range(net.sizes[-1]):
        alone = pulled(net, np.eye(net.sizes[-1])[np.full(net.m, k)], net.kind)[0]
        for S, δ in zip(together, alone, strict=True):
            net.close(S[:, k], δ)


def test_softmax_and_its_matrix_agree():
    net = Taped(np.float64)
    S = swept(net, kernels.SOFTMAX)[0][-1]
    np.testing.assert_allclose(S.sum(axis=1), 0, atol=1e-15)
    np.testing.assert_allclose(S, S.transpose(0, 2, 1), atol=1e-15)
