"""A forward pass over some rows: kept on a tape, or made anew for each question, chunk by chunk."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule._progress import watched
from chainrule.network import _passes as passes
from chainrule.network._architecture import Architecture
from chainrule.network._budget import UNBOUNDED, Budget, as_bytes, in_words
from chainrule.network._chunks import cut, rows_at_a_time
from chainrule.network._inputs import Inputs
from chainrule.network._sharing import (
    in_parts,
    is_little,
    leaves_of,
    rows_of_a_leaf,
    team_for,
    work_of_a_row,
)
from chainrule.network._tape import Chunk, Tape
from chainrule.network._tree import Tree, sum_leaves

Array = NDArray[Any]


class ForwardPass:
    """A network's values at rows: what every derivative is taken from.

    Parameters
    ----------
    net : Architecture
    parameters : array of shape (P,)
        η; not copied.
    inputs : Inputs
    keep : bool
        Whether to run forward now and keep all of it, with a copy of the rows.
    """

    def __init__(self, net: Architecture, parameters: Array, inputs: Inputs, *, keep: bool) -> None:
        self.net, self.parameters = net, parameters
        self.inputs = inputs.in_c_order(copy=keep)
        self.tape = self._recorded() if keep else None

    def _recorded(self) -> Tape:
        products = len(self.inputs) * work_of_a_row(self.net, self.inputs)
        if is_little(products, self.net):
            return Tape(self.net, self.parameters, self.inputs)
        with team_for(products) as team:
            return Tape(self.net, self.parameters, self.inputs, team=team)

    @classmethod
    def recorded(
        cls, net: Architecture, parameters: Array, inputs: Inputs, numbers_a_row: int = 0
    ) -> "ForwardPass":
        """Run forward and keep all of it, with a copy of η; so many numbers a row will be kept beside it.

        Raises
        ------
        MemoryError
            If it does not fit half of the free memory.
        """
        size = len(inputs) * (net.tape_row + numbers_a_row) * net.dtype.itemsize
        bound = as_bytes(None) if size > 2**26 else size
        if size > bound:
            raise MemoryError(
                f"the tape of {len(inputs)} rows takes {in_words(size)}, half of what is free is "
                f"{in_words(bound)}; the methods of Network work through the rows a chunk at a time"
            )
        return cls(net, parameters.copy(), inputs, keep=True)

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def output_shape(self) -> tuple[int, int]:
        """(n, p)."""
        return len(self), self.net.layer_sizes[-1]

    @property
    def read(self) -> tuple[Array, ...]:
        """Memory that is read from while results are written."""
        return self.parameters, *self.inputs.for_kernels()

    @property
    def outputs(self) -> Array:
        """F (n, p), a copy."""
        if self.tape is not None:
            return self.tape.outputs.copy()
        return passes.evaluate(self.net, self.parameters, self.inputs)

    def values(self) -> list[Any]:
        """z_0 … z_L where they lie."""
        tape = self.tape if self.tape is not None else Tape(self.net, self.parameters, self.inputs)
        hidden = [tape.z(layer) for layer in range(1, len(self.net.layer_sizes) - 1)]
        return [self.inputs.matrix(slice(0, len(self))), *hidden, tape.outputs]

    def step(self, numbers_a_row: int = 0, budget: Budget = UNBOUNDED, least: int = 1, fixed: int = 0) -> int:
        """So many rows that a tape and these numbers a row stay in a cache, with ``fixed`` in the budget."""
        size = self.net.dtype.itemsize
        return rows_at_a_time(
            len(self), (self.net.tape_row + numbers_a_row) * size, budget, least, fixed * size
        )

    def chunk(self, first: int, m: int, memory: Array | None = None) -> Chunk:
        """Some of the rows on the tape that is kept, or on one of their own, in that memory."""
        rows = slice(first, first + m)
        if self.tape is not None:
            return Chunk(self.tape, first, rows)
        return Chunk(Tape(self.net, self.parameters, self.inputs.rows(first, first + m), memory), 0, rows)

    def chunks(
        self, numbers_a_row: int = 0, budget: Budget = UNBOUNDED, least: int = 1, fixed: int = 0
    ) -> Iterator[Chunk]:
        """All the rows, so many at a time; see `step`."""
        return self.in_steps(self.step(numbers_a_row, budget, least, fixed))

    def in_steps(self, step: int) -> Iterator[Chunk]:
        """All the rows; the memory of a tape that is not kept is used for the next one."""
        memory = None if self.tape is not None else np.empty(step * self.net.tape_row, dtype=self.net.dtype)
        return (self.chunk(first, m, memory) for first, m in cut(len(self), step))

    def each_chunk(
        self, work: Callable[[Chunk], None], passes: int, numbers_a_row: int = 0, budget: Budget = UNBOUNDED,
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
        products, net = len(self) * passes * work_of_a_row(self.net, self.inputs), self.net
        step = self.step(numbers_a_row, budget, least, fixed)
        if bar is None and is_little(products, net, by_numpy=by_numpy):
            chunks = self.in_steps(step) if len(self) > step else [self.chunk(0, len(self))]
            for chunk in chunks if len(self) else ():
                work(chunk)
            return
        size = (step * (net.tape_row + numbers_a_row) + fixed) * net.dtype.itemsize
        with team_for(products, max(1, budget.left // size)) as team:
            parts = cut(len(self), step)
            shown = watched(parts, bar is not None, bar or "", len(self), lambda part: part[1])
            in_parts(team, shown, lambda: lambda first, m: work(self.chunk(first, m)))

    def sum_of_chunks(
        self, add: Callable[[Chunk, Array], None], passes: int, numbers_a_row: int = 0
    ) -> Array:
        """Return the sum (P,) of what is added for each chunk of rows."""
        net, n = self.net, len(self)
        work, P = passes * work_of_a_row(net, self.inputs), net.layout.n_parameters
        rows = self.step(numbers_a_row, least=64)
        if is_little(n * work, net, rows):
            total = np.zeros(P, dtype=net.dtype)
            for chunk in self.in_steps(rows):
                add(chunk, total)
            return total
        leaves = leaves_of(n, rows_of_a_leaf(n, rows, work, P))
        tree = Tree(len(leaves), P, net.dtype)

        def add_leaf(leaf: tuple[int, int], total: Array) -> None:
            start, size = leaf
            for first, m in cut(size, rows):
                if team.broken:
                    return
                add(self.chunk(start + first, m), total)

        with team_for(n * work, len(leaves)) as team:
            sum_leaves(tree, iter(enumerate(leaves)), lambda: add_leaf, team)
        return tree.total()
