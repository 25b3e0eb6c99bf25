"""Sums over the leaves of a table: what groups are asked, and what a leaf answers."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Architecture, Encoding, Objective, evaluate, sample_errors
from chainrule.network._blas_threads import one_blas_thread
from chainrule.network._sharing import THREAD_PRODUCTS
from chainrule.network._spare import Spare
from chainrule.network._team import Team
from chainrule.network._tree import Node, Tree, sum_leaves
from chainrule.training._lanes import Draw, count_parts, held_back
from chainrule.training._open_leaves import OpenLeaves, Taken
from chainrule.training._quantile_sums import OF_QUANTILES
from chainrule.training._scaled_sums import OF_UNITS, SCALED_SUMS
from chainrule.training._source import Encoded, Leaf, Source, targets_of, weights_of

__all__ = ["QUESTIONS", "Evaluator", "n_parts"]

Array = NDArray[Any]
Double = NDArray[np.float64]
Add = Callable[[Any, Double], None]

_OF_STEPS, _HELD = ("step", "round"), "held "
_OF_HELD = "error", "rows", "residuals", "right", *OF_QUANTILES
_KEPT = 1 << 19
"""Up to so many numbers, memory is kept for the next sum: where there is little work, to ask the system for
it anew takes longer than to send the numbers."""


class Evaluator:
    """Makes sums over leaves; no answer depends on the questions before.

    Parameters
    ----------
    net : Architecture
    loss : str
        Name of the loss's kernel.
    source : Source
    encoding : Encoding, optional
        From the rows of the source to the network's inputs.
    """

    def __init__(
        self, net: Architecture, loss: str, source: Source, encoding: Encoding | None = None
    ) -> None:
        self.net, self.loss = net, loss
        self.source = source if encoding is None else Encoded(source, encoding, net.dtype)
        self._open = OpenLeaves(self.source, self.objective)
        self.spare = Spare(_KEPT)

    def nodes(
        self, question: str, arrays: Sequence[Array], numbers: Sequence[int] | None, team: Team
    ) -> list[tuple[Node, Double]]:
        """Return the sums over some leaves (None: all), merged as far as the tree of all leaves allows."""
        return self.tree(question, arrays, numbers, team).nodes()

    def tree(self, question: str, arrays: Sequence[Array], numbers: Sequence[int] | None, team: Team) -> Tree:
        """Return the tree of all leaves, of which some (None: all) have been added.

        Parameters
        ----------
        question : str
            One of `QUESTIONS`.
        arrays : sequence of array
            What it is about.
        numbers : sequence of int or None
        team : Team
            The threads that share the leaves.
        """
        (size_of, begin), n = QUESTIONS[question], n_parts(question, arrays, self.source.n_leaves)
        size = size_of(self.net, *arrays)
        tree = Tree(n, size, spare=self.spare)
        found = self._parts(question, arrays, numbers, team)
        # The team's threads share the work, and BLAS leaves no trace.
        with closing(found) as parts, one_blas_thread(brief=True):
            most = self._most_threads(question, arrays, numbers)
            sum_leaves(tree, parts, lambda: begin(self, team, *arrays), team, most)
        return tree

    def _most_threads(self, question: str, arrays: Sequence[Array], numbers: Sequence[int] | None) -> int:
        """Return how many threads pay: the rows of a step may be few, those of a leaf are enough."""
        if question not in _OF_STEPS:
            return 2**31
        share = 1.0 if numbers is None else len(numbers) / self.source.n_leaves
        rows = share * self.source.n_rows / Draw.of(arrays[-1]).n_steps
        return max(1, int(3 * rows * self.net.layout.n_weights) // THREAD_PRODUCTS)

    def _parts(
        self, question: str, arrays: Sequence[Array], numbers: Sequence[int] | None, team: Team
    ) -> Generator[tuple[int, Any], None, None]:
        """Return what a question takes a sum over, with its numbers in the tree."""
        if question in _OF_STEPS:
            taken = self._open.taken(Draw.of(arrays[-1]), numbers, team)
            return (each for each in taken)
        leaves = self.source.leaves(range(self.source.n_leaves) if numbers is None else numbers)
        return _held_of(leaves, Draw.of(arrays[-1])) if question.startswith(_HELD) else leaves

    def objective(self, leaf: Leaf) -> Objective:
        """The error of a leaf."""
        return Objective(self.net, leaf.inputs, self.loss, leaf.Y, leaf.weights)


def n_parts(question: str, arrays: Sequence[Array], n_leaves: int) -> int:
    """Return how many leaves the tree of a question has: those of the table, or those a step has rows of."""
    return count_parts(n_leaves, Draw.of(arrays[-1])) if question in _OF_STEPS else n_leaves


def _held_of(
    leaves: Generator[tuple[int, Leaf], None, None], draw: Draw
) -> Generator[tuple[int, Leaf], None, None]:
    """Of each leaf the rows that are held back, in memory of their own: there may be none."""
    with closing(leaves):
        for number, leaf in leaves:
            rows = held_back(draw, number, len(leaf), leaf.folds_of_rows())
            rows = leaf.rows[rows] if len(leaf.rows) else rows
            weights = leaf.weights[rows] if leaf.weights.size else leaf.weights
            yield number, Leaf(leaf.inputs.take(rows), leaf.Y[rows], weights)


def _gradient(evaluator: Evaluator, team: Team, eta: Array) -> Add:
    """Σ w E, Σ w, Σ w ∂E/∂η (2 + P,)."""

    def add(leaf: Leaf, sums: Double) -> None:
        evaluator.objective(leaf).write_sums(eta, leaf.rows, sums, evaluator.spare, lambda: team.broken)

    return add


def _step(evaluator: Evaluator, team: Team, eta: Array, draw: Array) -> Add:
    """Σ w E, Σ w, Σ w ∂E/∂η and the number of the rows that a step takes (3 + P,)."""

    def add(taken: Taken, sums: Double) -> None:
        rows = taken.rows()
        if len(rows):
            taken.objective.write_sums(eta, rows, sums[:-1], evaluator.spare, lambda: team.broken)
        sums[-1] += len(rows)

    return add


def _round(evaluator: Evaluator, team: Team, eta: Array, draw: Array) -> Add:
    """Zeros, as many as of a step and from who is asked for it: how long it takes without the step's work."""
    return lambda taken, sums: None


