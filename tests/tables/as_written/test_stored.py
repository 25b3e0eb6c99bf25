"""Tables that are stored with types, and data frames."""

import datetime
import decimal
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from as_written.runner import LEFT_OUT, Case, check, dates, times
from chainrule.tables import Wishes

AB = {"a": [1.5, 2], "b": ["x", "y"]}
PLAIN = "a,b\n1.5,x\n2,y\n"


def parquet(**columns: pa.Array) -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held)
    return held.getvalue()


DAY = datetime.date(2021, 12, 31)
MONEY = [decimal.Decimal("1.50"), None, decimal.Decimal("7.25")] * 8
Y = pa.array([1.5, 2.5, 3.5] * 8)
X = pa.array([1.25, 2.5, 0.5] * 8)

STORED = [
    Case(
        "numbers",
        parquet(a=pa.array([1, 2], pa.int8()), b=pa.array([1.5, None], pa.float32())),
        {"a": [1, 2], "b": [1.5, None]},
        suffix=".parquet",
    ),
    Case("decimals", parquet(a=pa.array(MONEY)), {"a": [1.5, None, 7.25] * 8}, suffix=".parquet"),
    Case("days", parquet(a=pa.array([DAY, None])), {"a": dates("2021-12-31", None)}, suffix=".parquet"),
    Case(
        "instants",
        parquet(a=pa.array([datetime.datetime(2021, 12, 31, 12), None], pa.timestamp("ns"))),
        {"a": dates("2021-12-31T12:00", None)},
        suffix=".parquet",
    ),
    Case(
        "never",
        parquet(a=pa.array([DAY, datetime.date(9999, 12, 31)])),
        {"a": dates("2021-12-31", None)},
        ["9999-12-31.*counted as missing: years before 1000 or after 2500"],
        suffix=".parquet",
    ),
    Case(
        "times", parquet(a=pa.array([datetime.time(6), None])), {"a": times("06:00", None)}, suffix=".parquet"
    ),
    Case(
        "durations",
        parquet(a=pa.array([datetime.timedelta(minutes=1), None])),
        {"a": [60, None]},
        ["column 'a' holds durations, which are read in seconds"],
        suffix=".parquet",
    ),
    Case(
        "text that is numbers",
        parquet(a=pa.array(["1,5", None, "2"])),
        {"a": [1.5, None, 2]},
        suffix=".parquet",
    ),
    Case(
        "categories",
        parquet(a=pa.array(["1", "2", "1"]).dictionary_encode()),
        {"a": ["1", "2", "1"]},
        suffix=".parquet",
    ),
    Case(
        "large text", parquet(a=pa.array(["x", "y"], pa.large_string())), {"a": ["x", "y"]}, suffix=".parquet"
    ),
    Case(
        "truth values",
        parquet(a=pa.array([True, None, False])),
        {"a": [True, None, False]},
        suffix=".parquet",
    ),
    Case("nulls", parquet(a=pa.nulls(2), b=pa.array([1, 2])), {"a": [None, None]}, suffix=".parquet"),
    Case(
        "lists",
        parquet(x=X, a=pa.array([[1], [2]] * 12), y=Y),
        {"a": LEFT_OUT},
        ["'a' is left out: it holds list<"],
        suffix=".parquet",
        target="y",
    ),
    Case(
        "a target of lists",
        parquet(x=X, a=pa.array([[1], [2]] * 12)),
        error="the target 'a' holds list<.*: it must hold",
        suffix=".parquet",
        target="a",
    ),
    Case(
        "a target of dictionaries",
        parquet(x=X, a=pa.array([{"k": 1}] * 24)),
        error="the target 'a' holds struct<",
        suffix=".parquet",
        target="a",
    ),
    Case(
        "a target of decimals",
        parquet(x=X, a=pa.array(MONEY)),
        {"a": [1.5, 7.25] * 8},
        ["8 rows of 24 dropped"],
        suffix=".parquet",
        target="a",
        task="regression",
    ),
    Case(
        "a target of durations",
        parquet(x=X, a=pa.array([datetime.timedelta(seconds=i) for i in range(24)])),
        {"a": [float(i) for i in range(24)]},
        ["column 'a' holds durations, which are read in seconds"],
        suffix=".parquet",
        target="a",
    ),
    Case(
        "classes beyond 2**53",
        parquet(x=X, a=pa.array([2**63, 2**63 + 1, 2**63] * 8, pa.uint64())),
        {"a": [2**63, 2**63 + 1, 2**63] * 8},
        suffix=".parquet",
        target="a",
    ),
    Case(
        "classes beyond 2**53 with gaps",
        parquet(x=X, a=pa.array([2**60, 2**60 + 1, None] * 8, pa.int64())),
        {"a": [2**60, 2**60 + 1] * 8},
        ["8 rows of 24 dropped"],
        suffix=".parquet",
        target="a",
    ),
    Case(
        "a number for missing",
        parquet(a=pa.array([1, -999, 3])),
        {"a": [1, None, 3]},
        suffix=".parquet",
        wishes=Wishes(na=("-999",)),
    ),
    Case("no Parquet", PLAIN, error="cannot be read as Parquet: it is text", suffix=".parquet"),
]


@pytest.mark.parametrize("case", STORED, ids=str)
def test_stored(case, tmp_path):
    check(case, tmp_path)


