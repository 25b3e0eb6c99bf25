"""Products with a B that the caches do not hold: A is laid out too, a block that stays in the second cache.

Read where it stands, A would come from a page of memory for each row, and rows a power of two apart would
push each other out of the cache.
"""

from typing import Any

import numpy as np
from numba import carray

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.panels import HIGH, WIDEST, lay_out, multiply_far_strip
from chainrule.kernels.arithmetic.tiles import BYTES, further

DEEP = 384
"""Columns of A at a time, and rows of B: C is read and written once for so many multiplications."""
TALL = 516
"""Rows of A at a time: three quarters of a megabyte of float32, in a second cache of one or two."""


@kernel
def block_memory(like: Any) -> Any:
    """Memory for a block of A and a panel of B; asked for in each product, which is long beside that."""
    size = carray(like, 1).itemsize
    return np.empty(DEEP * TALL + (DEEP * WIDEST + 1) * BYTES // size, carray(like, 1).dtype)


@kernel
def _share(whole: Any, most: Any, multiple: Any) -> Any:
    """The largest of equal shares, none more than ``most``; a multiple of ``multiple``."""
    # Equal, so that the last is no sliver for which everything is laid out and hardly anything multiplied.
    parts = (whole + most - 1) // most
    each = (whole + parts - 1) // parts
    return (each + multiple - 1) // multiple * multiple


@kernel
def _lay_out_block(a: Any, row: Any, column: Any, rows: Any, depth: Any, block: Any) -> None:
    """block = A (rows, depth): groups of `HIGH` rows, each column by column."""
    for top in range(0, rows, HIGH):
        high = min(HIGH, rows - top)
        group = carray(further(block, top * depth), (depth, HIGH))
        start = further(a, top * row)
        if row == 1:
            source = carray(start, (depth, column))
            for k in range(depth):
                for r in range(high):
                    group[k, r] = source[k, r]
        else:
            source = carray(start, (high, row))
            for k in range(depth):
                for r in range(high):
                    group[k, r] = source[r, k]


@kernel
def multiply_in_blocks(
    a: Any, b: Any, c: Any, m: Any, n: Any, k: Any, a_row: Any, a_column: Any, b_row: Any, turned: Any,
    s: Any, s_row: Any, c_row: Any, factor: Any, memory: Any,
) -> None:  # fmt: skip
    """C = A B + factor S; of the steps from a row and from a column of A to the next one is 1."""
    size = memory.itemsize
    width = WIDEST * BYTES // size
    # The panel begins at a register's boundary: a load across two lines of memory takes twice as long, and
    # its loads are the ones that repeat.
    panel = pointer(memory, (BYTES - memory.ctypes.data % BYTES) // size)
    block = further(panel, DEEP * width)
    deep = _share(k, DEEP, 8)
    tall = _share(m, TALL, HIGH)
    # Depth is the outermost loop, so that a block of A stays in the second cache while all of B passes by it,
    # and a panel of B in the first while the rows of the block pass; C goes through the caches once for
    # `deep` columns.
    for first in range(0, k, deep):
        depth = min(deep, k - first)
        beta, begun, begun_row = (factor, s, s_row) if first == 0 else (type(factor)(1), c, c_row)
        for top in range(0, m, tall):
            rows = min(tall, m - top)
            _lay_out_block(further(a, top * a_row + first * a_column), a_row, a_column, rows, depth, block)
            for left in range(0, n, width):
                there = min(width, n - left)
                place = left * b_row + first if turned else first * b_row + left
                lay_out(further(b, place), b_row, turned, depth, there, width, panel)
                target = further(c, top * c_row + left), c_row, there
                upon = further(begun, top * begun_row + left), begun_row
                multiply_far_strip(block, (1, HIGH, HIGH * depth), panel, depth, beta, upon, target, rows)
