"""What real columns hold, what is made of them, and what is said about it."""

import datetime
import decimal
import warnings

import numpy as np
import pandas as pd
import pytest

from chainrule.tables import Column, Schema, TableWarning, inspect_columns, read_cells, split_table

NAN = np.nan
DAY = datetime.date(1970, 1, 3)
NUMBERS = [1.0, NAN, 3.0]

# What it is, its cells, what it is taken for, and the cells the pipeline gets.
KINDS = [
    ("integers", pd.Series([1, 2, 3]), "number", [1.0, 2, 3]),
    ("floats", pd.Series(NUMBERS), "number", NUMBERS),
    ("nullable integers", pd.Series([1, None, 3], dtype="Int64"), "number", NUMBERS),
    ("float32", pd.Series(NUMBERS, dtype="float32"), "number", NUMBERS),
    ("decimals", pd.Series([decimal.Decimal(1), None, decimal.Decimal(3)]), "number", NUMBERS),
    ("truth values", pd.Series([True, False, True]), "boolean", [1.0, 0, 1]),
    ("truth values with gaps", pd.Series([True, None, False], dtype=object), "boolean", [1, NAN, 0]),
    ("nullable truth values", pd.Series([True, None, False], dtype="boolean"), "boolean", [1, NAN, 0]),
    ("text", pd.Series(["x", None, "y"]), "text", ["x", NAN, "y"]),
    ("text as objects", pd.Series(["x", None, "y"], dtype=object), "text", ["x", NAN, "y"]),
    ("Arrow text", pd.Series(["x", None, "y"], dtype="string[pyarrow]"), "text", ["x", NAN, "y"]),
    ("categories", pd.Series(["x", None, "y"], dtype="category"), "text", ["x", NAN, "y"]),
    ("categories of numbers", pd.Series([1.0, NAN, 2.0], dtype="category"), "text", ["1", NAN, "2"]),
    ("numbers and text", pd.Series([1, "x", 2.5], dtype=object), "text", ["1", "x", "2.5"]),
    ("dates", pd.Series([DAY, None]), "date", [2.0, NAN]),
    ("times", pd.Series(pd.to_datetime(["1970-01-02 12:00", None])), "date", [1.5, NAN]),
    ("times with zone", pd.Series(pd.to_datetime(["1970-01-02T01:00+01:00"])), "date", [1.0]),
    ("dates as text", pd.Series(["1970-01-02", None]), "date", [1.0, NAN]),
    ("times as text", pd.Series(["1970-01-02T12:00:00Z", "1970-01-02 18:00"]), "date", [1.5, 1.75]),
    ("ancient dates", pd.Series(["1182-03-01", "1970-01-02"]), "date", [-287752.0, 1.0]),
    ("numbers as text", pd.Series(["1,5", None, "2"]), "number", [1.5, NAN, 2]),
    ("almost dates", pd.Series(["1970-01-02", "1970-02-31"]), "text", ["1970-01-02", "1970-02-31"]),
]


