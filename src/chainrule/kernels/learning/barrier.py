"""A barrier for several threads in one kernel: they wait where one needs what another has made.

Each calls the kernel with (its number, how many there are) and the same ``barrier``, a vector of integers.
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

BARRIER = types.Array(types.intp, 1, "C")
# Places in it, each in a line of memory of its own, as each write takes a whole line away from other cores:
# how many threads have arrived, how often all have, and whether one has given up.
ARRIVED, PASSED, ABORTED, BARRIER_SIZE = 0, 16, 32, 48
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


def _place(context: Any, builder: Any, barrier: Any, array: Any, place: Any) -> Any:
    return builder.gep(context.make_array(barrier)(context, builder, array).data, [place])


@intrinsic
def _add(typing_context: Any, barrier: Any, place: Any, number: Any) -> Any:
    """Add to an entry, and return what it was, as if no other thread ran meanwhile."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, place, number = values
        return builder.atomic_rmw("add", _place(context, builder, barrier, array, place), number, "seq_cst")

    return types.intp(barrier, types.intp, types.intp), generate


@intrinsic
def _look(typing_context: Any, barrier: Any, place: Any) -> Any:
    """An entry as it is in memory now."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load_atomic(_place(context, builder, barrier, *values), "seq_cst", 8)

    return types.intp(barrier, types.intp), generate


@kernel
def wait_at(barrier: Any, share: Any) -> Any:
    """Wait until all threads have arrived; False if one has aborted."""
    threads = share[1]
    if threads == 1:
        return True
    before = _look(barrier, PASSED)
    if _add(barrier, ARRIVED, 1) == threads - 1:
        # In this order: whoever sees that all have come may arrive at the next barrier at once, and must find
        # the count at 0.
        _add(barrier, ARRIVED, -threads)
        _add(barrier, PASSED, 1)
        return True
    looks = 0
    while _look(barrier, PASSED) == before:
        if _look(barrier, ABORTED) != 0:
            return False
        looks += 1
        if looks % _LOOKS == 0:
            _let_others_run()
    return True
