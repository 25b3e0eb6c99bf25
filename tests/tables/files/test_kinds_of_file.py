"""Compressed text, Parquet, Feather, Excel and standard input give the same table."""

import bz2
import datetime
import decimal
import gzip
import io
import sys
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather

from chainrule.tables.files import TABLE_SUFFIXES, check_table_path, csv_text, read_cells, write_table

TEXT = b"a,b\n1,x\n2,\n"
FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
AS_TEXT = {"a": ["1", "2"], "b": ["x", ""]}
AS_STORED = {"a": [1, 2], "b": ["x", None]}


def compressed(suffix):
    if suffix == ".gz":
        return gzip.compress(TEXT)
    if suffix == ".bz2":
        return bz2.compress(TEXT)
    if suffix == ".zst":
        return bytes(pa.compress(TEXT, "zstd", asbytes=True))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("data/t.csv", TEXT)
        archive.writestr("__MACOSX/data/._t.csv", b"\0")
        archive.writestr("about.md", b"x")
    return held.getvalue()


@pytest.mark.parametrize("kind", [".csv", ".CSV", ".tsv", ".txt", ".data"])
@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zip", ".zst", ".GZ"])
def test_compressed(kind, suffix, tmp_path, read):
    (tmp_path / f"t{kind}{suffix}").write_bytes(compressed(suffix.lower()))
    assert read(tmp_path / f"t{kind}{suffix}") == (AS_TEXT, [])


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_there_and_back(suffix, tmp_path, read):
    path = tmp_path / f"t{suffix}"
    write_table(FRAME, path)
    text = suffix not in (".parquet", ".feather", ".arrow", ".xlsx")
    assert read(path) == (AS_TEXT if text else AS_STORED, [])


@pytest.mark.parametrize("suffix", TABLE_SUFFIXES)
def test_the_same_table_gives_the_same_bytes(suffix, tmp_path, monkeypatch):
    path = tmp_path / f"t{suffix}"
    write_table(FRAME, path)
    first = path.read_bytes()
    later = datetime.datetime(2031, 5, 5, tzinfo=datetime.UTC).timestamp()
    monkeypatch.setattr("time.time", lambda: later)
    monkeypatch.setattr("time.localtime", lambda *_: datetime.datetime(2031, 5, 5).timetuple())
    write_table(FRAME, path)
    assert path.read_bytes() == first


def test_a_table_that_cannot_be_written_leaves_the_file(tmp_path):
    write_table(FRAME, tmp_path / "t.csv")
    with pytest.raises((TypeError, ValueError, pa.ArrowException)):
        write_table(pd.DataFrame({"a": [1, "x", {}]}), tmp_path / "t.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    ("suffix", "package", "extra"), [(".xlsx", "openpyxl", "excel"), (".parquet", "pyarrow", "cli")]
)
def test_packages_that_are_not_there(suffix, package, extra, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / f"t{suffix}").write_text("some bytes")
    for use in (check_table_path, read_cells, lambda path: write_table(FRAME, path)):
        with pytest.raises(
            ModuleNotFoundError, match=rf"needs {package}: pip install 'chainrule\[{extra}\]'"
        ):
            use(tmp_path / f"t{suffix}")


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_stored_types_stay(suffix, tmp_path, read):
    columns = {
        "list": pa.array([[1, 2], None]),
        "struct": pa.array([{"x": 1}, {"x": None}]),
        "money": pa.array([decimal.Decimal("1.50"), None]),
        "time": pa.array([datetime.timedelta(seconds=1), None]),
        "nullable": pa.array([1, None], pa.int8()),
        "level": pa.array(["low", "high"]).dictionary_encode(),
        "nothing": pa.nulls(2),
        "big": pa.array([2**64 - 1, 0], pa.uint64()),
    }
    table = pa.table(columns)
    path = tmp_path / f"t{suffix}"
    feather.write_feather(table, path) if suffix == ".feather" else pq.write_table(table, path)
    cells = read_cells(path)
    assert {name: column.type for name, column in cells.columns.items()} == {
        n: c.type for n, c in columns.items()
    }
    assert read(path)[0] == {name: column.to_pylist() for name, column in columns.items()}


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.Index([10, 20], name="key"), {"key": [10, 20]}),
        (pd.Index([10, 20]), {}),
        (pd.RangeIndex(2), {}),
        (pd.RangeIndex(5, 9, 2, name="n"), {"n": [5, 7]}),
        (pd.MultiIndex.from_tuples([(1, "p"), (2, "q")], names=["i", "j"]), {"i": [1, 2], "j": ["p", "q"]}),
    ],
    ids=["named", "unnamed", "range", "named range", "two"],
)
@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_indices_with_a_name_are_columns(index, expected, suffix, tmp_path, read):
    path = tmp_path / f"t{suffix}"
    frame = FRAME.set_axis(index)
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        feather.write_feather(pa.Table.from_pandas(frame), path)
    assert read(path) == ({**expected, **AS_STORED}, [])
    assert list(read(path)[0]) == [*expected, "a", "b"]


