"""TableRegressor and TableClassifier: what they learn, from which tables, and what they refuse."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from chainrule import TableClassifier, TableRegressor
from chainrule.network import Network
from chainrule.tables import TableWarning

RANDOM = np.random.default_rng(0)
QUICK = {"n_members": 2, "n_steps": 200, "random_state": 0}


def made(n=300):
    """A table of numbers, text, truth values, dates and missing cells; its target; its classes."""
    frame = pd.DataFrame(
        {
            "size": RANDOM.lognormal(size=n),
            "shop": RANDOM.choice(["north", "south", "west"], n),
            "open": RANDOM.choice([True, False], n),
            "day": np.datetime64("2020-01-01") + RANDOM.integers(0, 700, n),
            "age": np.where(RANDOM.random(n) < 0.1, np.nan, RANDOM.integers(0, 80, n)),
        }
    )
    y = 100 * np.log(frame["size"]) + 50 * (frame["shop"] == "north") + frame["age"].fillna(40)
    return frame, y.to_numpy(), np.where(y > np.median(y), "dear", "cheap")


FRAME, Y, LABELS = made()
quiet = pytest.mark.filterwarnings("ignore::chainrule.tables.TableWarning")


@quiet
def test_a_regressor_learns_a_table_of_all_kinds():
    new, y, _ = made()
    model = TableRegressor(n_members=4, random_state=0).fit(FRAME, Y)
    assert model.score(new, y) > 0.9
    assert [type(net) for net in model.networks_] == [Network] * 4
    assert len(model.histories_) == 4 and model.n_features_in_ == 5
    assert list(model.feature_names_in_) == list(FRAME)


@quiet
@pytest.mark.parametrize("classes", ["two", "three"])
def test_a_classifier_learns_by_log_loss(classes):
    new, _, labels = made()
    y = LABELS
    if classes == "three":
        y, labels = (np.where(each["open"], kinds, "shut") for each, kinds in ((FRAME, y), (new, labels)))
    model = TableClassifier(n_members=4, random_state=0).fit(FRAME, y)
    assert model.score(new, labels) > 0.85
    p = model.predict_proba(new)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert set(model.predict(new)) <= set(model.classes_) == set(y)


@quiet
@pytest.mark.parametrize(("effort", "members", "sizes"), [("fast", 1, (64, 64)), ("strong", 8, (64, 64))])
def test_efforts(effort, members, sizes):
    model = TableRegressor(effort=effort, n_steps=50, random_state=0).fit(FRAME, Y)
    assert len(model.networks_) == members and model.networks_[0].layer_sizes[1:-1] == sizes
    assert model._recipe(5001).hidden_layer_sizes == ((128, 128) if effort == "strong" else (64, 64))


@quiet
@pytest.mark.parametrize("estimator", [TableRegressor, TableClassifier])
def test_the_same_bits_for_any_number_of_threads(estimator):
    y = Y if estimator is TableRegressor else LABELS
    found = [
        estimator(n_members=3, n_steps=100, random_state=5, n_jobs=jobs).fit(FRAME, y) for jobs in (1, 2, 3)
    ]
    for other in found[1:]:
        for mine, theirs in zip(found[0].networks_, other.networks_, strict=True):
            np.testing.assert_array_equal(mine.parameters, theirs.parameters)
        np.testing.assert_array_equal(found[0].predict(FRAME), other.predict(FRAME))


@quiet
def test_frames_of_any_kind_give_the_same_model():
    frames = [FRAME, pl.DataFrame(FRAME.to_dict("list")), pl.DataFrame(FRAME.to_dict("list")).to_arrow()]
    found = [TableRegressor(**QUICK).fit(frame, Y).predict(frame) for frame in frames]
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)


def test_arrays_of_numbers_and_of_objects():
    numbers = RANDOM.normal(size=(80, 3))
    numbers[::9, 1] = np.nan
    y = numbers[:, 0]
    first = TableRegressor(**QUICK).fit(numbers, y)
    objects = numbers.astype(object)
    objects[np.isnan(numbers)] = None
    np.testing.assert_array_equal(
        TableRegressor(**QUICK).fit(objects, y).predict(objects), first.predict(numbers)
    )
    mixed = np.column_stack([objects, np.where(y > 0, "up", "down")])
    model = TableRegressor(**QUICK).fit(mixed, y)
    assert model.encoder_.columns[3].categories == ("down", "up")


@quiet
def test_predictions_stay_within_the_targets_learned_from():
    far = FRAME.assign(size=FRAME["size"] * 1e6)
    y = TableRegressor(**QUICK).fit(FRAME, Y).predict(far)
    assert y.max() <= Y.max() and y.min() >= Y.min()


@quiet
def test_the_prediction_is_the_mean_of_the_members():
    model = TableRegressor(n_members=3, n_steps=100, random_state=0).fit(FRAME, Y)
    members = [model.predict(FRAME, member=number) for number in range(3)]
    np.testing.assert_allclose(model.predict(FRAME), np.mean(members, axis=0), rtol=1e-12)
    assert np.ptp(members, axis=0).max() > 0
    for number in (3, -4, "1", 0.0):
        for ask in (model.predict, model.jacobian):
            with pytest.raises(ValueError, match=f"from 0 to 2 as there are 3 members, got {number!r}$"):
                ask(FRAME, member=number)


@quiet
def test_intervals_hold_new_targets():
    (frame, y, _), (new, truth, _) = made(1500), made(1000)
    model = TableRegressor(n_members=8, n_steps=600, random_state=0)
    model.fit(frame, y + 30 * RANDOM.normal(size=1500))
    y = truth + 30 * RANDOM.normal(size=1000)
    predicted, low, high = model.predict(new, interval=0.9)
    assert np.mean((low <= y) & (y <= high)) == pytest.approx(0.9, abs=0.05)
    np.testing.assert_array_equal(predicted, model.predict(new))
    _, std = model.predict(new, return_std=True)
    assert np.mean(np.abs(y - predicted) < 2 * std) > 0.9


@quiet
def test_intervals_of_few_rows_say_so_and_contradictions_are_refused():
    model = TableRegressor(**QUICK).fit(FRAME.head(60), Y[:60])
    with pytest.warns(TableWarning, match=r"intervals rest on 16 rows held back, in 1 bin"):
        model.predict(FRAME, interval=0.8)
    with pytest.raises(ValueError, match=r"between 0 and 1, got 90"):
        model.predict(FRAME, interval=90)
    with pytest.raises(ValueError, match="not for both"):
        model.predict(FRAME, interval=0.9, return_std=True)


@quiet
def test_a_single_member_s_probabilities_are_tempered():
    one = TableClassifier(effort="fast", n_steps=3000, hidden_layer_sizes=(128, 128), random_state=0)
    noisy = np.where(RANDOM.random(300) < 0.3, LABELS[::-1], LABELS)
    one.fit(FRAME, noisy)
    assert one.temperature_ != 1 and TableClassifier(**QUICK).fit(FRAME, noisy).temperature_ == 1


@quiet
def test_rows_of_no_weight_do_not_count():
    weights = np.ones(300)
    weights[::3] = 0
    y = Y.copy()
    y[::3] = RANDOM.normal(size=100) * 1000
    weighed = TableRegressor(n_members=4, random_state=0).fit(FRAME, y, sample_weight=weights)
    used = weights > 0
    assert np.corrcoef(weighed.predict(FRAME[used]), Y[used])[0, 1] > 0.97
    with pytest.raises(ValueError, match="sample_weight must be >= 0"):
        TableRegressor().fit(FRAME, Y, sample_weight=-weights)


@quiet
def test_groups_and_time():
    groups = np.repeat(np.arange(30), 10)
    model = TableRegressor(n_members=4, n_folds=4, n_steps=100, random_state=0).fit(FRAME, Y, groups=groups)
    for member in model.members_:
        learned = np.setdiff1d(np.arange(300), member.held_back)
        assert not set(groups[member.held_back]) & set(groups[learned])
    last = TableRegressor(validation="last", **QUICK).fit(FRAME, Y)
    for member in last.members_:
        np.testing.assert_array_equal(member.held_back, np.arange(300 - 37, 300))
    with pytest.raises(ValueError, match="groups goes with validation='random'"):
        TableRegressor(validation="last").fit(FRAME, Y, groups=groups)


@quiet
@pytest.mark.parametrize("groups, kind, said", [
    ([1.0] * 200 + [np.nan] * 100, ValueError, "groups has no value in row 201: each row is of a group"),
    (["a"] * 299 + [None], ValueError, "groups has no value in row 300"),
    (pd.Series(["a", pd.NA] * 150, dtype="string"), ValueError, "groups has no value in row 2"),
    (pd.to_datetime(["2026-01-01", None, "2026-01-02"] * 100), ValueError, "groups has no value in row 2"),
    (pd.Series([1, "a"] * 150), TypeError, "groups must be all numbers, all dates or all text"),
    (["a"] * 299, ValueError, r"groups must be of shape \(300,\), one for each row, got \(299,\)"),
    ([7] * 300, ValueError, "groups holds one group only, 7"),
    (list(Y), ValueError, "^groups has the values of y, the target: give another column, whose values say"),
    ("y", TypeError, r"^groups must be values, one for each row, got the name 'y': .* in gr.*=table\['y'\]"),
])  # fmt: skip
def test_groups_that_are_refused(groups, kind, said):
    with pytest.raises(kind, match=said):
        TableRegressor(**QUICK).fit(FRAME, Y, groups=groups)


@quiet
def test_more_rows_with_a_warm_start():
    model = TableRegressor(warm_start=True, **QUICK).fit(FRAME.head(150), Y[:150])
    encoder, before = model.encoder_, model.networks_[0].parameters.copy()
    model.set_params(n_steps=1).fit(FRAME, Y)
    assert model.encoder_ is encoder
    after = model.networks_[0].parameters
    assert not np.array_equal(before, after)
    fresh = TableRegressor(**{**QUICK, "n_steps": 1}).fit(FRAME, Y).networks_[0].parameters
    assert len(fresh) != len(after) or np.abs(after - before).max() < np.abs(after - fresh).max()


@quiet
def test_a_time_limit_gives_a_model_all_the_same_and_says_so():
    model = TableRegressor(time_limit=1e-6, random_state=0)
    with pytest.warns(TableWarning, match=r"time_limit=1e-06: there was time for \d of 8 members"):
        model.fit(FRAME, Y)
    assert {history.stop_reason for history in model.histories_} == {"time limit"}
    assert np.isfinite(model.predict(FRAME)).all()


@quiet
@pytest.mark.parametrize("estimator", [TableRegressor(**QUICK), TableClassifier(**QUICK)])
def test_pickles_clones_and_cross_validation(estimator):
    y = Y if isinstance(estimator, TableRegressor) else LABELS
    model = clone(estimator).fit(FRAME, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(FRAME), model.predict(FRAME))
    assert np.isfinite(cross_val_score(clone(estimator), FRAME, y, cv=3)).all()


class TestRefused:
    def test_cells_and_columns(self):
        with pytest.raises(ValueError, match=r"infinity, in column 'x1', row 3"):
            TableRegressor().fit([[1, 2], [3, 4], [5, np.inf]], [1, 2, 3])
        with pytest.raises(ValueError, match="no column tells rows apart"):
            TableRegressor().fit(np.ones((20, 2)), np.arange(20))
        with pytest.raises(ValueError, match="kinds, ignore and na are for data frames"):
            TableRegressor(ignore=["x0"]).fit(np.ones((20, 2)), np.arange(20))

    @quiet
    def test_another_table_in_predict(self):
        model = TableRegressor(**QUICK).fit(FRAME, Y)
        with pytest.raises(ValueError, match="size"):
            model.predict(FRAME.drop(columns="size"))
        with pytest.raises(ValueError, match="'size'"):
            model.predict(FRAME.assign(size="large"))
        with pytest.warns(
            TableWarning, match=r"column 'shop': 300 rows with a value .* first 'east' in row 1"
        ):
            model.predict(FRAME.assign(shop="east"))

    def test_targets(self):
        X = np.arange(20.0)[:, None]
        with pytest.raises(ValueError, match="y contains NaN, first in row 20"):
            TableRegressor().fit(X, [*range(19), np.nan])
        with pytest.raises(ValueError, match="TableClassifier takes names"):
            TableRegressor().fit(X, ["a"] * 20)
        with pytest.raises(ValueError, match="y has 1 class only, 'a'"):
            TableClassifier().fit(X, ["a"] * 20)

    @quiet
    def test_a_warm_start_with_a_new_class(self):
        model = TableClassifier(warm_start=True, **QUICK).fit(FRAME, LABELS)
        with pytest.raises(ValueError, match="warm_start: y holds a new class, 'new'"):
            model.fit(FRAME, np.append(LABELS[1:], "new"))

    def test_settings(self):
        with pytest.raises(ValueError, match="effort"):
            TableRegressor(effort="much").fit(FRAME, Y)
        with pytest.raises(ValueError, match="hidden_layer_sizes must be > 0"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            TableRegressor(hidden_layer_sizes=(3, 0)).fit(FRAME, Y)


class TestHardTables:
    @quiet
    def test_twenty_rows(self):
        X = RANDOM.normal(size=(20, 2))
        assert np.isfinite(TableRegressor(random_state=0).fit(X, X[:, 0]).predict(X)).all()

    def test_three_rows_in_a_class(self):
        X = RANDOM.normal(size=(60, 2))
        y = np.array(["rare"] * 3 + ["often"] * 57)
        with pytest.warns(TableWarning, match="class 'rare' has 3 rows"):
            model = TableClassifier(**QUICK).fit(X, y)
        assert model.predict_proba(X).shape == (60, 2)

    @quiet
    def test_many_classes(self):
        X = RANDOM.normal(size=(600, 2))
        y = np.arange(600) % 200
        p = TableClassifier(n_members=1, n_steps=50, random_state=0).fit(X, y).predict_proba(X)
        assert p.shape == (600, 200)

    def test_all_rows_the_same_target(self):
        X = RANDOM.normal(size=(40, 2))
        model = TableRegressor(**QUICK).fit(X, np.full(40, 7.0))
        np.testing.assert_array_equal(model.predict(X), 7.0)

    @quiet
    def test_junk_columns(self):
        n = 200
        junk = {f"empty{k}": [None] * n for k in range(3)}
        junk |= {"key": [f"id{row}" for row in range(n)], "one": ["same"] * n, "row": np.arange(n)}
        junk |= {"mixed": [1 if row % 2 else f"t{row % 5}" for row in range(n)]}
        junk |= {"when": [f"2020-01-{row % 28 + 1:02d}" for row in range(n)]}
        frame = pd.DataFrame({"x": RANDOM.normal(size=n)} | junk)
        model = TableRegressor(n_members=4, random_state=0).fit(frame, frame["x"])
        names = [column.name for column in model.encoder_.columns]
        assert "x" in names and "key" not in names and "empty0" not in names and "row" not in names
        assert model.score(frame, frame["x"]) > 0.9


@quiet
def test_a_type_that_is_changed_after_the_fit_is_that_of_the_next_fit():
    model = TableRegressor(**QUICK).fit(FRAME, Y)
    before = model.predict(FRAME)
    model.set_params(dtype="float64")
    np.testing.assert_array_equal(model.predict(FRAME), before)
    model.jacobian(FRAME.head(3))
    model.set_params(warm_start=True, n_steps=1).fit(FRAME, Y)
    assert model.networks_[0].dtype == np.float32


@quiet
def test_wide_tables_are_not_compared_with_a_line_that_takes_long(monkeypatch):
    monkeypatch.setattr("chainrule.tables.ensemble._linear._MOST_INPUTS", 3)
    assert TableRegressor(**QUICK).fit(FRAME, Y).report_.linear is None
    monkeypatch.undo()
    monkeypatch.setattr("chainrule.tables.ensemble._linear._MOST_CELLS", 1000)
    report = TableClassifier(**QUICK).fit(FRAME, LABELS).report_
    assert report.linear is None and "logistic" not in report.verdict


@quiet
@pytest.mark.parametrize("times", [pd.date_range("2020", periods=len(Y)), pd.to_timedelta(Y, unit="h")])
def test_times_are_no_targets_and_no_weights(times):
    """NumPy takes them for numbers of microseconds."""
    for given in (times, times.to_series(), times.to_numpy()):
        with pytest.raises(ValueError, match=r"^y must hold numbers, got (date|timed).*64\[.*\]: "):
            TableRegressor(**QUICK).fit(FRAME, given)
        with pytest.raises(ValueError, match=r"^sample_weight must hold real numbers, got"):
            TableRegressor(**QUICK).fit(FRAME, Y, sample_weight=given)
    with pytest.raises(ValueError, match=r"sample_weight must hold real numbers, got 'a' at \[0\]"):
        TableRegressor(**QUICK).fit(FRAME, Y, sample_weight=np.array(["a"] * len(Y), dtype=object))
