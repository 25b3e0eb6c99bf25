"""Running a network's kernels over rows that have been checked: of the network's type, two-dimensional.

Scratch memory belongs to the call, so several threads may use one network.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels

if TYPE_CHECKING:
    from chainrule.network._network import Network

Array = NDArray[Any]
Rows = NDArray[np.intp]
Programs: TypeAlias = "dict[bool, kernels.Program]"

ALL_ROWS: Rows = np.empty(0, dtype=np.intp)

# A pass works through its rows in batches whose values fit a core's cache: about 1 MB of float64.
_CACHED_VALUES = 131_072


def program(net: "Network", *, leaving_q: bool = False) -> "kernels.Program":
    """Tell kernels of a network; ``leaving_q`` leaves the output's function out."""
    programs = net._programs
    if leaving_q not in programs:
        biases = [block.offset for block in net.layout.biases]
        functions = [*net.activations, net.output]
        whole = kernels.build_program(net.layout.weight_places(), biases, functions, net.dtype)
        programs |= {False: whole, True: kernels.leaving_q(whole)}
    return programs[leaving_q]


def program_and_head(net: "Network", loss: str) -> tuple["kernels.Program", int]:
    """Tell kernels of a network up to what the loss starts from, and where the loss's loop is."""
    head = kernels.head(loss, net.output)
    return program(net, leaving_q=head.at == "q"), head.loop.address(net.dtype)


def batch_rows(net: "Network", n: int) -> int:
    """Return how many of n rows a pass takes at a time."""
    return min(n, max(64, _CACHED_VALUES // sum(net.layer_sizes)))


def _workspace(net: "Network", capacity: int) -> Array:
    return np.empty(kernels.workspace_size(program(net), capacity), dtype=net.dtype)


def evaluate(net: "Network", X: Array, order: Rows = ALL_ROWS) -> Array:
    """Return F(x, η) for every row of X, or for the rows in ``order``."""
    n = len(order) or len(X)
    outputs = np.empty((n, net.layer_sizes[-1]), dtype=net.dtype)
    if n:
        capacity = batch_rows(net, n)
        scratch = _workspace(net, capacity)
        kernels.predict[net.dtype](program(net), net.parameters, X, order, outputs.ravel(), scratch, capacity)
    return outputs


def kept_values(net: "Network", X: Array) -> list[Array]:
    """Return z_0, …, z_L (N9)."""
    n, units = len(X), sum(net.layer_sizes)
    tape = np.empty(n * (2 * units - net.layer_sizes[0]), dtype=net.dtype)
    kernels.keep_tape[net.dtype](program(net), net.parameters, X, tape, n * units)
    edges = np.cumsum([0, *net.layer_sizes]) * n
    parts = zip(pairwise(edges), net.layer_sizes, strict=True)
    return [tape[a:b].reshape(n, width) for (a, b), width in parts]


def sample_errors(net: "Network", loss: str, X: Array, Y: Array) -> Array:
    """Return E_i of every row."""
    errors = np.empty(len(X), dtype=net.dtype)
    capacity = batch_rows(net, len(X))
    kernels.sample_errors[net.dtype](
        *program_and_head(net, loss), net.parameters, X, Y, errors, _workspace(net, capacity), capacity
    )
    return errors


def accumulate(
    net: "Network", loss: str, X: Array, Y: Array, weights: Array, order: Rows, gradient: Array
) -> tuple[float, float]:
    """Write Σ w_i ∂E_i/∂η over the rows in ``order`` (empty: all), return Σ w_i E_i and Σ w_i."""
    capacity = batch_rows(net, len(order) or len(X))
    sums: tuple[float, float] = kernels.accumulate[net.dtype](
        *program_and_head(net, loss), net.parameters, X, Y, weights, order, gradient,
        _workspace(net, capacity), capacity,
    )  # fmt: skip
    return sums
