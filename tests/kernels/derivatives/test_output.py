"""Rows times ∂F/∂q_L, for every kind of output."""

import numpy as np

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from sweeps import for_each

from .taped import BOTH, Taped
from .test_cotangents import pulled


@for_each("dtype", BOTH)
@for_each("output", sorted(OUTPUTS))
def test_rows_times_the_derivative_of_the_output(dtype, output):
    net = Taped(dtype, sizes=(3, 17), hidden=(), output=output)
    U = np.random.default_rng(3).normal(size=(net.m, 17)).astype(dtype)
    DF = OUTPUTS[output].derivative(net.q[-1], net.F)
    net.close(pulled(net, U, net.kind)[0][-1], np.einsum("mp,mpk->mk", U, DF), 4)
    np.testing.assert_array_equal(pulled(net, U, kernels.NONE)[0][-1], U)
