"""Program: the description of a network for kernels, a small array of integers with a row for each layer.

One compiled kernel serves every architecture, since widths, places and functions are data.
"""

import numpy as np
from numba.core import types
from numpy.typing import DTypeLike, NDArray

from chainrule.kernels.user_activations import UserActivation, compiled_address, loops_of

Program = NDArray[np.intp]
PROGRAM = types.Array(types.intp, 2, "C", readonly=True)

# The columns of a row.
FAN_IN, FAN_OUT, WEIGHT, BIAS, UNITS, VALUE, VALUE_AND_SLOPE, KEEP = range(8)


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
        layer's: where its values start, times the rows of a batch), VALUE, VALUE_AND_SLOPE (addresses of
        loops; an address of 0 leaves q as it is), KEEP (1 where σ″ needs q beside z and σ′).
    """
    program = np.zeros((len(functions), 8), dtype=np.intp)
    units = -weight_places[0][0] if sparse else 0
    for row, (fan_in, fan_out, weight), bias, name in zip(
        program, weight_places, bias_places, functions, strict=True
    ):
        units += fan_in
        row[: UNITS + 1] = fan_in, fan_out, weight, bias, units
        row[VALUE] = 0 if name == "identity" else compiled_address(name, "value", dtype)
        row[VALUE_AND_SLOPE] = compiled_address(name, "value_and_slope", dtype)
        row[KEEP] = loops_of(name).needs_q
    return program


def leaving_q(program: Program) -> Program:
    """Return the same network with its last activation left out, for a loss that starts at q_L."""
    program = program.copy()
    program[-1, [VALUE, VALUE_AND_SLOPE]] = 0
    return program
