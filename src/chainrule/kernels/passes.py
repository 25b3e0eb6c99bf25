"""What Python calls: passes over rows in batches, every buffer given, the GIL released.

The inputs (see `inputs`) are never copied as a whole: each batch's rows are gathered through ``order``
(empty: as they lie) into the workspace, whose length `workspace_size` gives.
"""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, reduction, rows, vector
from chainrule.kernels.inputs import (
    NO_ORDER,
    ORDER,
    clear_first_gradient,
    count_rows,
    gather,
    inputs_type,
    matrix,
    row_of,
)
from chainrule.kernels.intrinsics import call, pointer
from chainrule.kernels.program import FAN_OUT, PROGRAM, UNITS, workspace_places
from chainrule.kernels.propagation import backward, forward, forward_values
from chainrule.kernels.rows import copied
from chainrule.kernels.updates import ALPHA, WEIGHT_SUM


def _vector_in(real: types.Float) -> types.Array:
    return vector(real, readonly=True)


@entry(
    lambda real: signature(
        types.void,
        PROGRAM,
        _vector_in(real),
        inputs_type(real),
        ORDER,
        vector(real),
        vector(real),
        types.intp,
    )
)
def predict(
    program: Any, parameters: Any, inputs: Any, order: Any, outputs: Any, workspace: Any, capacity: Any
) -> None:
    """outputs = F(X, η), a batch of ``capacity`` rows at a time."""
    n = count_rows(inputs, order)
    width = program[program.shape[0] - 1, FAN_OUT]
    for first in range(0, n, capacity):
        m = min(capacity, n - first)
        z = forward_values(program, parameters, (inputs, order, first, m), workspace, capacity)
        copied(pointer(outputs, first * width), (pointer(workspace, z),), (), m * width)


@kernel
def _at_output(
    program: Any, head: Any, parameters: Any, batch: Any, Y: Any, workspace: Any, capacity: Any
) -> None:
    """Forward and the head for one batch: E_i and δ_L are in the workspace."""
    _, d, delta, answers, errors, _ = workspace_places(program, capacity)
    gather(Y, batch, workspace, answers)
    z = forward(program, parameters, batch, workspace, d, capacity)
    last = program.shape[0] - 1
    slopes = d + (program[last, UNITS] - program[0, UNITS]) * capacity
    call(
        head,
        (
            pointer(workspace, z),
            pointer(workspace, slopes),
            pointer(workspace, answers),
            pointer(workspace, errors),
            pointer(workspace, delta),
        ),
        (batch[3], program[last, FAN_OUT]),
    )


@kernel
def _weigh(weights: Any, batch: Any, width: Any, workspace: Any, errors: Any, delta: Any) -> Any:
    """Return Σ w_i E_i and Σ w_i, and multiply each row of δ_L by its w_i (no weights: all are 1)."""
    m = batch[3]
    error_sum, weight_sum = 0.0, 0.0
    sample_errors, deltas = matrix(workspace, errors, 1, m), matrix(workspace, delta, m, width)
    if weights.size == 0:
        for i in range(m):
            error_sum += sample_errors[0, i]
        return error_sum, float(m)
    for i in range(m):
        weight = weights[row_of(batch, i)]
        weight_sum += weight
        error_sum += weight * sample_errors[0, i]
        for k in range(width):
            deltas[i, k] *= weight
    return error_sum, weight_sum


@kernel
def _batch(
    program: Any, head: Any, parameters: Any, batch: Any, Y: Any, weights: Any, gradient: Any, beta: Any,
    workspace: Any, capacity: Any,
) -> Any:  # fmt: skip
    """gradient = Σ w_i ∂E_i/∂η + beta · gradient over one batch; returns Σ w_i E_i and Σ w_i (N13)."""
    _, d, delta, _, errors, _ = workspace_places(program, capacity)
    _at_output(program, head, parameters, batch, Y, workspace, capacity)
    sums = _weigh(weights, batch, program[program.shape[0] - 1, FAN_OUT], workspace, errors, delta)
    backward(program, parameters, batch, workspace, d, delta, gradient, beta, capacity)
    return sums


