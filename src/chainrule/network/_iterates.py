"""Objective at a sequence of η, for the Gauss-Newton method: points that are tried, and those accepted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from chainrule.network._architecture import Architecture
from chainrule.network._budget import SMALL, UNBOUNDED
from chainrule.network._chunks import cut, rows_at_a_time
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._objective import Objective
from chainrule.network._tape import Chunk, Tape
from chainrule.network.derivatives._curvature import CurvatureOperator
from chainrule.network.derivatives._curvature_blocks import SumCounts
from chainrule.network.derivatives._curvature_sums import CurvatureSums, Workers
from chainrule.network.derivatives._parameter_jacobian import write_rows

Array = NDArray[Any]


def bytes_of_passes(net: Architecture, n: int) -> int:
    """What the forward passes of n rows at two η take, with what derivatives need of them."""
    p = net.layer_sizes[-1]
    return 2 * n * (net.tape_row + (p + 5) * net.units + 3 * p) * net.dtype.itemsize


def bytes_of_matrix(net: Architecture) -> int:
    """What Gauss and Newton's matrix takes, with the sums that it is made of."""
    if OUTPUTS[net.output].separable:
        work = CurvatureSums(net).size
    else:
        counts = SumCounts.of(net.layer_sizes, exact=False)
        work = counts.sums + max(counts.added, counts.unfolded)
    return (net.layout.n_parameters**2 + work) * net.dtype.itemsize


class Iterates:
    """An objective at two η: where learning stands, and where it tries to go, each in memory of its own.

    Parameters
    ----------
    objective : Objective
        Its inputs in the order of C.
    workers : Workers, optional
        Threads.
    budget : int
        Bytes that the forward passes at both may take, with what derivatives need of them. If they fit, they
        are kept; else each question runs through the rows anew, a chunk at a time.
    """

    def __init__(self, objective: Objective, workers: Workers | None = None, budget: int = SMALL) -> None:
        self.objective, self._workers = objective, workers
        net, n = objective.net, len(objective.inputs)
        self.keeps = bytes_of_passes(net, n) <= budget
        size, least = bytes_of_passes(net, 1) // 2, max(16, 512 // net.layer_sizes[-1])
        self.rows = n if self.keeps else rows_at_a_time(n, size, UNBOUNDED, least)
        self._memory = [np.empty(net.tape_row * self.rows, net.dtype) for _ in range(1 + self.keeps)]

    def trial(self, eta: Array) -> "ObjectiveAt":
        """Try an η; what was tried before is given up."""
        return ObjectiveAt(self, eta, self._memory[-1])

    def accept(self) -> None:
        """Stand where the last trial went; what was there before is given up."""
        self._memory.reverse()

    def at(self, eta: Array) -> "ObjectiveAt":
        """Stand at an η."""
        here = self.trial(eta)
        self.accept()
        return here

    @cached_property
    def constant(self) -> Array | None:
        """w_i ∂²E_i/∂q_L² (n, p), its Gauss-Newton part, if it is the same at every η."""
        return self.objective.constant_curvatures()

    @cached_property
    def sums(self) -> CurvatureSums:
        """Where the matrix is added up."""
        return CurvatureSums(self.objective.net, self._workers)

    @cached_property
    def matrix(self) -> Array:
        """Memory for the matrix (P, P)."""
        P = self.objective.net.layout.n_parameters
        return np.zeros((P, P), dtype=self.objective.net.dtype)


@dataclass(frozen=True)
class _Swept:
    """Rows that were run through: each one's error, w ∂E/∂q_L, and ∂q_L/∂q_l."""

    of: Iterates
    chunk: Chunk
    errors: Array
    delta: Array

    @cached_property
    def S(self) -> Array:
        """∂q_L/∂q_l (m, p, width) of every layer, one after the other."""
        return self.chunk.sensitivities(kernels.NONE)

    def times_curvature(self, r: Array) -> Array:
        """w times the loss's second derivative at q_L, Gauss and Newton's part, times r (m, p)."""
        if self.of.constant is not None:
            return r * self.of.constant[self.chunk.rows]
        return self.of.objective.curvature_times(self.chunk, r, exact=False)

    @property
    def curvatures(self) -> Array:
        """The same by each output (m, p), for outputs that are separable."""
        if self.of.constant is not None:
            return self.of.constant[self.chunk.rows]
        return self.times_curvature(np.ones_like(self.delta))

    def pull(self, u: Array, total: Array) -> None:
        """Add Jᵀu, for u (m, p)."""
        chunk, tape = self.chunk, self.chunk.tape
        net = tape.net
        if net.layer_sizes[-1] > 1:  # one row is swept back faster than p are added up
            chunk.collect(chunk.cotangents(u, kernels.NONE), total)
            return
        kernels.pulled_to_parameters[net.dtype](
            tape.program, tape.inputs, tape.memory, tape.n, chunk.place, self.S, u.reshape(-1),
            np.empty(chunk.m * net.units, net.dtype), total,
        )  # fmt: skip


