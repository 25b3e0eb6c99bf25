"""Partition of work among threads.

The parts depend on the length alone and on how many threads there are, and what a thread makes of its part on
neither: so results are the same to the bit for any number of threads.
"""

from typing import Any

from numba.core import types

from chainrule.kernels._compile import kernel

SHARE = types.UniTuple(types.intp, 2)
"""The number of a thread, and how many there are."""


@kernel
def part_of(length: Any, block: Any, share: Any) -> Any:
    """First and end of so many things that are one thread's: whole blocks; the last one has the rest too."""
    number, threads = share
    blocks = max(1, length // block)
    first, end = blocks * number // threads * block, blocks * (number + 1) // threads * block
    return first, (length if number == threads - 1 else end)
