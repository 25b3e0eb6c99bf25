"""Calling compiled loops and kernels without a Network between, and noticing where they overstep."""

import ctypes
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule import calculus, kernels
from chainrule.kernels._compile import Loop
from chainrule.kernels.activations import LOOPS
from chainrule.network import Inputs, Network, _passes

Array = NDArray[Any]
DTYPES = [np.float64, np.float32]
LOSSES_AND_OUTPUTS = list(calculus.LOSSES)
ALL_ROWS = np.empty(0, dtype=np.intp)


def call(loop: Loop, dtype: Any, arrays: list[Array], *lengths: int) -> None:
    """Call a loop by its address, as the kernels do."""
    kinds = [ctypes.c_void_p] * len(arrays) + [ctypes.c_ssize_t] * len(lengths)
    ctypes.CFUNCTYPE(None, *kinds)(loop.address(dtype))(*(array.ctypes.data for array in arrays), *lengths)


def values(name: str, q: Array) -> Array:
    """σ(q) by the loop ``value``."""
    z = q.copy()
    call(LOOPS[name].value, q.dtype, [z], q.size, q.shape[-1])
    return z


def pairs(name: str, q: Array) -> tuple[Array, Array]:
    """σ(q) and σ′(q) by the loop ``pair``."""
    z, d = q.copy(), np.full_like(q, -77)
    call(LOOPS[name].value_and_slope, q.dtype, [z, d], q.size, q.shape[-1])
    return z, d


class Guarded:
    """A vector of NaN with a border on either side that nobody may touch."""

    def __init__(self, size: int, dtype: Any) -> None:
        self._whole = np.full(size + 32, 12345, dtype=dtype)
        self.inner = self._whole[16 : 16 + size]
        self.inner[:] = np.nan

    def check(self) -> None:
        assert np.all(self._whole[:16] == 12345) and np.all(self._whole[-16:] == 12345)


def kernel_inputs(net: Network, X: Any) -> Any:
    """Rows as kernels take them."""
    return Inputs.of(X, net.dtype).for_kernels()


def evaluate(net: Network, X: Any, order: Array = ALL_ROWS) -> Array:
    return _passes.evaluate(net.architecture, net.parameters, Inputs.of(X, net.dtype), order)


def kept_values(net: Network, X: Any) -> list[Array]:
    """z_1, …, z_L."""
    return net.layers(X)[1:]


def sample_errors(net: Network, loss: str, X: Any, Y: Array) -> Array:
    return _passes.sample_errors(net.architecture, net.parameters, loss, Inputs.of(X, net.dtype), Y)


def accumulate(
    net: Network,
    loss: str,
    X: Any,
    Y: Array,
    weights: ArrayLike = (),
    order: Array = ALL_ROWS,
    capacity: int | None = None,
) -> tuple[Array, float, float]:
    """Σ w_i ∂E_i/∂η, Σ w_i E_i and Σ w_i, at most ``capacity`` rows at a time."""
    inputs = Inputs.of(X, net.dtype)
    capacity = capacity or len(order) or len(inputs)
    program, head = net.architecture.program_and_head(loss, sparse=inputs.is_sparse)
    workspace = Guarded(kernels.workspace_size(program, capacity), net.dtype)
    gradient = Guarded(net.n_parameters, net.dtype)
    gradient.inner[:] = 0  # what the kernel adds to
    weights = np.asarray(weights, dtype=net.dtype)
    sums = kernels.accumulate[net.dtype](
        program, head, net.parameters, inputs.for_kernels(), Y, weights, order, gradient.inner,
        workspace.inner, capacity,
    )  # fmt: skip
    workspace.check()
    gradient.check()
    return gradient.inner.copy(), *sums
