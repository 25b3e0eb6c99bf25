"""The chain ∂F/∂x multiplied out for many samples, in any order: a list of steps, carried out in turn.

A step is a row of integers. Its operands lie in one of four memories: η (a matrix W, shared by all
samples), a workspace with one matrix a sample, a workspace of shared matrices, or the result.
"""

from typing import Any

from numba import carray
from numba.core import types
from numba.core.typing import signature

from chainrule.kernels._compile import entry, kernel, vector
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import scaled, times
from chainrule.kernels.arithmetic.tiles import further
from chainrule.kernels.batch import NO_ORDER, inputs_type, matrix
from chainrule.kernels.derivatives.tape import record
from chainrule.kernels.program import PROGRAM
from chainrule.kernels.softmax import pull_through_softmax
from chainrule.kernels.tape_layout import tape_places

ETA, SAMPLES, SHARED, RESULT = range(4)
"""The memories."""
SCALE, CURVE, GEMM = range(3)
"""The kinds of steps.

SCALE: C = diag(left) A diag(right), with σ′ of a layer on either side, or nothing.
CURVE: C = (diag p - p pᵀ) A at a softmax output.
GEMM: C = op(A) op(B), for all samples at once where B is shared.
"""
ONCE, FLAT, EACH = range(3)
"""How often a step is done: once for all samples, as one product of all their rows, or for each."""

# The columns of a step: the places of σ′ are in units before their layer, -1 for none; each operand has a
# memory and a place there (in numbers a sample, or from the start where it is shared), and may lie flipped.
KIND, OFTEN, ROWS, INNER, COLUMNS, LEFT, RIGHT = range(7)
A_MEMORY, A_PLACE, A_FLIPPED, B_MEMORY, B_PLACE, B_FLIPPED, C_MEMORY, C_PLACE, N_COLUMNS = range(7, 16)


@kernel
def _start(memory: Any, place: Any, i: Any, size: Any, memories: Any) -> Any:
    """Pointer to the matrix of ``size`` numbers of sample i."""
    parameters, workspace, result, capacity, shared, first = memories
    if memory == ETA:
        return pointer(parameters, place)
    if memory == SHARED:
        return pointer(workspace, shared + place)
    if memory == SAMPLES:
        return pointer(workspace, place * capacity + i * size)
    return pointer(result, (first + i) * size)


@kernel
def _scale(step: Any, d: Any, n: Any, first: Any, memories: Any, m: Any) -> None:
    """C = diag(left) op(A) diag(right) for each sample."""
    rows, columns, flipped = step[ROWS], step[COLUMNS], step[A_FLIPPED]
    size = rows * columns
    for i in range(m):
        C = _start(step[C_MEMORY], step[C_PLACE], i, size, memories)
        A = _start(step[A_MEMORY], step[A_PLACE], i, size, memories)
        target, turned = carray(C, (rows, columns)), carray(A, (columns, rows))
        left = carray(pointer(d, max(step[LEFT], 0) * n + (first + i) * rows), rows)
        right = pointer(d, max(step[RIGHT], 0) * n + (first + i) * columns)
        for j in range(rows):
            source, row = further(A, j * columns), further(C, j * columns)
            factor = type(target[0, 0])(1) if step[LEFT] < 0 else left[j]
            if flipped:
                for k in range(columns):
                    target[j, k] = turned[k, j]
                source = row
            if step[RIGHT] < 0:
                times(row, (source,), (factor,), columns)
            else:
                scaled(row, (source, right), (factor,), columns)


@kernel
def _curve(step: Any, F: Any, first: Any, memories: Any, m: Any) -> None:
    """C = (diag p - p pᵀ) op(A)."""
    rows, columns, flipped = step[ROWS], step[COLUMNS], step[A_FLIPPED]
    size = rows * columns
    probabilities = matrix(F, 0, first + m, rows)
    for i in range(m):
        target = carray(_start(step[C_MEMORY], step[C_PLACE], i, size, memories), (rows, columns))
        at = _start(step[A_MEMORY], step[A_PLACE], i, size, memories)
        source, turned = carray(at, (rows, columns)), carray(at, (columns, rows))
        for j in range(rows):
            for k in range(columns):
                target[j, k] = turned[k, j] if flipped else source[j, k]
        for k in range(columns):
            pull_through_softmax(probabilities[first + i], target[:, k])


@kernel
def _multiply(step: Any, memories: Any, m: Any) -> None:
    rows, inner, columns = step[ROWS], step[INNER], step[COLUMNS]
    flipped = step[A_FLIPPED] != 0, step[B_FLIPPED] != 0
    tall = rows * m if step[OFTEN] == FLAT else rows
    lda, ldb = (rows if flipped[0] else inner), (inner if flipped[1] else columns)
    for i in range(m if step[OFTEN] == EACH else 1):
        a = _start(step[A_MEMORY], step[A_PLACE], i, rows * inner, memories)
        b = _start(step[B_MEMORY], step[B_PLACE], i, inner * columns, memories)
        c = _start(step[C_MEMORY], step[C_PLACE], i, rows * columns, memories)
        gemm(flipped, (tall, columns, inner), (a, lda), (b, ldb), 0.0, (c, columns))


@kernel
def _multiply_out(
    steps: Any, program: Any, tape: Any, n: Any, first: Any, m: Any, memories: Any, all_steps: Any
) -> None:
    """The product for m rows of the tape from ``first`` on; ``all_steps``: those done once, too."""
    d, outputs, end, _ = tape_places(program, n)
    slopes, F = tape[d:outputs], tape[outputs:end]
    for s in range(steps.shape[0]):
        step = steps[s]
        once = step[OFTEN] == ONCE
        if once and not all_steps:
            continue
        if step[KIND] == GEMM:
            _multiply(step, memories, m)
        elif step[KIND] == SCALE:
            _scale(step, slopes, n, first, memories, 1 if once else m)
        else:
            _curve(step, F, first, memories, m)


@entry(
    lambda real: signature(
        types.boolean, PROGRAM, PROGRAM, vector(real, readonly=True), inputs_type(real), vector(real),
        types.intp, types.boolean, vector(real), types.UniTuple(types.intp, 2),
        types.UniTuple(types.intp, 2), types.boolean, vector(real),
    )
)  # fmt: skip
def chain_product(
    steps: Any, program: Any, parameters: Any, inputs: Any, tape: Any, n: Any, kept: Any, workspace: Any,
    sizes: Any, span: Any, anew: Any, result: Any,
) -> Any:  # fmt: skip
    """Write the rows ``span`` (first, last + 1) of the result (N, rows, columns).

    ``sizes``: rows at a time, numbers a sample in the workspace. ``kept``: the tape holds all n = N rows;
    else it has room for n, and is filled n rows at a time. ``anew``: the workspace has nothing yet of what is
    the same for all rows. Returns whether the inputs were finite.
    """
    chunk, a_sample = sizes
    fine = True
    for first in range(span[0], span[1], chunk):
        m = min(chunk, span[1] - first)
        if not kept and not record(program, parameters, (inputs, NO_ORDER, first, m, 0), tape, n):
            fine = False
        memories = parameters, workspace, result, chunk, chunk * a_sample, first
        _multiply_out(steps, program, tape, n, first if kept else 0, m, memories, anew and first == span[0])
    return fine
