"""Error to be minimised, E(η) = Σ w_i E_i(η): a network, rows with their targets, and a loss.

Sums are not divided by the weights: `Objective.total` is their sum, and makes averages of them.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from chainrule.calculus.losses import Loss, loss_at
from chainrule.network import _passes as passes
from chainrule.network._architecture import Architecture
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._inputs import ALL_ROWS, Inputs, Rows
from chainrule.network._sharing import (
    is_little,
    leaves_of,
    products_of_a_row,
    rows_of_a_leaf,
    slices_of_leaf,
    team_for,
    work_of_a_row,
)
from chainrule.network._spare import Spare
from chainrule.network._sparse import aligned
from chainrule.network._tape import Chunk
from chainrule.network._team import Team
from chainrule.network._tree import Tree, sum_leaves

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
        self.net, self.inputs, self.loss, self.Y = net, inputs, loss, aligned(Y)
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

    @cached_property
    def _row(self) -> Loss:
        row = loss_at(self.loss, self.net.output)
        assert row is not None, "checked where the loss was named"
        return row

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

    def rows_of_a_leaf(self, n: int) -> int:
        """Return how many rows each leaf has in sums over n of them."""
        net = self.net
        step, P = passes.batch_rows(net, self.inputs, n), net.layout.n_parameters
        return rows_of_a_leaf(n, step, self._products, P)

    @cached_property
    def _products(self) -> int:
        """Multiplications of a row forward and back."""
        return 3 * products_of_a_row(self.net, self.inputs)

    def sums(self, eta: Array, rows: Rows, team: Team) -> Array:
        """Σ w_i E_i, Σ w_i and Σ w_i ∂E_i/∂η (2 + P,) over some rows, in float64: leaves added in a tree."""
        leaves = leaves_of(len(rows), self.rows_of_a_leaf(len(rows)))
        tree = Tree(len(leaves), 2 + self.net.layout.n_parameters, spare=self._spare)

        def add(leaf: tuple[int, int], sums: Array) -> None:
            first, m = leaf
            self.write_sums(eta, rows[first : first + m], sums, self._spare, lambda: team.broken)

        sum_leaves(tree, iter(enumerate(leaves)), lambda: add, team)
        return tree.total()

    @cached_property
    def _spare(self) -> Spare:
        """Memory of sums, for those at the next η."""
        return Spare()

    def write_sums(
        self, eta: Array, rows: Rows, sums: Array, spare: Spare, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        """Write Σ w_i E_i, Σ w_i and Σ w_i ∂E_i/∂η over some rows (empty: all).

        Parameters
        ----------
        eta, rows : array
        sums : array of shape (2 + P,)
            Zeros, which become the sums.
        spare : Spare
            Where memory to work in is taken from.
        stopped : callable
            Asked between slices whether the sums are no longer wanted.
        """
        m = len(rows) or len(self.inputs)
        step = passes.batch_rows(self.net, self.inputs, m)
        for first, count in slices_of_leaf(m, step, self._products):
            if stopped():
                return
            some = rows
            if count < m:
                some = rows[first : first + count] if len(rows) else np.arange(first, first + count)
            if first == 0 and eta.dtype == sums.dtype:
                totals = self._accumulate(eta, some, sums[2:], min(step, count), spare)
            else:
                part = spare.take(eta.size, eta.dtype)
                part[:] = 0
                totals = self._accumulate(eta, some, part, min(step, count), spare)
                sums[2:] += part
                spare.leave(part)
            sums[0] += totals[0]
            sums[1] += totals[1]

    def gradient_sum(self, eta: Array) -> Array:
        """Σ w_i ∂E_i/∂η (P,), from passes of which nothing is kept."""
        net, n = self.net, len(self.inputs)
        products = 3 * n * work_of_a_row(net, self.inputs)
        step = passes.batch_rows(net, self.inputs, n)
        if is_little(products, net, step):
            gradient = np.zeros(net.layout.n_parameters, dtype=net.dtype)
            self._accumulate(eta, ALL_ROWS, gradient, step, Spare())
            return gradient
        with team_for(products) as team:
            return self.sums(eta, np.arange(n), team)[2:].astype(net.dtype, copy=False)

    def _accumulate(
        self, eta: Array, rows: Rows, gradient: Array, step: int, spare: Spare
    ) -> tuple[float, float]:
        given = self.inputs, self.Y, self._given
        return passes.accumulate(self.net, eta, self.loss, *given, rows, gradient, step, spare)

    def errors_and_delta(self, chunk: Chunk) -> tuple[Array, Array]:
        """E_i (m,) and ∂E_i/∂q_L (m, p) of some rows, without their weights."""
        net, tape = self.net, chunk.tape
        head = kernels.output_loss(self.loss, net.output)
        errors, delta = np.empty(chunk.m, net.dtype), np.empty((chunk.m, net.layer_sizes[-1]), net.dtype)
        kernels.evaluate_loss[net.dtype](
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

    def constant_curvatures(self) -> Array | None:
        """w_i times Gauss and Newton's part of ∂²E_i/∂q_L² (n, p), if it is diagonal and has no q in it."""
        if not (self._row.constant_curvature and self.separable):
            return None
        product = self._row.gauss_newton_product(self.Y, self.Y, self.Y, np.ones_like(self.Y))
        weighed: Array = product * self.weights[:, None]
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
