"""The rows of a batch put on the tape, or multiplied where they stand in a sparse matrix."""

from typing import Any

from numba import carray

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.gemm import gemm_upon
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import copied
from chainrule.kernels.arithmetic.tiles import further, prefetch
from chainrule.kernels.batch import is_encoded, is_sparse, matrix, row_of
from chainrule.kernels.encoding import encode_batch
from chainrule.kernels.program import BIAS, FAN_IN, FAN_OUT, UNITS, WEIGHT
from chainrule.kernels.tape_layout import values_place

LINE, LINES_AHEAD, ROWS_AHEAD = 64, 32, 4
"""Shuffled rows are called for so many lines of memory ahead, of so many bytes, but some rows at least."""


@kernel
def gather(source: Any, batch: Any, target: Any, start: Any) -> None:
    """Copy the batch's rows of ``source`` to their place in a matrix from ``start`` of the workspace on.

    Rows to come are called for meanwhile.
    """
    m, width, size = batch[3], source.shape[1], source.itemsize
    offset = start + batch[4] * width
    row_bytes = source.strides[0]
    whole = source.strides[1] == size and row_bytes % size == 0 and source.ctypes.data % size == 0
    # Rows of shuffled batches lie anywhere in X, where no prefetcher finds them: each is called for as many
    # rows ahead as memory takes to answer. Numbers that do not lie side by side, or not at multiples of their
    # size (fields of a structured array), go the slow way below.
    if whole:
        step = row_bytes // size
        if width == 1:
            numbers = carray(pointer(target, offset), m)
            for i in range(m):
                numbers[i] = carray(pointer(source, row_of(batch, i) * step), 1)[0]
            return
        ahead = max(ROWS_AHEAD, LINES_AHEAD // (width * size // LINE + 1))
        for i in range(m):
            if i + ahead < m:
                coming = pointer(source, row_of(batch, i + ahead) * step)
                for j in range(0, width, LINE // size):
                    prefetch(further(coming, j))
            row = pointer(source, row_of(batch, i) * step)
            copied(pointer(target, offset + i * width), (row,), (), width)
        return
    rows = matrix(target, offset, m, width)
    for i in range(m):
        row_number = row_of(batch, i)
        for j in range(width):
            rows[i, j] = source[row_number, j]


@kernel
def repeat(source: Any, offset: Any, m: Any, width: Any, target: Any, start: Any) -> None:
    """target (m, width) from ``start`` on: one row of the source, m times."""
    for i in range(m):
        copied(pointer(target, start + i * width), (pointer(source, offset),), (), width)


@kernel
def first_product(program: Any, parameters: Any, batch: Any, tape: Any, capacity: Any) -> None:
    """q_1 = x W_1 + b_1 for the batch; dense rows are put on the tape first, if it has room for them.

    A tape without such room is for rows that lie one after the other, in the order of C.
    """
    inputs, m = batch[0], batch[3]
    fan_in, fan_out = program[0, FAN_IN], program[0, FAN_OUT]
    q = values_place(program, 0, batch, capacity)
    if not is_sparse(inputs):
        W = pointer(parameters, program[0, WEIGHT])
        x, z = pointer(inputs[0], batch[2] * fan_in), pointer(tape, q)
        if program[0, UNITS] > 0:
            if is_encoded(inputs):
                encode_batch(batch, fan_in, tape, 0)
            else:
                gather(inputs[0], batch, tape, 0)
            x = pointer(tape, batch[4] * fan_in)
        b = pointer(parameters, program[0, BIAS])
        gemm_upon((False, False), (m, fan_out, fan_in), (x, fan_in), (W, fan_out), 1.0, (b, 0), (z, fan_out))
        return
    repeat(parameters, program[0, BIAS], m, fan_out, tape, q)
    weights = matrix(parameters, program[0, WEIGHT], fan_in, fan_out)
    add_sparse_product(batch, weights, matrix(tape, q, m, fan_out))


@kernel
def add_sparse_product(batch: Any, weights: Any, sums: Any) -> None:
    """sums (m, width) += x · weights, for the stored entries of the batch's rows."""
    _, values, columns, starts = batch[0]
    # A row of weights for each entry: width is at least some dozen numbers, which LLVM vectorises, and
    # indices are looked up once a row, not once a multiplication.
    for i in range(batch[3]):
        row = row_of(batch, i)
        for entry in range(starts[row], starts[row + 1]):
            value, column = values[entry], columns[entry]
            for k in range(sums.shape[1]):
                sums[i, k] += value * weights[column, k]


@kernel
def add_sparse_gradient(batch: Any, rows: Any, sums: Any) -> None:
    """sums (fan_in, width) += xᵀ · rows, for the stored entries of the batch's rows."""
    _, values, columns, starts = batch[0]
    for i in range(batch[3]):
        row = row_of(batch, i)
        for entry in range(starts[row], starts[row + 1]):
            value, column = values[entry], columns[entry]
            for k in range(sums.shape[1]):
                sums[column, k] += value * rows[i, k]


@kernel
def clear_first_gradient(program: Any, batch: Any, gradient: Any) -> None:
    """Take back to zero what a batch of sparse rows has added: a fraction of a pass over all of W_1."""
    inputs = batch[0]
    if not is_sparse(inputs):
        return
    fan_out = program[0, FAN_OUT]
    sums = matrix(gradient, program[0, WEIGHT], program[0, FAN_IN], fan_out)
    columns, starts = inputs[2], inputs[3]
    for i in range(batch[3]):
        row = row_of(batch, i)
        for entry in range(starts[row], starts[row + 1]):
            for k in range(fan_out):
                sums[columns[entry], k] = 0
