"""A small network with rows, answers and weights; its forward pass, and its derivatives by HIPS autograd."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pytest

from chainrule import Network
from chainrule.network import ForwardPass, Inputs, Objective

from ..truth import Truth, autograd_library

SIZES = (3, 5, 4, 2)  # with this layer's neighbours of other widths, so that no two axes can be confused
every_pass = pytest.mark.parametrize("keep", [True, False], ids=["kept", "made anew"])
every_output = pytest.mark.parametrize("output", ["identity", "tanh", "softmax"])


@dataclass(frozen=True)
class Case:
    output: str = "tanh"
    keep: bool = True
    sizes: tuple[int, ...] = SIZES
    hidden: tuple[str, ...] = ("silu", "tanh")
    n: int = 7
    rng: Any = field(default_factory=lambda: np.random.default_rng(3))

    @property
    def loss(self) -> str:
        return "cross_entropy" if self.output == "softmax" else "half_squared_error"

    @cached_property
    def net(self) -> Network:
        net = Network(self.sizes, self.hidden, self.output)
        net.parameters[:] = 0.6 * self.rng.normal(size=net.n_parameters)
        return net

    @cached_property
    def X(self) -> Any:
        return self.rng.normal(size=(self.n, self.sizes[0]))

    @cached_property
    def Y(self) -> Any:
        return self.rng.uniform(0.1, 0.9, (self.n, self.sizes[-1]))

    @cached_property
    def weights(self) -> Any:
        return self.rng.uniform(0.2, 2, self.n)

    @cached_property
    def at(self) -> ForwardPass:
        return self.at_rows(self.X)

    def at_rows(self, X: Any) -> ForwardPass:
        inputs = Inputs.of(X, self.net.dtype)
        return ForwardPass(self.net.architecture, self.net.parameters, inputs, keep=self.keep)

    @cached_property
    def objective(self) -> Objective:
        return Objective(self.net.architecture, self.at.inputs, self.loss, self.Y, self.weights)

    @cached_property
    def truth(self) -> Truth:
        return self.truth_of(self.X)

    def truth_of(self, X: Any) -> Truth:
        return Truth(autograd_library(), self.net, X, self.Y, self.loss, self.weights)

    @cached_property
    def truth_of_q(self) -> Truth:
        """Of q_L in the place of F."""
        bare = Network(self.sizes, self.hidden)
        bare.parameters[:] = self.net.parameters
        return Truth(autograd_library(), bare, self.X, self.Y, "half_squared_error", self.weights)

    @property
    def directions(self) -> Any:
        return self.rng.normal(size=self.X.shape)
