"""What kernels need and Numba's Python subset lacks: calls by address, bits of a number, typed constants."""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic


@intrinsic
def call(typing_context: Any, address: Any, pointers: Any, lengths: Any) -> Any:
    """Call the loop at ``address`` with a tuple of pointers and a tuple of lengths."""
    signature = types.void(address, pointers, lengths)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        arguments = cgutils.unpack_tuple(builder, values[1]) + cgutils.unpack_tuple(builder, values[2])
        function = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        builder.call(builder.inttoptr(values[0], function.as_pointer()), arguments)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def pointer(typing_context: Any, array: Any, offset: Any) -> Any:
    """Pointer to the entry ``offset`` of a contiguous vector."""
    signature = types.CPointer(array.dtype)(array, types.intp)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(array)(context, builder, values[0]).data
        return builder.gep(data, [values[1]])

    return signature, generate


def _reinterpret(source: dict[Any, Any]) -> Any:
    @intrinsic
    def reinterpret(typing_context: Any, value: Any) -> Any:
        target = source[value]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.bitcast(values[0], context.get_value_type(target))

        return target(value), generate

    return reinterpret


bits_of = _reinterpret({types.float64: types.int64, types.float32: types.int32})
number_of = _reinterpret({types.int64: types.float64, types.int32: types.float32})
