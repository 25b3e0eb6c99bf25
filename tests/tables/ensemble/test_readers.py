"""Readers of arrays and frames: what is a number, what is text, what another table may hold."""

import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule import TableRegressor
from chainrule.tables import TableWarning
from chainrule.tables.ensemble._reading import read_first

N = 12


def polars(**columns):
    return pl.DataFrame(columns)


def pandas(**columns):
    return pd.DataFrame(columns)


def stored(frame):
    reader, columns = read_first(frame, "stored", (), ())
    return reader, {column.name: column for column in columns}


@pytest.mark.parametrize("make", [pandas, polars])
def test_columns_are_what_they_are_stored_as(make):
    frame = make(
        whole=[1, 2, None, 4], real=[0.5, None, 2.0, np.nan], text=["1", None, "b", "c"],
        truth=[True, None, False, True],
        day=np.array(["1970-01-02", "1970-01-03", "NaT", "1970-01-05"], dtype="datetime64[us]"),
    )  # fmt: skip
    if make is pandas:
        frame = frame.astype({"whole": "Int64", "truth": "boolean"})
    _, columns = stored(frame)
    assert [name for name, column in columns.items() if column.is_text] == ["text"]
    np.testing.assert_array_equal(columns["whole"].values, [1, 2, np.nan, 4])
    np.testing.assert_array_equal(columns["real"].values, [0.5, np.nan, 2, np.nan])
    np.testing.assert_array_equal(columns["truth"].values, [1, np.nan, 0, 1])
    np.testing.assert_array_equal(columns["day"].values, [1, 2, np.nan, 4])
    assert [value if isinstance(value, str) else None for value in columns["text"].values] == [
        "1",
        None,
        "b",
        "c",
    ]


def test_categories_are_text():
    frames = (
        pd.DataFrame({"c": pd.Categorical(["a", None, "b"])}),
        pl.DataFrame({"c": ["a", None, "b"]}).cast(pl.Categorical),
    )
    for frame in frames:
        _, columns = stored(frame)
        assert columns["c"].is_text and [*columns["c"].values[[0, 2]]] == ["a", "b"]
        assert not isinstance(columns["c"].values[1], str)


@pytest.mark.parametrize("make", [pandas, polars])
def test_another_frame_holds_the_same_kinds_or_nothing(make):
    reader, _ = stored(make(x=[1.0, 2.0], c=["a", "b"]))
    empty = reader.read(make(x=[None, None], c=[None, None]))
    assert np.isnan(empty[0].values).all() and [*empty[1].values] == [None, None]
    with pytest.raises(ValueError, match="column 'x' held numbers in the fit, and holds text here"):
        reader.read(make(x=["a", "b"], c=["a", "b"]))
    with pytest.raises(ValueError, match="column 'c' held text in the fit, and holds numbers here"):
        reader.read(make(x=[1.0, 2.0], c=[1.0, 2.0]))


def test_what_cannot_be_learned_from():
    with pytest.raises(ValueError, match="column 'l' holds List"):
        stored(pl.DataFrame({"l": [[1], [2]]}))
    with pytest.raises(ValueError, match="infinity, in column 'x', row 2"):
        stored(pl.DataFrame({"x": [1.0, -np.inf]}))
    with pytest.raises(ValueError, match=r"1e\+200, too large to be scaled, in column 'x', row 1"):
        stored(pl.DataFrame({"x": [1e200, 1.0]}))


def test_numbers_in_text_are_found_unless_columns_are_as_stored():
    frame = pd.DataFrame({"price": [f"{k},5 €" for k in range(N)]})
    _, columns = read_first(frame, None, (), ())
    assert not columns[0].is_text and columns[0].values[3] == 3.5
    assert stored(frame)[1]["price"].is_text


def test_without_pyarrow_text_is_said_to_be_categories(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr("chainrule.tables.ensemble._reading.find_spec", lambda name: None)
    with pytest.warns(TableWarning, match="columns of text are taken for categories: 'c'"):
        _, columns = read_first(pl.DataFrame({"x": [1.0, 2.0], "c": ["1", "2"]}), None, (), ())
    assert columns[1].is_text
    with pytest.raises(ValueError, match="kinds and na need pandas and pyarrow"):
        read_first(pl.DataFrame({"x": [1.0]}), {"x": "number"}, (), ())


def test_wishes():
    frame = pl.DataFrame({"x": [*map(float, range(N))], "z": [*range(N)][::-1]})
    model = TableRegressor(n_members=1, n_steps=10, kinds={"z": "text"}, ignore=["x"], random_state=0)
    model.fit(frame, np.arange(N))
    assert [column.name for column in model.encoder_.columns] == ["z"] and model.encoder_.columns[
        0
    ].categories
    with pytest.raises(ValueError, match="na goes with kinds that are looked for"):
        TableRegressor(kinds="stored", na=["?"]).fit(frame, np.arange(N))
