"""Loops over a row of numbers, in vectors as wide as the machine's registers.

LLVM vectorises such loops too, but only after asking each time whether the rows overlap, which for rows of
some dozen numbers costs as much as the work; and where one is written in place it gives up. These loops
take the rows to be the same or apart.

Each is called with a pointer to the target, a tuple of pointers to the rows that are read, a tuple of
numbers, and how long the rows are.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from chainrule.kernels.arithmetic.tiles import (
    BYTES,
    at,
    constant,
    fma_of,
    lanes_below,
    masked,
    splat,
    vector_of,
)

TOGETHER = 4
"""Vectors whose sums of products are made side by side."""


def _row_loop(entry: Callable[..., Any], padded: bool = False) -> Any:
    """Make the loop of what ``entry`` builds, from the rows read, the target as it is, and the numbers.

    ``padded``: the last vector is written whole, with what ``entry`` makes of zeros.
    """

    @intrinsic
    def loop(typing_context: Any, target: Any, sources: Any, numbers: Any, count: Any) -> Any:
        real = target.dtype
        signature = types.void(target, sources, types.Tuple([real] * len(numbers)), types.intp)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            target, count = values[0], values[3]
            pointers = [*cgutils.unpack_tuple(builder, values[1]), target]
            size = real.bitwidth // 8
            vector = vector_of(context, real, BYTES // size)
            spread = [splat(builder, number, vector) for number in cgutils.unpack_tuple(builder, values[2])]
            step = constant(vector.count)
            # The last vector is done under a mask. A loop number by number would take up to 15 steps, and
            # rows of some dozen numbers are what networks are made of.
            rest = builder.srem(count, step)
            full = builder.sub(count, rest)
            with cgutils.for_range_slice(builder, constant(0), full, step) as (k, _):
                there = [builder.load(at(builder, row, k, vector), align=size) for row in pointers]
                builder.store(entry(builder, *there, *spread), at(builder, target, k, vector), align=size)
            with builder.if_then(builder.icmp_signed(">", rest, constant(0))):
                load, store = masked(builder, vector)
                mask = lanes_below(builder, rest, vector.count)
                align, zero = ir.Constant(ir.IntType(32), size), ir.Constant(vector, None)
                there = [
                    builder.call(load, [at(builder, row, full, vector), align, mask, zero])
                    for row in pointers
                ]
                value = entry(builder, *there, *spread)
                last = at(builder, target, full, vector)
                if padded:
                    builder.store(value, last, align=size)
                else:
                    builder.call(store, [value, last, align, mask])
            return context.get_dummy_value()

        return signature, generate

    return loop


@_row_loop
def times(builder: Any, source: Any, there: Any, factor: Any) -> Any:
    """target = factor · source."""
    return builder.fmul(factor, source)


@_row_loop
def add_times(builder: Any, source: Any, there: Any, factor: Any) -> Any:
    """target = target + factor · source."""
    return builder.fadd(there, builder.fmul(factor, source, flags=["contract"]), flags=["contract"])


@_row_loop
def multiply(builder: Any, factors: Any, there: Any) -> Any:
    """target = target ∘ factors."""
    return builder.fmul(there, factors)


@_row_loop
def product(builder: Any, left: Any, right: Any, there: Any) -> Any:
    """target = left ∘ right."""
    return builder.fmul(left, right)


@_row_loop
def scaled(builder: Any, source: Any, factors: Any, there: Any, factor: Any) -> Any:
    """target = factor · source ∘ factors."""
    return builder.fmul(builder.fmul(factor, source), factors)


@_row_loop
def combined(builder: Any, factors: Any, left: Any, right: Any, there: Any) -> Any:
    """target = target ∘ factors + left ∘ right."""
    return builder.fadd(
        builder.fmul(there, factors, flags=["contract"]), builder.fmul(left, right), flags=["contract"]
    )


@_row_loop
def copied(builder: Any, source: Any, there: Any) -> Any:
    """target = source."""
    return source


@_row_loop
def ramps(builder: Any, starts: Any, slopes: Any, there: Any, x: Any) -> Any:
    """target = slope · (x - start), held between 0 and 1."""
    rise = builder.fmul(builder.fsub(x, starts), slopes)
    zero, one = ir.Constant(rise.type, None), splat(builder, ir.Constant(rise.type.element, 1.0), rise.type)
    above = builder.select(builder.fcmp_ordered(">", rise, zero), rise, zero)
    return builder.select(builder.fcmp_ordered("<", above, one), above, one)


padded_copy = _row_loop(lambda builder, source, there: source, padded=True)
"""target = source, and zeros up to the end of its last vector."""


@intrinsic
def sum_of_products(typing_context: Any, target: Any, left: Any, right: Any, terms: Any, count: Any) -> Any:
    """target = Σ left_o ∘ right_o, so many terms.

    ``left`` and ``right`` are a pointer to the first row and the step to the next; the count is a multiple of
    `TOGETHER` vectors.
    """
    real = target.dtype
    signature = types.void(target, left, right, types.intp, types.intp)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        target, terms, count = values[0], values[3], values[4]
        (left, to_left), (right, to_right) = (cgutils.unpack_tuple(builder, values[i]) for i in (1, 2))
        size = real.bitwidth // 8
        vector = vector_of(context, real, BYTES // size)
        fma, zero = fma_of(builder, vector), ir.Constant(vector, None)
        places = [constant(vector.count * v) for v in range(TOGETHER)]
        step = constant(vector.count * TOGETHER)
        with cgutils.for_range_slice(builder, constant(0), count, step) as (k, _):
            sums = [cgutils.alloca_once(builder, vector) for _ in places]
            for total in sums:
                builder.store(zero, total)
            with cgutils.for_range(builder, terms) as term:
                rows = [
                    builder.gep(pointer, [builder.add(k, builder.mul(term.index, to_next))])
                    for pointer, to_next in ((left, to_left), (right, to_right))
                ]
                for place, total in zip(places, sums, strict=True):
                    factors = [builder.load(at(builder, row, place, vector), align=size) for row in rows]
                    builder.store(builder.call(fma, [*factors, builder.load(total)]), total)
            for place, total in zip(places, sums, strict=True):
                here = at(builder, target, builder.add(k, place), vector)
                builder.store(builder.load(total), here, align=size)
        return context.get_dummy_value()

    return signature, generate
