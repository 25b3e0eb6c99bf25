"""Passes over rows in batches, called from Python: all buffers are arguments, and the GIL is released.

The inputs (see `inputs`) are never copied as a whole: each batch's rows are gathered through ``order``
(empty: as they lie) into the workspace, whose length `workspace_size` gives.
"""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, rows, vector
from chainrule.kernels.arithmetic.intrinsics import call, pointer
from chainrule.kernels.arithmetic.rows import copied
from chainrule.kernels.batch import ORDER, count_rows, inputs_type, matrix, row_of
from chainrule.kernels.forward import deltas, forward, forward_values, layer_gradient
from chainrule.kernels.inputs import gather
from chainrule.kernels.program import FAN_OUT, PROGRAM
from chainrule.kernels.tape_layout import slopes_place, workspace_places

ALONE = 0, 1


def vector_in(real: types.Float) -> types.Array:
    return vector(real, readonly=True)


@entry(
    lambda real: signature(
        types.void,
        PROGRAM,
        vector_in(real),
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
        z = forward_values(program, parameters, (inputs, order, first, m, 0), workspace, capacity)
        copied(pointer(outputs, first * width), (pointer(workspace, z),), (), m * width)


@kernel
def _loss_of_batch(
    program: Any, output_loss: Any, parameters: Any, batch: Any, Y: Any, workspace: Any, capacity: Any
) -> None:
    """Forward and the output_loss for one batch: E_i and δ_L are in the workspace."""
    d, delta, _, answers, errors, _ = workspace_places(program, capacity)
    gather(Y, batch, workspace, answers)
    z = forward(program, parameters, batch, workspace, d, capacity)
    last = program.shape[0] - 1
    width, row = program[last, FAN_OUT], batch[4]
    call(
        output_loss,
        (
            pointer(workspace, z),
            pointer(workspace, slopes_place(program, last, batch, d, capacity)),
            pointer(workspace, answers + row * width),
            pointer(workspace, errors + row),
            pointer(workspace, delta + row * width),
        ),
        (batch[3], width),
    )


@kernel
def through(
    program: Any,
    output_loss: Any,
    parameters: Any,
    batch: Any,
    Y: Any,
    weights: Any,
    workspace: Any,
    capacity: Any,
) -> None:
    """Forward and backward for one batch: w_i δ_l of its rows are in the workspace, and E_i."""
    d, delta, products, _, _, _ = workspace_places(program, capacity)
    _loss_of_batch(program, output_loss, parameters, batch, Y, workspace, capacity)
    if weights.size > 0:
        width = program[program.shape[0] - 1, FAN_OUT]
        rows_of_deltas = matrix(workspace, delta + batch[4] * width, batch[3], width)
        for i in range(batch[3]):
            weight = weights[row_of(batch, i)]
            for k in range(width):
                rows_of_deltas[i, k] *= weight
    deltas(program, parameters, batch, workspace, d, delta, products, capacity)


@kernel
def sums_of(program: Any, batch: Any, weights: Any, workspace: Any, capacity: Any) -> Any:
    """Σ w_i E_i and Σ w_i of a batch (no weights: all are 1)."""
    error_sum, weight_sum = 0.0, 0.0
    sample_errors = matrix(workspace, workspace_places(program, capacity)[4], 1, batch[3])
    for i in range(batch[3]):
        weight = type(sample_errors[0, i])(1) if weights.size == 0 else weights[row_of(batch, i)]
        weight_sum += weight
        error_sum += weight * sample_errors[0, i]
    return error_sum, weight_sum


@entry(
    lambda real: signature(
        types.UniTuple(types.float64, 2),
        PROGRAM, types.intp, vector_in(real), inputs_type(real), rows(real), vector_in(real), ORDER,
        vector(real), vector(real), types.intp,
    )
)  # fmt: skip
def accumulate(
    program: Any, output_loss: Any, parameters: Any, inputs: Any, Y: Any, weights: Any, order: Any,
    gradient: Any, workspace: Any, capacity: Any,
) -> Any:  # fmt: skip
    """gradient += Σ w_i ∂E_i/∂η over all rows; returns Σ w_i E_i and Σ w_i."""
    n = count_rows(inputs, order)
    error_sum, weight_sum = 0.0, 0.0
    for first in range(0, n, capacity):
        batch = inputs, order, first, min(capacity, n - first), 0
        through(program, output_loss, parameters, batch, Y, weights, workspace, capacity)
        d, delta = workspace_places(program, capacity)[:2]
        for layer in range(program.shape[0]):
            layer_gradient(program, layer, batch, workspace, d, delta, gradient, 1.0, capacity, ALONE)
        sums = sums_of(program, batch, weights, workspace, capacity)
        error_sum += sums[0]
        weight_sum += sums[1]
    return error_sum, weight_sum


@entry(
    lambda real: signature(
        types.void,
        PROGRAM, types.intp, vector_in(real), inputs_type(real), rows(real), ORDER,
        vector(real), vector(real), types.intp,
    )
)  # fmt: skip
def sample_errors(
    program: Any,
    output_loss: Any,
    parameters: Any,
    inputs: Any,
    Y: Any,
    order: Any,
    errors: Any,
    workspace: Any,
    capacity: Any,
) -> None:
    """errors = E_i of the rows in the order given."""
    n = count_rows(inputs, order)
    for first in range(0, n, capacity):
        m = min(capacity, n - first)
        _loss_of_batch(program, output_loss, parameters, (inputs, order, first, m, 0), Y, workspace, capacity)
        start = workspace_places(program, capacity)[4]
        copied(pointer(errors, first), (pointer(workspace, start),), (), m)
