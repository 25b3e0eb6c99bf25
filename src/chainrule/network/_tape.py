"""A forward pass kept for some rows (N9), and the sweeps that kernels make through it."""

from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.network._architecture import Architecture
from chainrule.network._checks import as_numbers
from chainrule.network._inputs import Inputs
from chainrule.network._sharing import SLICE_PRODUCTS, in_parts, slices_of, work_of_a_row
from chainrule.network._sparse import aligned
from chainrule.network._team import Team

Array = NDArray[Any]


class Tape:
    """All that a forward pass computes for n rows.

    Parameters
    ----------
    net : Architecture
    parameters : array of shape (n_parameters,)
        η; not copied.
    inputs : Inputs
        The rows, in the order of C.
    memory : array, optional
        Where to keep it: `Architecture.tape_row` numbers a row, or more.
    team : Team, optional
        Threads to record it.

    Raises
    ------
    ValueError
        For dense inputs that are not finite.
    """

    def __init__(
        self,
        net: Architecture,
        parameters: Array,
        inputs: Inputs,
        memory: Array | None = None,
        team: Team | None = None,
    ) -> None:
        self.net, self.parameters, self.n = net, parameters, len(inputs)
        self.sparse = inputs.is_sparse
        self.inputs = inputs.for_kernels()
        size = net.tape_row * self.n
        self.memory = np.empty(size, dtype=net.dtype) if memory is None else memory[:size]
        fine = True

        def record(first: int, m: int) -> None:
            nonlocal fine
            part = first, m
            if not kernels.record_tape[net.dtype](
                self.program, parameters, self.inputs, part, self.memory, self.n
            ):
                fine = False

        rows = SLICE_PRODUCTS // work_of_a_row(net, inputs)
        if self.n <= rows and team is None:
            record(0, self.n)
        else:
            team = team or Team(1)
            in_parts(team, slices_of(self.n, min(rows, -(-self.n // team.size))), lambda: record)
        if not fine:
            as_numbers(inputs.dense, "X", net.dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew: where numbers lie on a tape is an affair of one version, and of one machine's kernels.
        return Tape, (self.net, self.parameters, Inputs(*self.inputs))

    @property
    def program(self) -> "kernels.Program":
        """The network as kernels are told of it; it holds addresses, so no tape keeps it for itself."""
        return self.net.tape_program

    @cached_property
    def _places(self) -> "kernels.TapePlaces":
        return kernels.TapePlaces(self.program, self.n)

    def _view(self, start: int, width: int) -> Array:
        return self.memory[start : start + self.n * width].reshape(self.n, width)

    @property
    def outputs(self) -> Array:
        """F (n, p)."""
        return self._view(self._places.outputs, self.net.layer_sizes[-1])

    @property
    def q_last(self) -> Array:
        """q_L (n, p)."""
        return self._view(self._places.q_last, self.net.layer_sizes[-1])

    def z(self, layer: int) -> Array:
        """Return z_{layer} (n, width) for 0 … L-1; for sparse inputs from 1 on."""
        if layer == 0:
            return self.inputs[0]
        return self._view(self._places.z(layer), self.net.layer_sizes[layer])

    def slopes(self, layer: int) -> Array:
        """Return σ′(q) (n, fan_out) of a layer, counted as `Network.weights` are."""
        return self._view(self._places.slopes(layer), self.net.layer_sizes[layer + 1])

    @cached_property
    def curvatures(self) -> Array:
        """σ″(q) of the hidden layers, one layer after the other, (n, width) each."""
        curvatures = np.empty(self.n * self.net.hidden_units, dtype=self.net.dtype)
        kernels.second_derivatives[self.net.dtype](
            self.program, self.net.second_loops, self.memory, curvatures, self.n
        )
        return curvatures

    @property
    def kind(self) -> int:
        """How the output maps q_L, as kernels are told."""
        kind: int = kernels.SOFTMAX if self.net.output == "softmax" else kernels.ELEMENTWISE
        return kind


class Chunk(NamedTuple):
    """Some rows of a tape, and where they stand among all rows."""

    tape: Tape
    first: int
    rows: slice

    @property
    def m(self) -> int:
        return int(self.rows.stop - self.rows.start)

    @property
    def place(self) -> tuple[int, int]:
        return self.first, self.m

    def of(self, whole: Array) -> Array:
        """The rows in an array of the tape."""
        return whole[self.first : self.first + self.m]

    def sensitivities(self, kind: int | None = None, team: Team | None = None) -> Array:
        """∂F/∂q_l (m, p, width) of every layer, one after the other (kernels.NONE: ∂q_L/∂q_l)."""
        net = self.tape.net
        p = net.layer_sizes[-1]
        rows = SLICE_PRODUCTS // (p * net.work)
        if self.m <= rows:
            return self._sensitivities(kind)
        S = np.empty(self.m * p * net.units, dtype=net.dtype)
        layers = self.layers(S, p)

        def sweep(first: int, m: int) -> None:
            part = Chunk(self.tape, self.first + first, slice(0, m))
            for whole, some in zip(layers, part.layers(part._sensitivities(kind), p), strict=True):
                whole[first : first + m] = some

        in_parts(team or Team(1), slices_of(self.m, rows), lambda: sweep)
        return S

    def _sensitivities(self, kind: int | None) -> Array:
        tape = self.tape
        net = tape.net
        S = np.empty(self.m * net.layer_sizes[-1] * net.units, dtype=net.dtype)
        kind = tape.kind if kind is None else kind
        kernels.sensitivities[net.dtype](
            tape.program, tape.parameters, tape.memory, tape.n, self.place, kind, S, S[:0], S[:0]
        )
        return S

    def curvature_terms(self) -> Array:
        """(∂F/∂z_l) ∘ σ″(q_l) (m, p, width) of the hidden layers, one after the other."""
        tape = self.tape
        net, p = tape.net, tape.net.layer_sizes[-1]
        S = np.empty(self.m * p * net.units, dtype=net.dtype)
        curvature_terms = np.empty(self.m * p * net.hidden_units, dtype=net.dtype)
        kernels.sensitivities[net.dtype](
            tape.program,
            tape.parameters,
            tape.memory,
            tape.n,
            self.place,
            tape.kind,
            S,
            tape.curvatures,
            curvature_terms,
        )
        return curvature_terms

    def layers(self, vector: Array, *rows: int) -> list[Array]:
        """Cut what a sweep leaves, one layer after the other, into arrays (m, *rows, width)."""
        widths = self.tape.net.layer_sizes[1:]
        edges = np.cumsum([0, *widths]) * self.m * prod(rows)
        edges = edges[edges <= vector.size]  # some sweeps leave nothing for the output
        return [
            vector[start:stop].reshape(self.m, *rows, width)
            for (start, stop), width in zip(pairwise(edges), widths, strict=False)
        ]

    def cotangents(
        self, U: Array, kind: int, inputs: Array | None = None, curvature_terms: Array | None = None
    ) -> Array:
        """δ_l = U · ∂F/∂q_l (m, width) of every layer, one after the other.

        ``inputs`` (m, d) takes U · ∂F/∂x; ``curvature_terms`` (as long as the result) takes (δ_l W_lᵀ) ∘ σ″.
        """
        tape = self.tape
        net = tape.net
        deltas = np.empty(self.m * net.units, dtype=net.dtype)
        deltas[self.m * net.hidden_units :] = U.ravel()
        nothing = np.empty(0, dtype=net.dtype)
        kernels.cotangents[net.dtype](
            tape.program,
            tape.parameters,
            tape.memory,
            tape.n,
            self.place,
            kind,
            deltas,
            nothing if inputs is None else inputs.reshape(-1),
            nothing if curvature_terms is None else tape.curvatures,
            nothing if curvature_terms is None else curvature_terms,
        )
        return deltas

    def tangents(self, dX: Inputs | None, v: Array | None, kind: int, outputs: Array) -> tuple[Array, Array]:
        """Write the change of F (or of q_L) into outputs (m, p); return that of every q_l and z_l."""
        tape = self.tape
        net = tape.net
        dq = np.empty(self.m * net.units, dtype=net.dtype)
        dz = np.empty(self.m * net.hidden_units, dtype=net.dtype)
        nothing = np.empty(0, dtype=net.dtype)
        dx, directions = nothing, tape.net.no_inputs
        if dX is not None:
            if dX.is_sparse:
                directions = dX.for_kernels()
            else:
                dx = aligned(dX.dense).reshape(-1)
        kernels.tangents[net.dtype](
            tape.program,
            tape.parameters,
            tape.inputs,
            dx,
            directions,
            nothing if v is None else v,
            tape.memory,
            tape.n,
            self.place,
            kind,
            dq,
            dz,
            outputs.reshape(-1),
        )
        return dq, dz

    def half_second(self, v: Array | None, dq: Array, dz: Array) -> Array:
        """½ q_L″ (m, p) along the line with those tangents (v: its direction in η)."""
        tape = self.tape
        net = tape.net
        result = np.empty((self.m, net.layer_sizes[-1]), dtype=net.dtype)
        kernels.second_tangents[net.dtype](
            tape.program,
            tape.parameters,
            np.empty(0, dtype=net.dtype) if v is None else v,
            tape.memory,
            tape.n,
            self.place,
            tape.curvatures,
            dq,
            dz,
            np.empty(3 * self.m * max(net.layer_sizes[1:]), dtype=net.dtype),
            result.reshape(-1),
        )
        return result

    def collect(self, deltas: Array, gradient: Array) -> None:
        """gradient += Σ_i z_{l-1} ⊗ δ_l and Σ_i δ_l over the rows, in the order of η."""
        tape = self.tape
        kernels.collect[tape.net.dtype](
            tape.program, tape.inputs, tape.memory, tape.n, self.place, deltas, gradient
        )


def rows_of(chunk: Chunk) -> int:
    """How many rows a chunk has."""
    return chunk.m
