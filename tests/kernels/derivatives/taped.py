"""A small network on a tape without a `Network` between, and the same in NumPy from the definitions."""

from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chainrule import kernels
from chainrule.calculus import ACTIVATIONS, OUTPUTS

Array = NDArray[Any]
SIZES = (5, 7, 3, 4)  # none a multiple of a register
BOTH = [np.float64, np.float32]


class Taped:
    """A tape of n rows, of which a sweep is for m from ``first`` on.

    ``W``, ``b``, ``X``, ``z``, ``q``, ``d`` and ``c`` are the truth in float64, for the rows of the sweep:
    weights, inputs, z_0 … z_(L-1), q_l, and σ′(q_l) and σ″(q_l) of the hidden layers.
    """

    def __init__(
        self, dtype: Any, hidden: tuple[str, ...] = ("tanh", "silu"), output: str = "softmax",
        sizes: tuple[int, ...] = SIZES, n: int = 11, first: int = 2, m: int = 7, is_sparse: bool = False,
    ) -> None:  # fmt: skip
        rng = np.random.default_rng(len(sizes) + n)
        self.dtype, self.sizes, self.n, self.first, self.m = np.dtype(dtype), sizes, n, first, m
        self.hidden, self.output, self.place = hidden, output, (first, m)
        shapes = list(pairwise(sizes))
        starts = np.cumsum([0, *(i * o for i, o in shapes), *sizes[1:]]).tolist()
        self.n_parameters = starts[-1]
        self.weight_places = [(i, o, s) for (i, o), s in zip(shapes, starts, strict=False)]
        self.bias_places = starts[len(shapes) : -1]
        self.parameters = rng.normal(scale=0.7, size=self.n_parameters).astype(dtype)
        self.program = kernels.build_program(
            self.weight_places, self.bias_places, [*hidden, output], self.dtype, sparse=True
        )
        whole = rng.normal(size=(n, sizes[0])).astype(dtype)
        nothing, no_places = np.empty(0, dtype), np.empty(0, np.intp)
        if is_sparse:
            whole *= rng.random(whole.shape) < 0.6
            csr = sparse.csr_array(whole)
            entries = csr.data, csr.indices.astype(np.intp), csr.indptr.astype(np.intp)
            self.inputs: Any = (np.empty((0, sizes[0]), dtype), *entries)
        else:
            self.inputs = (whole, nothing, no_places, no_places)
        self.tape = np.full(kernels.tape_size(self.program, n), np.nan, dtype)
        self.fine = kernels.record_tape[self.dtype](
            self.program, self.parameters, self.inputs, (0, n), self.tape, n
        )
        self.X = whole[first : first + m].astype(float)
        self.W = [
            self.parameters[s : s + i * o].reshape(i, o).astype(float) for i, o, s in self.weight_places
        ]
        self.b = [
            self.parameters[s : s + o].astype(float) for s, o in zip(self.bias_places, sizes[1:], strict=True)
        ]
        self.z, self.q, self.d, self.c = [self.X], [], [], []
        for layer, (W, b) in enumerate(zip(self.W, self.b, strict=True)):
            self.q.append(self.z[-1] @ W + b)
            if layer < len(hidden):
                σ = ACTIVATIONS[hidden[layer]]
                self.z.append(σ.value(self.q[-1]))
                self.d.append(σ.derivative(self.q[-1]))
                self.c.append(σ.second_derivative(self.q[-1]))
        self.F = OUTPUTS[output].value(self.q[-1])

    @property
    def units(self) -> int:
        return sum(self.sizes[1:])

    @property
    def kind(self) -> int:
        return kernels.SOFTMAX if self.output == "softmax" else kernels.ELEMENTWISE

    @cached_property
    def curvatures(self) -> Array:
        """σ″ of the hidden layers, of all rows, as the kernel writes it."""
        loops = [kernels.compiled_address(name, "second_derivative", self.dtype) for name in self.hidden]
        c = np.full(self.n * sum(self.sizes[1:-1]), np.nan, self.dtype)
        kernels.second_derivatives[self.dtype](
            self.program, np.array(loops, dtype=np.intp), self.tape, c, self.n
        )
        return c

    def sensitivities(self, kind: int) -> list[Array]:
        """∂F/∂q_l (m, p, width), or ∂q_L/∂q_l, by the chain rule."""
        S = np.broadcast_to(np.eye(self.sizes[-1]), (self.m, self.sizes[-1], self.sizes[-1]))
        if kind != kernels.NONE:
            S = OUTPUTS[self.output].derivative(self.q[-1], self.F)
        found = [S]
        for W, d in zip(self.W[:0:-1], self.d[::-1], strict=True):
            S = (S @ W.T) * d[:, None, :]
            found.insert(0, S)
        return found

    def cut(self, vector: Array, *rows: int, layers: int | None = None) -> list[Array]:
        """What a sweep leaves, layer by layer, (m, *rows, width) each."""
        widths = self.sizes[1:][:layers]
        edges = np.cumsum([0, *(self.m * int(np.prod(rows)) * width for width in widths)])
        return [
            vector[a:b].reshape(self.m, *rows, width)
            for a, b, width in zip(edges[:-1], edges[1:], widths, strict=True)
        ]

    def join(self, parts: list[Array]) -> Array:
        return np.concatenate([part.ravel() for part in parts]).astype(self.dtype)

    def jacobian(self, kind: int) -> Array:
        """∂F/∂η or ∂q_L/∂η (m, p, P)."""
        J = np.empty((self.m, self.sizes[-1], self.n_parameters))
        rows = zip(self.sensitivities(kind), self.z, self.weight_places, self.bias_places, strict=True)
        for S, z, (fan_in, fan_out, start), bias in rows:
            block = z[:, None, :, None] * S[:, :, None, :]
            J[:, :, start : start + fan_in * fan_out] = block.reshape(
                self.m, self.sizes[-1], fan_in * fan_out
            )
            J[:, :, bias : bias + fan_out] = S
        return J

    def close(self, found: Array, truth: Array, factor: float = 1) -> None:
        """Equal to the rounding of the type, for numbers of order 1."""
        assert found.dtype == self.dtype
        tolerance = factor * (2e-5 if self.dtype == np.float32 else 1e-13)
        scale = max(1.0, float(np.max(np.abs(truth), initial=0)))
        np.testing.assert_allclose(found, truth, rtol=0, atol=tolerance * scale)
