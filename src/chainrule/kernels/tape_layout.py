"""Layout of a tape and of a workspace. No other file computes offsets in them.

Both hold blocks of rows, a block for each layer, one after the other. `UNITS` of a program says how many
units stand before those of a layer: its block begins at so many times the number of rows.

A *workspace* serves learning, batch by batch; ``capacity`` is the most rows of a batch:

    z_0 (unless sparse), z_1, …, z_L | σ′(q_1), …, σ′(q_L) | δ_L | products | y | E_i

A *tape* serves derivatives, and keeps n rows; the inputs are read where they stand:

    z_1, …, z_(L-1), q_L | σ′(q_1), …, σ′(q_L) | F | q_1, …, q_(L-1) where some σ″ needs q
"""

from typing import Any

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.program import FAN_IN, FAN_OUT, KEEP, UNITS, Program


@kernel
def values_place(program: Any, layer: Any, batch: Any, capacity: Any) -> Any:
    """Where z_l of the batch's rows begins on a tape of ``capacity`` rows."""
    return program[layer, UNITS] * capacity + batch[4] * program[layer, FAN_OUT]


@kernel
def slopes_place(program: Any, layer: Any, batch: Any, d: Any, capacity: Any) -> Any:
    """Where σ′(q_l) of the batch's rows begins, where that of all layers begins at ``d``."""
    return d + (program[layer, UNITS] - program[0, UNITS]) * capacity + batch[4] * program[layer, FAN_OUT]


@kernel
def workspace_places(program: Any, capacity: Any) -> Any:
    """Start of σ′ (then δ), δ_L, products, answers, errors in a workspace of ``capacity`` rows; its length"""
    last = program.shape[0] - 1
    outputs = program[last, FAN_OUT]
    inputs = program[0, UNITS]
    units = program[last, UNITS] + outputs
    widest = program[:, FAN_OUT].max()
    d = capacity * units
    delta = d + capacity * (units - inputs)
    products = delta + capacity * outputs
    answers = products + capacity * widest
    errors = answers + capacity * outputs
    return d, delta, products, answers, errors, errors + capacity


def workspace_size(program: Program, capacity: int) -> int:
    """Count the numbers that a workspace for batches of ``capacity`` rows holds."""
    size: int = workspace_places.py_func(program, capacity)[-1]
    return size


@kernel
def tape_places(program: Any, n: Any) -> Any:
    """Start of σ′, F and q on a tape of n rows, and its length."""
    last = program.shape[0] - 1
    outputs = program[last, FAN_OUT]
    units = program[last, UNITS] + outputs
    d = n * units
    outputs_place = d + n * (units - program[0, UNITS])
    q = outputs_place + n * outputs
    hidden = units - program[0, UNITS] - outputs
    return d, outputs_place, q, q + (n * hidden if program[:last, KEEP].any() else 0)


def tape_size(program: Program, n: int) -> int:
    """Count the numbers on a tape of n rows."""
    size: int = tape_places.py_func(program, n)[-1]
    return size


@kernel
def units_before(program: Any, layer: Any) -> Any:
    """Units of the layers before this one, the inputs left out."""
    return program[layer, UNITS] - program[0, UNITS]


@kernel
def values_in(program: Any, layer: Any, n: Any) -> Any:
    """Place of what goes into a layer, z_(l-1), on a tape; of the first there is none there."""
    return (program[layer, UNITS] - program[layer, FAN_IN]) * n


@kernel
def values(program: Any, layer: Any, inputs: Any, tape: Any, n: Any, first: Any) -> Any:
    """Pointer to the values that go into a layer, from row ``first`` on; the first layer's are inputs."""
    fan_in = program[layer, FAN_IN]
    if layer == 0:
        return pointer(inputs[0], first * fan_in)
    return pointer(tape, values_in(program, layer, n) + first * fan_in)


@kernel
def slopes(program: Any, layer: Any, n: Any, first: Any) -> Any:
    """Place of σ′(q) of a layer, from row ``first`` on."""
    d = tape_places(program, n)[0]
    return d + units_before(program, layer) * n + first * program[layer, FAN_OUT]


class TapePlaces:
    """Where the blocks of a tape of n rows begin, for Python.

    Attributes
    ----------
    outputs, q_last : int
        F, and q_L.
    """

    def __init__(self, program: Program, n: int) -> None:
        self._program, self._n = program, n
        self.outputs = int(tape_places.py_func(program, n)[1])
        self.q_last = int(program[-1, UNITS]) * n

    def z(self, layer: int) -> int:
        """Start of z_l, for l from 1 to L - 1."""
        return int(values_in.py_func(self._program, layer, self._n))

    def slopes(self, layer: int) -> int:
        """Start of σ′(q) of a layer, counted as weights are."""
        d = int(tape_places.py_func(self._program, self._n)[0])
        return d + int(units_before.py_func(self._program, layer)) * self._n
