"""The matrix product of BLAS, for kernels; see `chainrule.kernels.arithmetic.gemm` for when it is used.

The BLAS is the one SciPy brings. Its addresses are made known to the linker by name, once a process
and before any kernel is loaded, so that compiled kernels can be kept on disk (an address in the code
could not).
"""

import ctypes
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from scipy.linalg import cython_blas

LETTERS = {64: "d", 32: "s"}
"""What BLAS calls the types, by their bits."""


def _publish(name: str) -> None:
    capsules: dict[str, Any] = cython_blas.__pyx_capi__  # type: ignore[assignment]
    capsule = capsules[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = ctypes.c_char_p, [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    address = api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))
    llvm.add_symbol(f"chainrule_{name}", address)


for _prefix in LETTERS.values():
    _publish(f"{_prefix}gemm")


@intrinsic
def blas(typing_context: Any, transpose: Any, shape: Any, a: Any, b: Any, beta: Any, c: Any) -> Any:
    """C (m, n) = op(A) (m, k) op(B) (k, n) + beta C.

    ``transpose`` is (bool, bool), ``shape`` (m, n, k); a, b, c are (pointer, row length) pairs of
    row-major matrices. BLAS counts by columns, where row-major matrices are their transposes: it is
    asked for Cᵀ = op(B)ᵀ op(A)ᵀ.
    """
    real = c.types[0].dtype
    signature = types.void(transpose, shape, a, b, types.float64, c)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        number, integer, character = context.get_value_type(real), ir.IntType(32), ir.IntType(8)

        # Fortran takes everything by its address: numbers are put on the stack, in the entry block, so that a
        # loop around the call does not let the stack grow.
        def kept(value: Any) -> Any:
            return cgutils.alloca_once_value(builder, value)

        def kept_integer(value: Any) -> Any:
            return kept(builder.trunc(value, integer))

        def kept_number(value: Any) -> Any:
            return kept(value if real.bitwidth == 64 else builder.fptrunc(value, number))

        def kept_flag(value: Any) -> Any:
            letters = [ir.Constant(character, ord(letter)) for letter in "TN"]
            return kept(builder.select(context.cast(builder, value, types.boolean, types.boolean), *letters))

        # cython_blas counts in 32 bits.
        transpose_a, transpose_b = cgutils.unpack_tuple(builder, values[0])
        m, n, k = map(kept_integer, cgutils.unpack_tuple(builder, values[1]))
        (a, lda), (b, ldb), (c, ldc) = (cgutils.unpack_tuple(builder, values[i]) for i in (2, 3, 5))
        one = ir.Constant(ir.DoubleType(), 1)
        arguments = [
            kept_flag(transpose_b), kept_flag(transpose_a), n, m, k,
            kept_number(one), b, kept_integer(ldb), a, kept_integer(lda),
            kept_number(values[4]), c, kept_integer(ldc),
        ]  # fmt: skip
        function = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        name = f"chainrule_{LETTERS[real.bitwidth]}gemm"
        builder.call(cgutils.get_or_insert_function(builder.module, function, name), arguments)
        return context.get_dummy_value()

    return signature, generate
