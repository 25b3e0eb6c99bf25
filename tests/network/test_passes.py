"""Errors of rows in an order of their own: those of the rows taken out."""

import numpy as np
from scipy.sparse import csr_array

from chainrule import Network
from chainrule.network import Inputs, sample_errors
from sweeps import for_each

RNG = np.random.default_rng(0)
X = RNG.normal(size=(700, 5)) * (RNG.random((700, 5)) < 0.7)
Y = RNG.normal(size=(700, 2))


@for_each("dtype", [np.float64, np.float32])
@for_each("form", [np.asarray, csr_array])
@for_each("n", [1, 40, 650, 3000])
def test_errors_of_some_rows(n, form, dtype):
    net = Network((5, 300, 2), "tanh", dtype=dtype, random_state=0)
    order = RNG.integers(0, len(X), n)
    inputs, answers = Inputs.of(form(X.astype(dtype)), net.dtype), Y.astype(dtype)
    errors = sample_errors(
        net.architecture, net.parameters, "half_squared_error", inputs, answers, order.astype(np.intp)
    )
    assert errors.shape == (n,) and errors.dtype == dtype
    expected = 0.5 * ((net(X[order].astype(dtype)) - answers[order]) ** 2).sum(axis=1)
    np.testing.assert_allclose(errors, expected, rtol=50 * np.finfo(dtype).eps * 100)


def test_no_order_is_that_of_the_rows():
    net = Network((5, 8, 2), random_state=0)
    given = net.architecture, net.parameters, "half_squared_error", Inputs.of(X, net.dtype), Y
    np.testing.assert_array_equal(sample_errors(*given), sample_errors(*given, np.arange(len(X))))
