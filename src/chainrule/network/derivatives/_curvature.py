"""The Hessian and the Gauss-Newton matrix of the average error, as operators on η."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from chainrule import kernels
from chainrule._progress import watched
from chainrule.network._budget import Budget, Bytes, within_budget
from chainrule.network._checks import as_numbers
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._objective import Objective
from chainrule.network._sharing import team_for
from chainrule.network._sparse import aligned
from chainrule.network._tape import Chunk, rows_of
from chainrule.network.derivatives._curvature_blocks import LayerCurvatures, write_matrix
from chainrule.network.derivatives._curvature_sums import CurvatureSums

Array = NDArray[Any]


class CurvatureOperator(LinearOperator):
    """A symmetric matrix (P, P) that is not formed: the Hessian of the average error, or Gauss-Newton's.

    A product with a vector takes one sweep forward and one backward (Pearlmutter 1994). It goes into
    SciPy's solvers as it is: ``scipy.sparse.linalg.cg(net.gauss_newton(X, y), g)``.

    Examples
    --------
    >>> from chainrule import Network
    >>> net = Network.from_weights([[[2.0]]], [[1.0]])
    >>> H = net.hessian([[3.0]], [5.0], loss="half_squared_error")
    >>> H @ [1.0, 0.0]
    array([9., 3.])
    >>> H.to_array()
    array([[9., 3.],
           [3., 1.]])
    >>> H.diagonal()
    array([9., 1.])
    """

    def __init__(
        self, at: ForwardPass, objective: Objective, *, exact: bool, total: float | None = None
    ) -> None:
        P = at.net.layout.n_parameters
        super().__init__(dtype=at.net.dtype, shape=(P, P))  # type: ignore[call-arg]
        self._at, self._objective, self._exact = at, objective, exact
        self._total = objective.total if total is None else total
        self._kept: dict[int, tuple[Array, Array]] = {}  # by a chunk's first row
        if at.tape is not None:
            at.each_chunk(self._keep, 2, self._numbers, least=64)

    def __reduce__(self) -> tuple[Any, ...]:
        made = partial(CurvatureOperator, exact=self._exact, total=self._total)
        return made, (self._at, self._objective)

    @property
    def _numbers(self) -> int:
        """Numbers for each row that a product takes beside the tape."""
        return 6 * self._at.net.units

    def _keep(self, chunk: Chunk) -> None:
        self._kept[chunk.rows.start] = self._prepared(chunk)

    def _prepared(self, chunk: Chunk) -> tuple[Array, Array]:
        """Return δ_l and curvature_terms of a chunk; for Gauss-Newton products both are empty."""
        nothing = np.empty(0, dtype=self.dtype)
        if not self._exact:
            return nothing, nothing
        delta = self._objective.weighed_delta(chunk)
        curvature_terms = np.empty(chunk.m * self._at.net.units, dtype=self.dtype)
        return chunk.cotangents(delta, kernels.NONE, curvature_terms=curvature_terms), curvature_terms

    def _matvec(self, v: Array) -> Array:
        net = self._at.net
        v = aligned(as_numbers(v, "v", net.dtype)).reshape(-1)

        def add(chunk: Chunk, product: Array) -> None:
            deltas, curvature_terms = self._kept.get(chunk.rows.start) or self._prepared(chunk)
            tape = chunk.tape
            rates = np.empty(chunk.m * net.units, dtype=net.dtype)
            last = rates[chunk.m * net.hidden_units :].reshape(chunk.m, -1)
            dq, dz = chunk.tangents(None, v, kernels.NONE, last)
            last[:] = self._objective.curvature_times(chunk, last, exact=self._exact)
            kernels.curvature_product[net.dtype](
                tape.program, tape.parameters, tape.inputs, v, tape.memory, tape.n, chunk.place,
                dq, dz, deltas, curvature_terms, rates, product,
            )  # fmt: skip

        product = self._at.sum_of_chunks(add, 6, self._numbers)
        product /= self._total
        return product

    def _adjoint(self) -> "CurvatureOperator":
        return self

    _transpose = _adjoint

    def diagonal(self) -> Array:
        """Return the diagonal (P,): Σ_i z_{l-1}² ∘ diag C_ll."""
        layout = self._at.net.layout
        diagonal = np.zeros(self.shape[0], dtype=self.dtype)
        widths = self._at.net.layer_sizes[1:]
        numbers = 2 * sum(a * b for a, b in zip(widths, (*widths[1:], 1), strict=True))
        with team_for(len(self._at) * self.shape[0] * max(widths), most=1):
            for chunk in self._at.chunks(numbers):
                curvatures = self._curvatures(chunk)
                for layer, (weights, biases) in enumerate(zip(layout.weights, layout.biases, strict=True)):
                    C = np.einsum("ijj->ij", curvatures.own(layer))
                    weights.view(diagonal)[:] += (curvatures.inputs(layer) ** 2).T @ C
                    biases.view(diagonal)[:] += C.sum(axis=0)
        diagonal /= self._total
        return diagonal

    def _curvatures(self, chunk: Chunk) -> LayerCurvatures:
        deltas, curvature_terms = self._prepared(chunk)
        p = self._at.net.layer_sizes[-1]
        top = np.zeros((chunk.m, p, p), dtype=self.dtype)
        for k in range(p):
            unit = np.zeros((chunk.m, p), dtype=self.dtype)
            unit[:, k] = 1
            top[:, :, k] = self._objective.curvature_times(chunk, unit, exact=self._exact)
        return LayerCurvatures(chunk, top, deltas, curvature_terms, self._at.inputs)

    def to_array(
        self, *, max_memory: Bytes | None = None, out: Array | None = None, progress: bool = False
    ) -> Array:
        """Return the matrix (P, P).

        Parameters
        ----------
        max_memory, out, progress
            As for `Network.jacobian`.

        Raises
        ------
        ValueError, TypeError
            For an ``out`` of another shape or type.
        MemoryError
            If the matrix and the sums that it is made of do not fit.
        ImportError
            For ``progress`` without rich.
        """
        instead = "products with it (@) and diagonal() need none of it"
        read = *self._at.read, self._objective.Y, self._objective.weights
        matrix, budget = within_budget(self.shape, self.dtype, out, max_memory, instead, read)
        if not self._exact and self._objective.separable:
            self._sum_of_outputs(matrix, budget, progress)
        else:
            write_matrix(self._at, self._curvatures, self._exact, matrix, budget, progress)
        matrix /= self._total
        return matrix

    def _sum_of_outputs(self, matrix: Array, budget: Budget, progress: bool) -> None:
        """Write Gauss and Newton's sum, each output a function of its own q."""
        at, net, p = self._at, self._at.net, self._at.net.layer_sizes[-1]
        most = CurvatureSums.most_workers(net, budget.left)
        with team_for(len(at) * len(matrix) ** 2 // 2, most) as team:
            sums = CurvatureSums(net, team)
            chunks = at.chunks(p * (net.units + 4), budget, max(1, 512 // p), sums.size)
            for chunk in watched(chunks, progress, "to_array", len(at), rows_of):
                ones = np.ones((chunk.m, p), dtype=net.dtype)
                h = self._objective.curvature_times(chunk, ones, exact=False)
                sums.add(chunk, chunk.sensitivities(kernels.NONE), h)
        sums.write(matrix, whole=True)