class ObjectiveAt:
    """E at an η, its derivatives, and the curvature of F along a line. Sums, as the objective's are.

    The forward pass is kept if that of all rows is small; else it is made anew for each question.

    Attributes
    ----------
    eta : array of shape (P,)
    """

    def __init__(self, of: Iterates, eta: Array, memory: Array) -> None:
        self._of, self.eta, self._memory = of, eta, memory
        self._kept = list(self._sweep()) if of.keeps else []

    @property
    def objective(self) -> Objective:
        """What is asked for."""
        return self._of.objective

    @cached_property
    def error(self) -> float:
        """Σ w_i E_i."""
        if self._of.keeps:
            return float(self.objective.weights @ self._kept[0].errors)
        return self.objective.error_sum(self.eta)

    def _sweep(self) -> Iterator[_Swept]:
        objective = self.objective
        for first, m in cut(len(objective.inputs), self._of.rows):
            rows = objective.inputs.rows(first, first + m)
            chunk = Chunk(Tape(objective.net, self.eta, rows, self._memory), 0, slice(first, first + m))
            errors, delta = objective.errors_and_delta(chunk)
            delta *= objective.weights[chunk.rows, None]
            yield _Swept(self._of, chunk, errors, delta)

    def _swept(self) -> "list[_Swept] | Iterator[_Swept]":
        return self._kept if self._of.keeps else self._sweep()

    def gradient(self) -> Array:
        """∂E/∂η (P,)."""
        total = np.zeros(self.eta.size, dtype=self.eta.dtype)
        for swept in self._swept():
            swept.pull(swept.delta, total)
        return total

    def gradient_and_matrix(self) -> tuple[Array, Array]:
        """The gradient (P,), and the matrix Σ w JᵀHJ (P, P), of which the lower half counts.

        The memory of the matrix is used again at the next η.
        """
        if not self.objective.separable:
            return self.gradient(), self.operator(keep=False).to_array(out=self._of.matrix)
        total, sums = np.zeros(self.eta.size, dtype=self.eta.dtype), self._of.sums
        sums.clear()
        self.add_to(total, sums)
        return total, sums.write(self._of.matrix, whole=False)

    def add_to(
        self, gradient: Array, sums: CurvatureSums, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        """Add the gradient (P,) and, for separable outputs, the sums that the matrix is made of.

        ``stopped`` is asked between chunks whether they are no longer wanted.
        """
        for swept in self._swept():
            if stopped():
                return
            swept.pull(swept.delta, gradient)
            sums.add(swept.chunk, swept.S, swept.curvatures)

    def rows(self) -> tuple[Array, Array]:
        """The rows B (N·p, P) of √(wH) J, and r (N·p,) so that Bᵀr is the gradient."""
        n, p, P = len(self.objective.inputs), self.objective.net.layer_sizes[-1], self.eta.size
        B, r = np.empty((n, p, P), self.eta.dtype), np.empty((n, p), self.eta.dtype)
        for swept in self._swept():
            here = swept.chunk.rows
            # Where a curvature has rounded to nothing its error still counts.
            gradients, H = swept.delta, swept.curvatures
            roots = np.sqrt(np.where(gradients != 0, np.maximum(H, 1e-300), H))
            write_rows(swept.chunk, swept.S, B[here].reshape(-1, P))
            B[here] *= roots[:, :, None]
            r[here] = np.divide(gradients, roots, out=np.zeros_like(roots), where=roots > 0)
        return B.reshape(-1, P), r.reshape(-1)

    def curvature_along(self, s: Array) -> Array:
        """½ Σ w JᵀH q_L″ (P,), q_L″ the second derivative of q_L along s."""
        total = np.zeros(self.eta.size, dtype=self.eta.dtype)
        for swept in self._swept():
            rates = np.empty_like(swept.delta)
            tangents = swept.chunk.tangents(None, s, kernels.NONE, rates)
            swept.pull(swept.times_curvature(swept.chunk.half_second(s, *tangents)), total)
        return total

    def operator(self, *, keep: bool) -> CurvatureOperator:
        """Σ w JᵀHJ as an operator, with a forward pass of its own, kept or not."""
        at = ForwardPass(self.objective.net, self.eta, self.objective.inputs, keep=keep)
        return CurvatureOperator(at, self.objective, exact=False, total=1.0)
