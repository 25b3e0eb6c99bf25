"""Groups of several owners, for tests."""

import numpy as np

from chainrule.estimators._by_group import fit_by_group, rows_for
from chainrule.network import Inputs, Tree
from chainrule.network._team import Team
from chainrule.training import Evaluator, Leaf, leaf_rows, n_parts


class Blocks:
    """A source whose leaves are in memory of their own."""

    def __init__(self, X, Y, weights, rows):
        self.n_rows, self.n_leaves = len(X), -(-len(X) // rows)
        self._made = []
        for first in range(0, len(X), rows):
            some = slice(first, first + rows)
            parts = X[some].copy(), Y[some].copy(), weights[some].copy()
            self._made.append(Leaf(Inputs.of(parts[0], parts[0].dtype), *parts[1:]))

    def leaves(self, numbers):
        return ((number, self._made[number]) for number in numbers)


class Several:
    """A group of several owners, each of whom sends what it can make of its leaves."""

    def __init__(self, evaluator, owners, size):
        self._evaluator, self._owners, self._size = evaluator, owners, size
        self.n_rows, self.n_leaves = evaluator.source.n_rows, evaluator.source.n_leaves

    def total(self, question, *arrays):
        trees = []
        with Team(self._size) as team:
            for number in range(self._owners):
                own = range(number, self.n_leaves, self._owners)
                trees += self._evaluator.nodes(question, arrays, own, team)
        whole = Tree(n_parts(question, arrays, self.n_leaves), len(trees[0][1]))
        for node, vector in reversed(trees):
            whole.add(node, vector)
        return whole.total()


def fitted_by_group(model, X, y, sample_weight=None, owners=1, size=1, classes=None, **given):
    groups = []

    def open_group(asked):
        rows = rows_for(model, X, y, sample_weight)
        source = Blocks(*rows, leaf_rows(asked.net, len(X)))
        groups.append(Several(Evaluator(asked.net, asked.loss, source), owners, size))
        return groups[0]

    few = slice(0, 50)
    if classes is not None:
        some = X[few], np.resize(classes, 50)
    else:
        some = X[few], y[few]
    return fit_by_group(model, *some, open_group, **given), groups[0]
