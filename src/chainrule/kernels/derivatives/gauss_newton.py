"""Gauss and Newton's matrix Σ h_io J_ioᵀ J_io of samples i and outputs o, and products with Jᵀ, without J.

A row of J holds x_l ⊗ s_lo for each layer, x_l what goes into it, with a 1 for the bias, and
s_lo = ∂q_Lo/∂q_l. So the block of the layers l <= k is

    Σ_i (x_l x_kᵀ) ⊗ C_lk,   C_lk = Σ_o h_io s_lo s_koᵀ,

a product of two matrices with a column for each sample: all pairs from x_l and x_k, and all entries of C_lk.
For l = k both are symmetric, and their upper halves do: half of the multiplications that the same block of
JᵀJ takes from the rows of J. In the last layer s_Lo is 1 at the output o and 0 elsewhere, so an entry of C_lL
is one term, and C_LL is diagonal. The sums lie block after block, until `unfold` puts them where they belong.
"""

from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.panels import lay_out
from chainrule.kernels.arithmetic.rows import copied, product, sum_of_products, times
from chainrule.kernels.arithmetic.tiles import further
from chainrule.kernels.derivatives.sweeps import add_gradient
from chainrule.kernels.derivatives.tape import units_before, values
from chainrule.kernels.inputs import inputs_type, is_sparse
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, PROGRAM, WEIGHT

ROWS, PAIRS, ENTRIES = 128, 384, 512
"""Samples, pairs and entries at a time: both factors, 0.9 MB of float64, stay in a core's second cache."""


@kernel
def turn_inputs(program: Any, layer: Any, inputs: Any, tape: Any, n: Any, rows: Any, x: Any) -> None:
    """x (fan_in + 1, ROWS) = what goes into a layer, a column a sample, and a row of ones."""
    first, m = rows
    fan_in = program[layer, FAN_IN]
    table = carray(x, (fan_in + 1, ROWS))
    if layer == 0 and is_sparse(inputs):
        _, entries, columns, starts = inputs
        table[:fan_in] = 0
        for i in range(m):
            for e in range(starts[first + i], starts[first + i + 1]):
                table[columns[e], i] += entries[e]
    else:
        lay_out(values(program, layer, inputs, tape, n, first), fan_in, True, fan_in, m, ROWS, x)
    table[fan_in] = 1


@kernel
def place_of_pair(place: Any, n_fast: Any, upper: Any) -> Any:
    """The first factor of the pair at this place, and how many pairs of that factor come before it."""
    i, width = 0, n_fast
    while place >= width:
        place -= width
        i += 1
        width = n_fast - i if upper else n_fast
    return i, place


@kernel
def write_pairs(slow: Any, fast: Any, n_fast: Any, upper: Any, span: Any, target: Any) -> None:
    """Rows of the target = row i of slow ∘ row j of fast, j running faster (``upper``: j >= i alone)."""
    begin, count = span
    i, skipped = place_of_pair(begin, n_fast, upper)
    j = i + skipped if upper else skipped
    for place in range(count):
        rows = further(slow, i * ROWS), further(fast, j * ROWS)
        product(further(target, place * ROWS), rows, (), ROWS)
        j += 1
        if j == n_fast:
            i += 1
            j = i if upper else 0


@kernel
def write_entries(
    slow: Any, n_slow: Any, fast: Any, n_fast: Any, R: Any, h: Any, upper: Any, span: Any, weighed: Any,
    target: Any,
) -> None:  # fmt: skip
    """Rows of the target = Σ_o h_o ∘ row (o, i) of slow ∘ row (o, j) of fast, likewise.

    ``weighed`` has room for R rows: h_o ∘ row (o, i).
    """
    begin, count = span
    i, skipped = place_of_pair(begin, n_fast, upper)
    j, anew = i + skipped if upper else skipped, True
    for place in range(count):
        if anew:
            for o in range(R):
                rows = further(slow, (o * n_slow + i) * ROWS), further(h, o * ROWS)
                product(further(weighed, o * ROWS), rows, (), ROWS)
        sum_of_products(
            further(target, place * ROWS), (weighed, ROWS), (further(fast, j * ROWS), n_fast * ROWS), R, ROWS
        )
        j += 1
        anew = j == n_fast
        if anew:
            i += 1
            j = i if upper else 0


