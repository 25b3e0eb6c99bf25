"""What samples bring, laid out with a column a sample: inputs of layers with a row of ones, s_l, and h."""

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule import kernels
from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.streaming import address_of
from chainrule.kernels.batch import inputs_type
from chainrule.kernels.derivatives.sample_tables import ROWS, tables_of, turn_all
from chainrule.kernels.program import PROGRAM

from .taped import BOTH, Taped


def _lay_out(program, inputs, tape, n, rows, S, R, h, place, memory, starts):
    start = pointer(memory, 0)
    turn_all(program, inputs, tape, n, rows, S, R, h, place, start)
    for layer in range(program.shape[0]):
        x, s, at_h = tables_of(program, layer, R, start)
        starts[3 * layer] = (address_of(x) - address_of(start)) // memory.itemsize
        starts[3 * layer + 1] = (address_of(s) - address_of(start)) // memory.itemsize
        starts[3 * layer + 2] = (address_of(at_h) - address_of(start)) // memory.itemsize


SPAN = types.UniTuple(types.intp, 2)
lay_out = Entry(
    named("sample_tables_of_the_tests", _lay_out),
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, SPAN, vector(real), types.intp,
        vector(real), SPAN, vector(real), types.Array(types.intp, 1, "C"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("is_sparse", [False, True])
def test_columns_are_samples(dtype, is_sparse):
    net = Taped(dtype, is_sparse=is_sparse)
    p, top, count = net.sizes[-1], 2, 4  # the third to the sixth of the rows of the sweep
    S = net.sensitivities(kernels.NONE)
    h = np.random.default_rng(0).normal(size=(net.m, p)).astype(dtype)
    memory = np.full(kernels.sums_memory(net.sizes), np.nan, net.dtype)
    starts = np.zeros(9, np.intp)
    rows = net.first + top, count
    lay_out[net.dtype](
        net.program,
        net.inputs,
        net.tape,
        net.n,
        rows,
        net.join(S),
        p,
        h.ravel(),
        (net.m, top),
        memory,
        starts,
    )

    def table(start, width):
        return memory[start : start + width * ROWS].reshape(width, ROWS)[:, :count]

    some = slice(top, top + count)
    for layer, z in enumerate(net.z):
        x = table(starts[3 * layer], net.sizes[layer] + 1)
        net.close(x[:-1], z[some].T)
        assert np.all(x[-1] == 1)
        if layer < 2:
            s = table(starts[3 * layer + 1], p * net.sizes[layer + 1])
            net.close(s, S[layer][some].reshape(count, -1).T)
        np.testing.assert_array_equal(table(starts[3 * layer + 2], p), h[some].T)
