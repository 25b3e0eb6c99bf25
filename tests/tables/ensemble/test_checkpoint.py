"""Ensembles that end in the middle, and go on from a checkpoint: each member from where it was."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from chainrule import Checkpoint, TableClassifier, TableRegressor
from chainrule.tables.ensemble import _members, _watching
from chainrule.training import TimeLimit, _identity, learn, read_checkpoint

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.uniform(-1, 1, (150, 3)), columns=["a", "b", "c"])
X["town"] = RANDOM.choice(["Ulm", "Bonn", None], 150)
Y = np.sin(3 * X["a"].to_numpy()) + (X["town"] == "Ulm") + 0.1 * RANDOM.normal(size=150)
SMALL = {"n_members": 4, "n_steps": 60, "hidden_layer_sizes": (8,), "random_state": 0, "verbose": False}

pytestmark = [
    pytest.mark.filterwarnings("ignore:Training interrupted by user"),
    pytest.mark.filterwarnings("ignore:interrupted. the model has"),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ckpt"


@pytest.fixture(scope="module")
def whole():
    return TableRegressor(**SMALL).fit(X, Y)


def interrupted(monkeypatch, after, model, *given, **files):
    """Fit until so many epochs of all members together are over; Ctrl-C comes in the next one."""
    lock, told = threading.Lock(), []

    def watched(problem, solver, rules, state, random):
        def press(report):
            with lock:
                told.append(report)
                if len(told) > after:
                    raise KeyboardInterrupt

        learn(problem, solver, rules.watched_by(press), state, random)

    with monkeypatch.context() as patch:
        patch.setattr(_members, "learn", watched)
        try:
            model.fit(*given, **files)
        except KeyboardInterrupt:  # nobody has learned anything
            assert after == 0
    return model


def assert_same(one, other):
    for mine, theirs in zip(one.networks_, other.networks_, strict=True):
        np.testing.assert_array_equal(mine.parameters, theirs.parameters)
    for mine, theirs in zip(one.histories_, other.histories_, strict=True):
        assert mine.stop_reason == theirs.stop_reason
        for name in ("loss", "validation_score", "learning_rate"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    assert one.stop_reason_ == other.stop_reason_
    assert one.report_ == other.report_


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("after", [0, 1, 20, 45, 90, 125])
def test_it_goes_on_with_any_number_of_threads(after, jobs, path, monkeypatch, whole):
    interrupted(monkeypatch, after, TableRegressor(**SMALL, n_jobs=jobs), X, Y, checkpoint=path)
    found = read_checkpoint(path)
    assert not found.finished
    assert after - 3 <= found.epochs <= after + 3
    assert_same(TableRegressor(**SMALL, n_jobs=2).fit(X, Y, resume=path), whole)


def test_it_may_end_again_and_again(path, monkeypatch, whole):
    for _ in range(5):
        model = TableRegressor(**SMALL, n_jobs=2)
        interrupted(monkeypatch, 25, model, X, Y, checkpoint=Checkpoint(path, epochs=1), resume=path)
    assert_same(TableRegressor(**SMALL).fit(X, Y, resume=path), whole)


def test_members_that_had_ended_are_not_learned_again(path, monkeypatch, whole):
    interrupted(monkeypatch, 50, TableRegressor(**SMALL, n_jobs=1), X, Y, checkpoint=path)
    had_ended = {number for number, (ended, _) in read_checkpoint(path).runs.items() if ended}
    assert had_ended == {0}
    told = []

    def watched(problem, solver, rules, state, random):
        epochs = []
        learn(problem, solver, rules.watched_by(epochs.append), state, random)
        told.append([report.epoch for report in epochs])

    monkeypatch.setattr(_members, "learn", watched)
    assert_same(TableRegressor(**SMALL, n_jobs=1).fit(X, Y, resume=path), whole)
    lengths = [len(history) for history in whole.histories_]
    assert told[0] == []
    assert told[1] == [*range(51 - lengths[0], lengths[1] + 1)]
    assert told[2:] == [[*range(1, length + 1)] for length in lengths[2:]]


@pytest.mark.parametrize("moment", [1, 7])
def test_ctrl_c_lets_members_end_the_epoch_that_they_are_in(path, monkeypatch, whole, moment):
    """In threads they hear of it at its end; what they have learned by then is kept."""
    told = threading.Event()

    def watched(problem, solver, rules, state, random):
        def wait_for_ctrl_c(report):
            if report.epoch == moment:
                told.set()
                while not rules.record.stopped:
                    time.sleep(0.001)

        learn(problem, solver, rules.watched_by(wait_for_ctrl_c), state, random)

    def interrupted(futures):
        told.wait()
        raise KeyboardInterrupt

    monkeypatch.setattr(_members, "learn", watched)
    monkeypatch.setattr(_members, "_wait", interrupted)
    model = TableRegressor(**SMALL, n_jobs=2).fit(X, Y, checkpoint=path)
    found = read_checkpoint(path)
    assert found.epochs == sum(map(len, model.histories_)) >= moment
    monkeypatch.undo()
    assert_same(TableRegressor(**SMALL).fit(X, Y, resume=path), whole)


def test_it_has_not_ended_while_members_have_not_begun(path, monkeypatch):
    """Ctrl-C comes when all that have begun have ended."""
    futures = []

    class Pool(ThreadPoolExecutor):
        def submit(self, *given):
            if futures:
                futures[0].result()
                raise KeyboardInterrupt
            futures.append(super().submit(*given))
            return futures[0]

    monkeypatch.setattr(_members, "ThreadPoolExecutor", Pool)
    TableRegressor(**SMALL, n_jobs=2).fit(X, Y, checkpoint=path)
    found = read_checkpoint(path)
    assert {number: ended for number, (ended, _) in found.runs.items()} == {0: True}
    assert not found.finished


def test_what_had_ended_is_there_at_once(path, monkeypatch, whole):
    TableRegressor(**SMALL).fit(X, Y, checkpoint=path)
    assert read_checkpoint(path).finished
    again = interrupted(monkeypatch, -1, TableRegressor(**SMALL), X, Y, resume=path)
    assert_same(again, whole)


def test_classes_weights_groups_and_the_last_rows(path, monkeypatch):
    groups = np.arange(150) // 5
    given = {"sample_weight": np.linspace(0.5, 2, 150), "groups": groups}
    model = TableClassifier(**SMALL, n_folds=3)
    labels = np.array(["low", "middle", "high"])[np.digitize(Y, [0, 0.7])]
    whole = clone(model).fit(X, labels, **given)
    interrupted(monkeypatch, 50, clone(model), X, labels, **given, checkpoint=path)
    assert_same(clone(model).fit(X, labels, **given, resume=path), whole)
    with pytest.raises(ValueError, match="other data: groups is not the same"):
        clone(model).fit(X, labels, **given | {"groups": groups[::-1] // 2}, resume=path)
    path.unlink()
    last = TableRegressor(**SMALL, validation="last")
    interrupted(monkeypatch, 50, clone(last), X, Y, checkpoint=path)
    assert_same(clone(last).fit(X, Y, resume=path), clone(last).fit(X, Y))


def test_folds_are_the_same_without_a_seed(path, monkeypatch):
    model = TableRegressor(**SMALL | {"random_state": None})
    interrupted(monkeypatch, 10, clone(model), X, Y, checkpoint=path)
    assert_same(*(clone(model).fit(X, Y, resume=path) for _ in range(2)))


def test_a_fit_that_went_on_from_another_goes_on(path, monkeypatch):
    def first():
        return TableRegressor(**SMALL | {"n_steps": 32}, warm_start=True).fit(X, -Y)

    whole = first().fit(X, Y)
    begun = interrupted(monkeypatch, 40, first(), X, Y, checkpoint=path)
    assert_same(first().fit(X, Y, resume=path), whole)
    assert_same(begun.fit(X, Y, resume=path), whole)  # after Ctrl-C, in the same process
    with pytest.raises(ValueError, match="go on with it from that model, fitted"):
        clone(begun).fit(X, Y, resume=path)


def test_the_time_that_is_used_counts(path, monkeypatch):
    """A fit is ended after 60 of 100 seconds; another process has 40 left, and members their own shares."""
    limited = SMALL | {"time_limit": 1e5, "n_steps": 200}
    interrupted(monkeypatch, 10, TableRegressor(**limited, n_jobs=1), X, Y, checkpoint=path)
    limits, going_on = [], TimeLimit.going_on.__func__

    def noted(cls, seconds, used):
        limits.append((seconds, used))
        return going_on(cls, seconds, used)

    monkeypatch.setattr(TimeLimit, "going_on", classmethod(noted))
    model = TableRegressor(**limited, n_jobs=1).fit(X, Y, resume=path)
    found = read_checkpoint(path)
    (whole, used), (share, of_member) = limits
    assert (whole, used) == (1e5, found.seconds)
    assert 0 < of_member <= used
    assert 0.9 * 1e5 / 4 < share <= 1e5 / 4
    assert model.fit_seconds_ >= found.seconds


def test_where_no_time_is_left_it_is_over_at_once(path, monkeypatch):
    limited = SMALL | {"time_limit": 1e5, "n_steps": 200}
    interrupted(monkeypatch, 10, TableRegressor(**limited, n_jobs=1), X, Y, checkpoint=path)
    going_on = TimeLimit.going_on.__func__
    monkeypatch.setattr(TimeLimit, "going_on", classmethod(lambda cls, a, used: going_on(cls, 1e-3, 2e-3)))
    with pytest.warns(UserWarning, match="there was time for 1 of 4 members"):
        model = TableRegressor(**limited, n_jobs=1).fit(X, Y, resume=path)
    assert [len(history) for history in model.histories_] == [10]
    assert model.histories_[0].stop_reason == "time limit"


OTHER_TABLES = {
    "X is not the same": (X.assign(a=X["a"].where(X.index != 7, 0.123)), Y),
    "y is not the same": (X, np.where(np.arange(150) == 7, 0.123, Y)),
}


@pytest.mark.parametrize("message", OTHER_TABLES)
def test_another_table_is_refused(message, path, monkeypatch):
    interrupted(monkeypatch, 5, TableRegressor(**SMALL), X, Y, checkpoint=path)
    with pytest.raises(ValueError, match=f"fit to other data: {message}"):
        TableRegressor(**SMALL).fit(*OTHER_TABLES[message], resume=path)


def test_another_model_is_refused_and_what_changes_nothing_is_not(path, monkeypatch, whole):
    interrupted(monkeypatch, 5, TableRegressor(**SMALL), X, Y, checkpoint=path)
    with pytest.raises(ValueError, match="another model: n_members was 4 there and is 5 here"):
        TableRegressor(**SMALL | {"n_members": 5}).fit(X, Y, resume=path)
    with pytest.raises(ValueError, match="is a checkpoint of TableRegressor, and this is TableClassifier"):
        TableClassifier(**SMALL).fit(X, Y > 0, resume=path)
    model = TableRegressor(**SMALL | {"verbose": True}, n_jobs=3)
    assert_same(model.fit(X, Y, resume=path), whole)


def test_the_bar_counts_what_was_done_before(path, monkeypatch):
    pytest.importorskip("rich")
    interrupted(monkeypatch, 50, TableRegressor(**SMALL, n_jobs=1), X, Y, checkpoint=path)
    bars, advanced = [], []

    class Bar(_watching.Bar):
        def __init__(self, members):
            super().__init__(members)
            bars.append(self)

        def _advance(self, epochs, most):
            advanced.append(epochs)
            super()._advance(epochs, most)

    monkeypatch.setattr(_members, "Bar", Bar)
    TableRegressor(**SMALL, n_jobs=1, progress=True).fit(X, Y, resume=path)
    task = bars[0]._bar.tasks[0]
    assert task.completed == task.total
    assert max(advanced[:1]) > 1


def test_nothing_is_digested_where_no_checkpoint_is_asked_for(monkeypatch):
    monkeypatch.setattr(_identity, "hashlib", None)
    TableRegressor(**SMALL).fit(X, Y)