def test_arrow_stream(tmp_path, read):
    with (
        pa.OSFile(str(tmp_path / "t.arrow"), "wb") as file,
        pa.ipc.new_stream(file, pa.schema([("a", pa.int64())])) as s,
    ):
        s.write_batch(pa.record_batch({"a": pa.array([1, 2])}))
    assert read(tmp_path / "t.arrow") == ({"a": [1, 2]}, [])


def test_a_folder_s_name_is_no_column(tmp_path, read):
    (tmp_path / "year=2020").mkdir()
    FRAME.to_parquet(tmp_path / "year=2020" / "t.parquet")
    assert read(tmp_path / "year=2020" / "t.parquet") == (AS_STORED, [])


def test_stored_names_are_made_different(tmp_path, read):
    pq.write_table(
        pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], ["a", " a", ""]),
        tmp_path / "t.parquet",
    )
    cells, notes = read(tmp_path / "t.parquet")
    assert cells == {"a": [1], "a (2)": [2], "column 3": [3]} and len(notes) == 2


@pytest.mark.parametrize(
    ("data", "expected"),
    [(TEXT, AS_TEXT), (b"a\tb\n1\tx\n2\t\n", AS_TEXT)]
    + [(compressed(suffix), AS_TEXT) for suffix in (".gz", ".bz2", ".zip", ".zst")]
    + [(suffix, AS_STORED) for suffix in (".parquet", ".feather", ".xlsx")],
    ids=["commas", "tabs", "gz", "bz2", "zip", "zst", "parquet", "feather", "xlsx"],
)
def test_standard_input(data, expected, tmp_path, monkeypatch, read):
    if isinstance(data, str):
        write_table(FRAME, tmp_path / f"t{data}")
        data = (tmp_path / f"t{data}").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert read("-") == (expected, [])


def test_faults_of_standard_input(monkeypatch):
    for data, words in [
        (b"", "standard input is empty"),
        (b"a,b\n1,2\n3\n", "standard input, line 3: 1 cell"),
    ]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        with pytest.raises(ValueError, match=words):
            read_cells("-")


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


DAY = datetime.datetime(2024, 1, 31)
NOON = datetime.datetime(2024, 1, 31, 12)

