"""The tangent kernel J₁J₂ᵀ of two sets of rows, from the structure of J; blocks of rows as memory allows."""

from collections.abc import Callable
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule._progress import watched
from chainrule.network._budget import Budget, Bytes, within_budget
from chainrule.network._chunks import cut
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._sharing import SLICE_PRODUCTS, in_parts, team_for
from chainrule.network._tape import Chunk, rows_of
from chainrule.network._team import Team

Array = NDArray[Any]

_STRIP = 2**17
"""Numbers that are copied under the diagonal at a time."""


def tangent_kernel(
    at: ForwardPass,
    other: ForwardPass | None,
    traced: bool,
    max_memory: Bytes | None,
    out: Array | None,
    progress: bool,
) -> Array:
    """Write (n₁, p, n₂, p), or its trace over outputs (n₁, n₂); ``other`` None: both are the same rows."""
    net, p = at.net, at.net.layer_sizes[-1]
    right = at if other is None else other
    shape = (len(at), len(right)) if traced else (len(at), p, len(right), p)
    instead = "blocks of rows of it, or its trace over outputs, are smaller"
    if traced:
        instead = "blocks of rows of it are smaller"
    result, budget = within_budget(shape, net.dtype, out, max_memory, instead, (*at.read, *right.read))
    R = 1 if traced else p
    flat = result.reshape(len(at) * R, len(right) * R)
    multiplications = p * net.layout.n_weights + R * p * (net.layer_sizes[0] + net.units) * len(right)
    tile = kernels.tile_size(R)
    with team_for(len(at) * multiplications, max(1, budget.left // 4 // (tile * net.dtype.itemsize))) as team:
        step = _step(at, right, budget, team.size * tile)
        for row in watched(at.in_steps(step), progress, "tangent_kernel", len(at), rows_of):
            _block_row(at, other, row, step, (R, p // R), team, flat)
    return result


def _step(at: ForwardPass, right: ForwardPass, budget: Budget, fixed: int) -> int:
    """Rows of a block on either side, with a tape and S; large ones do no harm: tiles are cut from them."""
    net, size = at.net, at.net.dtype.itemsize
    S = net.layer_sizes[-1] * net.units
    step = at.step(net.tape_row + 2 * S, budget, 4096, fixed)
    if at.inputs.is_sparse or right.inputs.is_sparse:  # X₁X₂ᵀ of a block, and SciPy's form of it
        half = max(budget.of_work(0) - fixed * size, 0) // 2
        step = max(1, min(step, isqrt(half // (16 + size)), half // (2 * size * (net.tape_row + S))))
    return step


def _block_row(
    at: ForwardPass,
    other: ForwardPass | None,
    row: Chunk,
    step: int,
    outputs: tuple[int, int],
    team: Team,
    flat: Array,
) -> None:
    """Write the blocks of some rows with all others; of a symmetric result those from the diagonal on."""
    right, R = at if other is None else other, outputs[0]
    S = row.sensitivities(team=team)
    for first, m in cut(len(right), step):
        if other is None and first < row.rows.start:
            continue
        same = other is None and first == row.rows.start
        column = row if same else right.chunk(first, m)
        S_2 = S if same else column.sensitivities(team=team)
        _tiles(at, right, (row, S), (column, S_2), outputs, same, team, flat)
        if other is None and not same:
            _mirror(flat, _rows(row, R), _rows(column, R))
        del column, S_2  # or they would still be there beside the next ones


def _mirror(flat: Array, rows: slice, columns: slice) -> None:
    """Copy a block to the other side of the diagonal, by strips: NumPy puts what it copies aside first."""
    step = max(1, _STRIP // (rows.stop - rows.start))
    for first in range(columns.start, columns.stop, step):
        strip = slice(first, min(first + step, columns.stop))
        flat[strip, rows] = flat[rows, strip].T


def _rows(chunk: Chunk, R: int) -> slice:
    return slice(chunk.rows.start * R, chunk.rows.stop * R)


def _tiles(
    at: ForwardPass,
    right: ForwardPass,
    row: tuple[Chunk, Array],
    column: tuple[Chunk, Array],
    outputs: tuple[int, int],
    symmetric: bool,
    team: Team,
    flat: Array,
) -> None:
    (chunk, S), (other, S_2), (R, traced) = row, column, outputs
    dtype = at.net.dtype
    product = np.empty((0, 0), dtype=dtype)
    if chunk.tape.sparse or other.tape.sparse:
        first, second = at.inputs.matrix(chunk.rows), right.inputs.matrix(other.rows)
        inner = first @ second.T
        product = np.ascontiguousarray(inner.toarray() if hasattr(inner, "toarray") else inner, dtype=dtype)
    net, side = at.net, kernels.tile_side.py_func(R)
    of_a_row = other.m * (net.layer_sizes[0] + R * R * traced * net.units)
    rows = min(SLICE_PRODUCTS // of_a_row, -(-chunk.m // team.size))

    def begin() -> Callable[[int, int], None]:
        workspace = np.empty(kernels.tile_size(R), dtype=dtype)

        def multiply(first: int, m: int) -> None:
            kernels.tangent_tiles[dtype](
                chunk.tape.program,
                (chunk.tape.inputs, chunk.tape.memory, chunk.tape.n, chunk.first, S),
                (other.tape.inputs, other.tape.memory, other.tape.n, other.first, S_2),
                product, (first, first + m), R, traced, symmetric, workspace, flat[_rows(chunk, R)],
                other.rows.start * R,
            )  # fmt: skip

        return multiply

    in_parts(team, cut(chunk.m, max(1, rows // side) * side), begin)
