"""∂F/∂x as a product of two factors that meet at the network's narrowest layer."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from chainrule.network._budget import Bytes, within_budget
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._tape import Chunk
from chainrule.network.derivatives._jacobian import jacobian

Array = NDArray[Any]


class FactoredJacobian:
    """The Jacobian as U · V, cut at the narrowest layer: its width is the number of columns of U.

    Parameters
    ----------
    U : array of shape (n_samples, n_outputs, width)
    V : array of shape (n_samples, width, n_features)

    Examples
    --------
    >>> J = FactoredJacobian(np.array([[[1.0], [2.0]]]), np.array([[[3.0, 4.0]]]))
    >>> J @ [1.0, 1.0]
    array([[ 7., 14.]])
    >>> J.norm(2), J.singular_values()
    (array([11.18...]), array([[11.18...]]))
    >>> J.T.to_array()
    array([[[3., 6.],
            [4., 8.]]])
    """

    def __init__(self, U: Array, V: Array) -> None:
        if U.ndim != 3 or V.ndim != 3 or U.shape[0] != V.shape[0] or U.shape[2] != V.shape[1]:
            raise ValueError(
                f"U has shape {U.shape} and V {V.shape}; (n, p, r) and (n, r, d) belong together"
            )
        self.U, self.V = U, V

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_samples, n_outputs, n_features)."""
        return self.U.shape[0], self.U.shape[1], self.V.shape[2]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.U.dtype

    @property
    def T(self) -> "FactoredJacobian":
        """The transpose of each sample's matrix."""
        return FactoredJacobian(self.V.swapaxes(1, 2), self.U.swapaxes(1, 2))

    def __matmul__(self, other: ArrayLike) -> Array:
        """Multiply by a vector (d,), a matrix (d, k), or one a sample (n, d, k), as ``to_array() @ other``.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        right = np.asarray(other)
        rows = right.shape[-2] if right.ndim > 1 else right.shape[0] if right.ndim else -1
        if rows != self.shape[2] or (right.ndim > 2 and right.shape[:-2] not in ((1,), self.shape[:1])):
            raise ValueError(f"a factored Jacobian of shape {self.shape} @ an array of shape {right.shape}")
        product: Array = self.U @ (self.V @ right[:, None] if right.ndim == 1 else self.V @ right)
        return product[..., 0] if right.ndim == 1 else product

    def singular_values(self) -> Array:
        """Return the singular values (n_samples, min(p, width, d)), largest first.

        By QR of both factors, so that only a matrix as wide as the narrowest layer is decomposed.
        """
        values: Array = np.linalg.svd(self._core(), compute_uv=False)
        return values

    def _core(self) -> Array:
        """A small matrix with the singular values of U · V: R of the one factor times R of the other's."""
        upper: Array = np.asarray(np.linalg.qr(self.U, mode="r"))
        lower: Array = np.asarray(np.linalg.qr(self.V.swapaxes(1, 2), mode="r"))
        return upper @ lower.swapaxes(1, 2)

    def norm(self, ord: int | str = "fro") -> Array:
        """Return each sample's norm (n_samples,): Frobenius', or with 2 the largest singular value.

        Raises
        ------
        ValueError
            For another ``ord``.
        """
        if ord == 2:
            return self.singular_values()[:, 0]
        if ord != "fro":
            raise ValueError(f"ord is {ord!r}; accepted are 'fro' and 2")
        norms: Array = np.linalg.norm(self._core(), axis=(1, 2))
        return norms

    def to_array(self, *, max_memory: Bytes | None = None, out: Array | None = None) -> Array:
        """Return the product (n_samples, n_outputs, n_features).

        Raises
        ------
        MemoryError
            If it does not fit.
        """
        result, _ = within_budget(
            self.shape, self.dtype, out, max_memory, "products with it (@) need none of it"
        )
        return np.matmul(self.U, self.V, out=result)

    def __repr__(self) -> str:
        return f"FactoredJacobian{self.shape} of width {self.U.shape[2]}, {self.dtype}"


def factored_jacobian(at: ForwardPass) -> FactoredJacobian:
    """Cut the chain where it is narrowest, and multiply out either half from there: its cheapest order."""
    if at.tape is None:
        at = ForwardPass.recorded(at.net, at.parameters, at.inputs)
    sizes, n = at.net.layer_sizes, len(at)
    cut, last = min(range(len(sizes)), key=lambda layer: sizes[layer]), len(sizes) - 1
    identity = np.broadcast_to(np.eye(sizes[cut], dtype=at.net.dtype), (n, sizes[cut], sizes[cut]))
    U = _above(at, cut).swapaxes(1, 2) if cut < last else identity
    V = jacobian(at, "from_output", None, None, span=(0, cut)) if cut > 0 else identity
    return FactoredJacobian(U, V)


def _above(at: ForwardPass, cut: int) -> Array:
    """(∂F/∂z_cut)ᵀ (n, width, p): from the cut up to the output."""
    net = at.net
    result = np.empty((len(at), net.layer_sizes[cut], net.layer_sizes[-1]), dtype=net.dtype)
    weights = [block.view(at.parameters) for block in net.layout.weights[cut:]]
    at.each_chunk(
        lambda chunk: _write_above(chunk, weights, cut, result[chunk.rows]), net.layer_sizes[cut],
        net.layer_sizes[cut] * max(net.layer_sizes[cut:]), least=64, by_numpy=True,
    )  # fmt: skip
    return result


def _write_above(chunk: Chunk, weights: list[Array], cut: int, result: Array) -> None:
    """The same of some rows, each step one product of matrices."""
    tape, T = chunk.tape, weights[0][None]
    for layer, W in enumerate(weights[1:], start=cut):
        T = T * chunk.of(tape.slopes(layer))[:, None, :]
        T = (T.reshape(-1, W.shape[0]) @ W).reshape(chunk.m, -1, W.shape[1])
    last = cut + len(weights) - 1
    if tape.net.output == "identity":
        result[:] = T
    elif tape.kind == kernels.ELEMENTWISE:
        np.multiply(T, chunk.of(tape.slopes(last))[:, None, :], out=result)
    else:
        q, F = chunk.of(tape.q_last), chunk.of(tape.outputs)
        for r in range(T.shape[1]):
            result[:, r] = OUTPUTS["softmax"].pullback(q, F, np.broadcast_to(T[:, r], q.shape))
