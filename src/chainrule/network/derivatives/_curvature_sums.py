"""Gauss and Newton's matrix Σ h JᵀJ of separable outputs, added up a chunk of the rows at a time.

J is never in memory: the sums are, about half as many numbers as the matrix has, and a block of rows; see
`chainrule.kernels.derivatives.gauss_newton`.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network._architecture import Architecture
from chainrule.network._sharing import SLICE_PRODUCTS
from chainrule.network._tape import Chunk

Array = NDArray[Any]

_TERM = 8
"""Multiplications in a product of matrices that take as long as a term of an entry."""
_WORTH_A_THREAD = 4_000_000
"""Multiplications of a chunk that are worth waking a thread for."""


class Workers(Protocol):
    """Threads that do tasks, in any order or side by side."""

    @property
    def size(self) -> int: ...
    def do(self, tasks: Sequence[Callable[[], object]]) -> None: ...


class Alone:
    """The thread that asks does them."""

    size = 1

    def do(self, tasks: Sequence[Callable[[], object]]) -> None:
        for task in tasks:
            task()


class CurvatureSums:
    """The matrix Σ_i Σ_o h_io J_ioᵀ J_io (P, P), of J_io = ∂q_Lo/∂η of a sample.

    The S that it is given are ∂q_L/∂q_l: of the last layer the identity, which is taken for granted.

    Each sum is made in the same order whoever makes it, so that threads leave no trace in the result.

    Parameters
    ----------
    net : Architecture
    workers : Workers, optional

    Attributes
    ----------
    count : int
        Count of the sums.
    """

    def __init__(self, net: Architecture, workers: Workers | None = None) -> None:
        self._net, self._workers = net, workers or Alone()
        layers, R = len(net.layer_sizes) - 1, net.layer_sizes[-1]
        self._starts = np.zeros((layers, layers), dtype=np.intp)
        jobs, costs, place = [], [], 0
        for high in range(layers):
            for low in range(high + 1):
                pairs, entries, _ = kernels.shape_of_block.py_func(net.tape_program, low, high)
                self._starts[low, high] = place
                for first in range(0, entries, kernels.ENTRIES):
                    stop = min(first + kernels.ENTRIES, entries)
                    jobs.append((low, high, first, stop, place))
                    terms = 1 if high == layers - 1 else R
                    costs.append((pairs + _TERM * terms) * (stop - first))
                place += pairs * entries
        self._jobs, self._costs = np.array(jobs, dtype=np.intp), np.array(costs)
        self._work = int(self._costs.sum())
        self.count: int = place
        self._known: dict[int, list[tuple[Array, Array]]] = {}

    @cached_property
    def _sums(self) -> Array:
        return np.zeros(self.count, dtype=self._net.dtype)

    @classmethod
    def most_workers(cls, net: Architecture, left: int) -> int:
        """How many threads' memory fits so many bytes, beside the sums; one at least."""
        alone = cls(net)
        work = kernels.sums_memory(net.layer_sizes)
        return max(1, (left // net.dtype.itemsize - alone.size) // work + 1)

    @property
    def size(self) -> int:
        """Count of the numbers that will be in memory."""
        work = kernels.sums_memory(self._net.layer_sizes)
        return self.count + self._workers.size * work

    def hold(self, sums: Array) -> None:
        """Go on with sums (count,) that were made elsewhere, or in memory of someone else's."""
        self._sums = sums

    def clear(self) -> None:
        """Begin anew."""
        self._sums[:] = 0

    def add(self, chunk: Chunk, S: Array, h: Array) -> None:
        """Add what rows contribute, from their S (see `Chunk.sensitivities`) and h (m, p)."""
        shares = self._shares(max(1, min(self._workers.size, chunk.m * self._work // _WORTH_A_THREAD)))
        tape, weights = chunk.tape, h.reshape(-1)
        kernel, R = kernels.gauss_newton_sums[self._net.dtype], self._net.layer_sizes[-1]

        at_a_time = max(1, SLICE_PRODUCTS // (chunk.m * int(self._costs.max())))

        def share(jobs: Array, memory: Array) -> Callable[[], object]:
            def add_up() -> None:
                for first in range(0, len(jobs), at_a_time):
                    kernel(
                        tape.program, tape.inputs, tape.memory, tape.n, chunk.place, S, R, weights,
                        jobs[first : first + at_a_time], self._sums, memory,
                    )  # fmt: skip

            return add_up

        self._workers.do([share(*each) for each in shares])

    def _shares(self, count: int) -> list[tuple[Array, Array]]:
        """Cut the jobs into shares of about the same work, each with memory of its own."""
        if count not in self._known:
            done, size = self._costs.cumsum(), kernels.sums_memory(self._net.layer_sizes)
            edges = np.searchsorted(done, done[-1] * np.arange(1, count) / count) + 1
            shares = [jobs for jobs in np.split(self._jobs, edges) if len(jobs)]
            self._known[count] = [(jobs, np.empty(size, dtype=self._net.dtype)) for jobs in shares]
        return self._known[count]

    def write(self, matrix: Array, *, whole: bool) -> Array:
        """Write the matrix (P, P); unless ``whole`` its lower half alone."""
        kernels.unfold[self._net.dtype](self._net.tape_program, self._starts, self._sums, matrix, whole)
        return matrix
