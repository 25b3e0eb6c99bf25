"""How columns are read and encoded where others hold the rows: as of the whole table, to the bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import TableClassifier, TableRegressor
from chainrule.tables import TableWarning
from chainrule.tables.ensemble import ColumnFacts
from chainrule.tables.ensemble import _seen_columns as seen_columns
from chainrule.tables.ensemble._by_group import begin_table, prepared

from .by_group import InProcess, cut

random = np.random.default_rng(0)
N = 60
FRAME = pd.DataFrame(
    {
        "x": random.normal(size=N).round(1) * random.choice([1e-9, 1.0, 1e9], N),
        "few": random.integers(0, 3, N),
        "there": random.random(N) < 0.5,
        "day": pd.date_range("2020-01-01", periods=N, freq="7h"),
        "name": pd.Series(random.choice(["a", "b", "c"], N), dtype=object),
        "kind": pd.Categorical(random.choice(["u", "v"], N)),
        "none": np.full(N, np.nan),
    }
)
FRAME.loc[10:19, "x"] = np.nan
FRAME.loc[10:19, "name"] = None
Y = FRAME["few"].to_numpy() + random.normal(size=N)


def begun(X=FRAME, y=Y, at=(), model=None, weights=None):
    model = TableRegressor(kinds="stored") if model is None else model
    begin_table(model, InProcess(cut(X, y, at=at, weights=weights)))
    return model


def encoder_of(model, X):
    """The encoder of a fit to the whole table, which is not learned."""
    model = TableRegressor(**model.get_params())
    columns = model._read_first(X)
    return model._learn_encoder(columns), model._reader


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.integers(0, N), max_size=4).map(sorted),
    st.permutations(range(N)),
    st.sampled_from([0, 3, 16]),
)
def test_the_encoder_is_that_of_the_whole_table_to_the_bit(at, order, n_bins):
    X = FRAME.iloc[order].reset_index(drop=True)
    model = begun(X, Y[order], at, TableRegressor(kinds="stored", n_bins=n_bins))
    encoder, reader = encoder_of(model, X)
    assert model.encoder_ == encoder and model._reader == reader
    assert list(model.feature_names_in_) == list(X) and model.n_features_in_ == X.shape[1]
    assert (model._low, model._high) == (Y.min(), Y.max())
    assert (model._centre, model._spread) == pytest.approx((Y.mean(), Y.std()), rel=1e-14)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 999), st.lists(st.integers(0, 300), max_size=3).map(sorted))
def test_quantiles_that_are_searched_for_in_several_rounds(seed, at):
    """Of some numbers so few bits differ that they are told apart in the last rounds."""
    values = 1.0 + np.random.default_rng(seed).integers(0, 50, 300) * 2.0**-52
    X = pd.DataFrame({"x": np.where(values > 1 + 2.0**-50, values, np.nan), "y": -values})
    model = TableRegressor(kinds="stored", n_bins=5)
    pieces = InProcess(cut(X, values, at=at))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chainrule.tables._quantile_search._HELD", 0)
        begin_table(model, pieces)
    assert model.encoder_ == encoder_of(model, X)[0]


def test_arrays():
    X = np.column_stack([Y, Y > 0, np.arange(N)])
    model = begun(X, at=(20,))
    assert model.encoder_ == encoder_of(model, X)[0] and not hasattr(model, "feature_names_in_")
    mixed = X.astype(object)
    mixed[:, 1] = np.where(Y > 0, "yes", None)
    model = begun(mixed, at=(20,))
    assert model.encoder_ == encoder_of(model, mixed)[0]


def test_rows_as_the_networks_take_them():
    weights = np.arange(N, dtype=float)
    model = begun(at=(20, 20), weights=weights, model=TableRegressor(kinds="stored", dtype="float64"))
    packed, targets, w, _ = prepared(model, FRAME.iloc[20:], Y[20:], weights[20:]).arrays
    np.testing.assert_array_equal(packed, model._packed(FRAME, np.dtype(float))[20:])
    np.testing.assert_allclose(targets[:, 0], (Y[20:] - Y.mean()) / Y.std(), atol=1e-12)
    np.testing.assert_array_equal(w, weights[20:])
    assert np.isnan(packed[:, 6]).all()


def test_columns_of_text_are_said_unless_kinds_are_asked_for_as_stored():
    with pytest.warns(TableWarning, match="taken for categories: 'name', 'kind'; numbers and dates in text"):
        begun(model=TableRegressor())
    model = begun(model=TableRegressor(kinds="stored", ignore=["name"]))
    assert "name" not in model._reader.names


def test_a_column_without_values_in_a_piece_is_what_it_is_elsewhere():
    X = FRAME.copy()
    X.loc[:19, "name"] = None
    parts = cut(X, Y, at=(20,))
    parts[0] = parts[0][0].assign(name=np.nan), *parts[0][1:]  # floats now
    model = TableRegressor(kinds="stored")
    begin_table(model, InProcess(parts))
    assert model.encoder_ == encoder_of(model, X)[0]


def one_text(X, y):
    X["few"] = X["few"].astype(object)
    X.loc[50:, "few"] = "many"


def infinite(X, y):
    X.loc[43, "x"] = np.inf


def no_target(X, y):
    y[41] = np.nan


@pytest.mark.parametrize(
    "change, problem",
    [
        (one_text, r"column 'few' holds text in partition 1 and numbers in partition 0: convert"),
        (infinite, r"partition 2: Input X contains infinity, in column 'x', row 4"),
        (no_target, r"partition 2: Input y contains NaN, first in row 2"),
    ],
)
def test_what_is_wrong_in_a_piece_is_said_with_its_name(change, problem):
    X, y = FRAME.copy(), Y.copy()
    change(X, y)
    parts = cut(X, y, at=(20, 40))
    parts[0] = parts[0][0].assign(few=FRAME["few"]), *parts[0][1:]
    with pytest.raises(ValueError, match=problem):
        begin_table(TableRegressor(kinds="stored"), InProcess(parts))


@pytest.mark.parametrize(
    "change, problem",
    [
        (lambda X: X.drop(columns="day"), "partition 1 differ from those of partition 0: it has not 'day'"),
        (lambda X: X.assign(new=1), "it has 'new' more"),
        (lambda X: X[list(X)[::-1]], "their order is 'none', 'kind'"),
    ],
)
def test_other_columns(change, problem):
    parts = cut(FRAME, Y, at=(20,))
    parts[1] = change(parts[1][0]), *parts[1][1:]
    with pytest.raises(ValueError, match=problem):
        begin_table(TableRegressor(kinds="stored"), InProcess(parts))


@pytest.mark.parametrize(
    "given, problem",
    [
        ({"kinds": {"name": "number"}}, r"kinds=\{'name': 'number'\} looks into text.* convert them before"),
        ({"na": ["?"]}, r"na=\['\?'\] looks into text.* convert them before"),
        ({"ignore": ["nam"]}, "ignore names 'nam'; the columns are 'x'"),
    ],
)
def test_parameters_that_take_all_rows_at_once(given, problem):
    with pytest.raises(ValueError, match=problem):
        begun(model=TableRegressor(**given))


def test_too_many_texts(monkeypatch):
    monkeypatch.setattr(seen_columns, "MOST_TEXTS", 40)
    X = pd.DataFrame({"id": [f"n{row}" for row in range(N)], "x": Y})
    with pytest.raises(ValueError, match=r"column 'id' holds more than 40 different texts.*ignore=\['id'\]"):
        begun(X, at=(30,))
    begun(X, at=(30,), model=TableRegressor(kinds="stored", ignore=["id"]))


def test_labels():
    labels = np.array(["no", "yes, of course"])[(Y > 1).astype(int)]
    model = begun(y=labels, at=(7, 30), model=TableClassifier(kinds="stored"))
    np.testing.assert_array_equal(model.classes_, np.unique(labels))
    with pytest.raises(ValueError, match="y has 1 class only, 'no'"):
        begun(y=np.full(N, "no"), at=(7,), model=TableClassifier(kinds="stored"))
    parts = cut(FRAME, labels, at=(30,))
    parts[1] = parts[1][0], np.arange(30) % 2, None
    with pytest.raises(TypeError, match="y holds numbers and text: classes are named by one of them"):
        begin_table(TableClassifier(kinds="stored"), InProcess(parts))


def test_weights():
    parts = cut(FRAME, Y, at=(30,), weights=np.ones(N))
    parts[1] = *parts[1][:2], None
    with pytest.raises(ValueError, match="partition 0 has sample weights, and partition 1 has none"):
        begin_table(TableRegressor(kinds="stored"), InProcess(parts))
    with pytest.raises(ValueError, match="not 0 in all rows"):
        begun(weights=np.zeros(N), at=(30,))
    with pytest.raises(ValueError, match="partition 1: sample_weight must be >= 0"):
        begun(weights=np.linspace(1, -1, N), at=(30,))
    weights = np.repeat([0.0, 2.0], 30)  # none in one piece
    model = begun(weights=weights, at=(30,))
    np.testing.assert_array_equal(prepared(model, FRAME[:30], Y[:30], weights[:30]).weights, weights[:30])


def test_numbers_between_two_lie_on_the_line_from_the_lower_one():
    """To the bit, as table estimators always had it."""
    values, shares = np.sort(Y), np.linspace(0.013, 0.987, 50)
    place = shares * (N - 1)
    low, high = values[place.astype(int)], values[place.astype(int) + 1]
    found = ColumnFacts.of_numbers("x", Y).quantiles(shares)
    np.testing.assert_array_equal(found, low + (high - low) * (place - np.floor(place)))
    assert (found != high - (high - low) * (1 - (place - np.floor(place)))).any()


def test_pieces_of_other_libraries():
    """Arrow's tables, as Parquet files are read; what lacks a label is said."""
    pa = pytest.importorskip("pyarrow")
    X = FRAME.drop(columns=["none", "kind"])
    parts = [(pa.Table.from_pandas(x, preserve_index=False), y, None) for x, y, *_ in cut(X, Y, at=(25,))]
    model = TableRegressor(kinds="stored")
    begin_table(model, InProcess(parts))
    whole = pa.Table.from_pandas(X, preserve_index=False)
    assert model.encoder_ == encoder_of(model, whole)[0]
    assert prepared(model, *parts[1]).X.shape == (35, 5)
    shapes = [each.shape for each in prepared(model, whole.slice(0, 0), Y[:0]).arrays]
    assert shapes == [(0, 5), (0, 1), (0,), (0,)]
    parts[1] = parts[1][0], np.array(["a", None] * 17 + ["b"], dtype=object), None
    parts[0] = parts[0][0], np.array(["a"] * 25, dtype=object), None
    with pytest.raises(
        ValueError, match="partition 1: Input y contains NaN, infinity or None: None in row 2"
    ):
        begin_table(TableClassifier(kinds="stored"), InProcess(parts))
