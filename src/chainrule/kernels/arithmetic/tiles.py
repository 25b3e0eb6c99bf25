"""Tiles of a matrix product: a part of C kept in registers, and panels of B laid out for it.

LLVM vectorises neither by itself, so both are written in its own language, in vectors as wide as the
machine's registers. The design is that of BLIS (Van Zee & van de Geijn 2015, "BLIS: A framework for rapidly
instantiating BLAS functionality").
"""

from itertools import product
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils, config, types
from numba.extending import intrinsic

INDEX = ir.IntType(64)


def _machine() -> tuple[int, int]:
    """Bytes in a vector register, and how many such registers there are."""
    if config.CPU_FEATURES is None:
        features = {name for name, there in llvm.get_host_cpu_features().items() if there}
    else:
        features = {name[1:] for name in config.CPU_FEATURES.split(",") if name.startswith("+")}
    # The size of a register decides how wide every loop here is, and with it the places of rounding: results
    # are the same on all machines with equal registers, and elsewhere to rounding.
    if "avx512f" in features:
        return 64, 32
    if "avx" in features:
        return 32, 16
    return 16, 32 if "neon" in features else 16


BYTES, REGISTERS = _machine()
# Of 32 registers 6 x 4 hold sums, four a row of the panel, and one the number of A that is multiplied; of 16
# registers 6 x 2 sums, two and one. Fewer sums would leave the multipliers waiting: an fma takes four cycles,
# and two can begin in each. More would be spilled to memory.
SHAPES = {4: (6, 2, 1), 2: (12, 4, 1), 1: (12, 4, 1)} if REGISTERS == 32 else {2: (6, 2, 1), 1: (12, 4, 1)}
"""Vectors across a tile → the numbers of rows there are tiles for; all sums of a tile stay in registers."""


def constant(index: int) -> ir.Constant:
    """LLVM's integer."""
    return ir.Constant(INDEX, index)


def vector_of(context: Any, real: types.Float, length: int) -> ir.VectorType:
    """LLVM's type of so many numbers side by side."""
    return ir.VectorType(context.get_value_type(real), length)


def at(builder: Any, pointer: Any, offset: Any, kind: ir.VectorType) -> Any:
    """Pointer to the vector that begins so many numbers on."""
    return builder.bitcast(builder.gep(pointer, [offset]), kind.as_pointer())


def fma_of(builder: Any, vector: ir.VectorType) -> Any:
    bits = 32 if isinstance(vector.element, ir.FloatType) else 64
    kind = ir.FunctionType(vector, [vector] * 3)
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{vector.count}f{bits}")


def splat(builder: Any, number: Any, vector: ir.VectorType) -> Any:
    """A vector that holds one number everywhere."""
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, undefined, zeros)


def masked(builder: Any, vector: ir.VectorType) -> tuple[Any, Any]:
    """The load and store of some lanes of a vector."""
    bits = 32 if isinstance(vector.element, ir.FloatType) else 64
    mask, pointer, align = ir.VectorType(ir.IntType(1), vector.count), vector.as_pointer(), ir.IntType(32)
    name = f"v{vector.count}f{bits}.p0"
    load = ir.FunctionType(vector, [pointer, align, mask, vector])
    store = ir.FunctionType(ir.VoidType(), [vector, pointer, align, mask])
    return (
        cgutils.get_or_insert_function(builder.module, load, f"llvm.masked.load.{name}"),
        cgutils.get_or_insert_function(builder.module, store, f"llvm.masked.store.{name}"),
    )


def lanes_below(builder: Any, count: Any, lanes: int, first: int = 0) -> Any:
    """The mask of those lanes of a vector, numbered from ``first`` on, that lie below a count."""
    counts = ir.VectorType(INDEX, lanes)
    index = ir.Constant(counts, list(range(first, first + lanes)))
    return builder.icmp_signed("<", index, splat(builder, count, counts))


def call_for(builder: Any, pointer: Any, *, written: bool = False) -> None:
    """Ask for the line of memory at a pointer, to be read or written soon."""
    byte, integer = ir.IntType(8).as_pointer(), ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [byte, integer, integer, integer])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    write, keep, data = (ir.Constant(integer, value) for value in (int(written), 3, 1))
    builder.call(function, [builder.bitcast(pointer, byte), write, keep, data])


