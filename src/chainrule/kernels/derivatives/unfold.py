"""Gauss-Newton matrix in the order of η, written from the sums of its blocks."""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.derivatives.block_shape import shape_of_block, steps_in_block
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, PROGRAM, WEIGHT


@kernel
def row_start(program: Any, layer: Any, i: Any) -> Any:
    """Where the weights of an input stand in η; of the last, the biases."""
    fan_in = program[layer, FAN_IN]
    return program[layer, WEIGHT] + i * program[layer, FAN_OUT] if i < fan_in else program[layer, BIAS]


@kernel
def unfold_own(program: Any, layer: Any, sums: Any, start: Any, A: Any) -> None:
    """The block of a layer with itself, from upper halves of pairs and entries, or the latter's diagonal."""
    n, width = program[layer, FAN_IN] + 1, program[layer, FAN_OUT]
    pairs, entries, _ = shape_of_block(program, layer, layer)
    of_pair, of_entry = steps_in_block(pairs, entries)
    diagonal = layer == program.shape[0] - 1
    for i in range(n):
        for k in range(i, n):
            left, top, place = row_start(program, layer, i), row_start(program, layer, k), start
            for a in range(width):
                for b in range(a, width):
                    # C_LL is diagonal, and its sums hold the diagonal alone.
                    there = a == b or not diagonal
                    number = sums[place] if there else type(sums[place])(0)
                    A[top + b, left + a] = number
                    A[top + a, left + b] = number
                    place += of_entry if there else 0
            start += of_pair


@kernel
def unfold_pair(program: Any, low: Any, high: Any, sums: Any, start: Any, A: Any) -> None:
    """The block of two layers, where its rows come after its columns: biases of the lower do."""
    n_low, n_high = program[low, FAN_IN] + 1, program[high, FAN_IN] + 1
    width, height = program[low, FAN_OUT], program[high, FAN_OUT]
    pairs, entries, _ = shape_of_block(program, low, high)
    of_pair, of_entry = steps_in_block(pairs, entries)
    for i in range(n_low):
        for k in range(n_high):
            of_low, of_high, place = row_start(program, low, i), row_start(program, high, k), start
            for b in range(height):
                for a in range(width):
                    # In η all weights stand before all biases: the biases of the lower layer come after the
                    # weights of the higher.
                    if of_high > of_low:
                        A[of_high + b, of_low + a] = sums[place]
                    else:
                        A[of_low + a, of_high + b] = sums[place]
                    place += of_entry
            start += of_pair


@entry(
    lambda real: signature(
        types.void, PROGRAM, PROGRAM, vector(real), types.Array(real, 2, "C"), types.boolean
    )
)
def unfold(program: Any, starts: Any, sums: Any, A: Any, whole: Any) -> None:
    """Put the sums into the lower half of A (P, P), and with ``whole`` into the upper one too.

    Without it the upper half counts for nothing: blocks of a layer with itself are written whole.

    ``starts`` (layers, layers) says where the block of two layers begins.
    """
    for high in range(program.shape[0]):
        for low in range(high + 1):
            if shape_of_block(program, low, high)[2]:
                unfold_own(program, low, sums, starts[low, low], A)
            else:
                unfold_pair(program, low, high, sums, starts[low, high], A)
    if whole:
        for i in range(A.shape[0]):
            for j in range(i):
                A[j, i] = A[i, j]
