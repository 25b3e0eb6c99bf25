"""Folds: every row in one, classes in all, groups together, the last rows for time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.tables import TableWarning
from chainrule.tables.ensemble._folds import (
    check_classes,
    grouped_folds,
    last_rows,
    random_folds,
    stratified_folds,
)


@given(st.integers(2, 200), st.integers(2, 9), st.integers(0, 5))
def test_random_folds_are_of_equal_size(n, k, seed):
    counts = np.bincount(random_folds(n, k, np.random.RandomState(seed)), minlength=k)
    assert counts.sum() == n and counts.max() - counts.min() <= 1


@given(st.lists(st.integers(0, 4), min_size=2, max_size=80), st.integers(2, 8))
def test_classes_are_dealt_out_evenly(codes, k):
    codes = np.unique(codes, return_inverse=True)[1]
    folds = stratified_folds(codes, k, np.random.RandomState(0))
    for code in range(codes.max() + 1):
        own = folds[codes == code]
        if len(own) == 1:
            assert own[0] == -1  # it is always learned from
        else:
            counts = np.bincount(own, minlength=k)
            assert counts.max() - counts.min() <= 1


@given(st.lists(st.integers(0, 12), min_size=2, max_size=80), st.integers(2, 8))
def test_groups_stay_together(groups, k):
    if len(set(groups)) < 2:
        return
    folds = grouped_folds(groups, len(groups), k, np.random.RandomState(0))
    for group in set(groups):
        assert len(set(folds[np.array(groups) == group])) == 1
    assert folds.min() == 0 and folds.max() == min(k, len(set(groups))) - 1


def test_groups_that_cannot_be():
    with pytest.raises(ValueError, match=r"shape \(5,\).*got \(4,\)"):
        grouped_folds([1, 2, 3, 4], 5, 2, np.random.RandomState(0))
    with pytest.raises(ValueError, match="one group only, 'a'"):
        grouped_folds(["a"] * 5, 5, 2, np.random.RandomState(0))


def test_the_last_rows():
    np.testing.assert_array_equal(np.flatnonzero(last_rows(80, 8) == 0), np.arange(70, 80))
    assert (last_rows(3, 3) == 0).sum() == 1


def test_rare_classes_are_named():
    with pytest.warns(TableWarning, match=r"class 'b' has 3 rows, fewer than the 8 folds"):
        check_classes(np.array([50, 3]), np.array(["a", "b"]), 8)


def test_classes_of_one_row_each_cannot_be_learned():
    with pytest.raises(ValueError, match="y has 3 classes with one row each"):
        check_classes(np.ones(3, dtype=int), np.array(["a", "b", "c"]), 8)
