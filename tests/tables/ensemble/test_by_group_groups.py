"""Folds by the groups that rows are of, where others hold the rows: equal values are in one fold."""

import numpy as np
import pandas as pd
import pytest

from chainrule import TableClassifier, TableRegressor
from chainrule.tables.ensemble import _group_end as group_end
from chainrule.tables.ensemble._group_folds import FoldsByValue
from chainrule.tables.ensemble._group_values import SeenGroups, buckets_of
from chainrule.training import BY_FOLD, Draw
from chainrule.training._lanes import held_back

from .by_group import cut, fitted, same
from .test_by_group import AT, FRAME, LABELS, QUICK, N, Y, few_epochs

__all__ = ["few_epochs"]

GROUPS = np.random.default_rng(1).integers(0, 23, N)


def test_the_same_bits_and_whole_groups_in_folds():
    parts = cut(FRAME, Y, at=AT, groups=GROUPS)
    model, group = fitted(TableRegressor(**QUICK), parts, leaf_rows=30)
    same(model, fitted(TableRegressor(**QUICK), parts, owners=3, leaf_rows=30)[0])
    leaves = group._evaluator.source.leaves(range(group.n_leaves))
    folds = np.concatenate([leaf.folds for _, leaf in leaves])
    assert all(len(set(folds[value == GROUPS])) == 1 for value in set(GROUPS))
    counts = np.bincount(folds.astype(int))
    assert counts.max() - counts.min() < np.bincount(GROUPS).max() and len(counts) == 4
    assert [len(member.held_back) for member in model.members_] == counts[:2].tolist()
    draw = Draw(0, 4, 2, held_from=1, held_seed=BY_FOLD)
    assert group.total("held rows", draw.numbers())[0] == counts[1]
    assert not hasattr(model, "_drawn_rows")


def test_a_class_and_few_groups():
    three = np.array(["a", "b", "c"], dtype=object)[np.minimum(GROUPS // 5, 2)]
    settings = QUICK | {"n_members": 3, "n_steps": 1}
    model, _ = fitted(TableClassifier(**settings), cut(FRAME, LABELS, at=AT, groups=three))
    held = [len(member.held_back) for member in model.members_]
    assert sorted(held) == sorted(np.unique(three, return_counts=True)[1])


def test_of_many_rows_some_are_drawn(monkeypatch):
    parts, settings = cut(FRAME, Y, at=AT, groups=GROUPS), QUICK | {"n_members": 1}
    monkeypatch.setattr(group_end, "MOST_ROWS", 200)
    model, group = fitted(TableRegressor(**settings), parts)
    draw = Draw(0, 4, 1, held_seed=BY_FOLD)
    whole = group.total("held rows", draw.numbers())[0]
    assert 0.3 * whole < len(model.members_[0].held_back) < 0.7 * whole


def test_a_checkpoint_is_of_its_groups(tmp_path):
    path = tmp_path / "fit.checkpoint"
    settings = QUICK | {"n_members": 1}
    parts = cut(FRAME, Y, at=AT, groups=GROUPS)
    whole, _ = fitted(TableRegressor(**settings), parts, checkpoint=path)
    same(whole, fitted(TableRegressor(**settings), parts, owners=2, resume=path)[0])
    for groups, how in ((GROUPS // 2, "not the same"), (None, "not given here")):
        with pytest.raises(ValueError, match=f"a fit to other data: groups is {how}"):
            fitted(TableRegressor(**settings), cut(FRAME, Y, at=AT, groups=groups), resume=path)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda g: np.where(np.arange(N) == 300, None, g), "partition 3: groups has no value in row 11:"),
        (lambda g: np.where(np.arange(N) > 300, "a", g.astype(object)), "partition 3: groups must be"),
        (lambda g: [*g[:290], *map(str, g[290:])], "are text in partition 3 and numbers in partition 0"),
        (lambda g: np.full(N, "all"), "groups holds one group only, 'all'"),
        (lambda g: np.stack([g, g], axis=1), r"partition 0: groups must be of shape \(130,\)"),
        (lambda g: Y, "^groups has the values of y, the target: give another column, whose values say which"),
    ],
)  # fmt: skip
def test_what_is_refused(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        fitted(TableRegressor(**QUICK), cut(FRAME, Y, at=AT, groups=change(GROUPS)))


def test_values_of_y_in_one_piece_may_be_those_of_groups():
    y = GROUPS + np.where(np.arange(N) < N - 5, 0.0, 0.5)  # in the last piece they differ
    model, _ = fitted(TableRegressor(**QUICK | {"n_steps": 1}), cut(FRAME, y, at=AT, groups=GROUPS))
    assert len(model.members_) == 2


def test_the_last_rows_are_of_no_groups():
    parts = cut(FRAME, Y, at=AT, groups=GROUPS)
    with pytest.raises(ValueError, match="groups goes with validation='random'"):
        fitted(TableRegressor(**QUICK, validation="last"), parts)


def test_equal_values_are_of_one_group_whatever_they_are_stored_as():
    whole = np.array([-3, 0, 7, 2**40])
    days = np.array(["2020-01-01", "2021-05-05"], "M8[D]")
    for one, other in (
        (whole, whole.astype(float)), (whole, whole.astype(object)), (whole[1:], whole[1:].astype(np.uint64)),
        (whole[1:3], whole[1:3].astype(np.float32)), (np.array(["a", "b"]), np.array(["a", "b"], object)),
        (days, days.astype("M8[ns]")), (days, np.array([pd.Timestamp(day) for day in days], object)),
        (np.array([0.0]), np.array([-0.0])),
    ):  # fmt: skip
        np.testing.assert_array_equal(buckets_of(one), buckets_of(other))
    assert len(set(buckets_of(np.array([0.5, 0.25, 1e300, np.inf])))) == 4
    ids = 10**18 + np.arange(1000)  # floats merge these
    assert len(set(buckets_of(ids))) > 980


def test_seen_groups_come_together_in_any_order():
    parts = [SeenGroups.of(number, GROUPS[number::3], Y[number::3]) for number in range(3)]
    whole = SeenGroups.of(0, GROUPS, Y)
    for merged in (parts[0].merged(parts[1].merged(parts[2])), parts[0].merged(parts[2]).merged(parts[1])):
        np.testing.assert_array_equal(merged.buckets, whole.buckets)
        np.testing.assert_array_equal(merged.rows, whole.rows)
    folds = FoldsByValue.dealt(whole, 8, 0)
    rows = np.bincount(folds.of_rows(0, N, GROUPS))
    assert folds.n_folds == 8 and rows.max() - rows.min() < np.bincount(GROUPS).max()


def test_leaves_without_folds_are_no_silent_fit():
    with pytest.raises(ValueError, match="leaf 2 has 5 rows, and came with the folds of 0"):
        held_back(Draw(0, 1, 1, held_seed=BY_FOLD), 2, 5)
