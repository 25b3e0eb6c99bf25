"""Intrinsics that Numba's Python subset lacks: calls by address, bits of a number, typed constants."""

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


def _fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    kind = ir.FunctionType(a.type, [a.type] * 3)
    name = "llvm.fma.f32" if isinstance(a.type, ir.FloatType) else "llvm.fma.f64"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [a, b, c])


@intrinsic
def fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once. Where a formula depends on that it is not left to the compiler's contraction."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _fma(builder, *values)

    return a(a, a, a), generate


def polynomial(coefficients: tuple[float, ...]) -> Any:
    """Make the function for c_0 + c_1 x + c_2 x² + …, by Horner's rule."""

    @intrinsic
    def value(typing_context: Any, x: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            constants = [ir.Constant(values[0].type, c) for c in coefficients]
            total = constants.pop()
            while constants:
                total = _fma(builder, total, values[0], constants.pop())
            return total

        return x(x), generate

    return value
