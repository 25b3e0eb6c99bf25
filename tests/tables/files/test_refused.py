"""Files that hold no table, or another one than they say, end in one clear line."""

import errno
import gzip
import io
import os
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from chainrule.tables.files import read_cells, write_table
from chainrule.tables.files._content import Content

TABLE = b"a,b\n1,2\n3,4\n"


def zipped(**parts):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return held.getvalue()


def stored(suffix):
    held = Path(f"stored{suffix}")
    write_table(pd.DataFrame({"a": [1, 2], "b": ["x", None]}), held)
    return held.read_bytes()


# What it is, the file's name, its bytes, words of the message; options follow where there are any.
TEXTS = [
    ("row too long", "t.csv", b"a,b\n1,2\n3,4,5\n", ["line 3", "3 cells where the header has 2"]),
    ("row too short", "t.csv", b"a,b\n1,2\n\n3\n", ["line 4", "1 cell where the header has 2"]),
    ("one row, too short", "t.csv", b"a,b\n1\n", ["line 2", "1 cell where the header has 2"]),
    ("rows two too long", "t.csv", b"a,b\n1,2,3,4\n5,6,7,8\n", ["line 2", "4 cells where the header has 2"]),
    ("rows too short", "t.csv", b"r,a,b\n1,2\n3,4\n5,6\n", ["line 2", "2 cells where the header has 3"]),
    ("a short row far down", "t.csv", b"a,b\n" + b"1,2\n" * 30_000 + b"3\n", ["line 30002: 1 cell"]),
    ("lines in cells are counted", "t.csv", b'a,b\n"1\n\n",2\r\n3\n', ["line 5: 1 cell"]),
    ("old Macintosh lines", "t.csv", b"a,b\r1,2\r3\r", ["line 3: 1 cell"]),
    (
        "no header",
        "t.csv",
        b"1,2\n3,4\n5\n",
        ["line 3: 1 cell where the other rows have 2"],
        {"header": False},
    ),
    ("spaces", "t.txt", b"x y z\n1 2 3\n4 5\n7 8 9\n", ["line 3: 2 cells where the header has 3"]),
    ("below a title", "t.csv", b"Title\n\na,b\n1,2\n3\n", ["line 5: 1 cell"]),
    ("open quote", "t.csv", b'a,b\n1,2\n"3,4\n5,6\n', ["line 3", "never closed"]),
    ("open quote in the last line", "t.csv", b'a,b\n1,2\n3,"4', ["line 3", "never closed"]),
    ("open quote in the last cells", "t.csv", b'a,b\n1,2\n3,"4\n5\n', ["line 3", "never closed"]),
    (
        "open quote far down",
        "t.csv",
        b"a,b\n" + b"1,2\n" * 30_000 + b'"3,4\n',
        ["line 30002", "never closed"],
    ),
    ("open quote in a name", "t.csv", b'a,"b\n1,2\n', ["line 1", "never closed"]),
    ("open quote in a comment", "t.csv", b'a,b\n1,2\n# x,"y\n3,4\n', ["line 3", "never closed"]),
    ("header only", "t.csv", b"side,price\n", ["has no rows, only the names of 2 columns"]),
    ("header only, one column", "t.csv", b"side", ["has no rows, only the names of 1 column"]),
    ("empty", "t.csv", b"", ["t.csv is empty"]),
    ("blank lines", "t.csv", b"\n\n  \n", ["t.csv is empty"]),
    ("sep= line alone", "t.csv", b"sep=;\n", ["t.csv is empty"]),
    ("only a mark", "t.csv", b"\xef\xbb\xbf", ["t.csv is empty"]),
    ("a long separator", "t.csv", TABLE, ["'||' is neither one character"], {"separator": "||"}),
    ("a quote as separator", "t.csv", TABLE, ["no quotation mark"], {"separator": '"'}),
]
CONTENTS = [
    ("binary", "t.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ["not a table"]),
    ("Parquet", "t.csv", lambda: stored(".parquet"), ["a Parquet file", "name it .parquet"]),
    ("Feather", "t.csv", lambda: stored(".feather"), ["a Feather file"]),
    ("Excel", "t.csv", lambda: stored(".xlsx"), ["an Excel file", "name it .xlsx"]),
    ("gzip", "t.csv", gzip.compress(TABLE), ["a gzip file", "name it .csv.gz"]),
    ("bzip2", "t.csv", lambda: stored(".csv.bz2"), ["a bzip2 file"]),
    ("Zstandard", "t.csv", lambda: stored(".csv.zst"), ["a Zstandard file"]),
    ("zip", "t.csv", zipped(x="1"), ["a zip file"]),
    ("zipped twice", "t.csv.gz", gzip.compress(gzip.compress(TABLE)), ["a gzip file"]),
    ("old Excel", "t.csv", b"\xd0\xcf\x11\xe0", ["old or encrypted Excel"]),
    ("old Excel named new", "t.xlsx", b"\xd0\xcf\x11\xe0", ["old or encrypted Excel"]),
    ("PDF", "t.csv", b"%PDF-1.5\n", ["a PDF file"]),
    ("a web page", "t.csv", b"\n<!DOCTYPE html>\n<html>", ["HTML"]),
    ("JSON", "t.txt", b'[{"a": 1}]', ["JSON", "save the table as CSV"]),
    ("ARFF", "t.data", b"% x\n\n@RELATION iris\n", ["an ARFF file"]),
    ("a pointer", "t.csv", b"version https://git-lfs.github.com/spec/v1\noid 1\n", ["Git LFS"]),
    ("CSV named Parquet", "t.parquet", TABLE, ["t.parquet cannot be read as Parquet: it is text"]),
    ("CSV named Feather", "t.feather", TABLE, ["as Feather: it is text"]),
    ("CSV named Excel", "t.xlsx", TABLE, ["as Excel: it is text"]),
    ("Parquet named Excel", "t.xlsx", lambda: stored(".parquet"), ["as Excel: it is a Parquet file"]),
    ("Feather named Parquet", "t.parquet", lambda: stored(".feather"), ["it is a Feather file"]),
    ("zip named Excel", "t.xlsx", zipped(x="1"), ["it is a zip file"]),
    (
        "Parquet cut off",
        "t.parquet",
        lambda: stored(".parquet")[:-9],
        ["t.parquet cannot be read as Parquet"],
    ),
    ("Feather cut off", "t.feather", lambda: stored(".feather")[:-9], ["cannot be read as Feather"]),
    ("Excel cut off", "t.xlsx", lambda: stored(".xlsx")[:-9], ["cannot be read as Excel"]),
    ("not gzip", "t.csv.gz", TABLE, ["not a whole gzip"]),
    ("gzip cut off", "t.csv.gz", gzip.compress(TABLE)[:-9], ["not a whole gzip"]),
    ("gzip damaged", "t.csv.gz", gzip.compress(TABLE)[:-8] + b"\0" * 8, ["not a whole gzip"]),
    ("not bzip2", "t.csv.bz2", TABLE, ["not a whole bzip2"]),
    ("bzip2 cut off", "t.csv.bz2", lambda: stored(".csv.bz2")[:-9], ["not a whole bzip2"]),
    ("not zip", "t.csv.zip", TABLE, ["not a whole zip"]),
    (
        "zip of two",
        "t.csv.zip",
        zipped(**{"x.csv": TABLE, "y.tsv": TABLE}),
        ["one table", "'x.csv', 'y.tsv'"],
    ),
    ("zip of none", "t.csv.zip", zipped(**{"x.png": b""}), ["one table", "'x.png'"]),
    ("zip of nothing", "t.csv.zip", zipped(), ["one table", "nothing"]),
    ("not Zstandard", "t.csv.zst", TABLE, ["not a whole Zstandard"]),
    ("Zstandard cut off", "t.csv.zst", lambda: stored(".csv.zst")[:-4], ["not a whole Zstandard"]),
    ("unknown suffix", "t.json", TABLE, [".csv, .tsv, .txt", ".xlsx; this one in .json"]),
    ("no suffix", "t", TABLE, ["this one has no suffix"]),
    ("compressed Parquet", "t.parquet.gz", TABLE, ["this one in .parquet.gz"]),
]


@pytest.mark.parametrize("case", [pytest.param(row[1:], id=row[0]) for row in [*TEXTS, *CONTENTS]])
def test_refused(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name, content, words, *options = case
    Path(name).write_bytes(content() if callable(content) else content)
    with pytest.raises(ValueError) as refused:
        read_cells(name, **(options[0] if options else {}))
    message = str(refused.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_what_a_system_refuses_names_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("d.csv").mkdir()
    with pytest.raises(IsADirectoryError, match=r"d\.csv is a folder; name a table in it"):
        read_cells("d.csv")
    with pytest.raises(FileNotFoundError, match=r"there is no file no\.csv"):
        read_cells("no.csv")
    with pytest.raises(OSError, match=r"cannot read xxx.*\.csv: File name too long"):
        read_cells("x" * 300 + ".csv")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_bytes(TABLE)

    def forbidden(self, skip=0):
        raise PermissionError(errno.EACCES, "Permission denied", "t.csv")

    monkeypatch.setattr(Content, "open", forbidden)
    with pytest.raises(PermissionError, match=r"cannot read .*t\.csv: Permission denied$"):
        read_cells(tmp_path / "t.csv")


@pytest.mark.parametrize("change", [b"5,6\n", b"5,6,7\n", None], ids=["longer", "ragged", "cut"])
def test_a_file_that_changes_while_it_is_read(change, tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_bytes(TABLE)
    opened = Content.open
    calls = []

    def changing(self, skip=0):
        calls.append(skip)
        if len(calls) == 3:
            path.write_bytes(path.read_bytes() + change if change else TABLE[:6])
        return opened(self, skip)

    monkeypatch.setattr(Content, "open", changing)
    with pytest.raises(ValueError, match="changed while it was read"):
        read_cells(path)


def test_a_file_that_is_replaced_by_one_as_long(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_bytes(TABLE)
    opened = Content.open

    def replacing(self, skip=0):
        monkeypatch.setattr(Content, "open", opened)
        (tmp_path / "other").write_bytes(TABLE)
        os.utime(tmp_path / "other", ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
        os.replace(tmp_path / "other", path)
        return opened(self, skip)

    monkeypatch.setattr(Content, "open", replacing)
    with pytest.raises(ValueError, match="changed while it was read"):
        read_cells(path)
