"""Rows of ∂q_L/∂η, a block at a time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network._tape import Piece

if TYPE_CHECKING:
    from chainrule.network._at import NetworkAt

Array = NDArray[Any]

BLOCK_ROWS = 512
"""Rows at a time: products with them are as fast as with all of them, measured from 256 on."""


def jacobian_blocks(at: "NetworkAt") -> Iterator[tuple[Piece, Array]]:
    """Give the pieces of all rows and, of each, ∂q_L/∂η (m·p, P); the memory is used for the next one."""
    net, p = at.architecture, at.architecture.layer_sizes[-1]
    memory = np.empty(0, dtype=net.dtype)
    for piece in at.pieces(p * net.units, least=max(1, BLOCK_ROWS // p)):
        rows, P = piece.m * p, net.layout.n_parameters
        if memory.size < rows * P:
            memory = np.empty(rows * P, dtype=net.dtype)
        block = memory[: rows * P].reshape(rows, P)
        write_rows(piece, piece.sensitivities(kernels.NONE), block)
        yield piece, block


def write_rows(piece: Piece, S: Array, out: Array, streamed: bool = False) -> None:
    """out (m·R, P) = z_{l-1} ⊗ S_l and S_l in the order of η, for the rows S_l (m, R, width) of each sample.

    ``streamed``: past the caches.
    """
    tape = piece.tape
    kernels.outer_products[tape.net.dtype](
        tape.program, tape.inputs, tape.memory, tape.n, piece.place, S, len(out) // piece.m, out, streamed
    )
