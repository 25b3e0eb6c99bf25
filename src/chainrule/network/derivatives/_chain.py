"""∂F/∂x as a chain of factors (N9): in which order they are multiplied, and the steps kernels take for it.

The factors are D_L A_L D_{L-1} A_{L-1} … D_1 A_1, output first: D_l = diag σ′(q_l), one for each sample
(softmax: diag p - p pᵀ; an identity is left out), and A_l = W_lᵀ, the same for all samples.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule import kernels
from chainrule.calculus.bracketing import ORDERS, Bracketing, Factor, Kind, parse
from chainrule.network._architecture import Architecture
from chainrule.network._budget import Budget
from chainrule.network._chunks import rows_at_a_time

if TYPE_CHECKING:
    from chainrule.kernels import Program

Order: TypeAlias = str | Bracketing


Span: TypeAlias = tuple[int, int]
"""From the values of one layer to those of another; (0, L) is ∂F/∂x."""


def chain_factors(net: Architecture, span: Span) -> list[Factor]:
    """Return the factors of ∂z_high/∂z_low, output first."""
    factors = []
    functions = [*net.activations, net.output]
    for layer in range(span[1], span[0], -1):
        fan_in, fan_out = net.layer_sizes[layer - 1 : layer + 1]
        if functions[layer - 1] != "identity":
            kind: Kind = "softmax" if functions[layer - 1] == "softmax" else "diagonal"
            factors.append(Factor(f"D{layer}", (fan_out, fan_out), kind))
        factors.append(Factor(f"A{layer}", (fan_out, fan_in), "dense", shared=True))
    return factors


def as_bracketing(net: Architecture, order: Order, n: int, span: Span) -> Bracketing:
    """Return the order as a bracketing of the network's factors, for n samples.

    Raises
    ------
    ValueError, TypeError
        For an unknown order, or a bracketing of other factors.
    """
    factors = chain_factors(net, span)
    if isinstance(order, str) and order in ORDERS:
        return ORDERS[order](factors, max(n, 1))
    names = " ".join(factor.name for factor in factors)
    accepted = f"accepted are {', '.join(ORDERS)}, and bracketings of {names}"
    if isinstance(order, str):
        try:
            return parse(order, factors, max(n, 1))
        except ValueError as error:
            raise ValueError(f"order is {order!r}: {error}; {accepted}") from None
    if not isinstance(order, Bracketing):
        raise TypeError(f"order must be a name or a bracketing, got {order!r}; {accepted}")
    # Names are the caller's affair; what a factor is decides which memory a kernel reads for it.
    if [replace(factor, name="") for factor in order.factors] != [
        replace(factor, name="") for factor in factors
    ]:
        raise ValueError(f"order is a bracketing of {' '.join(f.name for f in order.factors)}; {accepted}")
    return order


def chain_product(net: Architecture, order: Order, n: int, span: Span | None = None) -> "ChainProduct":
    """Plan ∂F/∂x of n samples, or a part of it; an order known by its name is planned once."""
    plan = _planned if isinstance(order, str) else _plan
    return plan(net, order, n, span)


def _plan(net: Architecture, order: Order, n: int, span: Span | None) -> "ChainProduct":
    whole = (0, len(net.layer_sizes) - 1) if span is None else span
    return ChainProduct(net, as_bracketing(net, order, n, whole), n, whole)


_planned = lru_cache(maxsize=256)(_plan)


@dataclass(frozen=True)
class _Operand:
    """A matrix: in which memory and place, its shape, and the σ′ that still wait to be multiplied in."""

    memory: int
    place: int
    shape: tuple[int, int]
    flipped: bool = False  # what lies there is the transpose
    left: int = -1
    right: int = -1

    @property
    def waits(self) -> bool:
        return self.left >= 0 or self.right >= 0

    @property
    def shared(self) -> bool:
        return self.memory in (kernels.chain.ETA, kernels.chain.SHARED) and not self.waits


@dataclass(frozen=True)
class _Slopes:
    """A factor D_l: the units before its layer, or none for softmax."""

    units: int | None


class Sizes(NamedTuple):
    """How many rows are worked on at a time, and the numbers that a tape and a workspace for them hold.

    ``chunk``: the rows, and the numbers of each in the workspace.
    """

    program: "Program"
    rows: int
    tape: int
    workspace: int
    chunk: tuple[int, int]


@dataclass
class ChainProduct:
    """The steps of one order.

    Attributes
    ----------
    steps : array of shape (n_steps, kernels.chain.N_COLUMNS)
    products : int
        Multiplications for a sample.
    a_sample, shared : int
        Numbers in the workspace for each sample of a chunk, and for all.
    """

    net: Architecture
    order: Bracketing
    n: int
    span: Span
    a_sample: int = 0
    shared: int = 0
    _steps: list[list[int]] = field(default_factory=list)

    _sizes: dict[tuple[bool, int], Sizes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        last = self.net.layer_sizes
        self.shape = self.n, last[self.span[1]], last[self.span[0]]
        root = self._build(self.order.tree, to_result=True)
        self._settle(root, flipped=False, to_result=True)
        self.steps: NDArray[np.intp] = np.array(self._steps, dtype=np.intp)
        self.products = self.order.multiplications // max(self.n, 1) + prod(self.shape[1:])

    def sizes(self, kept: bool, budget: Budget) -> Sizes:
        """Divide a budget; what is usual is divided once."""
        sizes = self._sizes.get((kept, budget.left))
        if sizes is None:
            if len(self._sizes) >= 8:
                self._sizes.clear()
            sizes = self._sizes[kept, budget.left] = self._divided(kept, budget)
        return sizes

    def _divided(self, kept: bool, budget: Budget) -> Sizes:
        tape_row, size = 0 if kept else self.net.tape_row, self.net.dtype.itemsize
        numbers = max(1, self.a_sample + tape_row)
        # Half the cache is left to the matrices; products flow from some 640 rows on, whatever it holds.
        least = 640 // self.shape[1]
        rows = rows_at_a_time(self.n, 2 * numbers * size, budget, least, self.shared * size)
        workspace = rows * self.a_sample + self.shared
        return Sizes(self.net.tape_program, rows, rows * tape_row, workspace, (rows, self.a_sample))

    def _build(self, tree: Any, to_result: bool = False, flipped: bool = False) -> Any:
        if isinstance(tree, int):
            return self._factor(tree)
        left_side, right_side = tree
        if self._is_slopes(left_side):
            slopes, matrix = self._build(left_side), self._build(right_side, to_result, flipped)
            if slopes.units is None:
                return self._curve(matrix, to_result)
            matrix = matrix if matrix.left < 0 else self._settle(matrix, flipped)
            return _changed(matrix, left=slopes.units)
        if self._is_slopes(right_side):
            matrix, slopes = self._build(left_side, to_result, flipped), self._build(right_side)
            matrix = matrix if matrix.right < 0 else self._settle(matrix, flipped)
            return _changed(matrix, right=slopes.units)
        left = self._settle(self._build(left_side), flipped=False)
        right = self._settle(self._build(right_side, flipped=left.shared), flipped=left.shared)
        return self._product(left, right, to_result, flipped)

    def _is_slopes(self, tree: Any) -> bool:
        return isinstance(tree, int) and self.order.factors[tree].kind != "dense"

    def _factor(self, index: int) -> Any:
        factor = self.order.factors[index]
        # Factors stand output first, and identities are left out: count layers by matrices.
        layer = self.span[0] + sum(other.kind == "dense" for other in self.order.factors[index + 1 :])
        if factor.kind == "dense":
            offset = self.net.layout.weights[layer].offset
            return _Operand(kernels.chain.ETA, offset, factor.shape, flipped=True)
        units = sum(self.net.layer_sizes[1:layer])
        return _Slopes(None if factor.kind == "softmax" else units)

    def _new(self, shape: tuple[int, int], shared: bool, flipped: bool) -> _Operand:
        place, size = (self.shared if shared else self.a_sample), prod(shape)
        if shared:
            self.shared += size
            return _Operand(kernels.chain.SHARED, place, shape, flipped)
        self.a_sample += size
        return _Operand(kernels.chain.SAMPLES, place, shape, flipped)

    def _target(self, shape: tuple[int, int], to_result: bool, flipped: bool = False) -> _Operand:
        if to_result:
            return _Operand(kernels.chain.RESULT, 0, shape)
        return self._new(shape, shared=False, flipped=flipped)

    def _settle(self, matrix: _Operand, flipped: bool, to_result: bool = False) -> _Operand:
        """Multiply in the σ′ that wait; what is shared and has none is left where it is."""
        result = kernels.chain.RESULT
        if not matrix.waits and (not to_result or matrix.memory == result):
            return matrix
        source = _changed(matrix, left=-1, right=-1)
        if source.shared:
            if self.n > 1 and source.flipped != (flipped and not to_result):
                turned = self._new(source.shape, shared=True, flipped=flipped)
                self._scale(source, turned, often=kernels.chain.ONCE)
                source = turned
            target = self._target(matrix.shape, to_result, flipped)
        else:
            target = self._target(matrix.shape, True) if to_result and source.memory != result else source
        self._scale(source, target, matrix.left, matrix.right)
        return target

    def _scale(
        self, source: _Operand, target: _Operand, left: int = -1, right: int = -1, often: int | None = None
    ) -> None:
        rows, columns = target.shape
        if target.flipped:
            rows, columns, left, right = columns, rows, right, left
        often = kernels.chain.EACH if often is None else often
        self._step(
            kernels.chain.SCALE, often, (rows, 0, columns), source, source.flipped != target.flipped,
            target=target, slopes=(left, right),
        )  # fmt: skip

    def _curve(self, matrix: _Operand, to_result: bool) -> _Operand:
        """Multiply by the softmax' derivative from the left."""
        matrix = self._settle(matrix, flipped=False, to_result=to_result and matrix.waits)
        in_place = (
            not matrix.shared
            and not matrix.flipped
            and not (to_result and matrix.memory != kernels.chain.RESULT)
        )
        target = matrix if in_place else self._target(matrix.shape, to_result)
        rows, columns = matrix.shape
        self._step(
            kernels.chain.CURVE, kernels.chain.EACH, (rows, 0, columns), matrix, matrix.flipped,
            target=target,
        )  # fmt: skip
        return target

    def _product(self, left: _Operand, right: _Operand, to_result: bool, flipped: bool) -> _Operand:
        products = kernels.chain
        shape = left.shape[0], left.shape[1], right.shape[1]
        if left.shared and right.shared:
            target = self._new((shape[0], shape[2]), shared=True, flipped=False)
            self._step(
                products.GEMM, products.ONCE, shape, left, left.flipped, right, right.flipped, target=target
            )
            return target
        if right.shared and not left.flipped:
            target = self._target((shape[0], shape[2]), to_result)
            self._step(products.GEMM, products.FLAT, shape, left, False, right, right.flipped, target=target)
        elif left.shared and right.flipped and flipped and not to_result:
            target = self._target((shape[0], shape[2]), False, flipped=True)
            self._step(
                products.GEMM, products.FLAT, shape[::-1], right, False, left, not left.flipped, target=target
            )
        else:
            target = self._target((shape[0], shape[2]), to_result)
            self._step(
                products.GEMM, products.EACH, shape, left, left.flipped, right, right.flipped, target=target
            )
        return target

    def _step(
        self,
        kind: int,
        often: int,
        shape: tuple[int, ...],
        a: _Operand,
        a_flipped: bool,
        b: _Operand | None = None,
        b_flipped: bool = False,
        *,
        target: _Operand,
        slopes: tuple[int, int] = (-1, -1),
    ) -> None:
        b = a if b is None else b
        self._steps.append(
            [
                kind, often, *shape, *slopes, a.memory, a.place, a_flipped, b.memory, b.place, b_flipped,
                target.memory, target.place,
            ]
        )  # fmt: skip


def _changed(matrix: _Operand, **slopes: int) -> _Operand:
    values = {"left": matrix.left, "right": matrix.right} | slopes
    return _Operand(matrix.memory, matrix.place, matrix.shape, matrix.flipped, **values)
