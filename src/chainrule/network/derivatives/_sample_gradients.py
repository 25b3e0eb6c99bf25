"""∂E_i/∂η of every sample, and its norm without it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network._budget import Bytes, within_budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._objective import Objective
from chainrule.network._tape import Chunk
from chainrule.network.derivatives._parameter_jacobian import write_part

Array = NDArray[Any]


def sample_gradients(
    at: ForwardPass, objective: Objective, max_memory: Bytes | None, out: Array | None, progress: bool
) -> Array:
    """Write w_i ∂E_i/∂η (n, P)."""
    net = at.net
    instead = "sample_gradient_norms and gradient work without it"
    read = *at.read, objective.Y, objective.weights
    shape = len(at), net.layout.n_parameters
    result, budget = within_budget(shape, net.dtype, out, max_memory, instead, read)

    def write(chunk: Chunk) -> None:
        write_part(chunk, chunk.cotangents(objective.weighed_delta(chunk), kernels.NONE), result)

    numbers = net.units + 3 * net.layer_sizes[-1] + 1
    at.each_chunk(write, 3, numbers, budget, 64, bar="sample_gradients" if progress else None)
    return result


def sample_gradient_norms(at: ForwardPass, objective: Objective) -> Array:
    """‖w_i ∂E_i/∂η‖ (n,): Σ_l ‖δ_l‖² (‖z_{l-1}‖² + 1) under the root (Goodfellow 2015)."""
    net = at.net
    squares = np.empty(len(at), dtype=net.dtype)

    def write(chunk: Chunk) -> None:
        tape, deltas = chunk.tape, chunk.cotangents(objective.errors_and_delta(chunk)[1], kernels.NONE)
        kernels.square_norms[net.dtype](
            tape.program, tape.inputs, tape.memory, tape.n, chunk.place, deltas, squares[chunk.rows]
        )

    at.each_chunk(write, 2, net.units, least=64)
    return np.sqrt(squares, out=squares) * objective.weights