def _error(evaluator: Evaluator, team: Team, eta: Array) -> Add:
    """Σ w E, Σ w (2,)."""

    def add(leaf: Leaf, sums: Double) -> None:
        w = weights_of(leaf)
        errors = sample_errors(evaluator.net, eta, evaluator.loss, leaf.inputs, leaf.Y, leaf.rows)
        sums += np.einsum("i,i->", w, errors.astype(np.float64, copy=False)), w.sum()

    return add


def _rows(evaluator: Evaluator, team: Team) -> Add:
    """Number of rows, Σ w (2,)."""

    def add(leaf: Leaf, sums: Double) -> None:
        sums += len(leaf), weights_of(leaf).sum()

    return add


def _residuals(evaluator: Evaluator, team: Team, eta: Array, centre: Array) -> Add:
    """Σ w, and of each output Σ w (y − c), Σ w (y − c)², Σ w (y − F)² (1 + 3 p,): what R² is made of."""

    def add(leaf: Leaf, sums: Double) -> None:
        w, p = weights_of(leaf), leaf.Y.shape[1]
        outputs = evaluate(evaluator.net, eta, leaf.inputs, leaf.rows)
        y = targets_of(leaf)
        from_centre, errors = y - centre, y - outputs
        sums[0] += w.sum()
        for place, values in enumerate((from_centre, from_centre**2, errors**2)):
            sums[1 + place * p : 1 + (place + 1) * p] += np.einsum("i,ij->j", w, values)

    return add


def _right(evaluator: Evaluator, team: Team, eta: Array) -> Add:
    """Σ w, Σ w [the class is the right one] (2,)."""
    softmax = evaluator.net.output == "softmax"

    def add(leaf: Leaf, sums: Double) -> None:
        w = weights_of(leaf)
        outputs = evaluate(evaluator.net, eta, leaf.inputs, leaf.rows)
        y = leaf.Y[leaf.rows] if len(leaf.rows) else leaf.Y
        if softmax:
            right = outputs.argmax(axis=1) == y.argmax(axis=1)
        else:
            right = ((outputs > 0.5) == (y > 0.5)).all(axis=1)
        sums += w.sum(), float(np.einsum("i,i->", w, right))

    return add


def _columns(evaluator: Evaluator, team: Team) -> Add:
    """Rows, Σ w, and of each column and target Σ w x, Σ w x² (2 + 2 d + 2 p,): what tells tables apart."""

    def add(leaf: Leaf, sums: Double) -> None:
        w = weights_of(leaf)
        X = leaf.inputs.dense[leaf.rows] if len(leaf.rows) else leaf.inputs.dense
        y = leaf.Y[leaf.rows] if len(leaf.rows) else leaf.Y
        both = np.concatenate([X, y], axis=1, dtype=np.float64)
        with np.errstate(over="ignore"):
            each = [np.einsum("i,ij->j", w, values) for values in (both, both**2)]
        sums += np.concatenate([[len(leaf), w.sum()], *each])

    return add


def _of_held(question: str) -> tuple[Callable[..., int], Callable[..., Add]]:
    """The same question of the rows that a draw holds back; the draw comes last."""
    size, begin = _OF_LEAVES[question]
    return (
        lambda net, *arrays: size(net, *arrays[:-1]),
        lambda evaluator, team, *arrays: begin(evaluator, team, *arrays[:-1]),
    )


_OF_LEAVES: dict[str, tuple[Callable[..., int], Callable[..., Add]]] = {
    "gradient": (lambda net, eta: 2 + len(eta), _gradient),
    "error": (lambda net, eta: 2, _error),
    "rows": (lambda net: 2, _rows),
    "residuals": (lambda net, eta, centre: 1 + 3 * net.layer_sizes[-1], _residuals),
    "right": (lambda net, eta: 2, _right),
    "columns": (lambda net: 2 + 2 * (net.layer_sizes[0] + net.layer_sizes[-1]), _columns),
    **OF_QUANTILES,
    **OF_UNITS,
    **SCALED_SUMS,
}
QUESTIONS: dict[str, tuple[Callable[..., int], Callable[..., Add]]] = {
    **_OF_LEAVES,
    **{_HELD + question: _of_held(question) for question in _OF_HELD},
    "step": (lambda net, eta, draw: 3 + len(eta), _step),
    "round": (lambda net, eta, draw: 3 + len(eta), _round),
}
"""What can be asked: the length of the answer, and what is called in each thread: it returns a function that
adds a leaf's part to a vector."""
