"""Registers written past the caches, and memory on the stack for what is put together before."""

import numpy as np
from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import Entry, named, vector
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.streaming import CHUNK, address_of, chunk_memory, settle, stream_vector
from chainrule.kernels.arithmetic.tiles import BYTES, further
from sweeps import for_each


def _stream(source, target, first, count):
    """``count`` registers, through memory on the stack, to the first boundary from ``first`` on."""
    start = pointer(target, first)
    start = further(start, (-address_of(start) % BYTES) // target.itemsize)
    lanes = BYTES // target.itemsize
    memory = chunk_memory(start)
    kept = carray(memory, CHUNK // target.itemsize)
    for i in range(count * lanes):
        kept[i] = source[i]
    for i in range(0, count * lanes, lanes):
        stream_vector(further(memory, i), further(start, i))
    settle()
    return (address_of(start) - address_of(pointer(target, 0))) // target.itemsize


stream = Entry(
    named("stream_of_the_tests", _stream),
    lambda real: signature(types.intp, vector(real), vector(real), types.intp, types.intp),
)


@for_each("dtype", [np.float64, np.float32])
@for_each("first", [0, 1, 3])
@for_each("count", [0, 1, 6])
def test_whole_registers(dtype, first, count):
    lanes = BYTES // dtype().itemsize
    source = np.random.default_rng(0).normal(size=8 * lanes).astype(dtype)
    target = np.full(10 * lanes, -1, dtype)
    begin = stream[dtype](source, target, first, count)
    end = begin + count * lanes
    assert first <= begin < first + lanes
    np.testing.assert_array_equal(target[begin:end], source[: count * lanes])
    assert np.all(target[:begin] == -1) and np.all(target[end:] == -1)
