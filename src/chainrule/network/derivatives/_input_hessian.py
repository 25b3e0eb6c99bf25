"""∂²F/∂x²: Σ_l T_lᵀ diag(∂F_k/∂z_l ∘ σ″(q_l)) T_l with T_l = ∂q_l/∂x, and the curvature of the output."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from chainrule.network._budget import Bytes, within_budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._tape import Chunk

Array = NDArray[Any]

_PAIRS = 2**16
"""Products of two entries of T_1 that are made at a time, at least d · width: some rows of T_1 with all."""
_ROWS, _PRODUCTS = 256, 2**26
"""Rows at a time below which what NumPy does around its products takes longer than they do; and the most
multiplications that Ctrl-C should wait for."""


def input_hessian(at: ForwardPass, max_memory: Bytes | None, out: Array | None, progress: bool) -> Array:
    """Write D²F (n, p, d, d)."""
    net = at.net
    d, p = net.layer_sizes[0], net.layer_sizes[-1]
    instead = "taylor(x, order=2) works without it"
    result, budget = within_budget((len(at), p, d, d), net.dtype, out, max_memory, instead, at.read)
    # T_l of two layers, T_l times the p outputs' weights; what is added to the result; two sweeps and σ″.
    widest = max(net.layer_sizes[1:])
    numbers = (p + 3) * d * widest + (p + 2) * d * d + (2 * p + 1) * net.units
    passes = 1 + p + d * (p + 1)
    at.each_chunk(
        lambda chunk: _chunk(chunk, result[chunk.rows]), passes, numbers, budget,
        least=min(_ROWS, max(1, _PRODUCTS // (passes * net.work))), fixed=max(_PAIRS, d * net.layer_sizes[1]),
        by_numpy=True, bar="input_hessian" if progress else None,
    )  # fmt: skip
    return result


def _chunk(chunk: Chunk, result: Array) -> None:
    tape = chunk.tape
    net = tape.net
    weights = [block.view(tape.parameters) for block in net.layout.weights]
    curvature_terms = chunk.layers(chunk.curvature_terms(), net.layer_sizes[-1]) if net.activations else []
    # T_l is kept transposed, (m, d, width): a step up is one product of matrices. T_1 is the same for all.
    T = weights[0][None]
    result[:] = 0
    for layer, bend in enumerate(curvature_terms):
        _add(result, T, bend)
        moved = T * chunk.of(tape.slopes(layer))[:, None, :]
        W = weights[layer + 1]
        T = (moved.reshape(-1, W.shape[0]) @ W).reshape(chunk.m, -1, W.shape[1])
    _add_output(chunk, result, T)


def _add(result: Array, T: Array, bend: Array) -> None:
    """result[s, k] += T_s diag(bend[s, k]) T_sᵀ."""
    n, p, width = bend.shape
    if len(T) > 1:
        result += (T[:, None] * bend[:, :, None, :]) @ T[:, None].swapaxes(2, 3)
        return
    d = T.shape[1]
    step = max(1, _PAIRS // (d * width))
    for first in range(0, d, step):
        pairs = (T[0, first : first + step, None] * T[0]).reshape(-1, width)
        result[:, :, first : first + step] += (bend.reshape(n * p, width) @ pairs.T).reshape(n, p, -1, d)


def _add_output(chunk: Chunk, result: Array, T: Array) -> None:
    """result[s, k] += T_s D²σ_k(q_L) T_sᵀ, for the outputs k of σ at q_L."""
    tape = chunk.tape
    q, F = chunk.of(tape.q_last), chunk.of(tape.outputs)
    output = OUTPUTS[tape.net.output]
    if output.name == "identity":
        return
    for k in range(q.shape[1]):
        unit = np.zeros_like(q)
        unit[:, k] = 1
        if tape.kind == kernels.ELEMENTWISE:
            one = T[:, :, k]
            c = output.second(q, F, unit)[:, k]
            result[:, k] += c[:, None, None] * one[:, :, None] * one[:, None, :]
        else:
            result[:, k] += T @ output.curvature(q, F, unit) @ T.swapaxes(1, 2)