@entry(
    lambda real: signature(
        types.UniTuple(types.float64, 2),
        PROGRAM, types.intp, _vector_in(real), inputs_type(real), rows(real), _vector_in(real), ORDER,
        vector(real), vector(real), types.intp,
    )
)  # fmt: skip
def accumulate(
    program: Any, head: Any, parameters: Any, inputs: Any, Y: Any, weights: Any, order: Any,
    gradient: Any, workspace: Any, capacity: Any,
) -> Any:  # fmt: skip
    """gradient = Σ w_i ∂E_i/∂η over all rows; returns Σ w_i E_i and Σ w_i.

    For sparse rows the gradient comes in as zeros.
    """
    n = count_rows(inputs, order)
    error_sum, weight_sum = 0.0, 0.0
    for first in range(0, n, capacity):
        batch = inputs, order, first, min(capacity, n - first)
        beta = 0.0 if first == 0 else 1.0
        sums = _batch(program, head, parameters, batch, Y, weights, gradient, beta, workspace, capacity)
        error_sum += sums[0]
        weight_sum += sums[1]
    return error_sum, weight_sum


@entry(
    lambda real: signature(
        types.void,
        PROGRAM, types.intp, _vector_in(real), inputs_type(real), rows(real),
        vector(real), vector(real), types.intp,
    )
)  # fmt: skip
def sample_errors(
    program: Any, head: Any, parameters: Any, inputs: Any, Y: Any, errors: Any, workspace: Any, capacity: Any
) -> None:
    """errors = E_i of every row."""
    n = count_rows(inputs, NO_ORDER)
    for first in range(0, n, capacity):
        m = min(capacity, n - first)
        _at_output(program, head, parameters, (inputs, NO_ORDER, first, m), Y, workspace, capacity)
        start = workspace_places(program, capacity)[4]
        copied(pointer(errors, first), (pointer(workspace, start),), (), m)


@reduction
def _sum_of_squares(values: Any) -> Any:
    total = type(values[0, 0])(0)
    for i in range(values.shape[1]):
        total += values[0, i] * values[0, i]
    return total


@entry(
    lambda real: signature(
        types.UniTuple(types.float64, 2),
        PROGRAM, types.intp, types.intp, vector(real), inputs_type(real), rows(real), _vector_in(real),
        ORDER, vector(real), vector(real), vector(types.float64), types.float64, types.intp,
        vector(real), types.intp, types.intp, types.intp, types.float64,
    )
)  # fmt: skip
def epoch(
    program: Any, head: Any, update: Any, parameters: Any, inputs: Any, Y: Any, weights: Any, order: Any,
    gradient: Any, moments: Any, settings: Any, reported_share: Any, n_weights: Any,
    workspace: Any, batch_size: Any, first_batch: Any, last_batch: Any, loss_sum: Any,
) -> Any:  # fmt: skip
    """Learn from the batches ``first_batch`` up to ``last_batch`` of an epoch.

    ``order`` holds the epoch's rows. Returns ``loss_sum`` and, added batch by batch, the batch's loss
    (with the L2 term, before its update; the data's part times ``reported_share``) times its rows; and
    the number of batches done: fewer than asked where a batch's weights sum to zero. For sparse rows the
    gradient comes in as zeros, and the part of W_1 is left so.
    """
    for number in range(first_batch, last_batch):
        first = number * batch_size
        m = min(batch_size, order.size - first)
        batch = inputs, order, first, m
        error_sum, weight_sum = _batch(
            program, head, parameters, batch, Y, weights, gradient, 0.0, workspace, batch_size
        )
        if weight_sum == 0:
            return loss_sum, float(number - first_batch)
        penalty = 0.5 * settings[ALPHA] * _sum_of_squares(matrix(parameters, 0, 1, n_weights))
        loss_sum += (reported_share * error_sum + penalty) / weight_sum * m
        settings[WEIGHT_SUM] = weight_sum
        call(
            update,
            (pointer(parameters, 0), pointer(gradient, 0), pointer(moments, 0), pointer(settings, 0)),
            (n_weights, parameters.size),
        )
        clear_first_gradient(program, batch, gradient)
    return loss_sum, float(last_batch - first_batch)
