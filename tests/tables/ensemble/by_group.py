"""Table estimators fitted to pieces whose leaves several owners hold, in one process, for tests."""

import pickle
from functools import partial, reduce
from itertools import accumulate, pairwise

import numpy as np

from chainrule.network import Tree
from chainrule.network._team import Team
from chainrule.tables.ensemble._by_group import begin_table, end_table, learn_table, prepared
from chainrule.training import Evaluator, n_parts


class InProcess:
    """Pieces that are here; questions and answers go through pickles."""

    def __init__(self, parts):
        self.parts = [(*part, *[None] * (4 - len(part))) for part in parts]  # without weights, groups
        self.names = [f"partition {number}" for number in range(len(parts))]

    def ask(self, question):
        return [sent(partial(sent(question), number)(*part)) for number, part in enumerate(self.parts)]

    def merged(self, question, merge):
        return reduce(lambda one, other: sent(merge(other, one)), reversed(self.ask(question)))


def sent(given):
    return pickle.loads(pickle.dumps(given))


class Leaves:
    """Leaves of some rows, none of which reaches over two pieces: a source, and how they were cut."""

    def __init__(self, prepared_parts, size):
        self.size, self.rows = size, tuple(len(part.Y) for part in prepared_parts)
        self.n_rows, self._made = sum(self.rows), []
        for part in prepared_parts:
            self._made += [part.leaf(first, size) for first in range(0, len(part.Y), size)]
        self.n_leaves = len(self._made)

    def leaves(self, numbers):
        return ((number, self._made[number]) for number in numbers)


class Owners:
    """A group of several owners, each of whom sends what it can make of its leaves."""

    def __init__(self, evaluator, owners):
        self._evaluator, self._owners = evaluator, owners
        self.n_rows, self.n_leaves = evaluator.source.n_rows, evaluator.source.n_leaves
        self.asked = []

    def total(self, question, *arrays):
        self.asked.append(question)
        made = []
        with Team(1) as team:
            for number in range(self._owners):
                own = range(number, self.n_leaves, self._owners)
                made += self._evaluator.nodes(question, arrays, own, team)
        tree = Tree(n_parts(question, arrays, self.n_leaves), len(made[0][1]))
        for node, vector in reversed(made):
            tree.add(node, vector)
        return tree.total()


def cut(X, y, *, at=(), weights=None, groups=None):
    """Return the parts of a table, cut at some rows."""
    places = list(pairwise([0, *at, len(y)]))
    return [
        (
            X.iloc[first:stop] if hasattr(X, "iloc") else X[first:stop], y[first:stop],
            *(None if each is None else each[first:stop] for each in (weights, groups)),
        )
        for first, stop in places
    ]  # fmt: skip


def fitted(model, parts, owners=1, leaf_rows=70, n_lanes=4, group=Owners, **given):
    """Return a model fitted to the parts of a table, and the group."""
    groups = []
    pieces = InProcess(parts)
    begun = begin_table(model, pieces)

    def open_group(asked):
        holders = sent(model)
        rows = [prepared(holders, *part) for part in parts]
        source = Leaves(rows, leaf_rows)
        groups.append(group(Evaluator(asked.net, asked.loss, source, asked.encoding), owners))
        groups.append(source)
        return groups[0]

    model = sent(learn_table(model, begun.n_rows, open_group, groups=begun.groups, n_lanes=n_lanes, **given))
    return end_table(model, pieces, groups[1]), groups[0]


def edges(n, k):
    """Return where k like parts of n rows begin, but for the first."""
    return list(accumulate([n // k] * (k - 1)))


def same(one, other):
    """Assert that two fitted models are the same to the bit."""
    for first, second in zip(one.members_, other.members_, strict=True):
        np.testing.assert_array_equal(first.network.parameters, second.network.parameters)
        np.testing.assert_array_equal(first.held_back, second.held_back)
        np.testing.assert_array_equal(first.history.loss, second.history.loss)
        np.testing.assert_array_equal(first.history.validation_score, second.history.validation_score)
    assert one.report_ == other.report_
