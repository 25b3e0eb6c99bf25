"""How a kernel is told which network it runs: one small array of integers, a row a layer.

One compiled kernel serves every architecture, since widths, places and functions are data.
"""

from typing import Any

import numpy as np
from numba.core import types
from numpy.typing import DTypeLike, NDArray

from chainrule.kernels._compile import kernel
from chainrule.kernels.user_activations import UserActivation, compiled_address, loops_of

Program = NDArray[np.intp]
PROGRAM = types.Array(types.intp, 2, "C", readonly=True)

# The columns of a row.
FAN_IN, FAN_OUT, WEIGHT, BIAS, UNITS, VALUE, PAIR, KEEP = range(8)


def build_program(
    weight_places: list[tuple[int, int, int]],
    bias_places: list[int],
    functions: "list[str | UserActivation]",
    dtype: DTypeLike,
    *,
    sparse: bool = False,
) -> Program:
    """Tell kernels of a network.

    Parameters
    ----------
    weight_places : list of (fan_in, fan_out, offset in η)
    bias_places : list of offset in η
    functions : list of str or activation
        The layers' activations, the output's last.
    dtype : float32 or float64
    sparse : bool
        Whether the inputs are read where they stand, instead of being put on the tape.

    Returns
    -------
    ndarray of shape (n_layers, 8)
        Columns FAN_IN, FAN_OUT, WEIGHT, BIAS (offsets in η), UNITS (units on the tape before this
        layer's: where its values start, times the rows of a batch), VALUE, PAIR (addresses of loops; an
        address of 0 leaves q as it is), KEEP (1 where σ″ needs q beside z and σ′).
    """
    program = np.zeros((len(functions), 8), dtype=np.intp)
    units = -weight_places[0][0] if sparse else 0
    for row, (fan_in, fan_out, weight), bias, name in zip(
        program, weight_places, bias_places, functions, strict=True
    ):
        units += fan_in
        row[: UNITS + 1] = fan_in, fan_out, weight, bias, units
        row[VALUE] = 0 if name == "identity" else compiled_address(name, "value", dtype)
        row[PAIR] = compiled_address(name, "pair", dtype)
        row[KEEP] = loops_of(name).second_needs_q
    return program


def leaving_q(program: Program) -> Program:
    """Return the same network with its last activation left out, for a loss that starts at q_L."""
    program = program.copy()
    program[-1, [VALUE, PAIR]] = 0
    return program


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
