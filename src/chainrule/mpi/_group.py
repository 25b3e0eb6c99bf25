"""Sums over rows that many ranks hold: the first one asks and drives, the others serve."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from chainrule.mpi._interrupts import Interrupts
from chainrule.mpi._ranks import Failure, Ranks
from chainrule.network import Tree
from chainrule.network._team import Team
from chainrule.training import Evaluator, n_parts

__all__ = ["Group"]

Array = NDArray[Any]
Form = tuple[str, list[tuple[str, tuple[int, ...]]]]
"""A question with dtypes and shapes of the arrays it is about."""

_END, _FAILED = -1, -2
"""What is announced instead of a form: that nothing more is asked; that ranks tell what went wrong."""
_FINE, _INTERRUPTED, _BROKEN = 0, 1, 2
"""How a rank's part of a sum has gone; of several ranks the worst."""


class Group:
    """The ranks of a communicator, each with some leaves: a `chainrule.training.Group` on the first one.

    In each round the first rank sends which question it is and its arrays. Each rank adds up its own leaves
    and the sums of the ranks behind it, of which it hears half, a quarter … of all, and sends on what they
    make up in the tree of all leaves: a few vectors, before them a message that names them, or says that
    something went wrong. So all messages of a round are sent and received whatever happens.

    Parameters
    ----------
    ranks : Ranks
    evaluator : Evaluator
        Of the leaves that this rank holds.
    ends : sequence of int
        For each rank the leaf after its last one; it holds those from where the rank before ends.
    team : Team
        The threads of this rank.
    interrupts : Interrupts
    """

    def __init__(
        self, ranks: Ranks, evaluator: Evaluator, ends: Sequence[int], team: Team, interrupts: Interrupts
    ) -> None:
        self._ranks, self._comm, self._evaluator, self._team = ranks, ranks.comm, evaluator, team
        self._own = range(ends[ranks.rank - 1] if ranks.rank else 0, ends[ranks.rank])
        self._interrupts = interrupts
        self._forms: list[Form] = []
        self._command, self._about = np.empty(1, np.int64), MPI.Status()
        self._failure: Failure | None = None
        self._error: Exception | None = None
        self._open = True

    @property
    def n_rows(self) -> int:
        return self._evaluator.source.n_rows

    @property
    def n_leaves(self) -> int:
        return self._evaluator.source.n_leaves

    @property
    def n_owners(self) -> int:
        """How many processes share the rows."""
        return self._ranks.size

    @property
    def threads(self) -> int:
        """How many threads this one has."""
        return self._team.size

    def total(self, question: str, *arrays: Array) -> NDArray[np.float64]:
        """Return a sum over all rows, on the first rank; see `chainrule.training.Group`.

        Raises
        ------
        KeyboardInterrupt
            If Ctrl-C was pressed on any rank.
        Exception
            If one of them has failed: the same on all.
        """
        given = [np.asarray(array, order="C") for array in arrays]
        self._ask(question, given)
        status, tree = self._answer(question, given)
        if status == _BROKEN:
            self._announce(_FAILED)
            self._open = False
            self._ranks.end_if_failed(self._failure, self._error)
        if status == _INTERRUPTED:
            raise KeyboardInterrupt
        total: NDArray[np.float64] = tree.total()
        return total

    def serve(self) -> None:
        """Answer, on a rank that is not the first, until nothing more is asked.

        Raises
        ------
        Exception
            If a rank has failed: the same on all.
        """
        room: list[list[Array]] = []
        while (command := self._announced()) >= 0:
            if command == len(self._forms):
                self._forms.append(self._ranks.tell())
                room.append([np.empty(shape, dtype) for dtype, shape in self._forms[command][1]])
            for array in room[command]:
                self._comm.Bcast(array)
            self._answer(self._forms[command][0], room[command])
        if command == _FAILED:
            self._ranks.end_if_failed(self._failure, self._error)

    def end(self) -> None:
        """Let the others go, unless they have gone."""
        if self._open:
            self._announce(_END)
            self._open = False

    def _ask(self, question: str, arrays: Sequence[Array]) -> None:
        form = question, [(each.dtype.str, each.shape) for each in arrays]
        if form in self._forms:
            self._announce(self._forms.index(form))
        else:
            self._announce(len(self._forms))
            self._forms.append(self._ranks.tell(form))
        for array in arrays:
            self._comm.Bcast(array)

    def _announce(self, command: int) -> None:
        self._command[0] = command
        self._comm.Bcast(self._command)

    def _announced(self) -> int:
        self._comm.Bcast(self._command)
        return int(self._command[0])

    def _answer(self, question: str, arrays: Sequence[Array]) -> tuple[int, Tree]:
        """Add own leaves and what comes from the ranks behind; send it on; return what there is then."""
        status, tree = self._evaluated(question, arrays)
        step = 1
        while step < self._ranks.size:
            if self._ranks.rank & step:
                self._send(status, tree, self._ranks.rank - step)
                break
            if self._ranks.rank + step < self._ranks.size:
                status = max(status, self._receive(tree, self._ranks.rank + step))
            step *= 2
        return status, tree

    def _evaluated(self, question: str, arrays: Sequence[Array]) -> tuple[int, Tree]:
        """The sums over own leaves; what goes wrong is kept until it is asked for."""
        try:
            tree = self._evaluator.tree(question, arrays, self._own, self._team)
        except Exception as error:
            self._failure, self._error = Failure.of(error), error
            return _BROKEN, Tree(n_parts(question, arrays, self.n_leaves), 0)
        return _INTERRUPTED if self._interrupts.take() else _FINE, tree

    def _send(self, status: int, tree: Tree, to: int) -> None:
        nodes = tree.nodes() if status == _FINE else []
        numbers = [number for node, vector in nodes for number in (*node, len(vector))]
        self._comm.Send(np.array([status, *numbers], np.int64), to)
        for _, vector in nodes:
            self._comm.Send(vector, to)
        tree.leave()

    def _receive(self, tree: Tree, source: int) -> int:
        """Add what a rank sends to the tree; return how it has gone there."""
        self._comm.Probe(source, status=self._about)
        numbers = np.empty(self._about.Get_count(MPI.INT64_T), np.int64)
        self._comm.Recv(numbers, source)
        for level, index, size in numbers[1:].reshape(-1, 3).tolist():
            vector = tree.room() if size == tree.size else np.empty(size)  # another one's is broken
            self._comm.Recv(vector, source)
            tree.add((level, index), vector)
        return int(numbers[0])
