"""Rows drawn for steps by lanes: each once an epoch; sums do not depend on who holds which leaves."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import Network
from chainrule.network import Inputs, Tree
from chainrule.network._team import Team
from chainrule.training import (
    BY_FOLD,
    BY_PLACE,
    Alone,
    Draw,
    Evaluator,
    InMemory,
    Leaf,
    Problem,
    _evaluator,
    lane_of,
    n_parts,
)
from chainrule.training._lanes import LeafOrder, count_parts, draw_rows, held_back
from chainrule.training.solvers._rows_of_group import RowsOfGroup
from sweeps import examples


@pytest.fixture(autouse=True, scope="module")
def small_steps_are_shared():
    """Threads share a step, however few its rows are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_evaluator, "THREAD_PRODUCTS", 1)
        yield


class Cut:
    """A source of leaves of any lengths, which counts how often each is read."""

    def __init__(self, X, Y, weights, lengths):
        edges = np.cumsum([0, *lengths])
        self.n_rows, self.n_leaves = len(X), len(lengths)
        self.read = np.zeros(len(lengths), dtype=int)
        self._parts = [slice(*pair) for pair in pairwise(edges)]
        self._rows = X, Y, weights

    def leaves(self, numbers):
        for number in numbers:
            self.read[number] += 1
            X, Y, weights = (rows[self._parts[number]] for rows in self._rows)
            yield number, Leaf(Inputs.of(X, X.dtype), Y, weights)


def total(evaluator, owners, question, *arrays):
    """The sum by so many owners, each with every so manieth leaf."""
    n = evaluator.source.n_leaves
    with Team(2) as team:
        made = [
            each
            for number in range(owners)
            for each in evaluator.nodes(question, arrays, range(number, n, owners), team)
        ]
    tree = Tree(n_parts(question, arrays, n), len(made[0][1]))
    for node, vector in reversed(made):
        tree.add(node, vector)
    return tree.total()


def rows_of_epoch(draw, lengths):
    """For each step the rows that it takes, as (leaf, row)."""
    steps = []
    for step in range(draw.n_steps):
        now = draw._replace(step=step)
        spans = LeafOrder(len(lengths), now).spans(now)
        assert len(spans) == count_parts(len(lengths), now)
        taken = []
        for span in spans:
            order = draw_rows(now, span.leaf, lengths[span.leaf])
            first, last = span.of(len(order))
            taken += [(span.leaf, int(row)) for row in order[first:last]]
        steps.append(taken)
    return steps


@settings(max_examples=examples(12))
@given(
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=12),
    n_lanes=st.integers(1, 16),
    n_steps=st.integers(1, 20),
    epoch=st.integers(0, 3),
    fraction=st.sampled_from([0.0, 0.3]),
)
def test_an_epoch_has_every_row_once(lengths, n_lanes, n_steps, epoch, fraction):
    draw = Draw.holding_back(7, n_lanes, fraction)._replace(epoch=epoch, n_steps=n_steps)
    steps = rows_of_epoch(draw, lengths)
    held = [(k, row) for k, n in enumerate(lengths) for row in held_back(draw, k, n).tolist()]
    assert bool(held) <= bool(fraction)
    every = [(k, row) for k, n in enumerate(lengths) for row in range(n)]
    assert sorted([row for step in steps for row in step] + held) == every


