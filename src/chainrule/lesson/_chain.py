"""∇Φ as one long product (N8 to N11): its factors from the shapes alone, and their numbers at some rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.calculus import (
    LOSSES,
    OUTPUTS,
    AffineInParameters,
    Bracketing,
    Factor,
    from_left,
    from_right,
    lecture_columns,
    output_delta,
)
from chainrule.network import Activation, Network

__all__ = [
    "Link",
    "LongProduct",
    "Outline",
    "Product",
    "at_sum",
    "long_product",
    "lowered",
    "outline",
    "slopes",
]

Array = NDArray[Any]
Role = Literal["error", "slopes", "softmax", "weights", "layer", "parameters"]
Product: TypeAlias = tuple[str, str, tuple[int, int, int], int]
"""What is multiplied, the shape (m, k, n), and the multiplications."""


@dataclass(frozen=True)
class Link:
    """One factor: its name and shape, what it is, and of which layer (from 1 on, as in the notes)."""

    factor: Factor
    role: Role
    layer: int


@dataclass(frozen=True)
class Outline:
    """The factors of ∇Φ of n rows, output first.

    For several rows the last factor of a derivative in parameters is not written as a matrix for each of
    them: Ẑ = [Z 1], what the layer was given, transposed, times what stands at its right adds the rows up
    (N13, N15). Then ``augmented`` is its shape.
    """

    links: tuple[Link, ...]
    n: int
    layer: int
    augmented: tuple[int, int] | None

    @property
    def products(self) -> int:
        """How many products there are to carry out."""
        return len(self.links) - 1 + (self.augmented is not None)

    @cached_property
    def orders(self) -> dict[str, Bracketing]:
        """From either end, each row's for itself."""
        factors = [link.factor for link in self.links]
        return {"left": from_left(factors, self.n), "right": from_right(factors, self.n)}

    def steps(self, direction: str) -> Iterator[Product]:
        """Yield the products in order of execution."""
        for step in self.orders[direction].steps:
            m, k, p = step.shape
            yield step.left, step.right, (self.n if m == 1 else m, k, p), step.multiplications
        if self.augmented is not None:
            (n, d), p = self.augmented, self.links[-1].factor.shape[1]
            whole = self.orders[direction].formula
            yield "Ẑᵀ", f"({whole})" if len(self.links) > 1 else whole, (d, n, p), d * n * p

    def multiplications(self, direction: str) -> int:
        """Of all products."""
        return sum(cost for *_, cost in self.steps(direction))

    def largest(self, direction: str) -> int:
        """Numbers of the largest matrix, or stack of matrices: of a factor, or on the way."""
        factors = [link.factor for link in self.links]
        stacks = [
            prod(one.shape) * (1 if one.shared else self.n) if one.kind == "dense" or self.n == 1
            else one.shape[0] * self.n
            for one in factors
        ]  # fmt: skip
        on_the_way = [m * k for _, _, (m, _, k), _ in self.steps(direction)]
        return max(*stacks, *on_the_way, prod(self.augmented or (0,)))


def outline(net: Network, loss: str, n: int, *, of: str, layer: int, split: bool) -> Outline:
    """Return the factors of ∂E_i/∂x_i of n rows, or of their mean error's derivative in a layer's parameters.

    Parameters
    ----------
    net : Network
    loss : str
    n : int
    of : "inputs" or "parameters"
    layer : int
        From 1 on; of parameters alone.
    split : bool
        Whether a layer is diag σ′ and A, or their product.
    """
    sizes, top, lowest = net.layer_sizes, len(net.weights), layer if of == "parameters" else 1
    links = [Link(Factor(_error_name(loss, n, of), (1, sizes[-1])), "error", top)]
    for at in range(top, lowest - 1, -1):
        bare = at == top and at_sum(loss)  # the chain begins behind σ
        ends = of == "parameters" and at == lowest
        if (split or (ends and n > 1)) and not bare:
            links.extend(_slopes(net, at))
        if not ends:
            links.append(_matrix(net, at, whole=not split and not bare))
        elif n == 1:
            links.append(_in_parameters(net, at, whole=not split and not bare))
    augmented = (n, sizes[layer - 1] + 1) if of == "parameters" and n > 1 else None
    return Outline(tuple(links), n, layer, augmented)


def at_sum(loss: str) -> bool:
    """Whether a loss is a likelihood, whose derivative is known at q_L: F − y (N14)."""
    return (loss, "identity") not in LOSSES


def _error_name(loss: str, n: int, of: str) -> str:
    two = "2" if loss == "sum_squared_error" else ""
    return f"{two}(F − y)ᵀ" if n == 1 else f"{two}(F − Y)" + ("/N" if of == "parameters" else "")


def _slopes(net: Network, layer: int) -> Iterator[Link]:
    σ, width = [*net.activations, net.output][layer - 1], net.layer_sizes[layer]
    shape, name = (width, width), f"D{lowered(layer)}"
    if σ == "softmax":
        yield Link(Factor(name, shape, "softmax"), "softmax", layer)
    elif σ != "identity":
        yield Link(Factor(name, shape, "diagonal"), "slopes", layer)


