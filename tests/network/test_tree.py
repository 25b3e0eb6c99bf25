"""Sums in a tree: the same bits whoever has which leaves."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.network._spare import Spare
from chainrule.network._team import Team
from chainrule.network._tree import Tree, sum_leaves


def in_order(leaves):
    """The tree by its definition: pairs of neighbours, level by level."""
    level = [np.array(leaf) for leaf in leaves]
    while len(level) > 1:
        pairs = [level[i] + level[i + 1] for i in range(0, len(level) - 1, 2)]
        level = pairs + (level[-1:] if len(level) % 2 else [])
    return level[0]


@given(st.integers(1, 70), st.integers(1, 7), st.randoms(use_true_random=False))
def test_any_owners_in_any_order(n_leaves, n_owners, random):
    rng = np.random.default_rng(random.randrange(2**32))
    leaves = rng.normal(size=(n_leaves, 3)) * 10.0 ** rng.integers(-9, 9, (n_leaves, 1))
    owners = [Tree(n_leaves, 3) for _ in range(n_owners)]
    numbers = list(range(n_leaves))
    random.shuffle(numbers)
    for number in numbers:
        random.choice(owners).add((0, number), leaves[number].copy())
    parts = [(node, vector.copy()) for owner in owners for node, vector in owner.nodes()]
    random.shuffle(parts)
    whole = Tree(n_leaves, 3)
    for node, vector in parts:
        whole.add(node, vector)
    np.testing.assert_array_equal(whole.total(), in_order(leaves))


@pytest.mark.parametrize("n_leaves", [1, 2, 3, 7, 64, 65, 1000])
def test_leaves_in_order_hold_few_vectors(n_leaves):
    tree, most = Tree(n_leaves, 1), 0
    for number in range(n_leaves):
        tree.add((0, number), np.ones(1))
        most = max(most, len(tree.nodes()))
    assert most <= int(np.log2(n_leaves)) + 1
    assert tree.total() == n_leaves


def test_a_contiguous_owner_of_half_the_leaves_has_one_node():
    tree = Tree(64, 1)
    for number in range(32):
        tree.add((0, number), np.ones(1))
    [(node, vector)] = tree.nodes()
    assert node == (5, 0) and vector == 32


def test_memory_is_used_again():
    tree = Tree(1000, 4)
    seen = set()
    for number in range(1000):
        vector = tree.blank()
        assert not vector.any()
        seen.add(vector.ctypes.data)
        vector += 1.0
        tree.add((0, number), vector)
    assert len(seen) <= 12


def test_trees_leave_memory_to_those_that_come():
    leaves, spare, seen, totals = np.random.default_rng(0).normal(size=(21, 4)), Spare(), set(), []
    for _ in range(5):
        tree = Tree(21, 4, spare=spare)
        for number, leaf in enumerate(leaves):
            vector = tree.blank()
            seen.add(vector.ctypes.data)
            vector += leaf
            tree.add((0, number), vector)
        totals.append(tree.total().copy())
        tree.leave()
        assert not tree.nodes()
    assert len(seen) <= 6
    for total in totals:
        np.testing.assert_array_equal(total, in_order(leaves))


def test_a_total_is_not_left_to_others():
    spare = Spare()
    totals = []
    for number in range(4):
        tree = Tree(2, 3, spare=spare)
        for leaf in range(2):
            vector = tree.blank()
            vector += number
            tree.add((0, leaf), vector)
        totals.append(tree.total())
    np.testing.assert_array_equal([total[0] for total in totals], [0, 2, 4, 6])


def test_a_missing_leaf_is_an_error():
    tree = Tree(3, 1)
    tree.add((0, 0), np.ones(1))
    tree.add((0, 2), np.ones(1))
    with pytest.raises(ValueError, match=r"some of 3 leaves are missing"):
        tree.total()


def test_of_no_leaves_the_sum_is_zero():
    np.testing.assert_array_equal(Tree(0, 3).total(), np.zeros(3))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_threads_leave_no_trace(size):
    leaves = np.random.default_rng(0).normal(size=(101, 5)) * 1e6
    tree = Tree(101, 5)
    with Team(size) as team:

        def begin():
            def add(leaf, vector):
                vector += leaf

            return add

        sum_leaves(tree, iter(enumerate(leaves)), begin, team)
    np.testing.assert_array_equal(tree.total(), in_order(leaves))


def test_what_goes_wrong_in_a_thread_is_raised():
    def begin():
        def add(leaf, vector):
            if leaf == 5:
                raise RuntimeError("leaf 5")

        return add

    with Team(3) as team, pytest.raises(RuntimeError, match="leaf 5"):
        sum_leaves(Tree(50, 1), iter(enumerate(range(50))), begin, team)


def test_threads_are_called_for_leaves_alone():
    called = []

    def begin():
        called.append(threading.current_thread())
        return lambda leaf, vector: None

    with Team(3) as team:
        sum_leaves(Tree(1, 2), iter([(0, "leaf")]), begin, team)
        assert called == [threading.current_thread()]
        sum_leaves(Tree(2, 2), iter(enumerate(["one", "other"])), begin, team)
    assert len(called) <= 3
