"""Networks as ONNX nodes in single precision, and the factors of their derivatives."""

from collections.abc import Sequence

import numpy as np

from chainrule.export._onnx._activations import ACTIVATIONS, activated
from chainrule.export._onnx._encodings import Encoded
from chainrule.export._onnx._graph import Graph, Name
from chainrule.export._onnx._product import Link
from chainrule.export._plan import Array, Layers


def through_layers(
    g: Graph, networks: Sequence[Layers], inputs: Encoded, derivatives: bool
) -> tuple[Name, list[Link]]:
    """Add networks of one shape; return their outputs, and ∂F/∂z by the inputs that vary as a chain.

    Of one network outputs are (n, p), of several (k, n, p), and so with all factors. The rows of the first
    matrices are put into the order of the inputs.
    """
    links, z = list[Link](), inputs.value
    for layer, name in enumerate(networks[0].activations):
        W = _stacked([network.weights[layer] for network in networks])
        b = _stacked([network.biases[layer] for network in networks])
        q = _affine(g, z, W if layer else W[..., inputs.order, :], b)
        z = activated(g, name, q)
        if derivatives:
            A = np.swapaxes(W if layer else W[..., inputs.varying, :], -1, -2)
            of_rows = A if len(networks) == 1 else A[:, None]
            links = [*_slope(g, name, q, z, b.shape[-1]), Link.shared(of_rows), *links]
    return z, links


def _stacked(arrays: Sequence[Array]) -> Array:
    return np.array(arrays[0] if len(arrays) == 1 else arrays, dtype=np.float32)


def _affine(g: Graph, z: Name, W: Array, b: Array) -> Name:
    """Return z W + b, of each network where there are several."""
    return g("Gemm", z, W, b) if W.ndim == 2 else g("Add", g("MatMul", z, W), b[:, None])


def _slope(g: Graph, name: str, q: Name, z: Name, k: int) -> list[Link]:
    if name == "identity":
        return []
    if name == "softmax":
        return [Link.of_rows(z, k, "softmax")]
    return [Link.of_rows(ACTIVATIONS[name][1](g, q), k)]
