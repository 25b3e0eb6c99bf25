"""A network at some rows: every derivative there, from a tape that is kept, or made piece by piece."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule import kernels
from chainrule._progress import watched
from chainrule.network import _checks as checks
from chainrule.network import _passes as passes
from chainrule.network._architecture import Architecture
from chainrule.network._chain import Order
from chainrule.network._curvature import CurvatureOperator
from chainrule.network._factored import FactoredJacobian
from chainrule.network._input_hessian import input_hessian
from chainrule.network._inputs import Inputs, Samples
from chainrule.network._jacobian import (
    factored_jacobian,
    jacobian,
    layer_jacobians,
    layer_parameter_jacobian,
)
from chainrule.network._jacobian_rows import write_rows
from chainrule.network._memory import (
    BEYOND_CACHES,
    UNBOUNDED,
    Budget,
    Bytes,
    as_bytes,
    in_words,
    room_for,
    rows_at_a_time,
    spans,
)
from chainrule.network._sharing import crew_for, in_parts, is_little, strands, work_of_a_row
from chainrule.network._tangent_kernel import tangent_kernel
from chainrule.network._tape import Piece, Tape
from chainrule.network._taylor import TaylorModel

Array = NDArray[Any]


class NetworkAt:
    """A network at the rows of X, with its forward pass kept (N9); made by `Network.at`.

    It has every derivative of `Network`, called without X, and computes nothing of the forward pass twice.
    η is that of the moment it was made.

    Attributes
    ----------
    outputs : array of shape (n_samples, n_outputs)
        F(X, η).

    Examples
    --------
    >>> from chainrule import Network
    >>> at = Network((3, 8, 2), random_state=0).at([[0.1, 0.2, 0.3]])
    >>> at.outputs.shape, at.jacobian().shape, at.parameter_jacobian().shape
    ((1, 2), (1, 2, 3), (1, 2, 50))
    """

    def __init__(self, net: Architecture, parameters: Array, inputs: Inputs, *, keep: bool) -> None:
        self.architecture, self.parameters = net, parameters
        self.inputs = inputs.in_c_order(copy=keep)
        self.tape = None
        if keep and is_little(len(inputs) * work_of_a_row(net, inputs), net):
            self.tape = Tape(net, parameters, self.inputs)
        elif keep:
            with crew_for(len(inputs) * work_of_a_row(net, inputs)) as crew:
                self.tape = Tape(net, parameters, self.inputs, crew=crew)

    @classmethod
    def keeping(
        cls, net: Architecture, parameters: Array, inputs: Inputs, numbers_a_row: int = 0
    ) -> "NetworkAt":
        """Run forward and keep all of it, with a copy of η; so many numbers a row will be kept beside it."""
        size = len(inputs) * (net.tape_row + numbers_a_row) * net.dtype.itemsize
        bound = as_bytes(None) if size > 2**26 else size
        if size > bound:
            raise MemoryError(
                f"the tape of {len(inputs)} rows takes {in_words(size)}, half of what is free is "
                f"{in_words(bound)}; the methods of Network work through the rows piece by piece"
            )
        return cls(net, parameters.copy(), inputs, keep=True)

    def __len__(self) -> int:
        return len(self.inputs)

    def __repr__(self) -> str:
        sizes = "·".join(map(str, self.architecture.layer_sizes))
        return f"NetworkAt({sizes}, {len(self)} rows)"

    def step(self, numbers_a_row: int = 0, budget: Budget = UNBOUNDED, least: int = 1, fixed: int = 0) -> int:
        """So many rows that a tape and these numbers a row stay in a cache, with ``fixed`` in the budget."""
        size = self.architecture.dtype.itemsize
        bytes_a_row = (self.architecture.tape_row + numbers_a_row) * size
        return rows_at_a_time(len(self), bytes_a_row, budget, least, fixed * size)

    def piece(self, first: int, m: int, memory: Array | None = None) -> Piece:
        """Some of the rows on the tape that is kept, or on one of their own, in that memory."""
        rows = slice(first, first + m)
        if self.tape is not None:
            return Piece(self.tape, first, rows)
        tape = Tape(self.architecture, self.parameters, self.inputs.rows(first, first + m), memory)
        return Piece(tape, 0, rows)

    def pieces(
        self, numbers_a_row: int = 0, budget: Budget = UNBOUNDED, least: int = 1, fixed: int = 0
    ) -> Iterator[Piece]:
        """All the rows, so many at a time."""
        return self.in_steps(self.step(numbers_a_row, budget, least, fixed))

    def in_steps(self, step: int) -> Iterator[Piece]:
        """All the rows; the memory of a tape that is not kept is used for the next one."""
        memory = None
        if self.tape is None:
            memory = np.empty(step * self.architecture.tape_row, dtype=self.architecture.dtype)
        return (self.piece(first, m, memory) for first, m in spans(len(self), step))

    def each_piece(
        self, work: Callable[[Piece], None], passes: int, numbers_a_row: int = 0, budget: Budget = UNBOUNDED,
        least: int = 1, fixed: int = 0, *, by_numpy: bool = False, bar: str | None = None,
    ) -> None:  # fmt: skip
        """Work on all the rows, so many at a time, the next ones in whichever thread is free.

        Parameters
        ----------
        passes : int
            How much work that is, in passes forward.
        by_numpy : bool
            Whether NumPy makes products for it.
        bar : str, optional
            What a bar says that shows how far this has come.
        """
        products, net = len(self) * passes * work_of_a_row(self.architecture, self.inputs), self.architecture
        step = self.step(numbers_a_row, budget, least, fixed)
        if bar is None and is_little(products, net, by_numpy=by_numpy):
            for piece in self.in_steps(step):
                work(piece)
            return
        size = (step * (net.tape_row + numbers_a_row) + fixed) * net.dtype.itemsize
        with crew_for(products, max(1, budget.left // size)) as crew:
            parts = spans(len(self), step)
            shown = watched(parts, bar is not None, bar or "", len(self), lambda part: part[1])
            in_parts(crew, shown, lambda: lambda first, m: work(self.piece(first, m)))

    def sum_of_pieces(
        self, add: Callable[[Piece, Array], None], passes: int, numbers_a_row: int = 0
    ) -> Array:
        """Return the sum (P,) of what is added for each span of rows."""
        net, n = self.architecture, len(self)
        work, P = passes * work_of_a_row(net, self.inputs), net.layout.n_parameters
        rows = self.step(numbers_a_row, least=64)
        if is_little(n * work, net, rows):
            total = np.zeros(P, dtype=net.dtype)
            for piece in self.in_steps(rows):
                add(piece, total)
            return total
        own = strands(n, rows, work, P)
        totals: Array = np.zeros((len(own), P), dtype=net.dtype)

        def add_up(number: int) -> None:
            for start, size in own[number]:
                for first, m in spans(size, rows):
                    if crew.broken:
                        return
                    add(self.piece(start + first, m), totals[number])

        with crew_for(n * work, len(own)) as crew:
            crew.do([partial(add_up, number) for number in range(len(own))])
        for other in totals[1:]:
            totals[0] += other
        summed: Array = totals[0]
        return summed

    @property
    def read(self) -> tuple[Array, ...]:
        """Memory that is read from while results are written."""
        return self.parameters, *self.inputs.for_kernels()

    # ---- in the inputs

    @property
    def outputs(self) -> Array:
        if self.tape is not None:
            return self.tape.outputs.copy()
        return passes.evaluate(self.architecture, self.parameters, self.inputs)

    def layers(self) -> list[Any]:
        """As `Network.layers`: here what is kept itself, which cannot be written to."""
        layers = self.values()
        for values in layers:
            parts = (
                [values] if isinstance(values, np.ndarray) else [values.data, values.indices, values.indptr]
            )
            for part in parts:
                part.flags.writeable = False
        return layers

    def values(self) -> list[Any]:
        """z_0 … z_L where they lie."""
        net = self.architecture
        tape = self.tape if self.tape is not None else Tape(net, self.parameters, self.inputs)
        hidden = [tape.z(layer) for layer in range(1, len(net.layer_sizes) - 1)]
        return [self.inputs.matrix(slice(0, len(self))), *hidden, tape.outputs]

    def layer_jacobians(self) -> list[Array]:
        """As `Network.layer_jacobians`."""
        return layer_jacobians(self)

    def layer_parameter_jacobian(self, layer: int) -> Array:
        """As `Network.layer_parameter_jacobian`."""
        return layer_parameter_jacobian(self, layer)

    def jacobian(
        self,
        *,
        order: Order = "cheapest",
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """As `Network.jacobian`."""
        return jacobian(self, order, max_memory, out, progress=progress)

    def factored_jacobian(self) -> FactoredJacobian:
        """As `Network.factored_jacobian`."""
        kept = self if self.tape else NetworkAt(self.architecture, self.parameters, self.inputs, keep=True)
        return factored_jacobian(kept)

    def pushforward(self, dX: Samples) -> Array:
        """As `Network.pushforward`."""
        directions = checks.as_directions(dX, self.inputs.shape, self.architecture.dtype)
        return self._pushed(directions, None)

    def pullback(self, U: ArrayLike) -> Array:
        """As `Network.pullback`."""
        rows = checks.as_covectors(U, self._output_shape, self.architecture.dtype)
        return self._pulled(rows, None)

    def input_gradient(self, y: ArrayLike, loss: str | None = None) -> Array:
        """As `Network.input_gradient`."""
        name = checks.as_loss(loss, self.architecture.output)
        return self._pulled(self._answers(y, name), name)

    def input_hessian(
        self, *, max_memory: Bytes | None = None, out: Array | None = None, progress: bool = False
    ) -> Array:
        """As `Network.input_hessian`."""
        return input_hessian(self, max_memory, out, progress)

    # ---- in the parameters

    def parameter_jacobian(
        self, *, max_memory: Bytes | None = None, out: Array | None = None, progress: bool = False
    ) -> Array:
        """As `Network.parameter_jacobian`."""
        net, p = self.architecture, self.architecture.layer_sizes[-1]
        shape = len(self), p, net.layout.n_parameters
        instead = "parameter_pushforward, parameter_pullback, gauss_newton and tangent_kernel work without it"
        result, budget = room_for(shape, net.dtype, out, max_memory, instead, self.read)

        def write(piece: Piece) -> None:
            write_rows(piece, piece.sensitivities(), *_part(result, piece))

        self.each_piece(write, 1 + p, p * net.units, budget, bar="parameter_jacobian" if progress else None)
        return result

    def parameter_pushforward(self, v: ArrayLike) -> Array:
        """As `Network.parameter_pushforward`."""
        return self._pushed(None, checks.as_direction(v, self.architecture.layout, self.architecture.dtype))

    def parameter_pullback(self, U: ArrayLike) -> Array:
        """As `Network.parameter_pullback`."""
        net = self.architecture
        rows = checks.as_covectors(U, self._output_shape, net.dtype)

        def add(piece: Piece, total: Array) -> None:
            piece.collect(piece.cotangents(rows[piece.rows], piece.tape.kind), total)

        return self.sum_of_pieces(add, 3, net.units)

    def gradient(
        self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> Array:
        """As `Network.gradient`."""
        net = self.architecture
        name, Y, weights = self._weighed(y, loss, sample_weight)

        def add(piece: Piece, total: Array) -> None:
            delta = self.output_delta(piece, name, Y) * weights[piece.rows, None]
            piece.collect(piece.cotangents(delta, kernels.NONE), total)

        total = self.sum_of_pieces(add, 3, net.units)
        total /= weights.sum()
        return total

    def sample_gradients(
        self,
        y: ArrayLike,
        loss: str | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """As `Network.sample_gradients`."""
        net = self.architecture
        name, Y, weights = self._weighed(y, loss, sample_weight)
        instead = "sample_gradient_norms and gradient work without it"
        shape = len(self), net.layout.n_parameters
        result, budget = room_for(shape, net.dtype, out, max_memory, instead, (*self.read, Y, weights))

        def write(piece: Piece) -> None:
            delta = self.output_delta(piece, name, Y) * weights[piece.rows, None]
            write_rows(piece, piece.cotangents(delta, kernels.NONE), *_part(result, piece))

        numbers = net.units + 3 * net.layer_sizes[-1] + 1
        self.each_piece(write, 3, numbers, budget, 64, bar="sample_gradients" if progress else None)
        return result

    def sample_gradient_norms(
        self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> Array:
        """As `Network.sample_gradient_norms`."""
        net = self.architecture
        name, Y, weights = self._weighed(y, loss, sample_weight)
        squares = np.empty(len(self), dtype=net.dtype)

        def write(piece: Piece) -> None:
            deltas = piece.cotangents(self.output_delta(piece, name, Y), kernels.NONE)
            tape = piece.tape
            kernels.square_norms[net.dtype](
                tape.program, tape.inputs, tape.memory, tape.n, piece.place, deltas, squares[piece.rows]
            )

        self.each_piece(write, 2, net.units, least=64)
        return np.sqrt(squares, out=squares) * weights

    def hessian(
        self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> CurvatureOperator:
        """As `Network.hessian`."""
        return CurvatureOperator(self, *self._weighed(y, loss, sample_weight), exact=True)

    def gauss_newton(
        self, y: ArrayLike, loss: str | None = None, sample_weight: ArrayLike | None = None
    ) -> CurvatureOperator:
        """As `Network.gauss_newton`."""
        return CurvatureOperator(self, *self._weighed(y, loss, sample_weight), exact=False)

    def tangent_kernel(
        self,
        X2: "Samples | None" = None,
        *,
        trace_outputs: bool = False,
        max_memory: Bytes | None = None,
        out: Array | None = None,
        progress: bool = False,
    ) -> Array:
        """As `Network.tangent_kernel`."""
        other = None
        if X2 is not None:
            net = self.architecture
            rows = checks.as_inputs(X2, net.layer_sizes[0], net.dtype, "X2")
            other = NetworkAt(net, self.parameters, rows, keep=False)
        return tangent_kernel(self, other, trace_outputs, max_memory, out, progress)

    # ---- models of F nearby

    def taylor(self, order: int = 1) -> TaylorModel:
        """As `Network.taylor`."""
        return TaylorModel(self, order, of="x")

    def parameter_taylor(self, order: int = 1) -> TaylorModel:
        """As `Network.parameter_taylor`."""
        return TaylorModel(self, order, of="parameters")

    # ---- what the others share

    @property
    def _output_shape(self) -> tuple[int, int]:
        return len(self), self.architecture.layer_sizes[-1]

    def _answers(self, y: ArrayLike, loss: str) -> Array:
        return checks.as_answers(y, *self._output_shape, loss, self.architecture.dtype)

    def _weighed(
        self, y: ArrayLike, loss: str | None, sample_weight: ArrayLike | None
    ) -> tuple[str, Array, Array]:
        name = checks.as_loss(loss, self.architecture.output)
        checks.at_least_one_row(len(self))
        weights = checks.as_sample_weight(sample_weight, len(self), self.architecture.dtype)
        ones = np.ones(len(self), dtype=self.architecture.dtype)
        return name, self._answers(y, name), weights if weights.size else ones

    def output_delta(self, piece: Piece, loss: str, Y: Array) -> Array:
        """∂E_i/∂q_L (m, p) of a piece."""
        net, tape = self.architecture, piece.tape
        head = kernels.head(loss, net.output)
        deltas = np.empty((piece.m, net.layer_sizes[-1]), dtype=net.dtype)
        kernels.at_output[net.dtype](
            tape.program,
            head.loop.address(net.dtype),
            head.at == "q",
            tape.memory,
            tape.n,
            piece.place,
            Y[piece.rows].reshape(-1),
            np.empty(piece.m, dtype=net.dtype),
            deltas.reshape(-1),
        )
        return deltas

    def _pushed(self, directions: Inputs | None, v: Array | None) -> Array:
        net = self.architecture
        result = np.empty(self._output_shape, dtype=net.dtype)

        def write(piece: Piece) -> None:
            dX = None if directions is None else directions.rows(piece.rows.start, piece.rows.stop)
            piece.tangents(dX, v, piece.tape.kind, result[piece.rows])

        self.each_piece(write, 3, net.units + net.hidden_units, least=64)
        return result

    def _pulled(self, rows: Array, loss: str | None) -> Array:
        """rows · ∂F/∂x, or with a loss ∂E_i/∂x_i where the rows are the answers."""
        net = self.architecture
        shape = self.inputs.shape
        result, budget = room_for(shape, net.dtype, None, None, "parameter_pullback needs no such array")

        def write(piece: Piece) -> None:
            if loss is None:
                piece.cotangents(rows[piece.rows], piece.tape.kind, result[piece.rows])
            else:
                piece.cotangents(self.output_delta(piece, loss, rows), kernels.NONE, result[piece.rows])

        self.each_piece(write, 2, net.units, budget, 64)
        return result


def _part(result: Array, piece: Piece) -> tuple[Array, bool]:
    """The rows of the result that are a piece's, and whether the whole is too large for the caches."""
    return result[piece.rows].reshape(-1, result.shape[-1]), result.nbytes > BEYOND_CACHES
