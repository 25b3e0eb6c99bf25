"""What Gauss and Newton's method asks of a network, a loss and rows, at one η after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus import LOSSES, OUTPUTS
from chainrule.network._architecture import Architecture
from chainrule.network._budget import SMALL, UNBOUNDED
from chainrule.network._chunks import cut, rows_at_a_time
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._inputs import Inputs
from chainrule.network._objective import Objective
from chainrule.network._passes import sample_errors
from chainrule.network._tape import Chunk, Tape
from chainrule.network.derivatives._curvature import CurvatureOperator
from chainrule.network.derivatives._curvature_sums import CurvatureSums, Workers
from chainrule.network.derivatives._parameter_jacobian import write_rows

Array = NDArray[Any]


def bytes_of_passes(net: Architecture, n: int) -> int:
    """What the forward passes of n rows at two η take, with what derivatives need of them."""
    p = net.layer_sizes[-1]
    return 2 * n * (net.tape_row + (p + 5) * net.units + 3 * p) * net.dtype.itemsize


class GaussNewton:
    """A network and the rows that it is to fit, with memory for the work.

    Parameters
    ----------
    net : Architecture
    inputs : Inputs
        In the order of C.
    loss : str
    Y : array of shape (n_samples, n_outputs)
    weights : array of shape (n_samples,)
        Of the samples; errors are averages.
    workers : Workers, optional
        Threads.
    room : int
        Bytes that the forward passes at two η may take, with what derivatives need of them. If they fit, they
        are kept; else each question runs through the rows anew, a chunk at a time.
    """

    def __init__(
        self, net: Architecture, inputs: Inputs, loss: str, Y: Array, weights: Array,
        workers: Workers | None = None, room: int = SMALL,
    ) -> None:  # fmt: skip
        self.net, self.inputs, self.loss, self.weights = net, inputs, loss, weights
        self.Y = Y = np.ascontiguousarray(Y)
        self.shares = weights / weights.sum()
        row = LOSSES[loss, net.output]
        self.product = row.gauss_newton_product
        self.constant: Array | None = None
        if row.constant_curvature:
            self.constant = self.product(Y, Y, Y, np.ones_like(Y)) * self.shares[:, None]
        self.separable = OUTPUTS[net.output].separable
        self._workers = workers
        p, n = net.layer_sizes[-1], len(inputs)
        self.keeps = bytes_of_passes(net, n) <= room
        size, least = bytes_of_passes(net, 1) // 2, max(16, 512 // p)
        self.rows = n if self.keeps else rows_at_a_time(n, size, UNBOUNDED, least)
        self._memory = [np.empty(net.tape_row * self.rows, net.dtype) for _ in range(1 + self.keeps)]

    def at(self, eta: Array, slot: int = 0) -> "GaussNewtonAt":
        """Go to η. Two slots (0 and 1) can stand side by side; what was made in one before is given up."""
        return GaussNewtonAt(self, eta, self._memory[slot % len(self._memory)])

    @cached_property
    def sums(self) -> CurvatureSums:
        """Where the matrix is added up."""
        return CurvatureSums(self.net, self._workers)

    @cached_property
    def matrix(self) -> Array:
        """Memory for the matrix (P, P)."""
        P = self.net.layout.n_parameters
        return np.zeros((P, P), dtype=self.net.dtype)


@dataclass(frozen=True)
class _Swept:
    """Rows that were run through: each one's ∂E/∂q_L, times its share of the average, and ∂q_L/∂q_l."""

    of: GaussNewton
    chunk: Chunk
    errors: Array
    delta: Array

    @cached_property
    def S(self) -> Array:
        """∂q_L/∂q_l (m, p, width) of every layer, one after the other."""
        return self.chunk.sensitivities(kernels.NONE)

    def times_curvature(self, r: Array) -> Array:
        """The loss's second derivative at q_L, times r (m, p) and the samples' shares."""
        chunk, of = self.chunk, self.of
        if of.constant is not None:
            return r * of.constant[chunk.rows]
        tape = chunk.tape
        product = of.product(tape.q_last, tape.outputs, of.Y[chunk.rows], r)
        product *= of.shares[chunk.rows, None]
        return product

    @property
    def curvatures(self) -> Array:
        """The loss's second derivative by each output (m, p), for outputs that are separable."""
        if self.of.constant is not None:
            return self.of.constant[self.chunk.rows]
        return self.times_curvature(np.ones_like(self.delta))

    def pull(self, u: Array, total: Array) -> None:
        """Add Jᵀu, for u (m, p)."""
        chunk = self.chunk
        tape, net = chunk.tape, self.of.net
        if net.layer_sizes[-1] > 1:  # one row is swept back faster than p are added up
            chunk.collect(chunk.cotangents(u, kernels.NONE), total)
            return
        kernels.pulled_to_parameters[net.dtype](
            tape.program, tape.inputs, tape.memory, tape.n, chunk.place, self.S, u.reshape(-1),
            np.empty(chunk.m * net.units, net.dtype), total,
        )  # fmt: skip


