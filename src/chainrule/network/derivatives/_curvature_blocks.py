"""Curvature matrix of the error, block by block, from the second derivatives in the pre-activations q_l.

With C_lm = ∂²E_i/∂q_l∂q_m of each sample, the block of W_l and W_m is

    Σ_i x_l x_m C_lm  +  (l < m)  Σ_i x_l δ_m ∂x_m/∂q_l ,

where x_l is what goes into layer l, with a 1 for the bias. C_LL comes from the loss; down a layer it is

    C_lm = σ′_l ∘ (W_{l+1} C_{l+1,m}),   C_ll = σ′_l ∘ (W_{l+1} C_{l+1,l+1} W_{l+1}ᵀ) ∘ σ′_l + diag t_l ,

t_l = (W_{l+1} δ_{l+1}) ∘ σ″_l. The Gauss-Newton matrix leaves out what has δ.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule._progress import watched
from chainrule.network._budget import Budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._inputs import Inputs
from chainrule.network._layout import ParameterLayout
from chainrule.network._sharing import team_for
from chainrule.network._tape import Chunk, rows_of
from chainrule.network._team import Team

Array = NDArray[Any]

# Bytes that the pairs of a chunk may take; the third cache, roughly.
_ROOM = 2**23


class LayerCurvatures:
    """C_lm of the rows of a chunk, each computed once, from the output down.

    Parameters
    ----------
    chunk : Chunk
    top : array of shape (m, p, p)
        C_LL, with each sample's share of the average.
    deltas, curvature_terms : array
        δ_l and (δ_{l+1} W_{l+1}ᵀ) ∘ σ″_l, as sweeps leave them; empty for Gauss-Newton's matrix.
    inputs : Inputs
        Of all rows.
    """

    def __init__(
        self, chunk: Chunk, top: Array, deltas: Array, curvature_terms: Array, inputs: Inputs
    ) -> None:
        self._chunk, self._inputs = chunk, inputs
        self._weights = [block.view(chunk.tape.parameters) for block in chunk.tape.net.layout.weights]
        self._kept = {(len(self._weights) - 1, len(self._weights) - 1): top}
        self.deltas = chunk.layers(deltas) if deltas.size else None
        self._bends = chunk.layers(curvature_terms) if curvature_terms.size else None

    def inputs(self, layer: int) -> Array:
        """What goes into a layer (m, fan_in)."""
        tape = self._chunk.tape
        if layer == 0 and tape.sparse:
            return self._inputs.to_array(self._chunk.rows)
        return self._chunk.of(tape.z(layer))

    @property
    def n_layers(self) -> int:
        """Count of the layers."""
        return len(self._weights)

    def slopes(self, layer: int) -> Array:
        """σ′(q) (m, fan_out)."""
        return self._chunk.of(self._chunk.tape.slopes(layer))

    def _down(self, C: Array, layer: int) -> Array:
        """(C W_{l+1}ᵀ) ∘ σ′_l: from (m, k, fan_out) to (m, k, fan_in), as one product of matrices."""
        W = self._weights[layer + 1]
        if W.shape[1] == 1:  # a product with one column is a pair product
            below = self.slopes(layer) * W[:, 0]
            return np.asarray(C * below[:, None, :])
        product = (np.ascontiguousarray(C).reshape(-1, W.shape[1]) @ W.T).reshape(*C.shape[:2], W.shape[0])
        product *= self.slopes(layer)[:, None, :]
        return product

    def own(self, layer: int) -> Array:
        """C_ll (m, width, width)."""
        if (layer, layer) not in self._kept:
            C = self._down(self.pair(layer, layer + 1).swapaxes(1, 2), layer)
            if self._bends is not None:
                width = np.arange(C.shape[1])
                C[:, width, width] += self._bends[layer]
            self._kept[layer, layer] = C
        return self._kept[layer, layer]

    def pair(self, low: int, high: int) -> Array:
        """C_ml (m, width of the higher layer, width of the lower one)."""
        if low == high:
            return self.own(low)
        if (low, high) not in self._kept:
            self._kept[low, high] = self._down(self.pair(low + 1, high), low)
        return self._kept[low, high]

    def between(self, low: int, high: int) -> Array:
        """∂x_high/∂q_low (m, width of low, fan_in of high), for layers that are not neighbours."""
        W = self._weights[low + 1]
        D = self.slopes(low)[:, :, None] * W * self.slopes(low + 1)[:, None, :]
        for layer in range(low + 2, high):
            D = (D.reshape(-1, D.shape[2]) @ self._weights[layer]).reshape(*D.shape[:2], -1)
            D *= self.slopes(layer)[:, None, :]
        return D


def _with_one(x: Array) -> Array:
    return np.hstack([x, np.ones((len(x), 1), dtype=x.dtype)])


def _products(left: Array, right: Array, upper: bool = False) -> Array:
    """All products of a number of left (m, a) and one of right (m, b): (m, a·b); ``upper``: for b >= a."""
    a, b = left.shape[1], right.shape[1]
    products = np.empty((len(left), a * (a + 1) // 2 if upper else a * b), dtype=left.dtype)
    kernels.pair_products[left.dtype](
        np.ascontiguousarray(left), np.ascontiguousarray(right), upper, products
    )
    return products


def _upper_halves(C: Array) -> Array:
    """The upper half of each matrix (m, w, w), as (m, w (w + 1) / 2)."""
    halves = np.empty((len(C), C.shape[1] * (C.shape[1] + 1) // 2), dtype=C.dtype)
    kernels.upper_halves[C.dtype](np.ascontiguousarray(C), halves)
    return halves


class _Blocks:
    """Sums over samples, as products of matrices (what goes in)ᵀ (what comes of it), unfolded at the end."""

    def __init__(self) -> None:
        self._sums: dict[Any, Array] = {}

    def add(self, key: Any, left: Array, other: Array, right: Array) -> None:
        """Add Σ (left ∘ other) right, for all pairs of a number of left and one of the other."""
        self._add(key, _products(left, other), right)

    def add_halves(self, key: Any, left: Array, C: Array) -> None:
        """The same for left and left, and a symmetric C."""
        self._add(key, _products(left, left, upper=True), _upper_halves(C))

    def _add(self, key: Any, left: Array, right: Array) -> None:
        if key in self._sums:
            self._sums[key] += left.T @ right
        else:
            self._sums[key] = left.T @ right

    def __getitem__(self, key: Any) -> Array:
        return self._sums[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._sums


class SumCounts(NamedTuple):
    """Numbers in memory while the matrix is made.

    Attributes
    ----------
    sums : int
        All sums.
    of_a_row : int
        For a row of a chunk, beside its tape: all C_lm, what goes into layers, δ.
    added, products : int
        In each thread: what is added to a sum; for a row, the products that it is made of.
    unfolded : int
        At the end: a block as it is written.
    """

    sums: int
    of_a_row: int
    added: int
    products: int
    unfolded: int

    @classmethod
    def of(cls, sizes: tuple[int, ...], exact: bool) -> "SumCounts":
        sums, added, unfolded, products, far = 0, 0, 0, 0, 0
        for high, (a, b) in enumerate(pairwise(sizes)):
            blocks = [((a + 1) * (a + 2) // 2, b * (b + 1) // 2)]
            unfolded = max(unfolded, 2 * ((a + 1) * b) ** 2)
            for low, (i, j) in enumerate(pairwise(sizes[: high + 1])):
                blocks.append(((i + 1) * (a + 1), b * j))
                if exact:
                    blocks.append(((i + 1) * b, j if high == low + 1 else j * a))
                    far += 0 if high == low + 1 else 2 * j * a
            sums += sum(left * right for left, right in blocks)
            added = max(added, *(left * right for left, right in blocks))
            products = max(products, *(left for left, _ in blocks))
        widths = sizes[1:]
        known = sum(b * c for high, b in enumerate(widths) for c in widths[: high + 1]) + far
        down = 3 * max(b * c for b, c in zip(widths, (1, *widths), strict=False))
        swept = 3 * sum(widths) if exact else 0
        of_a_row = known + down + swept + sum(sizes[:-1]) + len(widths) + 5 * widths[-1]
        return cls(sums, of_a_row, added, products + max(widths) ** 2, unfolded)


def write_matrix(
    at: ForwardPass,
    curvatures: Callable[[Chunk], LayerCurvatures],
    exact: bool,
    matrix: Array,
    budget: Budget,
    progress: bool,
) -> Array:
    """Write the matrix (P, P); ``exact``: with what has δ.

    Threads make each a layer's or a pair of layers' part of it.
    """
    net, blocks, counts = at.net, _Blocks(), SumCounts.of(at.net.layer_sizes, exact)
    size, tape = net.dtype.itemsize, net.tape_row
    rows = max(16, min(1024, _ROOM // ((counts.of_a_row + counts.products) * size)))
    of_a_thread = counts.added + min(rows, len(at)) * counts.products
    most = (budget.left // size - counts.sums - rows * (tape + counts.of_a_row)) // of_a_thread
    with team_for(len(at) * len(matrix) ** 2 // 2, max(1, most)) as team:
        fixed = counts.sums + max(team.size * counts.added, counts.unfolded)
        chunks = at.chunks(counts.of_a_row + team.size * counts.products, budget, rows, fixed)
        for chunk in watched(chunks, progress, "to_array", len(at), rows_of):
            _add_chunk(blocks, curvatures(chunk), chunk.m, team)
    return _unfold(net.layer_sizes, net.layout, blocks, matrix)


def _add_chunk(blocks: "_Blocks", known: LayerCurvatures, m: int, team: Team) -> None:
    x = [_with_one(known.inputs(layer)) for layer in range(known.n_layers)]
    sums: list[Callable[[], None]] = []  # what threads do side by side, once all C are known
    for layer in reversed(range(known.n_layers)):
        sums.append(partial(blocks.add_halves, (layer, layer), x[layer], known.own(layer)))
    for high in range(known.n_layers):
        for low in range(high):
            C = known.pair(low, high).reshape(m, -1)
            sums.append(partial(blocks.add, (low, high), x[low], x[high], C))
            if known.deltas is None:
                continue
            D = known.slopes(low) if high == low + 1 else known.between(low, high).reshape(m, -1)
            sums.append(partial(blocks.add, (low, high, "moved"), x[low], known.deltas[high], D))
    team.do(sums)


def _unfold(sizes: tuple[int, ...], layout: ParameterLayout, blocks: _Blocks, matrix: Array) -> Array:
    for high in range(len(sizes) - 1):
        for low in range(high + 1):
            block = _own(sizes, low, blocks) if low == high else _pair(sizes, low, high, blocks)
            _place(matrix, layout, low, high, block)
    return matrix


def _own(sizes: tuple[int, ...], layer: int, blocks: _Blocks) -> Array:
    """Unfold the upper halves into (i, j, a, b)."""
    fan_in, fan_out = sizes[layer] + 1, sizes[layer + 1]
    return blocks[layer, layer][_symmetric(fan_in)[:, None, :, None], _symmetric(fan_out)[None, :, None, :]]


def _symmetric(n: int) -> NDArray[np.intp]:
    """The place of (i, j) and (j, i) among the upper half (n, n)."""
    places = np.empty((n, n), dtype=np.intp)
    i, j = np.triu_indices(n)
    places[i, j] = places[j, i] = np.arange(i.size)
    return places


def _pair(sizes: tuple[int, ...], low: int, high: int, blocks: _Blocks) -> Array:
    """(i, j, a, b) from (i·a, b·j), and what the inputs of the higher layer do from (i·b, j·a)."""
    i, a, j, b = sizes[low] + 1, sizes[high] + 1, sizes[low + 1], sizes[high + 1]
    block = blocks[low, high].reshape(i, a, b, j).transpose(0, 3, 1, 2)
    if (low, high, "moved") in blocks:
        moved = blocks[low, high, "moved"]
        if high == low + 1:
            units = np.arange(j)
            block[:, units, units] += moved.reshape(i, b, j).swapaxes(1, 2)
        else:
            block[:, :, :-1] += moved.reshape(i, b, j, a - 1).transpose(0, 2, 3, 1)
    return block


def _place(matrix: Array, layout: ParameterLayout, low: int, high: int, block: Array) -> None:
    """Write a block (i, j, a, b), whose last i and a are the biases', and its transpose."""
    rows, columns = layout.of_layer(low), layout.of_layer(high)
    for some, i in zip(rows, (slice(0, -1), slice(-1, None)), strict=True):
        for others, a in zip(columns, (slice(0, -1), slice(-1, None)), strict=True):
            part = block[i, :, a, :]
            part = part.reshape(part.shape[0] * part.shape[1], -1)
            matrix[some.place, others.place] = part
            if low != high:
                matrix[others.place, some.place] = part.T
