"""Tiles of C of every shape, narrower than their registers too, from anywhere in memory."""

import numpy as np
import pytest
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.tiles import BYTES, SHAPES, multiply_tile, prefetch, turn_block

from ..direct import Guarded

both_types = pytest.mark.parametrize("dtype", [np.float64, np.float32])
TILES = [(rows, vectors) for vectors, heights in SHAPES.items() for rows in (heights[0], heights[-1])]


def entry_for(rows, vectors, from_afar):
    multiply = multiply_tile(rows, vectors, from_afar=from_afar)

    def tile(a, steps, panel, depth, beta, s, s_row, c, c_row, columns):
        prefetch(pointer(a, 0))
        upon, target = (pointer(s, 1), s_row), (pointer(c, 1), c_row, columns)
        multiply(pointer(a, 1), steps, pointer(panel, 0), depth, beta, upon, target)

    return Entry(
        named(f"tile_{rows}_{vectors}_{from_afar}_of_the_tests", tile),
        lambda real: signature(
            types.void, vector(real), types.UniTuple(types.intp, 2), vector(real), types.intp, real,
            vector(real), types.intp, vector(real), types.intp, types.intp,
        ),
    )  # fmt: skip


ENTRIES = {shape: entry_for(*shape, shape == TILES[0]) for shape in TILES}


@both_types
@pytest.mark.parametrize("shape", TILES, ids=str)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("beta", [0.0, -1.5])
def test_a_tile(dtype, shape, turned, beta):
    rows, vectors = shape
    rng, lanes, depth = np.random.default_rng(0), BYTES // dtype().itemsize, 5
    A = rng.normal(size=(depth, rows + 1) if turned else (rows, depth + 1)).astype(dtype)
    steps = (1, rows + 1) if turned else (depth + 1, 1)
    panel = rng.normal(size=(depth, lanes * vectors)).astype(dtype)
    for columns in {1, lanes * vectors - 1, lanes * vectors}:
        if columns == 0:
            continue
        S = rng.normal(size=(rows, columns + 2)).astype(dtype)
        if beta == 0:
            S[:] = np.nan  # which is not read
        c_row = columns + 1
        C = Guarded(1 + rows * c_row, dtype)
        C.inner[:] = 7
        ENTRIES[shape][dtype](
            np.concatenate([[0], A.ravel()]).astype(dtype), steps, panel.ravel(), depth, beta,
            np.concatenate([[0], S.ravel()]).astype(dtype), columns + 2, C.inner, c_row, columns,
        )  # fmt: skip
        C.check()
        found = C.inner[1:].reshape(rows, c_row)
        left = (A.T[:rows] if turned else A[:, :depth]).astype(float)
        truth = left @ panel[:, :columns].astype(float)
        if beta != 0:
            truth += beta * S[:, :columns].astype(float)
        np.testing.assert_allclose(found[:, :columns], truth, rtol=0, atol=60 * np.finfo(dtype).eps)
        assert C.inner[0] == 7 and np.all(found[:, columns:] == 7)


def _turn(source, source_row, target, target_row):
    turn_block(pointer(source, 1), source_row, pointer(target, 0), target_row)


turn = Entry(
    named("turn_of_the_tests", _turn),
    lambda real: signature(types.void, vector(real), types.intp, vector(real), types.intp),
)


@both_types
def test_a_block_of_8_by_8_is_turned(dtype):
    source = np.arange(8 * 11 + 1).astype(dtype)
    target = np.full((8, 9), -1, dtype)
    turn[dtype](source, 11, target.reshape(-1), 9)
    np.testing.assert_array_equal(target[:, :8], source[1:].reshape(8, 11)[:, :8].T)
    assert np.all(target[:, 8] == -1)
