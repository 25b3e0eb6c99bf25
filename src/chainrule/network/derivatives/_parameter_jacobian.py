"""∂F/∂η, and rows of ∂q_L/∂η a block at a time (N10)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network._budget import Bytes, within_budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._tape import Chunk

Array = NDArray[Any]

BEYOND_CACHES = 2**24
"""Bytes of a result that is gone from a core's caches before it is read."""
BLOCK_ROWS = 512
"""Rows at a time: products with them are as fast as with all of them, measured from 256 on."""


def parameter_jacobian(at: ForwardPass, max_memory: Bytes | None, out: Array | None, progress: bool) -> Array:
    """Write ∂F/∂η (n, p, P)."""
    net, p = at.net, at.net.layer_sizes[-1]
    shape = len(at), p, net.layout.n_parameters
    instead = "parameter_pushforward, parameter_pullback, gauss_newton and tangent_kernel work without it"
    read = () if out is None else at.read
    result, budget = within_budget(shape, net.dtype, out, max_memory, instead, read)

    def write(chunk: Chunk) -> None:
        write_part(chunk, chunk.sensitivities(), result)

    at.each_chunk(write, 1 + p, p * net.units, budget, bar="parameter_jacobian" if progress else None)
    return result


def write_part(chunk: Chunk, S: Array, result: Array) -> None:
    """Write the rows of a result of all samples that are a chunk's; see `write_rows`."""
    out = result[chunk.rows].reshape(-1, result.shape[-1])
    write_rows(chunk, S, out, streamed=result.nbytes > BEYOND_CACHES)


def jacobian_blocks(at: ForwardPass) -> Iterator[tuple[Chunk, Array]]:
    """Give the chunks of all rows and, of each, ∂q_L/∂η (m·p, P); the memory is used for the next one."""
    net, p = at.net, at.net.layer_sizes[-1]
    memory = np.empty(0, dtype=net.dtype)
    for chunk in at.chunks(p * net.units, least=max(1, BLOCK_ROWS // p)):
        rows, P = chunk.m * p, net.layout.n_parameters
        if memory.size < rows * P:
            memory = np.empty(rows * P, dtype=net.dtype)
        block = memory[: rows * P].reshape(rows, P)
        write_rows(chunk, chunk.sensitivities(kernels.NONE), block)
        yield chunk, block


def write_rows(chunk: Chunk, S: Array, out: Array, streamed: bool = False) -> None:
    """out (m·R, P) = z_{l-1} ⊗ S_l and S_l in the order of η, for the rows S_l (m, R, width) of each sample.

    ``streamed``: past the caches.
    """
    tape = chunk.tape
    kernels.outer_products[tape.net.dtype](
        tape.program, tape.inputs, tape.memory, tape.n, chunk.place, S, len(out) // chunk.m, out, streamed
    )
