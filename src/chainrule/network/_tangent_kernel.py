"""The tangent kernel J₁J₂ᵀ of two sets of rows, from the structure of J; blocks of rows as memory allows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule._progress import watched
from chainrule.network._crew import Crew
from chainrule.network._memory import Bytes, room_for, spans
from chainrule.network._sharing import SLICE_PRODUCTS, crew_for, in_parts
from chainrule.network._tape import rows_of

if TYPE_CHECKING:
    from chainrule.network._at import NetworkAt
    from chainrule.network._tape import Piece

Array = NDArray[Any]


def tangent_kernel(
    at: "NetworkAt",
    other: "NetworkAt | None",
    traced: bool,
    max_memory: Bytes | None,
    out: Array | None,
    progress: bool,
) -> Array:
    """Write (n₁, p, n₂, p), or its trace over outputs (n₁, n₂); ``other`` None: both are the same rows."""
    net, p = at.architecture, at.architecture.layer_sizes[-1]
    right = at if other is None else other
    shape = (len(at), len(right)) if traced else (len(at), p, len(right), p)
    instead = "blocks of rows of it, or its trace over outputs, are smaller"
    if traced:
        instead = "blocks of rows of it are smaller"
    result, left = room_for(shape, net.dtype, out, max_memory, instead, (*at.read, *right.read))
    R = 1 if traced else p
    flat = result.reshape(len(at) * R, len(right) * R)
    # A tape and S of the rows on either side, and those before them until they are let go, and what is copied
    # under the diagonal; tiles are cut from what is there, so large blocks do no harm.
    share, numbers, multiplications = left // 5, p * net.units, p * net.layout.n_weights
    multiplications += R * p * (net.layer_sizes[0] + net.units) * len(right)
    with crew_for(len(at) * multiplications) as crew:
        pieces = at.pieces(numbers, share, least=4096)
        for row in watched(pieces, progress, "tangent_kernel", len(at), rows_of):
            S = row.sensitivities(crew=crew)
            for first, m in right.spans(numbers, share, least=4096):
                if other is None and first < row.rows.start:
                    continue
                same = other is None and first == row.rows.start
                column = row if same else right.piece(first, m)
                S_2 = S if same else column.sensitivities(crew=crew)
                _tiles(at, right, (row, S), (column, S_2), R, p // R, same, crew, flat)
                if other is None and not same:
                    block = _rows(row, R), _rows(column, R)
                    flat[block[1], block[0]] = flat[block].T
    return result


def _rows(piece: "Piece", R: int) -> slice:
    return slice(piece.rows.start * R, piece.rows.stop * R)


def _tiles(
    at: "NetworkAt",
    right: "NetworkAt",
    row: tuple["Piece", Array],
    column: tuple["Piece", Array],
    R: int,
    traced: int,
    symmetric: bool,
    crew: Crew,
    flat: Array,
) -> None:
    piece, other = row[0], column[0]
    dtype = at.architecture.dtype
    product = np.empty((0, 0), dtype=dtype)
    if piece.tape.sparse or other.tape.sparse:
        first, second = at.inputs.matrix(piece.rows), right.inputs.matrix(other.rows)
        inner = first @ second.T
        product = np.ascontiguousarray(inner.toarray() if hasattr(inner, "toarray") else inner, dtype=dtype)
    net, side = at.architecture, kernels.tile_side.py_func(R)
    of_a_row = other.m * (net.layer_sizes[0] + R * R * traced * net.units)
    rows = min(SLICE_PRODUCTS // of_a_row, -(-piece.m // crew.size))

    def begin() -> Callable[[int, int], None]:
        workspace = np.empty(kernels.tile_size(R), dtype=dtype)

        def multiply(first: int, m: int) -> None:
            kernels.tangent_tiles[dtype](
                piece.tape.program,
                (piece.tape.inputs, piece.tape.memory, piece.tape.n, piece.first, row[1]),
                (other.tape.inputs, other.tape.memory, other.tape.n, other.first, column[1]),
                product, (first, first + m), R, traced, symmetric, workspace, flat[_rows(piece, R)],
                other.rows.start * R,
            )  # fmt: skip

        return multiply

    in_parts(crew, spans(piece.m, max(1, rows // side) * side), begin)
