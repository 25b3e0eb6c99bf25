"""Tables from which the Gauss-Newton matrix is summed, with a column for each sample: x_l, s_l, and h."""

from typing import Any

from numba import carray

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.panels import lay_out
from chainrule.kernels.arithmetic.tiles import further
from chainrule.kernels.batch import is_sparse
from chainrule.kernels.program import FAN_IN, FAN_OUT
from chainrule.kernels.tape_layout import units_before, values

ROWS, PAIRS, ENTRIES = 128, 384, 512
"""Samples, pairs and entries at a time: both factors, 0.9 MB of float64, stay in a core's second cache."""


@kernel
def turn_inputs(program: Any, layer: Any, inputs: Any, tape: Any, n: Any, rows: Any, x: Any) -> None:
    """x (fan_in + 1, ROWS) = what goes into a layer, a column a sample, and a row of ones."""
    first, m = rows
    fan_in = program[layer, FAN_IN]
    table = carray(x, (fan_in + 1, ROWS))
    if layer == 0 and is_sparse(inputs):
        _, entries, columns, starts = inputs
        table[:fan_in] = 0
        for i in range(m):
            for e in range(starts[first + i], starts[first + i + 1]):
                table[columns[e], i] += entries[e]
    else:
        lay_out(values(program, layer, inputs, tape, n, first), fan_in, True, fan_in, m, ROWS, x)
    table[fan_in] = 1


@kernel
def turn_all(
    program: Any, inputs: Any, tape: Any, n: Any, rows: Any, S: Any, R: Any, h: Any, place: Any, memory: Any
) -> None:
    """Lay out all that samples have, a column a sample: x_l of each layer, s_l of the hidden ones, and h."""
    (m, top), count, here = place, rows[1], memory
    for layer in range(program.shape[0]):
        turn_inputs(program, layer, inputs, tape, n, rows, here)
        here = further(here, (program[layer, FAN_IN] + 1) * ROWS)
    for layer in range(program.shape[0] - 1):
        width = R * program[layer, FAN_OUT]
        source = pointer(S, units_before(program, layer) * R * m + top * width)
        lay_out(source, width, True, width, count, ROWS, here)
        here = further(here, width * ROWS)
    lay_out(pointer(h, top * R), R, True, R, count, ROWS, here)


@kernel
def tables_of(program: Any, layer: Any, R: Any, memory: Any) -> Any:
    """Where x_l and s_l of a layer, and h, are laid out; of the last layer there is no s_l."""
    last = program.shape[0] - 1
    inputs = units_before(program, layer) - program[layer, FAN_IN] + program[0, FAN_IN] + layer
    all_inputs = units_before(program, last) + program[0, FAN_IN] + last + 1
    x = further(memory, inputs * ROWS)
    s = further(memory, (all_inputs + R * units_before(program, layer)) * ROWS)
    return x, s, further(memory, (all_inputs + R * units_before(program, last)) * ROWS)
