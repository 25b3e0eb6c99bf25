"""Writing large results past the caches: they are not read again soon, and the lines need not be fetched."""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from chainrule.kernels.arithmetic.tiles import BYTES, INDEX, vector_of

CHUNK = 2**14
"""Bytes that are put together in the first cache before they are streamed out."""


@intrinsic
def chunk_memory(typing_context: Any, like: Any) -> Any:
    """Memory for a chunk on the stack; of the type of a pointer."""
    signature = like(like)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        with builder.goto_entry_block():
            memory = builder.alloca(ir.IntType(8), size=ir.Constant(INDEX, CHUNK))
            memory.align = BYTES
            return builder.bitcast(memory, context.get_value_type(like))

    return signature, generate


@intrinsic
def address_of(typing_context: Any, pointer: Any) -> Any:
    """The pointer as an integer."""
    return types.intp(pointer), lambda context, builder, signature, values: builder.ptrtoint(values[0], INDEX)


@intrinsic
def stream_vector(typing_context: Any, source: Any, target: Any) -> Any:
    """Copy one register's bytes to an aligned target, past the caches."""
    signature = types.void(source, target)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        real = signature.args[0].dtype
        kind = vector_of(context, real, BYTES * 8 // real.bitwidth).as_pointer()
        source, target = (builder.bitcast(value, kind) for value in values)
        store = builder.store(builder.load(source, align=real.bitwidth // 8), target, align=BYTES)
        # vmovntps: the line goes to memory without being fetched first, which an ordinary store to it would
        # do, and without pushing out what the caches hold. It needs a target at a register's boundary.
        store.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def settle(typing_context: Any) -> Any:
    """Wait until what was streamed can be seen by all."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), generate
