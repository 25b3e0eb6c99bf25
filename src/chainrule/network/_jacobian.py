"""∂F/∂x, its factors, and a layer's derivative in its own parameters (N9, N10)."""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from chainrule.network import _checks as checks
from chainrule.network._chain import Order, Span
from chainrule.network._factored import FactoredJacobian
from chainrule.network._memory import Bytes, room_for
from chainrule.network._sharing import in_slices, work_of_a_row

if TYPE_CHECKING:
    from chainrule.network._at import NetworkAt
    from chainrule.network._tape import Piece

Array = NDArray[Any]


_INSTEAD = "pushforward, pullback and factored_jacobian work without it"


def jacobian(
    at: "NetworkAt",
    order: Order,
    max_memory: Bytes | None,
    out: Array | None,
    *,
    span: Span | None = None,
    progress: bool = False,
) -> Array:
    """Carry out the product that `ChainProduct` plans, a piece of rows at a time, in a kernel."""
    net, n = at.architecture, len(at)
    plan = net.chain_product(order, n, span)
    result, budget = room_for(plan.shape, net.dtype, out, max_memory, _INSTEAD, at.read)
    if not n:
        return result
    kept = at.tape
    room = plan.room(kept is not None, budget)
    kernel, inputs, numbers = kernels.chain_product[net.dtype], at.inputs.for_kernels(), result.reshape(-1)

    def begin() -> Callable[[int, int], None]:
        tape = np.empty(room.tape, net.dtype) if kept is None else kept.memory
        workspace, begun = np.empty(room.workspace, net.dtype), False

        def multiply_out(first: int, m: int) -> None:
            nonlocal begun
            fine = kernel(
                plan.steps, room.program, at.parameters, inputs, tape, room.rows if kept is None else n,
                kept is not None, workspace, room.sizes, (first, first + m), not begun, numbers,
            )  # fmt: skip
            if not fine:
                checks.as_numbers(at.inputs.dense, "X", net.dtype)
            begun = True

        return multiply_out

    products = plan.products + (work_of_a_row(net, at.inputs) if kept is None else 0)
    most = budget.left // (max(1, room.tape + room.workspace) * net.dtype.itemsize)
    in_slices(net, n, products, room.rows, begin, most=most, bar="jacobian" if progress else None)
    return result


def factored_jacobian(at: "NetworkAt") -> FactoredJacobian:
    """Cut the chain where it is narrowest, and multiply out either half from there: its cheapest order."""
    sizes, n = at.architecture.layer_sizes, len(at)
    cut, last = min(range(len(sizes)), key=lambda layer: sizes[layer]), len(sizes) - 1
    identity = np.broadcast_to(np.eye(sizes[cut], dtype=at.architecture.dtype), (n, sizes[cut], sizes[cut]))
    U = _above(at, cut).swapaxes(1, 2) if cut < last else identity
    V = jacobian(at, "from_output", None, None, span=(0, cut)) if cut > 0 else identity
    return FactoredJacobian(U, V)


def _above(at: "NetworkAt", cut: int) -> Array:
    """(∂F/∂z_cut)ᵀ (n, width, p): from the cut up to the output."""
    net = at.architecture
    result = np.empty((len(at), net.layer_sizes[cut], net.layer_sizes[-1]), dtype=net.dtype)
    weights = [block.view(at.parameters) for block in net.layout.weights[cut:]]
    at.each_piece(
        lambda piece: _write_above(piece, weights, cut, result[piece.rows]), net.layer_sizes[cut],
        net.layer_sizes[cut] * max(net.layer_sizes[cut:]), least=64, by_numpy=True,
    )  # fmt: skip
    return result


