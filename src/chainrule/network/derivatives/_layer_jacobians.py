"""The factors of ∂F/∂x, and a layer's derivative in its own parameters (N9, N10)."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import OUTPUTS
from chainrule.network import _checks as checks
from chainrule.network._budget import within_budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._tape import Chunk

Array = NDArray[Any]


def layer_jacobians(at: ForwardPass) -> list[Array]:
    """diag σ′(q_l) A_l of every layer, output first."""
    net, n = at.net, len(at)
    sizes = net.layer_sizes
    total = sum(a * b for a, b in pairwise(sizes))
    whole, _ = within_budget(
        (n, total), net.dtype, None, None, "jacobian, pushforward and pullback multiply the factors out"
    )
    factors, weights = [], [block.view(at.parameters) for block in net.layout.weights]
    vector, used = whole.reshape(-1), 0
    for layer in reversed(range(len(weights))):
        shape = n, sizes[layer + 1], sizes[layer]
        factors.append(vector[used : used + n * shape[1] * shape[2]].reshape(shape))
        used += factors[-1].size

    def write(chunk: Chunk) -> None:
        for layer, factor in zip(reversed(range(len(weights))), factors, strict=True):
            slopes, A = _slopes(chunk, layer), weights[layer].T
            if slopes.ndim == 3:
                np.matmul(slopes, A, out=factor[chunk.rows])
            else:
                np.multiply(slopes[:, :, None], A, out=factor[chunk.rows])

    at.each_chunk(write, 1 + sizes[-1], by_numpy=net.output == "softmax")
    return factors


def _slopes(chunk: Chunk, layer: int) -> Array:
    """σ′(q) (m, width) of a layer; its matrices (m, p, p) for outputs that are not separable."""
    tape = chunk.tape
    output = OUTPUTS[tape.net.output]
    if layer == len(tape.net.activations) and not output.separable:
        return output.derivative(chunk.of(tape.q_last), chunk.of(tape.outputs))
    slopes: Array = chunk.of(tape.slopes(layer))
    return slopes


def layer_parameter_jacobian(at: ForwardPass, layer: int) -> Array:
    """N10: rows σ′(q_k) z_i in the columns of W[i, k], and σ′(q_k) in that of b_k."""
    net, n = at.net, len(at)
    n_layers = len(net.layer_sizes) - 1
    index = checks.as_index(layer, "layer")
    if not -n_layers <= index < n_layers:
        raise IndexError(f"layer is {layer}; the network has layers 0 to {n_layers - 1}")
    index %= n_layers
    fan_in, fan_out = net.layer_sizes[index : index + 2]
    shape = n, fan_out, fan_in * fan_out + fan_out
    result, _ = within_budget(
        shape, net.dtype, None, None, "layer_jacobians and parameter_jacobian are smaller"
    )
    result[:] = 0

    def write(chunk: Chunk) -> None:
        sparse = at.inputs.is_sparse and index == 0
        z = at.inputs.to_array(chunk.rows) if sparse else chunk.of(chunk.tape.z(index))
        slopes, rows = _slopes(chunk, index), result[chunk.rows]
        for k in range(fan_out):
            if slopes.ndim == 2:
                rows[:, k, k : fan_in * fan_out : fan_out] = z * slopes[:, k : k + 1]
                rows[:, k, fan_in * fan_out + k] = slopes[:, k]
            else:
                rows[:, k, : fan_in * fan_out] = (z[:, :, None] * slopes[:, k, None]).reshape(chunk.m, -1)
                rows[:, k, fan_in * fan_out :] = slopes[:, k]

    at.each_chunk(write, 2)
    return result
