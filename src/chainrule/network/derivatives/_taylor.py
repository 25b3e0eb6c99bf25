"""Taylor's local models of a network, in its inputs and in its parameters (N5)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus import OUTPUTS
from chainrule.network import _checks as checks
from chainrule.network._forward_pass import ForwardPass
from chainrule.network._inputs import Inputs, Samples
from chainrule.network._tape import Chunk

Array = NDArray[Any]


class TaylorModel:
    """F near a point: F + DF[Δ], or with order 2, F + DF[Δ] + ½ D²F[Δ, Δ].

    No derivative is formed: each call is one sweep through the tape (for the second order, one that carries
    second derivatives along the line). The remainder shrinks as ‖Δ‖², with order 2 as ‖Δ‖³.

    Parameters
    ----------
    at : ForwardPass
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

    def __init__(self, at: ForwardPass, order: int, *, of: str, vector: bool = False) -> None:
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
        net = at.net
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

        def add(chunk: Chunk) -> None:
            value[chunk.rows] += self._change(chunk, directions, v)

        at.each_chunk(add, 5, 3 * net.units, least=64)
        return value[0] if self._vector else value

    def _change(self, chunk: Chunk, directions: Inputs | None, v: Array | None) -> Array:
        net, tape = self._at.net, chunk.tape
        dX = None if directions is None else directions.rows(chunk.rows.start, chunk.rows.stop)
        rates = np.empty((chunk.m, net.layer_sizes[-1]), dtype=net.dtype)
        if self.order == 1:
            chunk.tangents(dX, v, tape.kind, rates)
            return rates
        dq, dz = chunk.tangents(dX, v, kernels.NONE, rates)
        q, F, output = chunk.of(tape.q_last), chunk.of(tape.outputs), OUTPUTS[net.output]
        bend = output.pullback(q, F, rates + chunk.half_second(v, dq, dz))
        change: Array = bend + output.second(q, F, rates) / 2
        return change
