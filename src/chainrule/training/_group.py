"""Groups: who makes sums over the rows of a table, in one process or on many machines."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.network._team import Team
from chainrule.training._evaluator import Evaluator

__all__ = ["Alone", "Group"]

Array = NDArray[Any]


class Group(Protocol):
    """Those who hold the rows of a table. Solvers ask them for sums; an engine is one of these.

    Whoever holds which leaves, and however many there are: the sums are the same to the bit.

    Attributes
    ----------
    n_rows, n_leaves : int
        Of the whole table.
    n_owners, threads : int, optional
        Where several processes share the rows: how many, and how many threads each has. Then it is said
        before learning where they are no quicker than one.
    """

    @property
    def n_rows(self) -> int: ...

    @property
    def n_leaves(self) -> int: ...

    def total(self, question: str, *arrays: Array) -> NDArray[np.float64]:
        """Return a sum: the answers to a question, from each leaf, added in the tree.

        The tree has as many leaves as `chainrule.training.n_parts` says: those of the table, or, for the
        rows of one step, those that these are from.

        Parameters
        ----------
        question : str
            One of `chainrule.training.QUESTIONS`.
        *arrays : array
            What it is about, such as η.
        """


class Alone:
    """This process holds all rows.

    Parameters
    ----------
    evaluator : Evaluator
    team : Team
        The threads that share the leaves.
    """

    def __init__(self, evaluator: Evaluator, team: Team) -> None:
        self._evaluator, self._team = evaluator, team

    @property
    def n_rows(self) -> int:
        return self._evaluator.source.n_rows

    @property
    def n_leaves(self) -> int:
        return self._evaluator.source.n_leaves

    def total(self, question: str, *arrays: Array) -> NDArray[np.float64]:
        total: NDArray[np.float64] = self._evaluator.tree(question, arrays, None, self._team).total()
        return total
