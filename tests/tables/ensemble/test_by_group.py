"""Table estimators fitted to rows that others hold: the same bits whoever they are, as good as `fit`."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from chainrule import TableClassifier, TableRegressor, load, save
from chainrule.tables import TableWarning
from chainrule.tables.ensemble import _group_end as group_end
from chainrule.tables.ensemble._group_folds import GroupFolds
from chainrule.training import place_of
from chainrule.training._lanes import draw_rows, held_back

from .by_group import Owners, cut, fitted, same

random = np.random.default_rng(0)
N = 400
FRAME = pd.DataFrame(
    {
        "x": random.normal(size=N),
        "few": random.integers(0, 4, N),
        "day": pd.date_range("2020-01-01", periods=N, freq="9h"),
        "name": pd.Series(random.choice(["a", "b", "c"], N), dtype=object),
    }
)
Y = FRAME["x"].to_numpy() ** 2 + FRAME["few"].to_numpy() + 2.0 * (FRAME["name"] == "a").to_numpy()
Y += 0.1 * random.normal(size=N)
FRAME.loc[10:29, "x"] = np.nan
FRAME.loc[20:39, "name"] = None
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [1.5, 3.5])]
QUICK = {
    "kinds": "stored", "n_members": 2, "n_steps": 8, "hidden_layer_sizes": (8,), "batch_size": 128,
    "n_folds": 4, "random_state": 0, "verbose": False,
}  # fmt: skip
AT = 130, 130, 290
PARTS = cut(FRAME, Y, at=AT)


@pytest.fixture(autouse=True)
def few_epochs(monkeypatch):
    """Members have 32 epochs at least; what is learned in four is as good a test."""
    monkeypatch.setattr("chainrule.tables.ensemble._members.FEWEST_EPOCHS", 4)


@pytest.mark.parametrize("settings", [{}, {"validation": "last", "dtype": "float64"}])
def test_the_same_bits_for_any_number_of_owners(settings):
    weights = random.uniform(0.5, 2, N) if settings else None
    parts = cut(FRAME, Y, at=AT, weights=weights)
    first, _ = fitted(TableRegressor(**QUICK, **settings), parts)
    for owners in (2, 3, 5) if not settings else (2,):
        same(first, fitted(TableRegressor(**QUICK, **settings), parts, owners)[0])
    assert first.stop_reason_ == "max_iter" and len(first.members_) == 2
    assert not hasattr(first, "_drawn_rows") and first.fit_seconds_ > 0 and first.fitted_at_
    others = [member.network.parameters for member in first.members_]
    assert not np.array_equal(*others)
    held = [len(member.held_back) for member in first.members_]
    assert held == [100, 100] if settings else all(70 < n < 130 for n in held)


def test_it_is_as_good_as_fit_and_a_plain_model_in_all_else(tmp_path):
    settings = QUICK | {"n_members": 2, "n_folds": 2, "n_steps": 150, "hidden_layer_sizes": (24,)}
    plain = TableRegressor(**settings).fit(FRAME, Y)
    model, group = fitted(TableRegressor(**settings), PARTS, leaf_rows=150)
    assert model.score(FRAME, Y) > plain.score(FRAME, Y) - 0.02
    assert model.report_.model.share > plain.report_.model.share - 0.02
    assert model.report_.model.n_rows == N and model.report_.linear is not None
    assert not any("drawn at random" in each for each in model.report_.notices)
    assert "step" in group.asked and model.encoder_ == plain.encoder_
    y, low, high = model.predict(FRAME, interval=0.9)
    assert 0.85 < np.mean((low <= Y) & (Y <= high)) <= 1
    path = tmp_path / "model.chainrule"
    save(model, path)
    for twin in (pickle.loads(pickle.dumps(model)), load(path)):
        np.testing.assert_array_equal(twin.predict(FRAME), y)
        assert str(twin.report_) == str(model.report_)
    J = model.jacobian(FRAME[40:45])
    assert np.isfinite(J.values).all() and J.columns == plain.jacobian(FRAME[40:45]).columns
    assert "x" in str(model.explain(FRAME[40:41]))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes(n_classes):
    labels = LABELS if n_classes == 3 else np.where(LABELS == "low", "low", "not low")
    settings = QUICK | {"n_members": 1, "n_steps": 50}
    parts = cut(FRAME, labels, at=(100, 290))
    model, _ = fitted(TableClassifier(**settings), parts)
    if n_classes == 3:
        same(model, fitted(TableClassifier(**settings), parts, owners=3)[0])
    plain = TableClassifier(**settings).fit(FRAME, labels)
    assert model.score(FRAME, labels) > plain.score(FRAME, labels) - 0.05
    assert model.temperature_ != 1 and list(model.classes_) == sorted(set(labels))
    np.testing.assert_allclose(model.predict_proba(FRAME).sum(axis=1), 1)


def test_of_many_rows_some_are_drawn_for_the_report(monkeypatch):
    whole, _ = fitted(TableRegressor(**QUICK), PARTS)
    monkeypatch.setattr(group_end, "MOST_ROWS", 200)
    model, _ = fitted(TableRegressor(**QUICK), PARTS)
    parameters = [each.members_[0].network.parameters for each in (model, whole)]
    np.testing.assert_array_equal(*parameters)
    n = model.report_.model.n_rows
    assert n == len(np.concatenate([member.held_back for member in model.members_]))
    (said,) = [each for each in model.report_.notices if "drawn" in each]
    rows = int(said.split()[5])
    assert said == f"Scores and intervals rest on {rows} of 400 rows, drawn at random" and 150 < rows < 250
    assert n < rows


def test_each_row_is_in_one_fold_and_draws_hold_back_that_fold():
    folds = GroupFolds.random(3, 7)
    found = folds.of_rows(5, 3000)
    assert np.bincount(found).min() > 900 and len(np.bincount(found)) == 3
    for fold in range(3):
        draw = folds.draw(fold, 9, 2)
        np.testing.assert_array_equal(held_back(draw, 5, 3000), np.flatnonzero(found == fold))
        np.testing.assert_array_equal(np.sort(draw_rows(draw, 5, 3000)), np.flatnonzero(found != fold))


@pytest.mark.parametrize(
    "sizes, k, expected",
    [((7, 3, 4), 2, (1, 0)), ((7, 3, 4), 5, (2, 2)), ((7, 3), 2, (0, 5)), ((2,), 4, (0, 1))],
)
def test_the_last_rows_by_their_place(sizes, k, expected):
    class Counted:
        """Counts rows as a group does."""

        n_rows, n_leaves = sum(sizes), len(sizes)

        def total(self, question, draw):
            first = int(draw[6])
            return np.array(
                [sum(place_of(leaf, row) >= first for leaf, n in enumerate(sizes) for row in range(n)), 0]
            )

    group = Counted()
    folds = GroupFolds.last(k, group)
    assert folds.edges[0] == place_of(*expected)
    held = [int((folds.of_rows(leaf, n) == 0).sum()) for leaf, n in enumerate(sizes)]
    assert sum(held) == max(1, group.n_rows // k)


def test_going_on_from_a_checkpoint(tmp_path):
    whole, _ = fitted(TableRegressor(**QUICK), PARTS)
    path, epochs = tmp_path / "fit.checkpoint", []

    def stop(report):
        epochs.append(report.epoch)
        if len(epochs) == 6:  # the second member has begun
            raise RuntimeError("the machine is gone")

    with pytest.raises(RuntimeError, match="gone"):
        fitted(TableRegressor(**QUICK), PARTS, hooks=[stop], checkpoint=path)
    assert epochs.count(1) == 2
    same(whole, fitted(TableRegressor(**QUICK), PARTS, owners=2, resume=path)[0])
    others = cut(FRAME, Y[::-1].copy(), at=AT)
    with pytest.raises(ValueError, match="a fit to other data: rows is not the same"):
        fitted(TableRegressor(**QUICK), others, resume=path)


def test_a_hook_ends_the_fit_and_what_has_learned_stays():
    epochs = []

    def stop(report):
        epochs.append(report.epoch)
        return len(epochs) == 6

    with pytest.warns(TableWarning, match="interrupted: the model has 1 of 2 members, which had learned"):
        model, _ = fitted(TableRegressor(**QUICK), PARTS, hooks=[stop])
    assert model.stop_reason_ == "interrupted" and len(model.histories_[0]) == 4
    assert np.isfinite(model.predict(FRAME)).all()


class Interrupted(Owners):
    """Ctrl-C comes with a question."""

    question, which = "step", 20

    def total(self, question, *arrays):
        if question == self.question and self.asked.count(question) == self.which:
            self.which = -1
            raise KeyboardInterrupt
        return super().total(question, *arrays)


@pytest.mark.parametrize("question, which, left", [("step", 5, 1), ("step", 15, 1), ("held rows", 2, 1)])
@pytest.mark.filterwarnings("ignore:Training interrupted by user")
def test_ctrl_c_leaves_what_has_learned(monkeypatch, question, which, left):
    """In the first member's second epoch, in the second member's first, and between the two."""
    monkeypatch.setattr(Interrupted, "question", question)
    monkeypatch.setattr(Interrupted, "which", which)
    with pytest.warns(TableWarning, match=f"interrupted: the model has {left} of 2 members"):
        model, _ = fitted(TableRegressor(**QUICK), PARTS, group=Interrupted)
    assert len(model.members_) == left and np.isfinite(model.predict(FRAME)).all()
    with pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(Interrupted, "question", "held rows")
        monkeypatch.setattr(Interrupted, "which", 0)
        fitted(TableRegressor(**QUICK), PARTS, group=Interrupted)


def test_a_fit_that_goes_on():
    settings = QUICK | {"warm_start": True, "n_members": 1, "n_steps": 40}
    model, _ = fitted(TableRegressor(**settings), PARTS)
    before = model.members_[0].network.parameters.copy()
    encoder, wider = model.encoder_, np.where(Y == Y.max(), Y + 5, Y)
    new = FRAME.assign(name=np.where(np.arange(N) > 350, "new", FRAME["name"]))
    said = (
        "partition 1: column 'name': 49 rows with a value that the model has not seen, first 'new' in row 52"
    )
    with pytest.warns(TableWarning, match=said) as caught:
        model, _ = fitted(model, cut(new, wider, at=(300, 380)))
    assert len(caught) == 1
    assert model.encoder_ == encoder and model._high == wider.max()
    assert not np.array_equal(model.members_[0].network.parameters, before)
    assert model.histories_[0].loss[0] < 0.5


def test_a_limit_of_time():
    with pytest.warns(TableWarning, match="there was time for 1 of 2 members"):
        model, _ = fitted(TableRegressor(**QUICK, time_limit=1e-9), PARTS)
    assert len(model.members_) == 1 and model.stop_reason_ == "time limit"


def test_rows_that_are_held_back_need_a_weight():
    parts = cut(FRAME, Y, at=(300,), weights=np.repeat([1.0, 0.0], 300))
    with pytest.raises(ValueError, match="rows that member 1 holds back have no weight"):
        fitted(TableRegressor(**QUICK, validation="last"), parts)


def test_a_step_of_too_little_work_is_said_once(monkeypatch):
    class OfTwo(Owners):
        n_owners, threads = 2, 1

    monkeypatch.setattr("chainrule.estimators._group_batches.step_pays", lambda *given: False)
    said = []
    fitted(TableRegressor(**QUICK), PARTS, group=OfTwo, complain=said.append)
    (text,) = said
    assert text.startswith("a step of 128 rows is too little work for 2 to share") and "solver" not in text


def test_of_many_rows_an_epoch_has_no_more_steps(monkeypatch):
    monkeypatch.setattr("chainrule.tables.ensemble._group_learn.STEPS", 3)
    settings = QUICK | {"n_members": 1, "batch_size": "auto", "n_steps": 1}
    model, group = fitted(TableRegressor(**settings), PARTS)
    assert group.asked.count("step") == len(model.histories_[0]) * 3  # of 128 rows; else 5 of 64
    plain = model._recipe(N)
    recipe = replace(plain, most_steps=256)
    rows = 300, 5_000, 92_000, 93_000, 262_500, 875_000
    assert [recipe.rules(n).batch_size for n in rows] == [64, 128, 256, 512, 1024, 4096]
    assert [plain.rules(n).batch_size for n in rows] == [64, 128, 256, 256, 256, 256]
    assert replace(recipe, batch_size=70).rules(10**6).batch_size == 70


def test_a_step_has_as_many_rows_of_each_lane():
    settings = QUICK | {"n_members": 1, "batch_size": "auto"}
    model, group = fitted(TableRegressor(**settings), PARTS, n_lanes=48)
    learned = N - len(model.members_[0].held_back)
    assert group.asked.count("step") == len(model.histories_[0]) * -(-learned // 96)
    with pytest.raises(ValueError, match=r"batch_size=60 must be a multiple of n_lanes=48"):
        fitted(TableRegressor(**settings | {"batch_size": 60}), PARTS, n_lanes=48)
