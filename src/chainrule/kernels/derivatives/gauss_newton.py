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

from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import (
    product,
)
from chainrule.kernels.arithmetic.tiles import further
from chainrule.kernels.batch import inputs_type
from chainrule.kernels.derivatives.block_shape import shape_of_block, steps_in_block
from chainrule.kernels.derivatives.pairs_and_entries import write_entries, write_last_entries, write_pairs
from chainrule.kernels.derivatives.sample_tables import ENTRIES, PAIRS, ROWS, tables_of, turn_all
from chainrule.kernels.program import FAN_IN, FAN_OUT, PROGRAM


@kernel
def add_single_entry(program: Any, job: Any, R: Any, m: Any, tables: Any, scratch: Any, sums: Any) -> None:
    """Of one unit with one unit no pairs need to be written: x_l, times the entry, by x_k."""
    low, high, _, _, start = job
    x_low, s_low, h = tables_of(program, low, R, tables)
    x_high, s_high, _ = tables_of(program, high, R, tables)
    n_low, n_high = program[low, FAN_IN] + 1, program[high, FAN_IN] + 1
    left, c = scratch, further(scratch, ROWS * PAIRS)
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
def add_block(program: Any, job: Any, R: Any, m: Any, tables: Any, scratch: Any, sums: Any) -> None:
    """Do a job for m samples that are laid out in the tables."""
    low, high, begin, stop, start = job
    n_pairs, n_entries, upper = shape_of_block(program, low, high)
    if n_entries == 1:
        add_single_entry(program, job, R, m, tables, scratch, sums)
        return
    x_low, s_low, h = tables_of(program, low, R, tables)
    x_high, s_high, _ = tables_of(program, high, R, tables)
    n_high, width, height = program[high, FAN_IN] + 1, program[low, FAN_OUT], program[high, FAN_OUT]
    of_pair, of_entry = steps_in_block(n_pairs, n_entries)
    left, right = scratch, further(scratch, ROWS * PAIRS)
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
            # The longer side is that of the rows of the result: tiles are made for tall matrices.
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
    scratch = pointer(memory, 0)
    tables = further(scratch, ROWS * (PAIRS + ENTRIES + R))
    for top in range(0, m, ROWS):
        count = min(ROWS, m - top)
        turn_all(program, inputs, tape, n, (first + top, count), S, R, h, (m, top), tables)
        for j in range(jobs.shape[0]):
            job = jobs[j, 0], jobs[j, 1], jobs[j, 2], jobs[j, 3], jobs[j, 4]
            add_block(program, job, R, count, tables, scratch, sums)


def sums_memory(layer_sizes: tuple[int, ...]) -> int:
    """Count the numbers that the work on the sums takes, of each thread."""
    R = layer_sizes[-1]
    rows_laid_out = sum(layer_sizes[:-1]) + len(layer_sizes) - 1 + R * sum(layer_sizes[1:-1]) + R
    return ROWS * (PAIRS + ENTRIES + R + rows_laid_out)
