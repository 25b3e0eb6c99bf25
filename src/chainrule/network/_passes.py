"""Running a network's kernels over rows that have been checked.

Scratch memory belongs to the call, so several threads may use one network.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network._architecture import Architecture
from chainrule.network._inputs import ALL_ROWS, Inputs, Rows

Array = NDArray[Any]

# A pass works through its rows in batches whose values fit a core's cache: about 1 MB of float64.
_CACHED_VALUES = 131_072


def batch_rows(net: Architecture, inputs: Inputs, n: int) -> int:
    """Return how many of n rows a pass takes at a time."""
    units = sum(net.layer_sizes[inputs.is_sparse :])
    return min(n, max(64, _CACHED_VALUES // units))


def _workspace(net: Architecture, inputs: Inputs, capacity: int) -> Array:
    program = net.program(sparse=inputs.is_sparse)
    return np.empty(kernels.workspace_size(program, capacity), dtype=net.dtype)


def evaluate(net: Architecture, parameters: Array, inputs: Inputs, order: Rows = ALL_ROWS) -> Array:
    """Return F(x, η) for every row, or for the rows in ``order``."""
    n = len(order) or len(inputs)
    outputs = np.empty((n, net.layer_sizes[-1]), dtype=net.dtype)
    if n:
        capacity = batch_rows(net, inputs, n)
        program = net.program(sparse=inputs.is_sparse)
        scratch = _workspace(net, inputs, capacity)
        kernels.predict[net.dtype](
            program, parameters, inputs.for_kernels(), order, outputs.ravel(), scratch, capacity
        )
    return outputs


def sample_errors(net: Architecture, parameters: Array, loss: str, inputs: Inputs, Y: Array) -> Array:
    """Return E_i of every row."""
    errors = np.empty(len(inputs), dtype=net.dtype)
    capacity = batch_rows(net, inputs, len(inputs))
    program, head = net.program_and_head(loss, sparse=inputs.is_sparse)
    scratch = _workspace(net, inputs, capacity)
    kernels.sample_errors[net.dtype](
        program, head, parameters, inputs.for_kernels(), Y, errors, scratch, capacity
    )
    return errors


def accumulate(
    net: Architecture,
    parameters: Array,
    loss: str,
    inputs: Inputs,
    Y: Array,
    weights: Array,
    order: Rows,
    gradient: Array,
) -> tuple[float, float]:
    """Write Σ w_i ∂E_i/∂η over the rows in ``order`` (empty: all), return Σ w_i E_i and Σ w_i."""
    capacity = batch_rows(net, inputs, len(order) or len(inputs))
    if inputs.is_sparse:
        gradient[:] = 0
    program, head = net.program_and_head(loss, sparse=inputs.is_sparse)
    scratch = _workspace(net, inputs, capacity)
    sums: tuple[float, float] = kernels.accumulate[net.dtype](
        program, head, parameters, inputs.for_kernels(), Y, weights, order, gradient, scratch, capacity
    )
    return sums