@pytest.mark.parametrize("n_leaves, n_lanes", [(64, 16), (67, 16), (5, 16)])
def test_steps_have_rows_of_all_lanes_and_like_numbers_of_them(n_leaves, n_lanes):
    lengths = [100] * n_leaves
    draw = Draw(1, n_lanes, n_steps=-(-sum(lengths) // 160))
    steps = rows_of_epoch(draw, lengths)
    sizes = [len(step) for step in steps]
    assert max(sizes) - min(sizes) <= n_lanes and np.mean(sizes) <= 160
    lanes = [{lane_of(leaf, n_leaves, n_lanes) for leaf, _ in step} for step in steps]
    assert min(map(len, lanes)) == min(n_lanes, n_leaves)


def test_another_seed_or_epoch_is_another_order_and_the_rows_held_back_stay():
    draw = Draw.holding_back(3, 4, 0.25)._replace(n_steps=10)
    lengths = [50] * 12
    first = rows_of_epoch(draw, lengths)
    assert first == rows_of_epoch(draw, lengths)
    for other in (draw._replace(epoch=1), draw._replace(seed=4)):
        assert rows_of_epoch(other, lengths)[0] != first[0]
    rows = held_back(draw, 5, 10_000)
    np.testing.assert_array_equal(rows, held_back(draw._replace(epoch=9, step=2), 5, 10_000))
    assert 2300 < len(rows) < 2700
    assert not np.array_equal(rows, held_back(draw, 6, 10_000))
    assert Draw.of(draw.numbers()) == draw


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weighted", [False, True])
def test_sums_of_steps_do_not_depend_on_owners(dtype, weighted):
    random = np.random.default_rng(0)
    lengths = [40, 7, 2, 55, 31, 40, 40, 12, 1, 60]
    n = sum(lengths)
    X, Y = random.standard_normal((n, 3)).astype(dtype), random.standard_normal((n, 2)).astype(dtype)
    weights = random.uniform(0.5, 2, n).astype(dtype) if weighted else np.empty(0, dtype)
    net = Network((3, 5, 2), dtype=dtype, random_state=0)
    draw = Draw.holding_back(5, 4, 0.2)._replace(epoch=1, n_steps=6)
    sources = [Cut(X, Y, weights, lengths) for _ in range(5)]
    evaluators = [Evaluator(net.architecture, "half_squared_error", source) for source in sources]
    whole = np.zeros(3 + len(net.parameters))
    for step in range(6):
        asked = net.parameters, draw._replace(step=step).numbers()
        alone, *others = [
            total(evaluator, owners, "step", *asked)
            for evaluator, owners in zip(evaluators, (1, 2, 3, 5, 7), strict=True)
        ]
        for other in others:
            np.testing.assert_array_equal(other, alone)
        whole += alone
    assert (sources[0].read == 1).all()  # a leaf is read once an epoch, by one owner of all

    with Team(1) as team:  # all steps together are all rows but those held back
        every = evaluators[0].tree("gradient", (net.parameters,), None, team).total()
        held = total(evaluators[0], 3, "held error", net.parameters, draw.numbers())
        rows = total(evaluators[0], 2, "held rows", draw.numbers())
    tolerance = {"rtol": 1e-12 if dtype == np.float64 else 2e-5}
    np.testing.assert_allclose(whole[:2] + held, every[:2], **tolerance)
    assert whole[-1] + rows[0] == n and 0 < rows[0] < n
    np.testing.assert_allclose(rows[1], held[1], **tolerance)


def test_a_step_can_be_asked_again_by_who_has_not_seen_those_before():
    random = np.random.default_rng(0)
    X, Y = random.standard_normal((500, 3)), random.standard_normal((500, 1))
    net = Network((3, 5, 1), random_state=0)

    def ask(evaluator, epoch, step, n_lanes=4):
        draw = Draw(5, n_lanes, 0, epoch, 20, step).numbers()
        return total(evaluator, 1, "step", net.parameters, draw)

    def new():
        source = InMemory(Inputs.of(X, X.dtype), Y, np.empty(0), 30)
        return Evaluator(net.architecture, "half_squared_error", source)

    kept = new()
    for epoch, step in [(0, 0), (0, 1), (0, 13), (0, 12), (2, 5), (0, 13)]:
        np.testing.assert_array_equal(ask(kept, epoch, step), ask(new(), epoch, step))
    for epoch in (0, 1, 0):  # with so many lanes all leaves lie open all the time
        np.testing.assert_array_equal(ask(kept, epoch, 3, n_lanes=17), ask(new(), epoch, 3, n_lanes=17))


@pytest.mark.parametrize("other", [BY_PLACE, BY_FOLD, 8])
def test_a_checkpoint_says_by_what_rows_are_held_back(other):
    net = Network((3, 5, 1), random_state=0)
    source = InMemory(Inputs.of(np.ones((50, 3)), float), np.ones((50, 1)), np.empty(0), 30)
    group = Alone(Evaluator(net.architecture, "half_squared_error", source), Team(1))
    nothing = Inputs.of(np.empty((0, 3)), float), np.empty((0, 1)), np.empty(0), np.empty(0, np.intp)

    def rows(held_seed):
        draw = Draw(7, 4, 2**60, held_seed=held_seed)
        return RowsOfGroup(Problem(net, *nothing, "half_squared_error", 0.0, group=group, draw=draw))

    state = rows(7).state()
    rows(7).from_state(state)
    with pytest.raises(ValueError, match=f"is of a fit with held_seed=7, and this one has {other}: their"):
        rows(other).from_state(state)


def test_threads_share_steps_of_many_rows_alone(monkeypatch):
    """By the work of the step's own rows: of 40 rows in 10 steps 4, and half of them where half are owned."""
    rng, net, called = np.random.default_rng(0), Network((3, 2, 1), random_state=0), []
    source = Cut(rng.normal(size=(40, 3)), rng.normal(size=(40, 1)), np.empty((40, 0)), [10] * 4)
    evaluator = Evaluator(net.architecture, "half_squared_error", source)
    monkeypatch.setitem(
        _evaluator.QUESTIONS,
        "step",
        (lambda net, draw: 1, lambda *given: called.append(threading.get_ident()) or (lambda *leaf: None)),
    )
    draw, products = Draw(0, 2, n_steps=10).numbers(), 3 * 4 * net.layout.n_weights
    with Team(2) as team:
        for worth, owned, threads in (
            (products // 2, None, 2),
            (products // 2 + 1, None, 1),
            (products // 2, [0, 1], 1),
        ):
            called.clear()
            monkeypatch.setattr(_evaluator, "THREAD_PRODUCTS", worth)
            evaluator.tree("step", [draw], owned, team)
            assert len(called) == threads
