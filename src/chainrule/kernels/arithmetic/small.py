"""Products with a B that the caches hold: its panels are laid out, A is read where it stands."""

from typing import Any

from numba import carray

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.panels import WIDEST, lay_out, multiply_strip, panel_width
from chainrule.kernels.arithmetic.tiles import BYTES, DEPTH, further, panel_memory

ROWS = 480
"""Rows of A at a time: with `DEPTH` columns they stay in a core's second cache while B's panels change."""
TALL = 12
"""Rows of A at a time where several panels are laid out; tiles of any width fill them."""


@kernel
def multiply_in_tiles(
    a: Any, b: Any, c: Any, m: Any, n: Any, k: Any, a_row: Any, a_column: Any, b_row: Any, turned: Any,
    s: Any, s_row: Any, c_row: Any, factor: Any,
) -> None:  # fmt: skip
    """C = A B + factor S; the steps from a row and from a column of A to the next are given."""
    memory = panel_memory(a)
    lanes = BYTES // carray(a, 1).itemsize
    steps = a_row, a_column, 0
    # Loops from outside in: rows of A, depth, panels of B, strips of rows, tiles. B is laid out again for
    # each block of rows, which costs 1 / ROWS of the products. The sums of an entry of C go over depth in
    # blocks of DEPTH, the first with beta and S, the others upon C: an order that depends on k alone.
    for top in range(0, m, ROWS):
        rows = min(ROWS, m - top)
        for first in range(0, k, DEPTH):
            depth = min(DEPTH, k - first)
            beta, begun, begun_row = (factor, s, s_row) if first == 0 else (type(factor)(1), c, c_row)
            # Where products are shallow several panels are laid out, so that C is written row by row.
            together = DEPTH // depth * WIDEST * lanes
            for left in range(0, n, together):
                right = min(left + together, n)
                column, panel = left, memory
                while column < right:
                    width = lanes * panel_width(right - column, lanes)
                    there = min(width, right - column)
                    place = column * b_row + first if turned else first * b_row + column
                    lay_out(further(b, place), b_row, turned, depth, there, width, panel)
                    column, panel = column + there, further(panel, depth * width)
                height = rows if depth == DEPTH else TALL
                for i in range(top, top + rows, height):
                    start = further(a, i * a_row + first * a_column)
                    column, panel = left, memory
                    while column < right:
                        vectors = panel_width(right - column, lanes)
                        there = min(vectors * lanes, right - column)
                        target = further(c, i * c_row + column), c_row, there
                        several = min(height, top + rows - i)
                        upon = further(begun, i * begun_row + column), begun_row
                        multiply_strip(vectors, start, steps, panel, depth, beta, upon, target, several)
                        column, panel = column + there, further(panel, depth * vectors * lanes)
