"""Shape of a block of the Gauss-Newton matrix: numbers of pairs and entries, order of their sums."""

from typing import Any

from chainrule.kernels._compile import kernel
from chainrule.kernels.program import FAN_IN, FAN_OUT


@kernel
def shape_of_block(program: Any, low: Any, high: Any) -> Any:
    """How many pairs and entries there are for two layers, and whether of the pairs only the upper half.

    Of entries there are then the upper half, too; of the last layer the diagonal.
    """
    n_low, n_high = program[low, FAN_IN] + 1, program[high, FAN_IN] + 1
    width, height = program[low, FAN_OUT], program[high, FAN_OUT]
    if low == high and width > 1:
        last = low == program.shape[0] - 1
        return n_low * (n_low + 1) // 2, width if last else width * (width + 1) // 2, True
    return n_low * n_high, width * height, False


@kernel
def steps_in_block(pairs: Any, entries: Any) -> Any:
    """From the sum of a pair to the next, and from that of an entry: the longer side is that of the rows."""
    return (entries, 1) if pairs > entries else (1, pairs)
