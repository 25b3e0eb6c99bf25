"""Gradients of each sample, rows of outer products z δᵀ; and their norms, without forming them."""

from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, reduction, vector
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import add_times, copied, times
from chainrule.kernels.arithmetic.streaming import CHUNK, address_of, chunk_memory, settle, stream_vector
from chainrule.kernels.arithmetic.tiles import BYTES, further
from chainrule.kernels.batch import inputs_type, is_sparse, matrix
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, PROGRAM, WEIGHT
from chainrule.kernels.tape_layout import units_before, values


@kernel
def _stream(source: Any, target: Any, count: Any) -> None:
    """Copy so many numbers past the caches, but for those before and after full lines."""
    size = carray(source, 1).itemsize
    lanes = BYTES // size
    # Up to the first boundary of a register as usual; then whole registers past the caches; then the rest.
    head = min(count, (-address_of(target) % BYTES) // size)
    copied(target, (source,), (), head)
    k = head
    while k + lanes <= count:
        stream_vector(further(source, k), further(target, k))
        k += lanes
    copied(further(target, k), (further(source, k),), (), count - k)


@kernel
def _outer(z: Any, fan_in: Any, source: Any, fan_out: Any, target: Any, streamed: Any) -> None:
    """target = z ⊗ source, row by row, all by their pointers."""
    numbers = carray(z, fan_in)
    if fan_out == 1:
        times(target, (z,), (carray(source, 1)[0],), fan_in)
        return
    rows = CHUNK // (numbers.itemsize * fan_out) if streamed else 0
    if rows == 0:
        for j in range(fan_in):
            times(further(target, j * fan_out), (source,), (numbers[j],), fan_out)
        return
    memory = chunk_memory(target)
    for first in range(0, fan_in, rows):
        m = min(rows, fan_in - first)
        for j in range(m):
            times(further(memory, j * fan_out), (source,), (numbers[first + j],), fan_out)
        _stream(memory, further(target, first * fan_out), m * fan_out)


@kernel
def _sparse_row(inputs: Any, row: Any, source: Any, target: Any, fan_in: Any, width: Any) -> None:
    """target (fan_in · width) = x sourceᵀ for one sparse row x."""
    _, entries, columns, starts = inputs
    carray(target, fan_in * width)[:] = 0
    for e in range(starts[row], starts[row + 1]):
        add_times(further(target, columns[e] * width), (source,), (entries[e],), width)


@entry(
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), types.intp, types.Array(real, 2, "C"), types.boolean,
    )
)  # fmt: skip
def outer_products(
    program: Any, inputs: Any, tape: Any, n: Any, place: Any, S: Any, R: Any, out: Any, streamed: Any
) -> None:
    """out (m·R, P): z_{l-1} ⊗ S_l and S_l of each layer, in the order of η, for R rows S_l a sample (N10).

    ``streamed``: past the caches, for results that do not fit them.
    """
    first, m = place
    P = out.shape[1]
    for row in range(m * R):
        i, target = row // R, pointer(out, row * P)  # pointers, not slices: each slice would be counted
        for layer in range(program.shape[0]):
            fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
            source = pointer(S, units_before(program, layer) * R * m + row * fan_out)
            block = further(target, program[layer, WEIGHT])
            if layer == 0 and is_sparse(inputs):
                _sparse_row(inputs, first + i, source, block, fan_in, fan_out)
            else:
                z = values(program, layer, inputs, tape, n, first + i)
                _outer(z, fan_in, source, fan_out, block, streamed)
            copied(further(target, program[layer, BIAS]), (source,), (), fan_out)
    if streamed:
        settle()


@reduction
def _square(numbers: Any) -> Any:
    total = type(numbers[0])(0)
    for k in range(numbers.shape[0]):
        total += numbers[k] * numbers[k]
    return total


@entry(
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), vector(real),
    )
)  # fmt: skip
def square_norms(program: Any, inputs: Any, tape: Any, n: Any, place: Any, deltas: Any, norms: Any) -> None:
    """norms = Σ_l ‖δ_l‖² (‖z_{l-1}‖² + 1) of each row: the square of its gradient's norm, without it."""
    first, m = place
    norms[:m] = 0
    for layer in range(program.shape[0]):
        fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
        rows = matrix(deltas, units_before(program, layer) * m, m, fan_out)
        for i in range(m):
            if layer == 0 and is_sparse(inputs):
                starts = inputs[3]
                size = _square(inputs[1][starts[first + i] : starts[first + i + 1]])
            else:
                size = _square(carray(values(program, layer, inputs, tape, n, first + i), fan_in))
            norms[i] += _square(rows[i]) * (size + type(size)(1))
