"""Products of ∂F/∂x and ∂F/∂η with vectors from either side, each one sweep through the tape (N11)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network._budget import within_budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._inputs import Inputs
from chainrule.network._objective import Objective
from chainrule.network._tape import Chunk

Array = NDArray[Any]


def pushforward(at: ForwardPass, directions: Inputs | None, v: Array | None) -> Array:
    """∂F/∂x · dx (n, p) for every row, or ∂F/∂η · v."""
    net = at.net
    result = np.empty(at.output_shape, dtype=net.dtype)

    def write(chunk: Chunk) -> None:
        dX = None if directions is None else directions.rows(chunk.rows.start, chunk.rows.stop)
        chunk.tangents(dX, v, chunk.tape.kind, result[chunk.rows])

    at.each_chunk(write, 3, net.units + net.hidden_units, least=64)
    return result


def pullback(at: ForwardPass, U: Array) -> Array:
    """u · ∂F/∂x (n, d) for every row u of U."""
    return _swept_back(at, lambda chunk, result: chunk.cotangents(U[chunk.rows], chunk.tape.kind, result))


def input_gradient(at: ForwardPass, objective: Objective) -> Array:
    """∂E_i/∂x_i (n, d), without the weights."""

    def sweep(chunk: Chunk, result: Array) -> None:
        chunk.cotangents(objective.errors_and_delta(chunk)[1], kernels.NONE, result)

    return _swept_back(at, sweep)


def _swept_back(at: ForwardPass, sweep: Callable[[Chunk, Array], object]) -> Array:
    net = at.net
    instead = "parameter_pullback needs no such array"
    result, budget = within_budget(at.inputs.shape, net.dtype, None, None, instead)

    def write(chunk: Chunk) -> None:
        sweep(chunk, result[chunk.rows])

    at.each_chunk(write, 2, net.units, budget, 64)
    return result


def parameter_pullback(at: ForwardPass, U: Array) -> Array:
    """Σ_i u_i · ∂F(x_i)/∂η (P,)."""

    def add(chunk: Chunk, total: Array) -> None:
        chunk.collect(chunk.cotangents(U[chunk.rows], chunk.tape.kind), total)

    return at.sum_of_chunks(add, 3, at.net.units)