class GaussNewtonAt:
    """The average error at η, its derivatives, and how F curvature_terms away from its tangent.

    The forward pass is kept if that of all rows is small; else it is made anew for each question.

    Attributes
    ----------
    eta : array of shape (P,)
    error : float
        The average over the samples.
    """

    def __init__(self, of: GaussNewton, eta: Array, memory: Array) -> None:
        self.of, self.eta, self._memory = of, eta, memory
        if of.keeps:
            self._kept = list(self._sweep())
            errors = self._kept[0].errors
        else:
            errors = sample_errors(of.net, eta, of.loss, of.inputs, of.Y)
        self.error = float(of.shares @ errors)

    def _sweep(self) -> Iterator[_Swept]:
        of = self.of
        net, head = of.net, kernels.head(of.loss, of.net.output)
        for first, m in cut(len(of.inputs), of.rows):
            tape = Tape(net, self.eta, of.inputs.rows(first, first + m), self._memory)
            errors, delta = np.empty(m, net.dtype), np.empty((m, net.layer_sizes[-1]), net.dtype)
            kernels.at_output[net.dtype](
                tape.program, head.loop.address(net.dtype), head.at == "q", tape.memory, tape.n, (0, m),
                of.Y[first : first + m].reshape(-1), errors, delta.reshape(-1),
            )  # fmt: skip
            delta *= of.shares[first : first + m, None]
            yield _Swept(of, Chunk(tape, 0, slice(first, first + m)), errors, delta)

    def _swept(self) -> "list[_Swept] | Iterator[_Swept]":
        return self._kept if self.of.keeps else self._sweep()

    def gradient(self) -> Array:
        """∂E/∂η (P,) of the average error."""
        total = np.zeros(self.of.net.layout.n_parameters, dtype=self.of.net.dtype)
        for swept in self._swept():
            swept.pull(swept.delta, total)
        return total

    def gradient_and_matrix(self) -> tuple[Array, Array]:
        """The gradient (P,), and the matrix JᵀHJ (P, P), of which the lower half counts.

        The memory of the matrix is used again at the next η.
        """
        of = self.of
        if not of.separable:
            return self.gradient(), self.operator(keep=False).to_array()
        total = np.zeros(of.net.layout.n_parameters, dtype=of.net.dtype)
        of.sums.clear()
        for swept in self._swept():
            swept.pull(swept.delta, total)
            of.sums.add(swept.chunk, swept.S, swept.curvatures)
        return total, of.sums.write(of.matrix, whole=False)

    def rows(self) -> tuple[Array, Array]:
        """The rows B (N·p, P) of √H J, and r (N·p,) so that Bᵀr is the gradient."""
        of = self.of
        p, P = of.net.layer_sizes[-1], of.net.layout.n_parameters
        B, r = np.empty((len(of.inputs), p, P), of.net.dtype), np.empty((len(of.inputs), p), of.net.dtype)
        for swept in self._swept():
            here = swept.chunk.rows
            # Where a curvature has rounded to nothing its error still counts.
            gradients, H = swept.delta, swept.curvatures
            roots = np.sqrt(np.where(gradients != 0, np.maximum(H, 1e-300), H))
            write_rows(swept.chunk, swept.S, B[here].reshape(-1, P))
            B[here] *= roots[:, :, None]
            r[here] = np.divide(gradients, roots, out=np.zeros_like(roots), where=roots > 0)
        return B.reshape(-1, P), r.reshape(-1)

    def pulled_bend(self, s: Array) -> Array:
        """½ JᵀH q_L″ (P,), q_L″ the second derivative of q_L along s."""
        net = self.of.net
        total = np.zeros(net.layout.n_parameters, dtype=net.dtype)
        for swept in self._swept():
            rates = np.empty_like(swept.delta)
            tangents = swept.chunk.tangents(None, s, kernels.NONE, rates)
            swept.pull(swept.times_curvature(swept.chunk.half_second(s, *tangents)), total)
        return total

    def operator(self, *, keep: bool) -> CurvatureOperator:
        """JᵀHJ as an operator, with a forward pass of its own, kept or not."""
        of = self.of
        at = ForwardPass(of.net, self.eta, of.inputs, keep=keep)
        objective = Objective(of.net, of.inputs, of.loss, of.Y, of.weights)
        return CurvatureOperator(at, objective, exact=False)
