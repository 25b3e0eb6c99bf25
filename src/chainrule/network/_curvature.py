"""The Hessian and the Gauss-Newton matrix of the average error, as operators on η."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from chainrule import kernels
from chainrule._progress import watched
from chainrule.calculus import LOSSES, OUTPUTS
from chainrule.network._checks import as_numbers
from chainrule.network._curvature_blocks import LayerCurvatures, write_matrix
from chainrule.network._curvature_sums import CurvatureSums
from chainrule.network._memory import Budget, Bytes, room_for
from chainrule.network._sharing import crew_for
from chainrule.network._sparse import aligned
from chainrule.network._tape import Piece, rows_of

if TYPE_CHECKING:
    from chainrule.network._at import NetworkAt

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

    def __init__(self, at: "NetworkAt", loss: str, Y: Array, weights: Array, *, exact: bool) -> None:
        net = at.architecture
        P = net.layout.n_parameters
        super().__init__(dtype=net.dtype, shape=(P, P))  # type: ignore[call-arg]
        self.at, self._loss, self._Y, self._exact = at, loss, Y.copy(), exact
        self._weights, self._shares = weights.copy(), weights / weights.sum()
        self._kept: dict[int, tuple[Array, Array]] = {}  # by a piece's first row
        if at.tape is not None:
            at.each_piece(self._keep, 2, self._numbers, least=64)

    def __reduce__(self) -> tuple[Any, ...]:
        made = partial(CurvatureOperator, exact=self._exact)
        return made, (self.at, self._loss, self._Y, self._weights)

    @property
    def _numbers(self) -> int:
        """Numbers for each row that a product takes beside the tape."""
        return 6 * self.at.architecture.units

    def _keep(self, piece: Piece) -> None:
        self._kept[piece.rows.start] = self._prepared(piece)

    def _prepared(self, piece: Piece) -> tuple[Array, Array]:
        """Return δ_l and bends of a piece; for Gauss-Newton products both are empty."""
        nothing = np.empty(0, dtype=self.dtype)
        if not self._exact:
            return nothing, nothing
        delta = self.at.output_delta(piece, self._loss, self._Y) * self._shares[piece.rows, None]
        bends = np.empty(piece.m * self.at.architecture.units, dtype=self.dtype)
        return piece.cotangents(delta, kernels.NONE, bends=bends), bends

    def _matvec(self, v: Array) -> Array:
        net = self.at.architecture
        v = aligned(as_numbers(v, "v", net.dtype)).reshape(-1)

        def add(piece: Piece, product: Array) -> None:
            deltas, bends = self._kept.get(piece.rows.start) or self._prepared(piece)
            tape = piece.tape
            rates = np.empty(piece.m * net.units, dtype=net.dtype)
            last = rates[piece.m * net.hidden_units :].reshape(piece.m, -1)
            RQ, RZ = piece.tangents(None, v, kernels.NONE, last)
            last[:] = self._output_product(piece, last)
            kernels.curvature_product[net.dtype](
                tape.program, tape.parameters, tape.inputs, v, tape.memory, tape.n, piece.place,
                RQ, RZ, deltas, bends, rates, product,
            )  # fmt: skip

        return self.at.sum_of_pieces(add, 6, self._numbers)

    def _output_product(self, piece: Piece, r: Array) -> Array:
        """The loss's curvature at q_L times r (m, p), times each sample's share."""
        tape = piece.tape
        row = LOSSES[self._loss, self.at.architecture.output]
        at_output = row.curvature_product if self._exact else row.gauss_newton_product
        product = at_output(piece.of(tape.q_last), piece.of(tape.outputs), self._Y[piece.rows], r)
        weighed: Array = product * self._shares[piece.rows, None]
        return weighed

    def _adjoint(self) -> "CurvatureOperator":
        return self

    _transpose = _adjoint

    def diagonal(self) -> Array:
        """Return the diagonal (P,): Σ_i z_{l-1}² ∘ diag C_ll."""
        layout = self.at.architecture.layout
        diagonal = np.zeros(self.shape[0], dtype=self.dtype)
        widths = self.at.architecture.layer_sizes[1:]
        numbers = 2 * sum(a * b for a, b in zip(widths, (*widths[1:], 1), strict=True))
        with crew_for(len(self.at) * self.shape[0] * max(widths), most=1):
            for piece in self.at.pieces(numbers):
                curvatures = self._curvatures(piece)
                for layer, (weights, biases) in enumerate(zip(layout.weights, layout.biases, strict=True)):
                    C = np.einsum("ijj->ij", curvatures.own(layer))
                    weights.view(diagonal)[:] += (curvatures.inputs(layer) ** 2).T @ C
                    biases.view(diagonal)[:] += C.sum(axis=0)
        return diagonal

    def _curvatures(self, piece: Piece) -> LayerCurvatures:
        deltas, bends = self._prepared(piece)
        p = self.at.architecture.layer_sizes[-1]
        top = np.zeros((piece.m, p, p), dtype=self.dtype)
        for k in range(p):
            unit = np.zeros((piece.m, p), dtype=self.dtype)
            unit[:, k] = 1
            top[:, :, k] = self._output_product(piece, unit)
        return LayerCurvatures(piece, top, deltas, bends, self.at.inputs)

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
        instead, read = "products with it (@) and diagonal() need none of it", (*self.at.read, self._Y)
        matrix, budget = room_for(self.shape, self.dtype, out, max_memory, instead, read)
        if not self._exact and OUTPUTS[self.at.architecture.output].separable:
            return self._sum_of_outputs(matrix, budget, progress)
        return write_matrix(self.at, self._curvatures, self._exact, matrix, budget, progress)

    def _sum_of_outputs(self, matrix: Array, budget: Budget, progress: bool) -> Array:
        """Gauss-Newton's matrix, each output a function of its own q."""
        net = self.at.architecture
        p, products = net.layer_sizes[-1], len(self.at) * len(matrix) ** 2 // 2
        with crew_for(products, CurvatureSums.most_workers(net, budget.left)) as crew:
            sums = CurvatureSums(net, crew)
            self._add_up(
                sums, self.at.pieces(p * (net.units + 4), budget, max(1, 512 // p), sums.size), progress
            )
        return sums.write(matrix, whole=True)

    def _add_up(self, sums: CurvatureSums, pieces: Iterator[Piece], progress: bool) -> None:
        net, p = self.at.architecture, self.at.architecture.layer_sizes[-1]
        for piece in watched(pieces, progress, "to_array", len(self.at), rows_of):
            ones = np.ones((piece.m, p), dtype=net.dtype)
            sums.add(piece, piece.sensitivities(kernels.NONE), self._output_product(piece, ones))
