"""A step forward, and a layer's gradient in shares: whoever does which share, the numbers are the same."""

from itertools import pairwise

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule import kernels
from chainrule.kernels._compile import Entry, named, rows, vector
from chainrule.kernels.arithmetic.partition import SHARE
from chainrule.kernels.batch import ORDER, inputs_type
from chainrule.kernels.forward import layer_gradient
from chainrule.kernels.passes import through
from chainrule.kernels.program import PROGRAM
from chainrule.kernels.tape_layout import workspace_places

from .direct import Guarded
from .test_tape_layout import SIZES, program_of


def _through(program, loss, parameters, inputs, order, Y, weights, place, workspace, capacity):
    through(program, loss, parameters, (inputs, order, *place), Y, weights, workspace, capacity)


def _gradient(program, inputs, order, m, workspace, gradient, capacity, share):
    d, delta = workspace_places(program, capacity)[:2]
    for layer in range(program.shape[0]):
        layer_gradient(
            program, layer, (inputs, order, 0, m, 0), workspace, d, delta, gradient, 0.0, capacity, share
        )


there_and_back = Entry(
    named("through_of_the_tests", _through),
    lambda real: signature(
        types.void, PROGRAM, types.intp, vector(real, readonly=True), inputs_type(real), ORDER, rows(real),
        vector(real, readonly=True), types.UniTuple(types.intp, 3), vector(real), types.intp,
    ),
)  # fmt: skip
gradients = Entry(
    named("layer_gradient_of_the_tests", _gradient),
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), ORDER, types.intp, vector(real), vector(real), types.intp,
        SHARE,
    ),
)  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("sizes", [SIZES, (70, 33, 65, 2)])
def test_shares_of_rows_and_of_gradients_make_the_whole(dtype, sizes):
    rng = np.random.default_rng(0)
    program = program_of(sizes, dtype=dtype)
    m, P = 37, sum((i + 1) * o for i, o in pairwise(sizes))
    parameters = rng.normal(scale=0.3, size=P).astype(dtype)
    X, Y = (rng.normal(size=(m, width)).astype(dtype) for width in (sizes[0], sizes[-1]))
    nothing, order = np.empty(0, dtype), np.arange(m)
    inputs = X, nothing, order[:0], order[:0]
    loss = kernels.output_loss("half_squared_error", "identity").loop.address(dtype)
    found = []
    for parts in ([(0, m)], [(0, 16), (16, m)]):
        workspace = Guarded(kernels.workspace_size(program, m), dtype)
        for first, end in parts:
            there_and_back[dtype](
                program, loss, parameters, inputs, order, Y, nothing, (first, end - first, first),
                workspace.inner, m,
            )  # fmt: skip
        gradient = Guarded(P, dtype)
        for number in range(len(parts)):
            share = number, len(parts)
            gradients[dtype](program, inputs, order, m, workspace.inner, gradient.inner, m, share)
        workspace.check()
        gradient.check()
        found.append(gradient.inner)
    np.testing.assert_array_equal(*found)
    assert np.isfinite(found[0]).all()