@kernel
def write_last_entries(s_low: Any, width: Any, h: Any, own: Any, span: Any, target: Any) -> None:
    """The entries of C_lL, where s_Lo is 1 for the output o and 0 for the others: a term each, h_o s_lo.

    ``own``: of C_LL, of which there is the diagonal alone.
    """
    begin, count = span
    for place in range(count):
        e, here = begin + place, further(target, place * ROWS)
        if own:
            copied(here, (further(h, e * ROWS),), (), ROWS)
        else:
            product(here, (further(s_low, e * ROWS), further(h, e // width * ROWS)), (), ROWS)


@kernel
def shape_of_block(program: Any, low: Any, high: Any) -> Any:
    """How many pairs and entries there are for two layers, and whether of the pairs only the upper half.

    Of entries there are then the upper half, too; of the last layer the diagonal.
    """
    n_low, n_high = program[low, FAN_IN] + 1, program[high, FAN_IN] + 1
    width, height = program[low, FAN_OUT], program[high, FAN_OUT]
    if low == high and width > 1:
        last = low == program.shape[0] - 1
        return n_low * (n_low + 1) // 2, width if last else width * (width + 1) // 2, True
    return n_low * n_high, width * height, False


@kernel
def steps_in_block(pairs: Any, entries: Any) -> Any:
    """From the sum of a pair to the next, and from that of an entry: the longer side is that of the rows."""
    return (entries, 1) if pairs > entries else (1, pairs)


@kernel
def turn_all(
    program: Any, inputs: Any, tape: Any, n: Any, rows: Any, S: Any, R: Any, h: Any, place: Any, memory: Any
) -> None:
    """Lay out all that samples have, a column a sample: x_l of each layer, s_l of the hidden ones, and h."""
    (m, top), count, here = place, rows[1], memory
    for layer in range(program.shape[0]):
        turn_inputs(program, layer, inputs, tape, n, rows, here)
        here = further(here, (program[layer, FAN_IN] + 1) * ROWS)
    for layer in range(program.shape[0] - 1):
        width = R * program[layer, FAN_OUT]
        source = pointer(S, units_before(program, layer) * R * m + top * width)
        lay_out(source, width, True, width, count, ROWS, here)
        here = further(here, width * ROWS)
    lay_out(pointer(h, top * R), R, True, R, count, ROWS, here)


@kernel
def tables_of(program: Any, layer: Any, R: Any, memory: Any) -> Any:
    """Where x_l and s_l of a layer, and h, are laid out; of the last layer there is no s_l."""
    last = program.shape[0] - 1
    inputs = units_before(program, layer) - program[layer, FAN_IN] + program[0, FAN_IN] + layer
    all_inputs = units_before(program, last) + program[0, FAN_IN] + last + 1
    x = further(memory, inputs * ROWS)
    s = further(memory, (all_inputs + R * units_before(program, layer)) * ROWS)
    return x, s, further(memory, (all_inputs + R * units_before(program, last)) * ROWS)


@kernel
def add_single_entry(program: Any, job: Any, R: Any, m: Any, tables: Any, room: Any, sums: Any) -> None:
    """Of one unit with one unit no pairs need to be written: x_l, times the entry, by x_k."""
    low, high, _, _, start = job
    x_low, s_low, h = tables_of(program, low, R, tables)
    x_high, s_high, _ = tables_of(program, high, R, tables)
    n_low, n_high = program[low, FAN_IN] + 1, program[high, FAN_IN] + 1
    left, c = room, further(room, ROWS * PAIRS)
    if high == program.shape[0] - 1:
        write_last_entries(s_low, 1, h, low == high, (0, 1), c)
    else:
        write_entries(s_high, 1, s_low, 1, R, h, False, (0, 1), further(c, ROWS), c)
    for p in range(0, n_low, PAIRS):
        rows = min(PAIRS, n_low - p)
        for i in range(rows):
            product(further(left, i * ROWS), (further(x_low, (p + i) * ROWS), c), (), ROWS)
        target = pointer(sums, start + p * n_high)
        gemm((False, True), (rows, n_high, m), (left, ROWS), (x_high, ROWS), 1.0, (target, n_high))


@kernel
def add_block(program: Any, job: Any, R: Any, m: Any, tables: Any, room: Any, sums: Any) -> None:
    """Do a job for m samples that are laid out in the tables."""
    low, high, begin, stop, start = job
    n_pairs, n_entries, upper = shape_of_block(program, low, high)
    if n_entries == 1:
        add_single_entry(program, job, R, m, tables, room, sums)
        return
    x_low, s_low, h = tables_of(program, low, R, tables)
    x_high, s_high, _ = tables_of(program, high, R, tables)
    n_high, width, height = program[high, FAN_IN] + 1, program[low, FAN_OUT], program[high, FAN_OUT]
    of_pair, of_entry = steps_in_block(n_pairs, n_entries)
    left, right = room, further(room, ROWS * PAIRS)
    weighed = further(right, ROWS * ENTRIES)
    for p in range(0, n_pairs, PAIRS):
        pairs = min(PAIRS, n_pairs - p)
        write_pairs(x_low, x_high, n_high, upper, (p, pairs), left)
        for e in range(begin, stop, ENTRIES):
            entries = min(ENTRIES, stop - e)
            if high == program.shape[0] - 1:
                write_last_entries(s_low, width, h, upper, (e, entries), right)
            else:
                write_entries(s_high, height, s_low, width, R, h, upper, (e, entries), weighed, right)
            target = pointer(sums, start + p * of_pair + e * of_entry)
            if of_entry == 1:
                gemm((False, True), (pairs, entries, m), (left, ROWS), (right, ROWS), 1.0, (target, of_pair))
            else:
                gemm((False, True), (entries, pairs, m), (right, ROWS), (left, ROWS), 1.0, (target, of_entry))


@entry(
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), types.intp, vector(real), PROGRAM, vector(real), vector(real),
    )
)  # fmt: skip
def gauss_newton_sums(
    program: Any, inputs: Any, tape: Any, n: Any, place: Any, S: Any, R: Any, h: Any, jobs: Any, sums: Any,
    memory: Any,
) -> None:  # fmt: skip
    """Add to the sums what jobs are there for, from rows of a tape, their S_l (m, R, width) and h (m, R).

    A job is a row of integers: two layers, from which entry to which, and where the block's sums begin.
    ``memory`` holds `sums_memory` numbers.
    """
    first, m = place
    room = pointer(memory, 0)
    tables = further(room, ROWS * (PAIRS + ENTRIES + R))
    for top in range(0, m, ROWS):
        count = min(ROWS, m - top)
        turn_all(program, inputs, tape, n, (first + top, count), S, R, h, (m, top), tables)
        for j in range(jobs.shape[0]):
            job = jobs[j, 0], jobs[j, 1], jobs[j, 2], jobs[j, 3], jobs[j, 4]
            add_block(program, job, R, count, tables, room, sums)


def sums_memory(layer_sizes: tuple[int, ...]) -> int:
    """Count the numbers that the work on the sums takes, of each thread."""
    R = layer_sizes[-1]
    rows_laid_out = sum(layer_sizes[:-1]) + len(layer_sizes) - 1 + R * sum(layer_sizes[1:-1]) + R
    return ROWS * (PAIRS + ENTRIES + R + rows_laid_out)


@kernel
def row_start(program: Any, layer: Any, i: Any) -> Any:
    """Where the weights of an input stand in η; of the last, the biases."""
    fan_in = program[layer, FAN_IN]
    return program[layer, WEIGHT] + i * program[layer, FAN_OUT] if i < fan_in else program[layer, BIAS]


@kernel
def unfold_own(program: Any, layer: Any, sums: Any, start: Any, A: Any) -> None:
    """The block of a layer with itself, from upper halves of pairs and entries, or the latter's diagonal."""
    n, width = program[layer, FAN_IN] + 1, program[layer, FAN_OUT]
    pairs, entries, _ = shape_of_block(program, layer, layer)
    of_pair, of_entry = steps_in_block(pairs, entries)
    diagonal = layer == program.shape[0] - 1
    for i in range(n):
        for k in range(i, n):
            left, top, place = row_start(program, layer, i), row_start(program, layer, k), start
            for a in range(width):
                for b in range(a, width):
                    there = a == b or not diagonal
                    number = sums[place] if there else type(sums[place])(0)
                    A[top + b, left + a] = number
                    A[top + a, left + b] = number
                    place += of_entry if there else 0
            start += of_pair


@kernel
def unfold_pair(program: Any, low: Any, high: Any, sums: Any, start: Any, A: Any) -> None:
    """The block of two layers, where its rows come after its columns: biases of the lower do."""
    n_low, n_high = program[low, FAN_IN] + 1, program[high, FAN_IN] + 1
    width, height = program[low, FAN_OUT], program[high, FAN_OUT]
    pairs, entries, _ = shape_of_block(program, low, high)
    of_pair, of_entry = steps_in_block(pairs, entries)
    for i in range(n_low):
        for k in range(n_high):
            of_low, of_high, place = row_start(program, low, i), row_start(program, high, k), start
            for b in range(height):
                for a in range(width):
                    if of_high > of_low:
                        A[of_high + b, of_low + a] = sums[place]
                    else:
                        A[of_low + a, of_high + b] = sums[place]
                    place += of_entry
            start += of_pair


@entry(
    lambda real: signature(
        types.void, PROGRAM, PROGRAM, vector(real), types.Array(real, 2, "C"), types.boolean
    )
)
def unfold(program: Any, starts: Any, sums: Any, A: Any, whole: Any) -> None:
    """Put the sums into the lower half of A (P, P), and unless ``whole`` leave the upper one as it is.

    ``starts`` (layers, layers) says where the block of two layers begins.
    """
    for high in range(program.shape[0]):
        for low in range(high + 1):
            if shape_of_block(program, low, high)[2]:
                unfold_own(program, low, sums, starts[low, low], A)
            else:
                unfold_pair(program, low, high, sums, starts[low, high], A)
    if whole:
        for i in range(A.shape[0]):
            for j in range(i):
                A[j, i] = A[i, j]


@entry(
    lambda real: signature(
        types.void, PROGRAM, inputs_type(real), vector(real), types.intp, types.UniTuple(types.intp, 2),
        vector(real), vector(real), vector(real), vector(real),
    )
)  # fmt: skip
def pulled_to_parameters(
    program: Any, inputs: Any, tape: Any, n: Any, place: Any, S: Any, u: Any, deltas: Any, total: Any
) -> None:
    """total += Σ_i u_i J_i for u (m,) and one output, by δ_l = u_i s_l, which are left in ``deltas``."""
    first, m = place
    for layer in range(program.shape[0]):
        width, start = program[layer, FAN_OUT], units_before(program, layer) * m
        for i in range(m):
            row = start + i * width
            times(pointer(deltas, row), (pointer(S, row),), (u[i],), width)
        z = values(program, layer, inputs, tape, n, first)
        add_gradient(program, layer, inputs, z, first, m, deltas, total, True)