def _matrix(net: Network, layer: int, *, whole: bool) -> Link:
    shape = net.layer_sizes[layer], net.layer_sizes[layer - 1]
    if whole:
        return Link(Factor(f"DF{lowered(layer)}", shape), "layer", layer)
    return Link(Factor(f"A{lowered(layer)}", shape, shared=True), "weights", layer)


def _in_parameters(net: Network, layer: int, *, whole: bool) -> Link:
    fan_in, fan_out = net.layer_sizes[layer - 1 : layer + 1]
    name = f"∂{'F' if whole else 'q'}{lowered(layer)}"
    return Link(Factor(name, (fan_out, fan_out * (fan_in + 1))), "parameters", layer)


@dataclass(frozen=True, eq=False)
class LongProduct:
    """The factors with their numbers, as `Bracketing.multiply` takes them.

    Attributes
    ----------
    outline : Outline
    arrays : list of array
        Of diagonal matrices the diagonal, of softmax' one p.
    augmented : array of shape (n, fan_in + 1), or None
        Ẑ of several rows.
    """

    outline: Outline
    arrays: list[Array]
    augmented: Array | None

    def matrix(self, place: int) -> Array:
        """The matrix of one row, or what all rows share; of several rows one line each, or the first's."""
        factor, array = self.outline.links[place].factor, self.arrays[place]
        if factor.kind != "dense":
            return array if self.outline.n > 1 else from_left([factor]).multiply([array[0]])
        if factor.shared:
            return array
        return array[:, 0] if factor.shape[0] == 1 else array[0]

    def partial(self, direction: str, done: int) -> Array:
        """Return the product of the first factors, or of the last ones, after so many products.

        For several rows, which are multiplied from the left, it is one line for each, but for the last
        product, which adds them up.
        """
        n, links = self.outline.n, self.outline.links
        if self.augmented is not None and done == self.outline.products:
            summed: Array = self.augmented.T @ self.partial(direction, done - 1)
            return summed
        part = slice(done + 1) if direction == "left" else slice(len(links) - done - 1, None)
        order = from_left if direction == "left" else from_right
        product = order([link.factor for link in links[part]], n).multiply(self.arrays[part])
        if product.ndim == 2:
            return product
        return product[0] if n == 1 else product[:, 0]


def long_product(plan: Outline, net: Network, X: Array, Y: Array, loss: str) -> LongProduct:
    """Return the factors of an outline at rows X (n, d) with answers Y (n, p)."""
    z = net.layers(X)
    whole = net.layer_jacobians(X)[::-1] if any(one.role == "layer" for one in plan.links) else []
    arrays = []
    for link in plan.links:
        at = link.layer
        if link.role == "error":
            share = 1 / plan.n if plan.augmented else 1.0
            arrays.append(share * _error(net, z, Y, loss)[:, None])
        elif link.role == "weights":
            arrays.append(net.weights[at - 1].T)
        elif link.role == "layer":
            arrays.append(whole[at - 1])
        elif link.role == "parameters":
            arrays.append(_parameter_matrix(net, X, z[at - 1], link))
        else:
            arrays.append(slopes(net, z, at))
    augmented = np.column_stack([z[plan.layer - 1], np.ones(plan.n)]) if plan.augmented else None
    return LongProduct(plan, arrays, augmented)


def slopes(net: Network, z: list[Array], layer: int) -> Array:
    """Return σ′(q) (n, width) of a layer from 1 on; of softmax p. z are the values of `Network.layers`."""
    q = z[layer - 1] @ net.weights[layer - 1] + net.biases[layer - 1]
    σ = [*net.activations, net.output][layer - 1]
    if isinstance(σ, Activation):
        own: Array = np.vectorize(σ.derivative, otypes=[float])(q)
        return own
    return z[layer] if σ == "softmax" else OUTPUTS[σ].pullback(q, z[layer], np.ones_like(q))


def _error(net: Network, z: list[Array], Y: Array, loss: str) -> Array:
    """∂E_i/∂F (n, p), or that in q_L of a likelihood."""
    if not at_sum(loss):
        return output_delta(z[-1], Y, loss, "identity")
    q = z[-2] @ net.weights[-1] + net.biases[-1]
    return output_delta(q, Y, loss, net.output, z[-1])


def _parameter_matrix(net: Network, X: Array, z: Array, link: Link) -> Array:
    """N10: the layer's derivative in its own parameters, in the order of η; or that of q alone."""
    if link.factor.name.startswith("∂F"):
        return net.layer_parameter_jacobian(X, link.layer - 1)
    fan_out = link.factor.shape[0]
    of_q = AffineInParameters(z[0], fan_out).derivative(np.zeros(link.factor.shape[1]))
    return of_q[None, :, lecture_columns(z.shape[1], fan_out)]


def lowered(number: int) -> str:
    """Return a number as an index: 12 is ₁₂."""
    return "".join(chr(0x2080 + int(digit)) for digit in str(number))
