"""Layout of η: the position of each parameter. No other file computes offsets."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Block:
    """One array of parameters in η: its name, shape and the place of its first entry."""

    name: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def place(self) -> slice:
        """Its entries in η."""
        return slice(self.offset, self.offset + self.size)

    def view(self, vector: Array) -> Array:
        """Return the block of a contiguous vector in the order of η, without copying."""
        return vector[self.place].reshape(self.shape)

    def rows(self, matrix: Array) -> Array:
        """Return the block's rows ``(*shape, k)`` of a contiguous matrix (P, k), without copying."""
        return matrix[self.place].reshape(*self.shape, -1)


@dataclass(frozen=True)
class ParameterLayout:
    """The order of η: all matrices W_1 … W_L, each row by row, all b_1 … b_L (N1), scales of inputs.

    Most networks have no scales: they are there while W_1 = diag(s) V is learned as a product.

    Whoever needs a part of η asks for its blocks, or for what the L2 term counts: that there is nothing else
    in η, or in which order, is known here alone.
    """

    weights: tuple[Block, ...]
    biases: tuple[Block, ...]
    scales: Block | None = None

    @classmethod
    def of(cls, layer_sizes: tuple[int, ...]) -> "ParameterLayout":
        """Lay out a network with these sizes, inputs first."""
        shapes: list[tuple[str, tuple[int, ...]]] = [
            (f"weights[{layer}]", shape) for layer, shape in enumerate(pairwise(layer_sizes))
        ]
        shapes += [(f"biases[{layer}]", (width,)) for layer, width in enumerate(layer_sizes[1:])]
        blocks: list[Block] = []
        for name, shape in shapes:
            blocks.append(Block(name, shape, blocks[-1].offset + blocks[-1].size if blocks else 0))
        half = len(blocks) // 2
        return cls(tuple(blocks[:half]), tuple(blocks[half:]))

    def with_scales(self) -> "ParameterLayout":
        """Return the same with a scale for each input; the first matrix is then V."""
        return replace(self, scales=Block("scales", self.weights[0].shape[:1], self.n_parameters))

    @property
    def folded(self) -> Block:
        """Where learning keeps W_1 = diag(s) V, behind all parameters."""
        return Block("folded", self.weights[0].shape, self.n_parameters)

    def weight_places(self) -> list[tuple[int, int, int]]:
        """Return fan_in, fan_out and the offset in η of each matrix."""
        return [(block.shape[0], block.shape[1], block.offset) for block in self.weights]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, as they follow each other in η."""
        scales = () if self.scales is None else (self.scales,)
        return *self.weights, *self.biases, *scales

    def of_layer(self, layer: int) -> tuple[Block, Block]:
        """Return a layer's matrix and its biases."""
        return self.weights[layer], self.biases[layer]

    @cached_property
    def penalised(self) -> slice:
        """The entries that the L2 term counts, those of the matrices: they come first, for kernels."""
        return slice(0, self.n_weights)

    @property
    def free(self) -> slice:
        """The entries that the L2 term leaves free."""
        return slice(self.penalised.stop, self.n_parameters)

    def penalty(self, strength: float) -> NDArray[np.float64]:
        """Return the diagonal (P,) of the L2 term's second derivative."""
        diagonal = np.zeros(self.n_parameters)
        diagonal[self.penalised] = strength
        return diagonal

    @cached_property
    def n_weights(self) -> int:
        """Count of the entries of all matrices."""
        return sum(block.size for block in self.weights)

    @cached_property
    def n_parameters(self) -> int:
        """P, the length of η."""
        last = self.blocks[-1]
        return last.offset + last.size
