"""Learning from the batches of an epoch: in one thread, or in several that share each batch.

In a batch each thread first takes a share of the rows through the network and back, then makes a share of
each layer's gradient, rows of W_l, and then changes a share of η. Every sum is added up in the same order
whatever the number of threads, and η comes out the same to the bit.
"""

from typing import Any

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, reduction, rows, vector
from chainrule.kernels.arithmetic.intrinsics import call, pointer
from chainrule.kernels.arithmetic.partition import SHARE, part_of
from chainrule.kernels.arithmetic.sizes import FEWEST_ROWS
from chainrule.kernels.batch import ORDER, inputs_type, matrix
from chainrule.kernels.forward import layer_gradient
from chainrule.kernels.inputs import clear_first_gradient
from chainrule.kernels.learning.barrier import BARRIER, wait_at
from chainrule.kernels.learning.input_scales import fold, has_scales, n_learned, unfold_gradient
from chainrule.kernels.learning.updates import ALPHA, STEPS, WEIGHT_SUM
from chainrule.kernels.passes import sums_of, through, vector_in
from chainrule.kernels.program import PROGRAM
from chainrule.kernels.tape_layout import workspace_places

RUN = 8192
"""Weights whose squares are added up at a time."""


@reduction
def _sum_of_squares(values: Any) -> Any:
    total = type(values[0, 0])(0)
    for i in range(values.shape[1]):
        total += values[0, i] * values[0, i]
    return total


@kernel
def square_weights(parameters: Any, squares: Any, n_weights: Any, share: Any) -> None:
    """squares = Σ W² of each run of weights: one thread's share of the runs."""
    first, end = part_of(squares.size, 1, share)
    for run in range(first, end):
        start = run * RUN
        squares[run] = _sum_of_squares(matrix(parameters, start, 1, min(RUN, n_weights - start)))


@entry(
    lambda real: signature(
        types.UniTuple(types.float64, 2),
        PROGRAM, types.intp, types.intp, vector(real), inputs_type(real), rows(real), vector_in(real),
        ORDER, vector(real), vector(real), vector(types.float64), vector(types.float64), types.float64,
        types.intp, vector(real), types.intp, types.intp, types.intp, types.float64, SHARE, BARRIER,
        ORDER, types.float64,
    )
)  # fmt: skip
def epoch(
    program: Any, output_loss: Any, update: Any, parameters: Any, inputs: Any, Y: Any, weights: Any,
    order: Any, gradient: Any, moments: Any, settings: Any, squares: Any, reported_share: Any, n_weights: Any,
    workspace: Any, batch_size: Any, first_batch: Any, last_batch: Any, loss_sum: Any, share: Any,
    barrier: Any, scale_places: Any, scale_rate: Any,
) -> Any:  # fmt: skip
    """Learn from the batches ``first_batch`` up to ``last_batch`` of an epoch, as the thread of a share.

    ``order`` holds the epoch's rows; ``settings`` are the thread's own, all else is everybody's. Returns
    ``loss_sum`` and, added batch by batch, the batch's loss (with the L2 term, before its update; the
    data's part times ``reported_share``) times its rows; and the number of batches done: fewer than asked
    where a batch's weights sum to zero, or a thread has aborted. For sparse rows, which one thread learns
    from alone, the gradient comes in as zeros, and the part of W_1 is left so.

    Where there are ``scale_places`` (see `input_scales`), inputs have scales, which are learned too.
    """
    n_parameters = n_learned(parameters, scale_places)
    d, delta = workspace_places(program, batch_size)[:2]
    for number in range(first_batch, last_batch):
        first = number * batch_size
        m = min(batch_size, order.size - first)
        start, end = part_of(m, FEWEST_ROWS, share)
        own = inputs, order, first + start, end - start, start
        through(program, output_loss, parameters, own, Y, weights, workspace, batch_size)
        square_weights(parameters, squares, n_weights, share)
        # All δ_l and all squares are there. Gradients sum over rows that other threads have done.
        if not wait_at(barrier, share):
            return loss_sum, float(number - first_batch)
        batch = inputs, order, first, m, 0
        # Every thread adds up the same few numbers rather than wait once more for one that does.
        error_sum, weight_sum = sums_of(program, batch, weights, workspace, batch_size)
        if weight_sum == 0:
            return loss_sum, float(number - first_batch)
        penalty = 0.5 * settings[ALPHA] * squares.sum()
        loss_sum += (reported_share * error_sum + penalty) / weight_sum * m
        settings[WEIGHT_SUM] = weight_sum
        settings[STEPS] += 1
        for layer in range(program.shape[0]):
            layer_gradient(program, layer, batch, workspace, d, delta, gradient, 0.0, batch_size, share)
        # All gradients are there. The update goes over η in parts that have nothing to do with layers.
        if not wait_at(barrier, share):
            return loss_sum, float(number - first_batch)
        if has_scales(scale_places):
            unfold_gradient(parameters, gradient, scale_places, scale_rate, share)
            if not wait_at(barrier, share):
                return loss_sum, float(number - first_batch)
        memory = pointer(parameters, 0), pointer(gradient, 0), pointer(moments, 0), pointer(settings, 0)
        start, end = part_of(n_parameters, 1, share)
        call(update, memory, (start, end, n_weights, n_parameters))
        if has_scales(scale_places):
            if not wait_at(barrier, share):
                return loss_sum, float(number - first_batch)
            fold(parameters, scale_places, scale_rate, share)
        clear_first_gradient(program, batch, gradient)
        # Now η is that of the next batch, for everyone.
        if not wait_at(barrier, share):
            return loss_sum, float(number - first_batch)
    return loss_sum, float(last_batch - first_batch)