def multiply_tile(rows: int, vectors: int, *, from_afar: bool = False) -> Any:
    """Make the function that multiplies out a tile of C: ``rows`` × ``vectors`` registers.

    ``from_afar``: C is in no near cache, and is called for while the products are made.
    """

    @intrinsic
    def tile(
        typing_context: Any, a: Any, steps: Any, panel: Any, depth: Any, beta: Any, s: Any, c: Any
    ) -> Any:
        """C = beta S + A · panel.

        ``a`` points to A (rows, depth), ``steps`` from a row and from a column to the next; the panel is
        (depth, width) and full; ``s`` is a pointer and its row length, ``c`` likewise, and how many of the
        tile's columns there are.
        """
        real = a.dtype
        signature = types.void(a, steps, panel, depth, beta, s, c)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            size = real.bitwidth // 8
            vector = vector_of(context, real, BYTES // size)
            lanes, fma, zero = vector.count, fma_of(builder, vector), ir.Constant(vector, None)
            a, _, panel, depth, beta, _, _ = values
            row_step, column_step = cgutils.unpack_tuple(builder, values[1])
            s, start_length = cgutils.unpack_tuple(builder, values[5])
            c, row_length, columns = cgutils.unpack_tuple(builder, values[6])
            places = list(product(range(rows), range(vectors)))
            targets = {}
            for r, v in places:
                offset = builder.add(builder.mul(constant(r), row_length), constant(v * lanes))
                targets[r, v] = at(builder, c, offset, vector)
                if from_afar:
                    call_for(builder, targets[r, v], written=True)

            # The loop is written with phi nodes, not with variables in memory: LLVM keeps 24 sums in
            # registers only if it never sees their address.
            before, body, after = (
                builder.block,
                builder.append_basic_block("depth"),
                builder.append_basic_block("done"),
            )
            builder.branch(body)
            builder.position_at_end(body)
            k = builder.phi(INDEX)
            sums = {place: builder.phi(vector) for place in places}
            start = builder.mul(k, constant(lanes * vectors))
            B = [
                builder.load(at(builder, panel, builder.add(start, constant(lanes * v)), vector), align=size)
                for v in range(vectors)
            ]
            column = builder.gep(a, [builder.mul(k, column_step)])
            added = {}
            for r in range(rows):
                # One number of A in all lanes (vbroadcast), times the vectors of the panel (vfmadd231): each
                # sum runs over k in order, so an entry of C does not depend on what tile it falls into, nor
                # on how many rows there are.
                number = builder.load(builder.gep(column, [builder.mul(constant(r), row_step)]))
                spread = splat(builder, number, vector)
                for v in range(vectors):
                    added[r, v] = builder.call(fma, [spread, B[v], sums[r, v]])
            following = builder.add(k, constant(1))
            k.add_incoming(constant(0), before)
            k.add_incoming(following, body)
            for place in places:
                sums[place].add_incoming(zero, before)
                sums[place].add_incoming(added[place], body)
            builder.cbranch(builder.icmp_signed("<", following, depth), body, after)
            builder.position_at_end(after)

            # C may be narrower than the tile: what lies beside it is another's, and is neither read nor
            # written (vmovups under a mask). Rows of C begin anywhere, hence the alignment of one number.
            load, store = masked(builder, vector)
            align = ir.Constant(ir.IntType(32), size)
            masks = [lanes_below(builder, columns, lanes, v * lanes) for v in range(vectors)]
            # With beta = 0 S is not read, as in BLAS: memory that holds nothing yet may hold NaN.
            fresh = builder.fcmp_ordered("==", beta, ir.Constant(beta.type, 0))
            with builder.if_else(fresh) as (anew, upon):
                with anew:
                    for r, v in places:
                        builder.call(store, [added[r, v], targets[r, v], align, masks[v]])
                with upon:
                    factor = splat(builder, beta, vector)
                    for r, v in places:
                        offset = builder.add(builder.mul(constant(r), start_length), constant(v * lanes))
                        there = builder.call(load, [at(builder, s, offset, vector), align, masks[v], zero])
                        total = builder.call(fma, [factor, there, added[r, v]])
                        builder.call(store, [total, targets[r, v], align, masks[v]])
            return context.get_dummy_value()

        return signature, generate

    return tile


DEPTH = 128
"""Rows of B in a panel: at its widest it then fills most of a core's first cache."""


@intrinsic
def panel_memory(typing_context: Any, like: Any) -> Any:
    """Memory for a panel on the stack, aligned to a register; of the type of a pointer."""
    signature = like(like)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        size = constant(DEPTH * BYTES * max(SHAPES))
        with builder.goto_entry_block():
            memory = builder.alloca(ir.IntType(8), size=size)
            memory.align = BYTES
            return builder.bitcast(memory, context.get_value_type(like))

    return signature, generate


@intrinsic
def further(typing_context: Any, pointer: Any, numbers: Any) -> Any:
    """The pointer so many numbers on."""
    return pointer(pointer, types.intp), lambda context, builder, signature, values: builder.gep(
        values[0], [values[1]]
    )


_SIDE = 8


@intrinsic
def turn_block(typing_context: Any, source: Any, source_row: Any, target: Any, target_row: Any) -> Any:
    """Write the transpose of an 8 × 8 block: three rounds of exchanging lanes between pairs of rows."""
    signature = types.void(source, source_row, target, target_row)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        source, source_row, target, target_row = values
        size = signature.args[0].dtype.bitwidth // 8
        vector = vector_of(context, signature.args[0].dtype, _SIDE)

        def row(pointer: Any, length: Any, r: int) -> Any:
            return at(builder, pointer, builder.mul(constant(r), length), vector)

        rows = [builder.load(row(source, source_row, r), align=size) for r in range(_SIDE)]
        # log2(8) rounds: after each, lanes and rows have changed one bit of their numbers (vunpck, vshuf).
        for apart in (1, 2, 4):
            lower = [lane if not lane & apart else lane - apart + _SIDE for lane in range(_SIDE)]
            upper = [lane + apart if not lane & apart else lane + _SIDE for lane in range(_SIDE)]
            for r in range(_SIDE):
                if not r & apart:
                    pair = rows[r], rows[r + apart]
                    rows[r], rows[r + apart] = (
                        builder.shuffle_vector(
                            *pair, ir.Constant(ir.VectorType(ir.IntType(32), _SIDE), lanes)
                        )
                        for lanes in (lower, upper)
                    )
        for r in range(_SIDE):
            builder.store(rows[r], row(target, target_row, r), align=size)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def prefetch(typing_context: Any, address: Any) -> Any:
    """Ask for the line of memory at a pointer, to be read soon."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        call_for(builder, values[0])
        return context.get_dummy_value()

    return types.void(address), generate
