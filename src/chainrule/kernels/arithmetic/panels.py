"""Panels of B laid out for tiles, and the strips of C that tiles make of them."""

from typing import Any

from numba import carray

from chainrule.kernels._compile import kernel, named
from chainrule.kernels.arithmetic.rows import padded_copy
from chainrule.kernels.arithmetic.tiles import SHAPES, further, multiply_tile, turn_block

WIDEST = max(SHAPES)
HIGH = SHAPES[WIDEST][0]
"""Rows of the highest tile that is as wide as the widest panel."""


@kernel
def lay_out(b: Any, row: Any, turned: Any, depth: Any, there: Any, width: Any, panel: Any) -> None:
    """panel (depth, width) = B, of whose columns ``there`` exist; ``turned``: b holds its transpose."""
    if turned:
        # Eight rows by eight columns at a time: a transpose number by number would write to 8 lines of memory
        # for each that it reads. What is left over at the edges goes number by number; what the panel has
        # beyond B is 0, so that a tile can multiply by it without asking.
        full, deep = there - there % 8, depth - depth % 8
        for j in range(0, full, 8):
            for k in range(0, deep, 8):
                turn_block(further(b, j * row + k), row, further(panel, k * width + j), width)
        source, target = carray(b, (there, row)), carray(panel, (depth, width))
        for j in range(there):
            for k in range(deep if j < full else 0, depth):
                target[k, j] = source[j, k]
        for k in range(depth if there < width else 0):
            for j in range(there, width):
                target[k, j] = 0
    else:
        for k in range(depth):
            padded_copy(further(panel, k * width), (further(b, k * row),), (), there)


def _strip(vectors: int, name: str, *, from_afar: bool = False) -> Any:
    """Make the function for a strip of C, as wide as a panel, from tiles of falling height.

    Its ``steps`` lead from a row of A to the next, from a column to the next, and from a group of rows as
    high as the highest tile to the next (0: as its rows lie).
    """
    tall, middle, low = SHAPES[vectors]
    tall_tile, middle_tile, low_tile = (
        multiply_tile(rows, vectors, from_afar=from_afar) for rows in SHAPES[vectors]
    )

    def strip(a: Any, steps: Any, panel: Any, depth: Any, beta: Any, s: Any, c: Any, m: Any) -> None:
        (start, start_row), (place, row, columns) = s, c
        to_next, i = (steps[0], steps[1]), 0
        to_next_group = steps[2] if steps[2] != 0 else tall * steps[0]
        # The same sums whatever the height: a tall tile only does more rows at once. With a single row left
        # to do, a row a tile costs little, and no row beyond the last is touched.
        while i + tall <= m:
            tall_tile(a, to_next, panel, depth, beta, (start, start_row), (place, row, columns))
            a, place, i = further(a, to_next_group), further(place, tall * row), i + tall
            start = further(start, tall * start_row)
        while i + middle <= m:
            middle_tile(a, to_next, panel, depth, beta, (start, start_row), (place, row, columns))
            a, place, i = further(a, middle * steps[0]), further(place, middle * row), i + middle
            start = further(start, middle * start_row)
        while i < m:
            low_tile(a, to_next, panel, depth, beta, (start, start_row), (place, row, columns))
            a, place, i = further(a, low * steps[0]), further(place, low * row), i + low
            start = further(start, low * start_row)

    return kernel(named(name, strip))


_one, _two, _four = (_strip(min(vectors, WIDEST), f"strip_{vectors}") for vectors in (1, 2, 4))
multiply_far_strip = _strip(WIDEST, "far_strip", from_afar=True)
"""C = beta S + A · panel as `multiply_strip`, for the widest panel and a C that the caches do not hold."""


@kernel
def multiply_strip(
    vectors: Any, a: Any, steps: Any, panel: Any, depth: Any, beta: Any, s: Any, c: Any, m: Any
) -> None:
    """C = beta S + A · panel, so many vectors wide; ``c`` is a place, its row length and its columns."""
    if vectors == 4:
        _four(a, steps, panel, depth, beta, s, c, m)
    elif vectors == 2:
        _two(a, steps, panel, depth, beta, s, c, m)
    else:
        _one(a, steps, panel, depth, beta, s, c, m)


@kernel
def panel_width(columns: Any, lanes: Any) -> Any:
    """Vectors across the next panel, for so many columns that are left."""
    vectors = (columns + lanes - 1) // lanes
    return WIDEST if vectors >= WIDEST else (2 if vectors >= 2 else 1)
