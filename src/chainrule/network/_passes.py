"""Running a network's kernels over rows that have been checked.

Scratch memory belongs to the call, so several threads may use one network.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network._architecture import Architecture
from chainrule.network._inputs import ALL_ROWS, Inputs, Rows
from chainrule.network._sharing import in_slices, is_little, work_of_a_row
from chainrule.network._spare import Spare

Array = NDArray[Any]

# A pass works through its rows in batches whose values fit a core's cache: about 1 MB of float64.
_CACHED_VALUES = 131_072


def batch_rows(net: Architecture, inputs: Inputs, n: int) -> int:
    """Return how many of n rows a pass takes at a time."""
    units = net.units if inputs.is_sparse else net.units + net.layer_sizes[0]
    return min(n, max(64, _CACHED_VALUES // units))


def _workspace(net: Architecture, inputs: Inputs, capacity: int) -> Array:
    return np.empty(capacity * net.workspace_row(sparse=inputs.is_sparse), dtype=net.dtype)


def evaluate(net: Architecture, parameters: Array, inputs: Inputs, order: Rows = ALL_ROWS) -> Array:
    """Return F(x, η) for every row, or for the rows in ``order``."""
    n = len(order) or len(inputs)
    outputs = np.empty((n, net.layer_sizes[-1]), dtype=net.dtype)
    capacity, program = batch_rows(net, inputs, n), net.program(sparse=inputs.is_sparse)
    kernel, work = kernels.predict[net.dtype], work_of_a_row(net, inputs)
    if n and is_little(n * work, net):  # what is asked of single rows is to cost no more than it must
        scratch = _workspace(net, inputs, capacity)
        kernel(program, parameters, inputs.for_kernels(), order, outputs.ravel(), scratch, capacity)
        return outputs

    def begin() -> Callable[[int, int], None]:
        scratch = _workspace(net, inputs, capacity)

        def run(first: int, m: int) -> None:
            rows = slice(first, first + m)
            some = inputs if len(order) else inputs.rows(first, first + m)
            kernel(
                program, parameters, some.for_kernels(), order[rows], outputs[rows].ravel(), scratch, capacity
            )

        return run

    in_slices(net, n, work, capacity, begin)
    return outputs


def sample_errors(
    net: Architecture, parameters: Array, loss: str, inputs: Inputs, Y: Array, order: Rows = ALL_ROWS
) -> Array:
    """Return E_i of every row, or of the rows in ``order``."""
    n = len(order) or len(inputs)
    errors, capacity = np.empty(n, dtype=net.dtype), batch_rows(net, inputs, n)
    program, head = net.program_and_head(loss, sparse=inputs.is_sparse)

    def begin() -> Callable[[int, int], None]:
        scratch = _workspace(net, inputs, capacity)

        def run(first: int, m: int) -> None:
            rows = slice(first, first + m)
            some, answers = (inputs, Y) if len(order) else (inputs.rows(first, first + m), Y[rows])
            kernels.sample_errors[net.dtype](
                program, head, parameters, some.for_kernels(), answers, order[rows], errors[rows], scratch,
                capacity,
            )  # fmt: skip

        return run

    in_slices(net, n, work_of_a_row(net, inputs), capacity, begin)
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
    capacity: int,
    spare: Spare,
) -> tuple[float, float]:
    """Add Σ w_i ∂E_i/∂η over the rows in ``order`` (empty: all), return Σ w_i E_i and Σ w_i.

    They are taken ``capacity`` at a time (`batch_rows`); memory to work in is taken from ``spare``.
    """
    program, head = net.program_and_head(loss, sparse=inputs.is_sparse)
    scratch = spare.take_at_least(capacity * net.workspace_row(sparse=inputs.is_sparse), net.dtype)
    sums: tuple[float, float] = kernels.accumulate[net.dtype](
        program, head, parameters, inputs.for_kernels(), Y, weights, order, gradient, scratch, capacity
    )
    spare.leave(scratch)
    return sums
