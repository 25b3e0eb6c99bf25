"""The error that is to become small, E(η) = Σ w_i E_i(η): a network, rows with their answers, and a loss.

Sums are not divided by the weights: `Objective.total` is their sum, and makes averages of them.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus import LOSSES, OUTPUTS
from chainrule.calculus.losses import Loss
from chainrule.network import _passes as passes
from chainrule.network._architecture import Architecture
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._inputs import Inputs
from chainrule.network._tape import Chunk

Array = NDArray[Any]


class Objective:
    """E as a function of η.

    Parameters
    ----------
    net : Architecture
    inputs : Inputs of n rows
    loss : str
    Y : array of shape (n, p)
    weights : array of shape (n,) or (0,)
        Of the samples; empty for ones.

    Attributes
    ----------
    separable : bool
        Whether each output is a function of its own q: then ∂²E_i/∂q_L² is diagonal.
    """

    def __init__(self, net: Architecture, inputs: Inputs, loss: str, Y: Array, weights: Array) -> None:
        self.net, self.inputs, self.loss, self.Y = net, inputs, loss, Y
        self._given = weights
        self.separable = OUTPUTS[net.output].separable

    @cached_property
    def weights(self) -> Array:
        """w (n,)."""
        return self._given if self._given.size else np.ones(len(self.inputs), dtype=self.net.dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        return Objective, (self.net, self.inputs, self.loss, self.Y, self._given)

    def copy(self) -> "Objective":
        """The same, whatever becomes of the memory of its answers and weights."""
        return Objective(self.net, self.inputs, self.loss, self.Y.copy(), self._given.copy())

    @property
    def _row(self) -> Loss:
        return LOSSES[self.loss, self.net.output]

    @cached_property
    def total(self) -> float:
        """Σ w_i."""
        return float(self._given.sum(dtype=np.float64)) if self._given.size else float(len(self.inputs))

    def error_sum(self, eta: Array) -> float:
        """Σ w_i E_i."""
        return self._weighed_sum(passes.sample_errors(self.net, eta, self.loss, self.inputs, self.Y))

    def _weighed_sum(self, errors: Array) -> float:
        if not self._given.size:
            return float(errors.sum(dtype=np.float64))
        return float(self._given.astype(np.float64, copy=False) @ errors.astype(np.float64, copy=False))

    def gradient_sum(self, eta: Array) -> Array:
        """Σ w_i ∂E_i/∂η (P,), from passes of which nothing is kept."""
        return passes.gradient_sum(self.net, eta, self.loss, self.inputs, self.Y, self._given)[0]

    def errors_and_delta(self, chunk: Chunk) -> tuple[Array, Array]:
        """E_i (m,) and ∂E_i/∂q_L (m, p) of some rows, without their weights."""
        net, tape = self.net, chunk.tape
        head = kernels.head(self.loss, net.output)
        errors, delta = np.empty(chunk.m, net.dtype), np.empty((chunk.m, net.layer_sizes[-1]), net.dtype)
        kernels.at_output[net.dtype](
            tape.program, head.loop.address(net.dtype), head.at == "q", tape.memory, tape.n, chunk.place,
            self.Y[chunk.rows].reshape(-1), errors, delta.reshape(-1),
        )  # fmt: skip
        return errors, delta

    def weighed_delta(self, chunk: Chunk) -> Array:
        """w_i ∂E_i/∂q_L (m, p)."""
        delta = self.errors_and_delta(chunk)[1]
        if self._given.size:
            delta *= self._given[chunk.rows, None]
        return delta

    def curvature_times(self, chunk: Chunk, r: Array, *, exact: bool) -> Array:
        """w_i ∂²E_i/∂q_L² r_i (m, p); unless ``exact`` Gauss and Newton's part of it."""
        tape = chunk.tape
        at_output = self._row.curvature_product if exact else self._row.gauss_newton_product
        product = at_output(chunk.of(tape.q_last), chunk.of(tape.outputs), self.Y[chunk.rows], r)
        weighed: Array = product * self.weights[chunk.rows, None]
        return weighed

    def error_sum_at(self, at: ForwardPass) -> float:
        """Σ w_i E_i, from a forward pass."""
        errors = np.empty(len(at), dtype=self.net.dtype)

        def write(chunk: Chunk) -> None:
            errors[chunk.rows] = self.errors_and_delta(chunk)[0]

        at.each_chunk(write, 1, 3 * self.net.layer_sizes[-1], least=64)
        return self._weighed_sum(errors)

    def gradient_sum_at(self, at: ForwardPass) -> Array:
        """Σ w_i ∂E_i/∂η (P,), from a forward pass."""

        def add(chunk: Chunk, total: Array) -> None:
            chunk.collect(chunk.cotangents(self.weighed_delta(chunk), kernels.NONE), total)

        return at.sum_of_chunks(add, 3, self.net.units)
