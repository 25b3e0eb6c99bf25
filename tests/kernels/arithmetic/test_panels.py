"""Panels of B, laid out with zeros where B ends; blocks of 8 × 8 turned; streams past the caches."""

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.panels import WIDEST, lay_out, panel_width
from chainrule.kernels.arithmetic.tiles import BYTES
from sweeps import for_each

from ..direct import Guarded

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def _lay_out(b, offset, row, turned, depth, there, width, panel):
    lay_out(pointer(b, offset), row, turned, depth, there, width, pointer(panel, 0))


laid_out = Entry(
    named("lay_out_of_the_tests", _lay_out),
    lambda real: signature(
        types.void, vector(real), types.intp, types.intp, types.boolean, *[types.intp] * 3, vector(real)
    ),
)


@both_types
@for_each("turned", [False, True])
@for_each("depth", [1, 7, 8, 19])
@for_each("missing", [0, 1, 5])
@for_each("offset", [0, 1, 3])
def test_a_panel(dtype, turned, depth, missing, offset):
    width = 2 * BYTES // dtype().itemsize
    there = width - missing
    rows, columns = (there, depth) if turned else (depth, there)
    b = np.random.default_rng(0).normal(size=(rows, columns + 3)).astype(dtype)
    memory = np.concatenate([np.full(offset, 9, dtype), b.ravel()])
    panel = Guarded(depth * width, dtype)
    laid_out[dtype](memory, offset, columns + 3, turned, depth, there, width, panel.inner)
    panel.check()
    found = panel.inner.reshape(depth, width)
    part = b[:, :columns]
    np.testing.assert_array_equal(found[:, :there], part.T if turned else part)
    lanes = BYTES // dtype().itemsize  # zeros up to the end of the last vector that holds something
    last = -(-there // lanes) * lanes
    np.testing.assert_array_equal(found[:, there:last], 0)


def test_panels_are_as_wide_as_what_is_left():
    lanes = 8
    found = [panel_width.py_func(columns, lanes) for columns in (1, 8, 9, 16, 8 * WIDEST, 999)]
    assert found == [1, 1, 2, 2, WIDEST, WIDEST]