def _write_above(piece: "Piece", weights: list[Array], cut: int, result: Array) -> None:
    """The same of some rows, each step one product of matrices."""
    tape, T = piece.tape, weights[0][None]
    for layer, W in enumerate(weights[1:], start=cut):
        T = T * piece.of(tape.slopes(layer))[:, None, :]
        T = (T.reshape(-1, W.shape[0]) @ W).reshape(piece.m, -1, W.shape[1])
    last = cut + len(weights) - 1
    if tape.net.output == "identity":
        result[:] = T
    elif tape.kind == kernels.ELEMENTWISE:
        np.multiply(T, piece.of(tape.slopes(last))[:, None, :], out=result)
    else:
        q, F = piece.of(tape.q_last), piece.of(tape.outputs)
        for r in range(T.shape[1]):
            result[:, r] = OUTPUTS["softmax"].pullback(q, F, np.broadcast_to(T[:, r], q.shape))


def layer_jacobians(at: "NetworkAt") -> list[Array]:
    """diag σ′(q_l) A_l of every layer, output first."""
    net, n = at.architecture, len(at)
    sizes = net.layer_sizes
    total = sum(a * b for a, b in pairwise(sizes))
    whole, _ = room_for(
        (n, total), net.dtype, None, None, "jacobian, pushforward and pullback multiply the factors out"
    )
    factors, weights = [], [block.view(at.parameters) for block in net.layout.weights]
    vector, used = whole.reshape(-1), 0
    for layer in reversed(range(len(weights))):
        shape = n, sizes[layer + 1], sizes[layer]
        factors.append(vector[used : used + n * shape[1] * shape[2]].reshape(shape))
        used += factors[-1].size

    def write(piece: "Piece") -> None:
        for layer, factor in zip(reversed(range(len(weights))), factors, strict=True):
            slopes, A = _slopes(piece, layer), weights[layer].T
            if slopes.ndim == 3:
                np.matmul(slopes, A, out=factor[piece.rows])
            else:
                np.multiply(slopes[:, :, None], A, out=factor[piece.rows])

    at.each_piece(write, 1 + sizes[-1], by_numpy=net.output == "softmax")
    return factors


def _slopes(piece: Any, layer: int) -> Array:
    """σ′(q) (m, width) of a layer; its matrices (m, p, p) for outputs that are not separable."""
    tape = piece.tape
    output = OUTPUTS[tape.net.output]
    if layer == len(tape.net.activations) and not output.separable:
        return output.derivative(piece.of(tape.q_last), piece.of(tape.outputs))
    slopes: Array = piece.of(tape.slopes(layer))
    return slopes


def layer_parameter_jacobian(at: "NetworkAt", layer: int) -> Array:
    """N10: rows σ′(q_k) z_i in the columns of W[i, k], and σ′(q_k) in that of b_k."""
    net, n = at.architecture, len(at)
    n_layers = len(net.layer_sizes) - 1
    index = checks.as_index(layer, "layer")
    if not -n_layers <= index < n_layers:
        raise IndexError(f"layer is {layer}; the network has layers 0 to {n_layers - 1}")
    index %= n_layers
    fan_in, fan_out = net.layer_sizes[index : index + 2]
    shape = n, fan_out, fan_in * fan_out + fan_out
    result, _ = room_for(shape, net.dtype, None, None, "layer_jacobians and parameter_jacobian are smaller")
    result[:] = 0

    def write(piece: "Piece") -> None:
        sparse = at.inputs.is_sparse and index == 0
        z = at.inputs.to_array(piece.rows) if sparse else piece.of(piece.tape.z(index))
        slopes, rows = _slopes(piece, index), result[piece.rows]
        for k in range(fan_out):
            if slopes.ndim == 2:
                rows[:, k, k : fan_in * fan_out : fan_out] = z * slopes[:, k : k + 1]
                rows[:, k, fan_in * fan_out + k] = slopes[:, k]
            else:
                rows[:, k, : fan_in * fan_out] = (z[:, :, None] * slopes[:, k, None]).reshape(piece.m, -1)
                rows[:, k, fan_in * fan_out :] = slopes[:, k]

    at.each_piece(write, 2)
    return result