@pytest.mark.parametrize(("values", "kind", "expected"), [pytest.param(*row[1:], id=row[0]) for row in KINDS])
def test_kinds(values, kind, expected):
    frame = pd.DataFrame({"column": values, "target": 0.0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)
        schema = inspect_columns(frame, "target")
    assert [(column.name, column.kind) for column in schema.columns] == [("column", kind)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)
        found = schema.features(frame)["column"].to_numpy()
    pd.testing.assert_series_equal(pd.Series(found), pd.Series(expected), check_dtype=False)
    assert found.dtype == (object if kind == "text" else float)


N = 250
TEXTS = np.array([f"t{i}" for i in range(N)])

# What it is, its cells, and what is said.
SAID = [
    ("empty", np.full(N, NAN), "column 'c' is left out: it has no value in any row"),
    ("lists", [[1]] * N, "column 'c' is left out: it holds list<.*int64> values"),
    ("dictionaries", [{"a": 1}] * N, "column 'c' is left out: it holds struct<a: int64> values"),
    ("objects", [object()] * N, "column 'c' is left out: it holds mixed values"),
    ("bytes", [b"1"] * N, "column 'c' is left out: it holds binary values"),
    ("keys", TEXTS, r"column 'c' is left out: it has 250 different texts in 250 rows"),
    (
        "many texts",
        TEXTS[np.arange(N) % 120],
        "has 120 different texts: the 99 most frequent get an input each",
    ),
    (
        "dates",
        ["2024-02-29"] * N,
        r"column 'c' is read as dates \(year-month-day\), in days since 1970-01-01",
    ),
    ("a typing error", ["1"] * (N - 1) + ["1o"], r"column 'c': '1o' \(in row 250\) counted as missing"),
    (
        "gaps in words",
        ["?", "?"] + ["2"] * (N - 2),
        r"'\?' counts as missing: 2 times in 'c', first in row 1",
    ),
    (
        "a tenth of remarks",
        ["2"] * (N - 25) + ["much"] * 25,
        r"as text, not as numbers: because of 'much' in row 226 \(and of 24 more rows\)",
    ),
    ("numbers of the rows", np.arange(N) + 7, "left out: it holds whole numbers that rise from row to row"),
    ("shuffled", np.arange(N)[::-1] ^ 1, "left out: it numbers the rows, in another order"),
    (
        "people",
        np.arange(N) * 37 % 251 * 1000,
        "whole numbers that are all different, and is learned from",
    ),
    (
        "a mark",
        [-999.0, -999.0, *np.linspace(20, 23, N - 2)],
        "-999 occurs 2 times and lies far from all others",
    ),
    (
        "zip codes",
        ["01234"] * 9 + ["90210"] * (N - 9),
        "as text: it has digits with leading zeros, such as '01234'",
    ),
    ("spaces", ["a ", "a"] * (N // 2), "'a ' is read as 'a': texts that differ only by spaces"),
    (
        "accents",
        ["e\u0301", "\u00e9"] * (N // 2),
        "texts that differ only by the way their accents are stored",
    ),
]


@pytest.mark.parametrize(("values", "said"), [pytest.param(*row[1:], id=row[0]) for row in SAID])
def test_what_is_said(values, said):
    frame = pd.DataFrame({"target": 0.0, "c": values, "other": 1.0})
    with pytest.warns(TableWarning, match=said) as caught:
        schema = inspect_columns(frame, "target")
    assert len(caught) == 1
    left_out = "left out" in str(caught[0].message)
    assert schema.left_out == (("c",) if left_out else ())
    assert ("c" in schema.names()) != left_out


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "rownames"])
def test_numbers_of_rows_are_left_out(name):
    frame = pd.DataFrame({name: range(5), "x": range(5), "y": 0.0}).iloc[[3, 1, 2]]
    with pytest.warns(TableWarning, match="left out: it only numbers the rows"):
        assert inspect_columns(frame, "y").names() == ["x"]


def test_text_is_read_alike_however_it_is_stored():
    schema = Schema("y", (Column("code", "text"), Column("flag", "boolean"), Column("n", "number")))
    for code, flag, n in [(7, 1, "2.5"), (7.0, "True", 2.5), ("7", "false", decimal.Decimal("2.5"))]:
        X = schema.features(pd.DataFrame({"code": [code], "flag": [flag], "n": [n]}))
        assert X["code"].iloc[0] == "7"
        assert X["flag"].iloc[0] in (0.0, 1.0)
        assert X["n"].iloc[0] == 2.5


def test_names_that_are_no_strings():
    schema = Schema("y", (Column("0", "number"),))
    assert schema.features(pd.DataFrame({0: [1]}))["0"].iloc[0] == 1.0


def test_schema_from_json_is_checked():
    plain = {"target": "y", "columns": [{"name": "x", "kind": "colour"}], "left_out": []}
    with pytest.raises(ValueError, match="unknown kind of column"):
        Schema.from_json(plain)


def test_the_error_says_that_a_table_is_to_be_read_without_names(tmp_path):
    (tmp_path / "t.csv").write_text("1.5,2\n2.5,3\n3.5,5\n" * 8)
    cells = read_cells(tmp_path / "t.csv", header=False)
    schema = split_table(cells, "column 2", seed=0).schema
    assert not schema.named and Schema.from_json(schema.to_json()) == schema
    with pytest.warns(TableWarning), pytest.raises(ValueError, match=r"a table without names.*header=False"):
        schema.features(read_cells(tmp_path / "t.csv"))
    with pytest.raises(ValueError, match=r"lacks 'column 1' - did you mean 'column 2'\?$"):
        schema.features(cells.without(("column 1",)))


def test_descriptions_of_earlier_files_had_names():
    plain = Schema("y", (Column("x", "number"),)).to_json()
    del plain["named"]
    assert Schema.from_json(plain).named
