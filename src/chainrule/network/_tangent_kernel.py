"""The tangent kernel J₁J₂ᵀ of two sets of rows, from the structure of J; blocks of rows as memory allows."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule._progress import watched
from chainrule.network._memory import Bytes, room_for
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
    workspace = np.empty(kernels.tile_size(R), dtype=net.dtype)
    # A tape and S of the rows on either side, and those before them until they are let go, and what is copied
    # under the diagonal; tiles are cut from what is there, so large blocks do no harm.
    share = left // 5
    pieces = at.pieces(p * net.units, share, least=4096)
    for row in watched(pieces, progress, "tangent_kernel", len(at), rows_of):
        S = row.sensitivities()
        for first, m in right.spans(p * net.units, share, least=4096):
            if other is None and first < row.rows.start:
                continue
            same = other is None and first == row.rows.start
            column = row if same else right.piece(first, m)
            S_2 = S if same else column.sensitivities()
            _tiles(at, right, (row, S), (column, S_2), R, p // R, same, workspace, flat)
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
    workspace: Array,
    flat: Array,
) -> None:
    piece, other = row[0], column[0]
    dtype = at.architecture.dtype
    product = np.empty((0, 0), dtype=dtype)
    if piece.tape.sparse or other.tape.sparse:
        first, second = at.inputs.matrix(piece.rows), right.inputs.matrix(other.rows)
        inner = first @ second.T
        product = np.ascontiguousarray(inner.toarray() if hasattr(inner, "toarray") else inner, dtype=dtype)
    kernels.tangent_tiles[dtype](
        piece.tape.program,
        (piece.tape.inputs, piece.tape.memory, piece.tape.n, piece.first, row[1]),
        (other.tape.inputs, other.tape.memory, other.tape.n, other.first, column[1]),
        product,
        R,
        traced,
        symmetric,
        workspace,
        flat[_rows(piece, R)],
        other.rows.start * R,
    )
