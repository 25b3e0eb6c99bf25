"""A network as ONNX nodes in single precision, and the factors of its derivative."""

import numpy as np

from chainrule.export._onnx._activations import ACTIVATIONS, activated
from chainrule.export._onnx._encodings import Encoded
from chainrule.export._onnx._graph import Graph, Name
from chainrule.export._onnx._product import Link
from chainrule.export._plan import Layers


def through_layers(g: Graph, network: Layers, inputs: Encoded, derivatives: bool) -> tuple[Name, list[Link]]:
    """Add a network; return its outputs (n, p), and ∂F/∂z by the inputs that vary as a chain, output first.

    The rows of the first matrix are put into the order of the inputs.
    """
    links, z = list[Link](), inputs.value
    for layer, name in enumerate(network.activations):
        W, b = (array[layer].astype(np.float32) for array in (network.weights, network.biases))
        q = g("Gemm", z, W if layer else W[inputs.order], b)
        z = activated(g, name, q)
        if derivatives:
            A = Link.shared(W.T if layer else W[inputs.varying].T)
            links = [*_slope(g, name, q, z, len(b)), A, *links]
    return z, links


def _slope(g: Graph, name: str, q: Name, z: Name, k: int) -> list[Link]:
    if name == "identity":
        return []
    if name == "softmax":
        return [Link.of_rows(z, k, "softmax")]
    return [Link.of_rows(ACTIVATIONS[name][1](g, q), k)]
