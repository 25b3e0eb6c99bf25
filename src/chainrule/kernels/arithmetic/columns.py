"""Products with a single column, and sums of rows: what a net with one output, and every bias, is made of.

A tile would leave all lanes but one idle. Here rows are added up in registers, and multiplied by a vector
lane by lane.
"""

from typing import Any

from llvmlite import ir
from numba import carray
from numba.core import cgutils, types
from numba.extending import intrinsic

from chainrule.kernels._compile import kernel, named
from chainrule.kernels.arithmetic.rows import times
from chainrule.kernels.arithmetic.tiles import (
    BYTES,
    at,
    constant,
    fma_of,
    further,
    lanes_below,
    masked,
    splat,
    vector_of,
)

COLUMNS = 4 * BYTES // 4
"""A multiple of the columns that are added up at a time, for either type."""


def _sum_of_rows(vectors: int, accumulators: int, *, weighted: bool) -> Any:
    """Make the function for so many vectors of columns, with so many accumulators for each."""

    @intrinsic
    def total(
        typing_context: Any, target: Any, beta: Any, rows: Any, length: Any, factors: Any, count: Any,
        columns: Any,
    ) -> Any:  # fmt: skip
        """target = beta · target + Σ_i rows_i (times factors_i), over ``count`` rows of a given length."""
        real = target.dtype
        signature = types.void(target, real, rows, types.intp, factors, types.intp, types.intp)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            target, beta, rows, length, factors, count, columns = values
            size = real.bitwidth // 8
            vector = vector_of(context, real, BYTES // size)
            lanes, fma, zero = vector.count, fma_of(builder, vector), ir.Constant(vector, None)
            load, store = masked(builder, vector)
            align = ir.Constant(ir.IntType(32), size)
            masks = [lanes_below(builder, columns, lanes, v * lanes) for v in range(vectors)]
            # Several accumulators, each of every eighth (or second) row: an addition has to wait for the one
            # before it, some four cycles, and accumulators do not wait for each other. They are added up at
            # the end in a fixed order.
            sums = [
                [cgutils.alloca_once_value(builder, zero) for _ in range(vectors)]
                for _ in range(accumulators)
            ]

            def add(i: Any, which: int) -> None:
                row = builder.gep(rows, [builder.mul(i, length)])
                factor = splat(builder, builder.load(builder.gep(factors, [i])), vector) if weighted else None
                for v in range(vectors):
                    there = builder.call(
                        load, [at(builder, row, constant(v * lanes), vector), align, masks[v], zero]
                    )
                    before = builder.load(sums[which][v])
                    if weighted:
                        after = builder.call(fma, [factor, there, before])
                    else:
                        after = builder.fadd(before, there)
                    builder.store(after, sums[which][v])

            rest = builder.srem(count, constant(accumulators))
            full = builder.sub(count, rest)
            with cgutils.for_range_slice(builder, constant(0), full, constant(accumulators)) as (i, _):
                for which in range(accumulators):
                    add(builder.add(i, constant(which)), which)
            with cgutils.for_range_slice(builder, full, count, constant(1)) as (i, _):
                add(i, 0)
            upon = builder.fcmp_unordered("!=", beta, ir.Constant(beta.type, 0))
            for v in range(vectors):
                whole = builder.load(sums[0][v])
                for which in range(1, accumulators):
                    whole = builder.fadd(whole, builder.load(sums[which][v]))
                place = at(builder, target, constant(v * lanes), vector)
                kept = cgutils.alloca_once_value(builder, whole)
                with builder.if_then(upon):
                    there = builder.call(load, [place, align, masks[v], zero])
                    builder.store(builder.call(fma, [splat(builder, beta, vector), there, whole]), kept)
                builder.call(store, [builder.load(kept), place, align, masks[v]])
            return context.get_dummy_value()

        return signature, generate

    return total


def _in_columns(name: str, *, weighted: bool) -> Any:
    """Make the kernel that adds up rows of any width, some columns at a time."""
    narrow, wide = (_sum_of_rows(vectors, 8 // vectors, weighted=weighted) for vectors in (1, 4))

    def add_up(
        target: Any, beta: Any, rows: Any, length: Any, factors: Any, count: Any, columns: Any
    ) -> None:
        lanes = BYTES // carray(target, 1).itemsize
        for first in range(0, columns, 4 * lanes):
            place, start, width = (
                further(target, first),
                further(rows, first),
                min(4 * lanes, columns - first),
            )
            if width <= lanes:
                narrow(place, beta, start, length, factors, count, width)
            else:
                wide(place, beta, start, length, factors, count, width)

    return kernel(named(name, add_up))


_add_up = _in_columns("add_up", weighted=False)
_add_up_weighted = _in_columns("add_up_weighted", weighted=True)


@kernel
def add_up_rows(target: Any, beta: Any, rows: Any, length: Any, count: Any, columns: Any) -> None:
    """target = beta · target + the sum of ``count`` rows, of which so many columns are wanted."""
    _add_up(target, beta, rows, length, rows, count, columns)


@intrinsic
def _dot(typing_context: Any, left: Any, right: Any, count: Any) -> Any:
    """Σ left · right, in two accumulators, each a vector."""
    real = left.dtype

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        left, right, count = values
        size = real.bitwidth // 8
        vector = vector_of(context, real, BYTES // size)
        lanes, fma, zero = vector.count, fma_of(builder, vector), ir.Constant(vector, None)
        load, _ = masked(builder, vector)
        align = ir.Constant(ir.IntType(32), size)
        # Two accumulators, then the halves of the total onto each other until one lane is left: an
        # order that depends on the length alone.
        sums = [cgutils.alloca_once_value(builder, zero) for _ in range(2)]

        def add(k: Any, which: int, mask: Any) -> None:
            pair = [
                builder.call(load, [at(builder, side, k, vector), align, mask, zero])
                for side in (left, right)
            ]
            builder.store(builder.call(fma, [*pair, builder.load(sums[which])]), sums[which])

        everything = ir.Constant(ir.VectorType(ir.IntType(1), lanes), [1] * lanes)
        rest = builder.srem(count, constant(2 * lanes))
        full = builder.sub(count, rest)
        with cgutils.for_range_slice(builder, constant(0), full, constant(2 * lanes)) as (k, _):
            add(k, 0, everything)
            add(builder.add(k, constant(lanes)), 1, everything)
        with builder.if_then(builder.icmp_signed(">", rest, constant(0))):
            for which in range(2):
                mask = lanes_below(builder, rest, lanes, which * lanes)
                add(builder.add(full, constant(which * lanes)), which, mask)
        total = builder.fadd(builder.load(sums[0]), builder.load(sums[1]))
        lane = lanes
        while lane > 1:
            lane //= 2
            turned = [(k + lane) % lanes for k in range(lanes)]
            order = ir.Constant(ir.VectorType(ir.IntType(32), lanes), turned)
            total = builder.fadd(total, builder.shuffle_vector(total, total, order))
        return builder.extract_element(total, ir.Constant(ir.IntType(32), 0))

    return real(left, right, types.intp), generate


@kernel
def multiply_column(
    a: Any, row: Any, column: Any, b: Any, m: Any, k: Any, beta: Any, s: Any, s_step: Any, c: Any
) -> None:
    """c (m) = A (m, k) b + beta s; the steps from a row and from a column of A to the next, one of them 1."""
    target, start = carray(c, m), carray(s, 1 + (m - 1) * s_step)
    if column == 1:
        for i in range(m):
            total = _dot(further(a, i * row), b, k)
            target[i] = total if beta == 0 else total + beta * start[i * s_step]
        return
    if beta != 0:
        for i in range(m):
            target[i] = start[i * s_step]
    _add_up_weighted(c, beta, a, column, b, k, m)  # Aᵀ's rows times b


@kernel
def multiply_outer(a: Any, step: Any, b: Any, m: Any, n: Any, c: Any, c_row: Any) -> None:
    """C (m, n) = a bᵀ."""
    factors = carray(a, 1 + (m - 1) * step)
    for i in range(m):
        times(further(c, i * c_row), (b,), (factors[i * step],), n)