# What it is, rows of the sheet, columns, their types, words of each note; options follow where there are any.
SHEETS = [
    ("whole numbers", [["a"], [1], [2.0]], {"a": [1, 2]}, ["int64"], []),
    ("numbers", [["a"], [1], [2.5]], {"a": [1.0, 2.5]}, ["double"], []),
    ("text stays text", [["a"], ["007"], ["1.50"]], {"a": ["007", "1.50"]}, ["string"], []),
    ("dates", [["a"], [DAY], [None], [NOON]], {"a": [DAY, None, NOON]}, ["timestamp[us]"], []),
    ("truth values", [["a"], [True], [False]], {"a": [True, False]}, ["bool"], []),
    ("times of day", [["a"], [datetime.time(1, 2)]], {"a": [datetime.time(1, 2)]}, ["time64[us]"], []),
    ("errors", [["a"], [1], ["#DIV/0!"], [2.5]], {"a": ["1", "#DIV/0!", "2.5"]}, ["string"], []),
    (
        "mixed",
        [["a"], [1.0], [True], [DAY], [NOON], ["x"], [None], ["y"]],
        {"a": ["1", "TRUE", "2024-01-31", "2024-01-31 12:00:00", "x", None, "y"]},
        ["string"],
        [],
    ),
    (
        "missing cells",
        [["a", "b"], [1, None], [None, 2]],
        {"a": [1, None], "b": [None, 2]},
        ["int64"] * 2,
        [],
    ),
    (
        "an empty column",
        [["a", "b"], [1, None], [2, None]],
        {"a": [1, 2], "b": [None, None]},
        ["int64", "string"],
        [],
    ),
    (
        "empty rows and columns",
        [[], [None, "a", None, "b"], [], [None, 1, None, 2], [None, 3, None, 4], [None] * 9],
        {"a": [1, 3], "b": [2, 4]},
        ["int64"] * 2,
        [],
    ),
    ("a title", [["Houses of 2020"], [], ["a", "b"], [1, 2]], {"a": [1], "b": [2]}, ["int64"] * 2, ["title"]),
    (
        "units",
        [["a", "b"], ["cm", "kg"], [1, 2], [3, 4]],
        {"a": [1, 3], "b": [2, 4]},
        ["int64"] * 2,
        ["units"],
    ),
    (
        "names of years",
        [["land", 2020.0, 2021], ["A", 1, 2]],
        {"land": ["A"], "2020": [1], "2021": [2]},
        ["string", "int64", "int64"],
        [],
    ),
    (
        "numbers for names",
        [[1, 2], [3, 4], [5, 6]],
        {"1": [3, 5], "2": [4, 6]},
        ["int64"] * 2,
        ["--no-header"],
    ),
    (
        "no header",
        [[1, "x"], [2, "y"]],
        {"column 1": [1, 2], "column 2": ["x", "y"]},
        ["int64", "string"],
        [],
        {"header": False},
    ),
    (
        "names",
        [["a", "a", None], [1, 2, 3]],
        {"a": [1], "a (2)": [2], "column 3": [3]},
        ["int64"] * 3,
        ["no name", "more than one"],
    ),
    (
        "formulas without results",
        [["a", "b"], [1, "=A2*2"], [2, "=A3*2"]],
        {"a": [1, 2], "b": [None, None]},
        ["int64", "string"],
        ["2 formulas with no result"],
    ),
    ("large numbers", [["a"], [2**60], [0.5]], {"a": [2.0**60, 0.5]}, ["double"], []),
]


@pytest.mark.parametrize("case", [pytest.param(row[1:], id=row[0]) for row in SHEETS])
def test_excel(case, tmp_path, read):
    rows, columns, types, words, *options = case
    path = workbook(tmp_path / "t.xlsx", Data=rows)
    cells, notes = read(path, **(options[0] if options else {}))
    assert cells == columns and list(cells) == list(columns)
    assert len(notes) == len(words) and all(word in note for word, note in zip(words, notes, strict=True)), (
        notes
    )
    if not notes:
        assert [
            str(column.type)
            for column in read_cells(path, **(options[0] if options else {})).columns.values()
        ] == types


def test_sheets(tmp_path, read):
    path = workbook(tmp_path / "t.xlsx", Empty=[], First=[["a"], [1]], Second=[["b"], [2]])
    cells, (note,) = read(path)
    assert cells == {"a": [1]} and "2 sheets with cells, 'First', 'Second'" in note and "--sheet" in note
    assert read(path, sheet="Second") == ({"b": [2]}, [])
    with pytest.raises(ValueError, match="no sheet 'second' - did you mean 'Second'"):
        read_cells(path, sheet="second")
    with pytest.raises(ValueError, match="is empty"):
        read_cells(path, sheet="Empty")
    assert read(workbook(tmp_path / "u.xlsx", Empty=[], Only=[["a"], [1]])) == ({"a": [1]}, [])
    with pytest.raises(ValueError, match="has no rows, only the names of 2 columns"):
        read_cells(workbook(tmp_path / "v.xlsx", Only=[["a", "b"]]))


def test_missing_numbers_of_data_frames(tmp_path, read):
    write_table(pd.DataFrame({"a": [0.5, np.nan, 1.5]}), tmp_path / "t.xlsx")
    assert read(tmp_path / "t.xlsx") == ({"a": [0.5, None, 1.5]}, [])


@given(st.lists(st.tuples(*[st.floats(width=64)] * 2), max_size=8), st.booleans())
def test_numbers_are_written_as_pandas_writes_them(rows, header):
    frame = pd.DataFrame(rows, columns=['a "b"', "c,d"], dtype=float)
    assert csv_text(frame, header=header) == frame.to_csv(index=False, header=header, lineterminator="\n")
