"""Backward pass through the layers of a tape, for R cotangents a sample: S_(l-1) = (S_l W_lᵀ) ∘ σ′(q_(l-1)).

``place`` is (first, m): the rows of the tape that are swept. What a sweep leaves for each layer lies in a
vector of its own, layer after layer, (m, width) each, or (m, R, width) for R cotangents a sample.
"""

from typing import Any

from chainrule.kernels._compile import kernel
from chainrule.kernels.arithmetic.gemm import gemm
from chainrule.kernels.arithmetic.intrinsics import pointer
from chainrule.kernels.arithmetic.rows import (
    multiply,
    product,
)
from chainrule.kernels.batch import cube, matrix
from chainrule.kernels.program import FAN_IN, FAN_OUT, WEIGHT
from chainrule.kernels.tape_layout import slopes, units_before


@kernel
def multiply_rows(target: Any, factors: Any) -> None:
    """target (m, R, width) times factors (m, width), for each of the R."""
    m, R, width = target.shape
    for i in range(m):
        for r in range(R):
            multiply(pointer(target, (i * R + r) * width), (pointer(factors, i * width),), (), width)


@kernel
def step_back(
    program: Any, layer: Any, parameters: Any, source: Any, R: Any, m: Any, target: Any, target_start: Any
) -> None:
    """target (m·R, fan_in) = rows (m·R, fan_out) of the layer's part of ``source``, times W_lᵀ."""
    fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
    rows = pointer(source, units_before(program, layer) * R * m)
    W = pointer(parameters, program[layer, WEIGHT])
    here = pointer(target, target_start)
    gemm((False, True), (m * R, fan_in, fan_out), (rows, fan_out), (W, fan_out), 0.0, (here, fan_in))


@kernel
def pull_back(
    program: Any, parameters: Any, tape: Any, n: Any, place: Any, S: Any, R: Any, diagonal: Any,
    curvatures: Any, curvature_terms: Any,
) -> None:  # fmt: skip
    """From S_L to S_{L-1}, …, S_1: S_{l-1} = (S_l W_lᵀ) ∘ σ′(q_{l-1}), for R rows a sample.

    ``diagonal``: S_L is diag σ′(q_L), and its product with W_Lᵀ takes p·width multiplications, not p²·width.
    With σ″ given (``curvatures``, for the rows from the tape's first on), also ``curvature_terms`` =
    (S_l W_lᵀ) ∘ σ″, which second derivatives need.
    """
    first, m = place
    last = program.shape[0] - 1
    for layer in range(last, 0, -1):
        fan_in, fan_out = program[layer, FAN_IN], program[layer, FAN_OUT]
        before = units_before(program, layer - 1)
        here = before * R * m
        target = cube(S, here, m, R, fan_in)
        d = matrix(tape, slopes(program, layer - 1, n, first), m, fan_in)
        # No product of matrices: row r of S_L has one number that is not 0, so row r of the result is a row
        # of W_Lᵀ, times that.
        if layer == last and diagonal:
            W = matrix(parameters, program[layer, WEIGHT], fan_in, fan_out)
            source = cube(S, units_before(program, layer) * R * m, m, R, fan_out)
            for i in range(m):
                for r in range(R):
                    for j in range(fan_in):
                        target[i, r, j] = source[i, r, r] * W[j, r] * d[i, j]
            continue
        step_back(program, layer, parameters, S, R, m, S, here)
        if curvature_terms.size > 0:
            for i in range(m):
                c = pointer(curvatures, before * n + (first + i) * fan_in)
                for r in range(R):
                    row = here + (i * R + r) * fan_in
                    product(pointer(curvature_terms, row), (pointer(S, row), c), (), fan_in)
        multiply_rows(target, d)
