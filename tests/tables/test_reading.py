"""Table files of many kinds come in as they are meant."""

import datetime
import decimal
import gzip
import sys

import numpy as np
import pandas as pd
import pytest

from chainrule.tables import TableWarning, Wishes, read_table, write_table
from chainrule.tables._read import read_plainly

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.5, np.nan]})

# What it is, a CSV file, the table it holds.
TEXTS = [
    ("commas", "a,b,c\n1,x,0.5\n2,,\n", FRAME),
    ("Windows", "\ufeffa,b,c\r\n1,x,0.5\r\n2,,\r\n", FRAME),
    ("semicolons", "a;b;c\n1;x;0.5\n2;;\n", FRAME),
    ("decimal commas", "a;b;c\n1;x;0,5\n2;;\n", FRAME),
    ("tabs", "a\tb\tc\n1\tx\t0.5\n2\t\t\n", FRAME),
    ("blanks after commas", "a, b, c\n1, x, 0.5\n2, ,\n", FRAME),
    ("blank lines", "\na,b,c\n\n1,x,0.5\n\n2,,\n\n", FRAME),
    ("quoted", '"a","b","c"\n"1","x","0.5"\n"2",,\n', FRAME),
    (
        "groups",
        "a;b;c\n1;x;0,5\n2;;\n3;;1.234,5\n",
        pd.concat([FRAME, pd.DataFrame({"a": [3], "c": [1234.5]})]),
    ),
    ("no last line end", "a,b,c\n1,x,0.5\n2,,", FRAME),
    ("commas and lines in cells", 'a,b\n1,"x, y\nz"\n', pd.DataFrame({"a": [1], "b": ["x, y\nz"]})),
    ("one column", "a\n1\n2\n", FRAME[["a"]]),
    ("words", "a,b\n1,Köln\n", pd.DataFrame({"a": [1], "b": ["Köln"]})),
]


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row[1:], id=row[0]) for row in TEXTS])
@pytest.mark.parametrize("zipped", [False, True])
def test_csv(tmp_path, text, expected, zipped):
    path = tmp_path / ("t.csv.gz" if zipped else "t.csv")
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    frame = read_table(path)
    assert list(frame.index) == list(range(1, len(frame) + 1))
    pd.testing.assert_frame_equal(
        frame.reset_index(drop=True), expected.reset_index(drop=True), check_dtype=False
    )


def test_every_kind_of_column(tmp_path):
    (tmp_path / "t.csv").write_text("n,m,t,d,c,w\n1,0.5,true,2024-02-29,06:00,a\n2,,false,,18:00,\n")
    frame = read_table(tmp_path / "t.csv")
    assert frame.dtypes.astype(str).tolist() == [
        "int64",
        "float64",
        "bool",
        "datetime64[us]",
        "timedelta64[ns]",
        "str",
    ]
    assert frame["d"].iloc[0] == pd.Timestamp(2024, 2, 29) and pd.isna(frame["d"].iloc[1])
    assert frame["c"].iloc[1] == pd.Timedelta(hours=18)


def test_columns_can_be_left_as_text(tmp_path):
    (tmp_path / "t.csv").write_text("code,n\n7.0,1\n,2\n")
    frame = read_table(tmp_path / "t.csv", wishes=Wishes(kinds={"code": "text"}))
    assert frame["code"].iloc[0] == "7.0" and pd.isna(frame["code"].iloc[1])


def test_a_short_last_row_is_found_far_down(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 5000 + "3\n")
    with pytest.raises(ValueError, match=r"t\.csv, line 5002: 1 cell where the header has 2"):
        read_table(tmp_path / "t.csv")


def test_parquet_keeps_types_and_named_indices(tmp_path):
    frame = pd.DataFrame(
        {
            "day": [datetime.date(2024, 1, 1), None],
            "money": [decimal.Decimal("1.50"), None],
            "level": pd.Categorical(["low", "high"]),
            "count": pd.array([1, None], dtype="Int64"),
        },
        index=pd.Index([10, 20], name="key"),
    )
    frame.to_parquet(tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet")
    assert list(read) == ["key", "day", "money", "level", "count"]
    assert list(read.index) == [1, 2]


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'chainrule\[cli\]'"):
        write_table(FRAME, tmp_path / "t.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_there_and_back(tmp_path, name):
    write_table(FRAME, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    read = read_table(tmp_path / name)
    pd.testing.assert_frame_equal(read.reset_index(drop=True), FRAME, check_dtype=False)
    write_table(FRAME, tmp_path / name)
    assert (tmp_path / name).read_bytes() == first


def test_columns_that_come_as_numbers_are_those_that_a_computer_wrote(tmp_path):
    rows = "1.5,1.5,1.5,2.5,7.25\n" * 60 + "2.5,2.50,1.234,,x\n"
    (tmp_path / "t.csv").write_text("a,a,label,gaps,late\n" + rows)
    with pytest.warns(TableWarning, match="more than one column"):
        cells = read_plainly(tmp_path / "t.csv", ["a (2)", "label"])
    assert cells.plain == {"a", "gaps"}
    assert cells.columns["late"][0].as_py() == "7.25" and cells.columns["late"][60].as_py() == "x"
    (tmp_path / "t.csv").write_text("a,a,label,gaps\n" + rows.replace(",7.25", "").replace(",x", ""))
    with pytest.warns(TableWarning, match="more than one column"):
        cells = read_plainly(tmp_path / "t.csv", ["a (2)", "label"])
    assert cells.plain == {"a", "gaps"}
    assert cells.columns["a (2)"][60].as_py() == "2.50" and cells.columns["gaps"][60].as_py() is None
    assert cells.columns["gaps"].type == "double"
