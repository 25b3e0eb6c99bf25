"""A tape holds what a forward pass computes, each in its place, and nothing beside it is written."""

import numpy as np
import pytest

from chainrule import kernels
from sweeps import for_each

from ..direct import Guarded
from .taped import BOTH, Taped

both_types = pytest.mark.parametrize("dtype", BOTH)


@both_types
@for_each("is_sparse", [False, True])
@for_each("output", ["softmax", "identity", "logistic"])
def test_values_slopes_and_outputs(dtype, is_sparse, output):
    net = Taped(dtype, output=output, first=0, m=11, is_sparse=is_sparse)
    places = kernels.TapePlaces(net.program, net.n)
    assert net.fine

    def block(start, width):
        return net.tape[start : start + net.n * width].reshape(net.n, width)

    for layer in (1, 2):
        net.close(block(places.z(layer), net.sizes[layer]), net.z[layer])
        net.close(block(places.slopes(layer - 1), net.sizes[layer]), net.d[layer - 1])
    net.close(block(places.q_last, net.sizes[-1]), net.q[-1])
    net.close(block(places.outputs, net.sizes[-1]), net.F)


@both_types
def test_second_derivatives(dtype):
    net = Taped(dtype, first=0, m=11)
    widths = net.sizes[1:-1]
    edges = np.cumsum([0, *(net.n * width for width in widths)])
    for a, b, c in zip(edges[:-1], edges[1:], net.c, strict=True):
        net.close(net.curvatures[a:b].reshape(net.n, -1), c)


@both_types
def test_rows_are_recorded_where_they_belong_and_the_same_in_parts(dtype):
    net = Taped(dtype)
    guarded = Guarded(net.tape.size, dtype)
    for place in ((0, 3), (3, 1), (4, 7), (2, 0)):
        assert kernels.record_tape[net.dtype](
            net.program, net.parameters, net.inputs, place, guarded.inner, net.n
        )
    guarded.check()
    whole = net.tape
    rows = ~np.isnan(whole)  # σ′ of a softmax is no number, and is not written
    np.testing.assert_allclose(guarded.inner[rows], whole[rows], rtol=5e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_inputs_that_are_not_finite_are_seen(bad):
    net = Taped(np.float64)
    net.inputs[0][4, 1] = bad
    arguments = net.program, net.parameters, net.inputs
    assert not kernels.record_tape[net.dtype](*arguments, (0, net.n), net.tape, net.n)
    assert kernels.record_tape[net.dtype](*arguments, (5, 6), net.tape, net.n)


def test_weights_that_overflow_are_no_fault_of_the_inputs():
    net = Taped(np.float64)
    net.parameters[:] = 1e308
    assert kernels.record_tape[net.dtype](
        net.program, net.parameters, net.inputs, (0, net.n), net.tape, net.n
    )
