"""Several threads in one kernel: they wait for each other where one needs what another has made.

Each calls the kernel with (its number, how many there are) and the same ``meeting``, a vector of integers.
A thread that waits looks again and again, and lets others run now and then; what is waited for are
microseconds where each thread has a core.
"""

import ctypes
import sys
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from chainrule.kernels._compile import kernel

SHARE = types.UniTuple(types.intp, 2)
MEETING = types.Array(types.intp, 1, "C")
# Places in it, each in a line of memory of its own: how many have come, how often all have, and whether a
# thread has gone for good.
COME, MET, GONE, MEETING_SIZE = 0, 16, 32, 48
_LOOKS = 2000
"""Times that a waiting thread looks before it lets others run."""


def _publish_yield() -> None:
    library, name = (None, "sched_yield") if sys.platform != "win32" else ("kernel32", "SwitchToThread")
    address = ctypes.cast(getattr(ctypes.CDLL(library), name), ctypes.c_void_p).value
    llvm.add_symbol("chainrule_let_others_run", address)


_publish_yield()


@intrinsic
def _let_others_run(typing_context: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "chainrule_let_others_run"), [])
        return context.get_dummy_value()

    return types.void(), generate


def _place(context: Any, builder: Any, meeting: Any, array: Any, place: Any) -> Any:
    return builder.gep(context.make_array(meeting)(context, builder, array).data, [place])


@intrinsic
def _add(typing_context: Any, meeting: Any, place: Any, number: Any) -> Any:
    """Add to an entry, and return what it was, as if no other thread ran meanwhile."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, place, number = values
        return builder.atomic_rmw("add", _place(context, builder, meeting, array, place), number, "seq_cst")

    return types.intp(meeting, types.intp, types.intp), generate


@intrinsic
def _look(typing_context: Any, meeting: Any, place: Any) -> Any:
    """An entry as it is in memory now."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load_atomic(_place(context, builder, meeting, *values), "seq_cst", 8)

    return types.intp(meeting, types.intp), generate


@kernel
def meet(meeting: Any, share: Any) -> Any:
    """Wait until all have come; False if one has gone for good."""
    workers = share[1]
    if workers == 1:
        return True
    before = _look(meeting, MET)
    if _add(meeting, COME, 1) == workers - 1:
        _add(meeting, COME, -workers)
        _add(meeting, MET, 1)
        return True
    looks = 0
    while _look(meeting, MET) == before:
        if _look(meeting, GONE) != 0:
            return False
        looks += 1
        if looks % _LOOKS == 0:
            _let_others_run()
    return True


@kernel
def part_of(length: Any, block: Any, share: Any) -> Any:
    """First and end of so many things that are one worker's: whole blocks; the last one has the rest too."""
    number, workers = share
    blocks = max(1, length // block)
    first, end = blocks * number // workers * block, blocks * (number + 1) // workers * block
    return first, (length if number == workers - 1 else end)