FRAMES = [
    Case(
        "numbers as text",
        pd.DataFrame({"a": ["1,5", None, "2"], "b": ["1.5", "2", "?"]}, dtype=object),
        {"a": [1.5, None, 2], "b": [1.5, 2, None]},
        [r"'\?' counts as missing"],
    ),
    Case("categories of numbers", pd.DataFrame({"a": pd.Categorical([3, 1, 3])}), {"a": ["3", "1", "3"]}),
    Case(
        "nullable numbers",
        pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": pd.array([1.5, None], "Float64")}),
        {"a": [1, None], "b": [1.5, None]},
    ),
    Case(
        "nullable truth values", pd.DataFrame({"a": pd.array([True, None], "boolean")}), {"a": [True, None]}
    ),
    Case(
        "Arrow's text", pd.DataFrame({"a": pd.array(["1.234,5", "2"], "string[pyarrow]")}), {"a": [1234.5, 2]}
    ),
    Case(
        "Arrow's types",
        pd.DataFrame(
            {
                "a": pd.array([1.5, None], pd.ArrowDtype(pa.float64())),
                "b": pd.array([DAY, None], pd.ArrowDtype(pa.date32())),
            }
        ),
        {"a": [1.5, None], "b": dates("2021-12-31", None)},
    ),
    Case(
        "numbers and text",
        pd.DataFrame({"a": [1, "x", 2.0]}, dtype=object),
        {"a": ["1", "x", "2"]},
        ["'a' is read as text, not as numbers: because of 'x' in row 2"],
    ),
    Case(
        "numbers and numbers as text",
        pd.DataFrame({"a": [1, "2.5", None]}, dtype=object),
        {"a": [1, 2.5, None]},
    ),
    Case(
        "numbers and a remark",
        pd.DataFrame({"a": [*range(40), "see note"]}, dtype=object),
        {"a": [*range(40), None]},
        [r"'see note' \(in row 41\) counted as missing"],
    ),
    Case(
        "truth values and text",
        pd.DataFrame({"a": [True, "no", False]}, dtype=object),
        {"a": ["True", "no", "False"]},
    ),
    Case(
        "instants with zones",
        pd.DataFrame({"a": pd.to_datetime(["2021-12-31T01:00+01:00"])}),
        {"a": dates("2021-12-31")},
    ),
    Case(
        "periods",
        pd.DataFrame({"a": pd.period_range("2021-12", periods=2, freq="M")}),
        {"a": dates("2021-12-01", "2022-01-01")},
    ),
    Case(
        "intervals",
        pd.DataFrame({"a": pd.cut([1.0, 2, 3], 2)}),
        {"a": ["(0.998, 2.0]", "(0.998, 2.0]", "(2.0, 3.0]"]},
    ),
    Case(
        "categories of several types",
        pd.DataFrame({"a": pd.Categorical([1, "x", 1])}),
        {"a": ["1", "x", "1"]},
    ),
    Case(
        "dates and a remark",
        pd.DataFrame({"a": [DAY] * 40 + ["soon"]}),
        {"a": dates(*["2021-12-31"] * 40, None)},
        [r"'soon' \(in row 41\) counted as missing among dates"],
    ),
    Case("sparse numbers", pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 1.5])}), {"a": [0, 1.5]}),
    Case("complex numbers", pd.DataFrame({"a": [1j, 2j]}), {"a": None}),
    Case(
        "classes of 22 digits",
        pd.DataFrame({"x": [1.5, 2.5] * 20, "y": pd.Series([10**22, 10**22 + 1] * 20, dtype=object)}),
        {"y": [str(10**22), str(10**22 + 1)] * 20},
        target="y",
    ),
    Case(
        "a target of half precision",
        pd.DataFrame({"x": [1.5, 2.5] * 20, "y": np.array([0.5, 2] * 20, "float16")}),
        {"y": [0.5, 2] * 20},
        target="y",
    ),
    Case(
        "a target of intervals",
        pd.DataFrame({"x": np.arange(60) % 7 / 3, "y": pd.cut(np.arange(60.0), 2)}),
        {"y": ["(-0.059, 29.5]"] * 30 + ["(29.5, 59.0]"] * 30},
        target="y",
    ),
    Case("decimals and text", pd.DataFrame({"a": [decimal.Decimal("1.50"), "2.5", 3]}), {"a": [1.5, 2.5, 3]}),
    Case(
        "sets",
        pd.DataFrame({"x": [1.5, 2.5] * 20, "a": [{1, 2}] * 40, "y": [0.5, 2] * 20}),
        {"a": LEFT_OUT},
        ["'a' is left out: it holds"],
        target="y",
    ),
    Case("names that are numbers", pd.DataFrame({2021: [1.5, 2]}), {"2021": [1.5, 2]}),
    Case(
        "names twice",
        pd.DataFrame(np.ones((2, 2)), columns=["a", "a"]),
        error="more than one column is named 'a'",
    ),
    Case(
        "Excel",
        pd.DataFrame({"a": [1.5, 2], "b": ["1,5", "2"]}),
        {"a": [1.5, 2], "b": [1.5, 2]},
        suffix=".xlsx",
    ),
    Case("Feather", pd.DataFrame({"a": [1.5, 2], "b": ["x", "y"]}), AB, suffix=".feather"),
]


@pytest.mark.parametrize("case", FRAMES, ids=str)
def test_frames(case, tmp_path):
    check(case, tmp_path)
