"""Taylor's local models of a network, in its inputs and in its parameters (N5)."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from chainrule.network import _checks as checks
from chainrule.network._inputs import Inputs, Samples

if TYPE_CHECKING:
    from chainrule.network._at import NetworkAt
    from chainrule.network._tape import Piece

Array = NDArray[Any]


class TaylorModel:
    """F near a point: F + DF[Δ], or with order 2, F + DF[Δ] + ½ D²F[Δ, Δ].

    No derivative is formed: each call is one sweep through the tape (for the second order, one that carries
    second derivatives along the line). The remainder shrinks as ‖Δ‖², with order 2 as ‖Δ‖³.

    Parameters
    ----------
    at : NetworkAt
    order : {1, 2}
    of : {"x", "parameters"}
        What Δ is added to.
    vector : bool
        Whether x, and so Δ and the result, is one sample without the axis of samples.

    Raises
    ------
    ValueError
        For another order.
    """

    def __init__(self, at: "NetworkAt", order: int, *, of: str, vector: bool = False) -> None:
        self.order = checks.as_index(order, "order")
        if self.order not in (1, 2):
            raise ValueError(f"order is {order!r}; a Taylor model has order 1 or 2")
        self._at, self._of, self._vector = at, of, vector
        self.value = at.outputs[0] if vector else at.outputs

    def __call__(self, delta: Samples) -> Array:
        """Return the model's value at Δ: (n_samples, n_outputs).

        Parameters
        ----------
        delta : array
            Of x's shape; of η's for a model in the parameters.

        Raises
        ------
        ValueError
            If it has another shape (both are named), or holds NaN.
        """
        at = self._at
        net = at.architecture
        directions, v = None, None
        if self._of == "x":
            shape = at.inputs.shape
            if self._vector and np.shape(delta) != shape[1:]:  # type: ignore[arg-type]
                raise ValueError(f"Δx has shape {np.shape(delta)}, x {shape[1:]}")  # type: ignore[arg-type]
            given = np.asarray(delta)[None] if self._vector else delta
            directions = checks.as_directions(given, shape, net.dtype, "Δx")
        else:
            v = checks.as_direction(delta, net.layout, net.dtype, "Δη")  # type: ignore[arg-type]
        value = at.outputs

        def add(piece: "Piece") -> None:
            value[piece.rows] += self._change(piece, directions, v)

        at.each_piece(add, 5, 3 * net.units, least=64)
        return value[0] if self._vector else value

    def _change(self, piece: "Piece", directions: Inputs | None, v: Array | None) -> Array:
        net, tape = self._at.architecture, piece.tape
        dX = None if directions is None else directions.rows(piece.rows.start, piece.rows.stop)
        rates = np.empty((piece.m, net.layer_sizes[-1]), dtype=net.dtype)
        if self.order == 1:
            piece.tangents(dX, v, tape.kind, rates)
            return rates
        RQ, RZ = piece.tangents(dX, v, kernels.NONE, rates)
        q, F, output = piece.of(tape.q_last), piece.of(tape.outputs), OUTPUTS[net.output]
        bend = output.pullback(q, F, rates + piece.half_second(v, RQ, RZ))
        change: Array = bend + output.second(q, F, rates) / 2
        return change
