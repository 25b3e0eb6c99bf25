"""Sums over the leaves of a table: what groups are asked, and what a leaf answers."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Architecture, Objective, evaluate
from chainrule.network._team import Team
from chainrule.network._tree import Node, Tree, sum_leaves
from chainrule.training._source import Leaf, Source

__all__ = ["QUESTIONS", "Evaluator"]

Array = NDArray[Any]
Double = NDArray[np.float64]
Add = Callable[[Leaf, Double], None]


class Evaluator:
    """Makes sums over leaves; keeps nothing between two questions.

    Parameters
    ----------
    net : Architecture
    loss : str
        Name of the loss's kernel.
    source : Source
    """

    def __init__(self, net: Architecture, loss: str, source: Source) -> None:
        self.net, self.loss, self.source = net, loss, source

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
        size, begin = QUESTIONS[question]
        source = self.source
        tree = Tree(source.n_leaves, size(self.net, *arrays))
        with closing(source.leaves(range(source.n_leaves) if numbers is None else numbers)) as leaves:
            sum_leaves(tree, leaves, lambda: begin(self, team, *arrays), team)
        return tree

    def objective(self, leaf: Leaf) -> Objective:
        """The error of a leaf."""
        return Objective(self.net, leaf.inputs, self.loss, leaf.Y, leaf.weights)


def weights_of(leaf: Leaf) -> Double:
    """The samples' weights (n,), ones where there are none."""
    if not leaf.weights.size:
        return np.ones(len(leaf))
    weights = leaf.weights[leaf.rows] if len(leaf.rows) else leaf.weights
    return weights.astype(np.float64, copy=False)


def _gradient(evaluator: Evaluator, team: Team, eta: Array) -> Add:
    """Σ w E, Σ w, Σ w ∂E/∂η (2 + P,)."""
    part = np.empty_like(eta)

    def add(leaf: Leaf, sums: Double) -> None:
        evaluator.objective(leaf).add_sums(eta, leaf.rows, sums, part, lambda: team.broken)

    return add


def _residuals(evaluator: Evaluator, team: Team, eta: Array, centre: Array) -> Add:
    """Σ w, and of each output Σ w (y − c), Σ w (y − c)², Σ w (y − F)² (1 + 3 p,): what R² is made of."""

    def add(leaf: Leaf, sums: Double) -> None:
        w, p = weights_of(leaf), leaf.Y.shape[1]
        outputs = evaluate(evaluator.net, eta, leaf.inputs, leaf.rows)
        y = (leaf.Y[leaf.rows] if len(leaf.rows) else leaf.Y).astype(np.float64, copy=False)
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


QUESTIONS: dict[str, tuple[Callable[..., int], Callable[..., Add]]] = {
    "gradient": (lambda net, eta: 2 + len(eta), _gradient),
    "residuals": (lambda net, eta, centre: 1 + 3 * net.layer_sizes[-1], _residuals),
    "right": (lambda net, eta: 2, _right),
    "columns": (lambda net: 2 + 2 * (net.layer_sizes[0] + net.layer_sizes[-1]), _columns),
}
"""What can be asked: the length of the answer, and what is called in each thread: it returns a function that
adds a leaf's part to a vector."""
