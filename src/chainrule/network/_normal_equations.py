"""The Gauss-Newton matrix of one output from rows of its Jacobian, a block of rows at a time.

With one output ∂q_L/∂η of a sample is a row, and JᵀHJ a sum of squares: the rows, each times the root of its
curvature, are made from N10's outer products and summed up by BLAS, so that no more of J than a block is ever
in memory. With several outputs the sum over them comes first; see `_curvature_blocks`.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas

from chainrule import kernels
from chainrule.network._tape import Piece

if TYPE_CHECKING:
    from chainrule.network._at import NetworkAt

Array = NDArray[Any]
Tasks = Sequence[Callable[[], Any]]

BLOCK_ROWS = 512
"""Rows of J at a time: as fast as all of them, measured from 256 on."""
_TILE = 1024


def one_by_one(tasks: Tasks) -> None:
    """Do what can be done in any order, or side by side, in this thread."""
    for task in tasks:
        task()


class SymmetricSum:
    """Σ BᵀB over blocks B (m, n): the upper half, in tiles that threads can make side by side.

    Each tile is added up in the same order whoever makes it, so that the sum is the same to the bit.
    """

    def __init__(self, n: int, dtype: np.dtype[Any], run: Callable[[Tasks], None] = one_by_one) -> None:
        self._edges = [(first, min(first + _TILE, n)) for first in range(0, n, _TILE)]
        self._n, self._dtype, self._run = n, dtype, run
        self._tiles: dict[tuple[int, int], Array] = {}
        for i, j in combinations_with_replacement(range(len(self._edges)), 2):
            shape = tuple(stop - first for first, stop in (self._edges[i], self._edges[j]))
            self._tiles[i, j] = np.zeros(shape, dtype=dtype, order="F")
        double = dtype == np.float64
        self._syrk: Callable[..., Any] = blas.dsyrk if double else blas.ssyrk
        self._gemm: Callable[..., Any] = blas.dgemm if double else blas.sgemm

    def add(self, B: Array) -> None:
        """Add BᵀB, for B in the order of C."""
        columns = [B] if len(self._edges) == 1 else [np.ascontiguousarray(B[:, a:b]) for a, b in self._edges]

        def tile(i: int, j: int) -> Callable[[], Any]:
            left, right, total = columns[i].T, columns[j].T, self._tiles[i, j]
            if i == j:
                return lambda: self._syrk(1.0, left, beta=1.0, c=total, overwrite_c=1)
            return lambda: self._gemm(1.0, left, right, beta=1.0, c=total, trans_b=1, overwrite_c=1)

        self._run([tile(i, j) for i, j in self._tiles])

    def to_array(self, *, half: bool = False) -> Array:
        """Return the whole matrix (n, n); the tiles are given up on the way.

        ``half``: above the diagonal anything may stand, which saves a third of the time.
        """
        whole = np.empty((self._n, self._n), dtype=self._dtype)
        while self._tiles:
            (i, j), tile = self._tiles.popitem()
            (top, bottom), (left, right) = self._edges[i], self._edges[j]
            whole[left:right, top:bottom] = tile.T
            if half:
                continue
            if i == j:  # below its diagonal is nothing
                whole[top:bottom, left:right] += tile
            else:
                whole[top:bottom, left:right] = tile
        if not half:
            whole.ravel()[:: self._n + 1] *= 0.5
        return whole


def jacobian_blocks(at: "NetworkAt", roots: Callable[[Piece], Array]) -> Iterator[tuple[Piece, Array]]:
    """Give the pieces of all rows and, of each, ∂q_L/∂η (m·p, P) times ``roots`` (m, p).

    The memory of a block is used for the next one.
    """
    net, p = at.architecture, at.architecture.layer_sizes[-1]
    memory = np.empty(0, dtype=net.dtype)
    for piece in at.pieces(p * net.units, least=max(1, BLOCK_ROWS // p)):
        S = piece.sensitivities(kernels.NONE)
        scales = roots(piece)
        for layer in piece.layers(S, p):
            layer *= scales[:, :, None]
        rows, P = piece.m * p, net.layout.n_parameters
        if memory.size < rows * P:
            memory = np.empty(rows * P, dtype=net.dtype)
        block = memory[: rows * P].reshape(rows, P)
        tape = piece.tape
        kernels.outer_products[net.dtype](
            tape.program, tape.inputs, tape.memory, tape.n, piece.place, S, p, block, False
        )
        yield piece, block
