"""A table read in pieces is the table read as a whole: the same values, notes and errors, wherever cut."""

import csv
import gzip
import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.tables import Column, DateSpelling, NumberSpelling, Schema, TableWarning, _stream
from chainrule.tables._read import read_plainly
from chainrule.tables._stream import ModelTable
from chainrule.tables._sums import ExactSum
from chainrule.tables.columns import are_plain
from chainrule.tables.files import Choices, _tables, open_pieces, whole_of, write_table
from chainrule.tables.files._cut import pieces_of_rows
from chainrule.tables.files._rows import rows_of
from sweeps import examples

SCHEMA = Schema(
    "y",
    (
        Column("n", "number", NumberSpelling(), -100.0, 100.0),
        Column("g", "number", NumberSpelling(",", "."), -100.0, 100.0),
        Column("t", "text"),
        Column("d", "date", DateSpelling("dmy")),
        Column("c", "time"),
        Column("b", "boolean"),
    ),
)


def outcome(read: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Return the result or the error, and what was said."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = read()
        except ValueError as error:
            result = str(error)
    assert all(each.category is TableWarning for each in caught)
    return result, [str(each.message) for each in caught]


def as_a_whole(path: Path, schema: Schema = SCHEMA) -> Any:
    text = schema.names("text", "boolean", "date", "time")
    return outcome(lambda: schema.features(read_plainly(path, text)))


def in_pieces(paths: list[Path], size: int, schema: Schema = SCHEMA) -> Any:
    text = schema.names("text", "boolean", "date", "time")
    choices = Choices(plain=lambda name, cells: name not in text and are_plain(cells))
    model: Any = SimpleNamespace(description=SimpleNamespace(schema=schema))

    def read() -> pd.DataFrame:
        with open_pieces(paths, choices, size) as pieces:
            table = ModelTable(model, pieces)
            table.survey()
            return pd.concat(
                [
                    pd.concat([block.copied.set_axis(block.X.index), block.X], axis=1)
                    for block in table.blocks()
                ]
            )

    return outcome(read)


def check_same(whole: Any, pieces: Any) -> None:
    (expected, notes), (found, said) = whole, pieces
    assert said == notes
    if isinstance(expected, str) or isinstance(found, str):
        assert found == expected
    else:
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


CELLS = {
    "n": ["1", "2.5", "-3", "1e3", "NA", "", "1,5", "900", "2,345", "?", "1234", "5 kg", "１２"],
    "g": ["1,5", "1.234,5", "2.345", "12", "1,234", "", "n.d.", "7 kg", "1234", "x", "$ 5", "3%"],
    "t": ["Ulm", "Bonn ", "Bonn", "a\nb", 'say "hi"', "x;y,z", "é", "Ü", "", "#1", " "],
    "d": ["01/02/2024", "13/02/2024", "02/14/2024", "1.2.24", "2024-02-03", "", "9999-12-31", "NA"],
    "c": ["13:45", "1:05 PM", "", "25:00", "NA"],
    "b": ["true", "no", "", "1", "NA", "maybe"],
}  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Rows of cells: each column has a few different ones, mostly."""
    palettes = {
        name: draw(st.lists(st.sampled_from(cells), min_size=1, max_size=4)) for name, cells in CELLS.items()
    }
    row = st.tuples(*(st.sampled_from(palettes[name]) for name in CELLS))
    return [list(CELLS), *map(list, draw(st.lists(row, min_size=1, max_size=25)))]


def write(
    path: Path, rows: list[list[str]], end: str = "\n", encoding: str = "utf-8", last: str = ""
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(rows)
    data = (text.getvalue() + last).encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=tables(),
    size=st.integers(40, 400),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    suffix=st.sampled_from([".csv", ".csv.gz"]),
    last=st.sampled_from(["", ",,,,,\n" * 3, "# the end\n"]),
    held=st.booleans(),
)
def test_cut_anywhere(tmp_path, rows, size, end, encoding, suffix, last, held):
    if encoding == "cp1252":
        rows = [[cell.replace("１２", "12") for cell in row] for row in rows]
    path = tmp_path / f"t{suffix}"
    write(path, rows, end, encoding, last.replace("\n", end))
    with mock.patch.object(_tables, "_HELD", 1 << 25 if held else 0):
        check_same(as_a_whole(path), in_pieces([path], size))


@pytest.mark.parametrize(
    ("column", "cells", "values"),
    [
        ("n", ["1", "NA"] * 9 + ["2,5"], [1, np.nan] * 9 + [2.5]),  # one comma decides, words do not
        ("g", ["1,234"] * 20 + ["12.5"], [1234] * 20 + [12.5]),
        ("n", ["1,234"] * 20 + ["7"], [1234] * 20 + [7]),
        ("d", ["01/02/2024"] * 20 + ["02/14/2024"], [19724.0] * 20 + [19767.0]),
        ("b", ["NA"] * 20 + ["not available"], [np.nan] * 21),
        ("c", ["NA"] * 20 + ["06:00"], [np.nan] * 20 + [0.25]),
    ],
)
def test_the_last_row_decides_how_all_are_read(tmp_path, column, cells, values):
    schema = replace(SCHEMA, columns=tuple(each for each in SCHEMA.columns if each.name == column))
    write(tmp_path / "t.csv", [[column, "more"], *([cell, "x"] for cell in cells)])
    whole, pieces = as_a_whole(tmp_path / "t.csv", schema), in_pieces([tmp_path / "t.csv"], 60, schema)
    check_same(whole, pieces)
    found = pieces[0].to_numpy()
    if column == "c":
        found = np.arctan2(found[:, :1], found[:, 1:]) / (2 * np.pi)
    np.testing.assert_allclose(found[:, 0], values, rtol=1e-15)


def test_a_column_is_text_in_all_files_if_it_is_in_one(tmp_path):
    numbers = [["n", "more"], *([f"{at}.5", "x"] for at in range(60))]
    write(tmp_path / "a.csv", numbers)
    write(tmp_path / "b.csv", [*numbers, ["NA", "y"]])
    schema = replace(SCHEMA, columns=SCHEMA.columns[:1])
    found, said = in_pieces([tmp_path / "a.csv", tmp_path / "b.csv"], 100, schema)
    assert found["n"].tolist()[:-1] == [at + 0.5 for at in range(60)] * 2
    assert any(note.endswith(f"first in row 61 of {tmp_path / 'b.csv'}") for note in said)


quoted = st.text(st.sampled_from('ab",;\n\r'), max_size=30)


@settings(max_examples=examples(300), deadline=None)
@given(text=quoted, size=st.integers(1, 8))
def test_pieces_end_where_rows_end(text, size):
    data = text.encode()
    pieces = [*pieces_of_rows(io.BytesIO(data), ",", size)]
    assert b"".join(pieces) == data
    assert set(np.cumsum([*map(len, pieces)]).tolist()) <= {row.end for row in rows_of(data, ",")}


@settings(deadline=None)
@given(
    numbers=st.lists(st.floats(-1e300, 1e300), max_size=20),
    cut=st.integers(0, 20),
)
def test_sums_are_exact(numbers, cut):
    total = ExactSum()
    for part in (numbers[cut:], numbers[:cut]):
        total.add(np.array(part))
    assert float(total) == float(sum(map(Fraction, numbers), Fraction(0)))


@settings(deadline=None)
@given(
    numbers=st.lists(
        st.floats(-1e100, 1e100).filter(lambda x: x == 0 or abs(x) > 1e-100), min_size=1, max_size=20
    ),
)
def test_variation_is_that_of_exact_numbers(numbers):
    total, squares = ExactSum(), ExactSum()
    total.add(np.array(numbers))
    squares.add_squares(np.array(numbers))
    mean = sum(map(Fraction, numbers), Fraction(0)) / len(numbers)
    exact = sum(((Fraction(x) - mean) ** 2 for x in numbers), Fraction(0))
    assert squares.variation(total, len(numbers)) == float(exact)


@pytest.mark.parametrize("suffix", [".xlsx", ".feather", ".parquet", ".csv.bz2", ".txt.zst"])
def test_every_kind_of_file_comes_in_pieces(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write_table(pd.DataFrame({"n": [1.5, np.nan, 7.0], "t": ["Ulm", None, "Bonn"]}), path)
    schema = replace(SCHEMA, columns=(SCHEMA.columns[0], SCHEMA.columns[2]))
    check_same(as_a_whole(path, schema), in_pieces([path], 4, schema))


def test_a_column_is_stored_as_one_type_in_files_that_are_learned_from(tmp_path):
    for name, values in (("a", [1, 2]), ("b", ["x", "y"])):
        write_table(pd.DataFrame({"n": values}), tmp_path / f"{name}.parquet")
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    words = f"column 'n' is stored as (large_)?string in {paths[1]}, but as int64 in {paths[0]}"
    with open_pieces(paths) as pieces, pytest.raises(ValueError, match=words):
        whole_of(pieces)


@pytest.mark.parametrize("size", [10, 70, 10_000])
def test_blocks_are_of_the_same_rows_however_a_table_is_cut(tmp_path, monkeypatch, size):
    monkeypatch.setattr(_stream, "BLOCK_ROWS", 16)
    write(tmp_path / "t.csv", [["n", "t"], *([str(at), "x"] for at in range(1, 101))])
    model: Any = SimpleNamespace(
        description=SimpleNamespace(schema=replace(SCHEMA, columns=SCHEMA.columns[:1]))
    )
    with warnings.catch_warnings(), open_pieces([tmp_path / "t.csv"], size=size) as pieces:
        warnings.simplefilter("ignore")
        table = ModelTable(model, pieces, copy=["t"])
        table.survey()
        blocks = [*table.blocks()]
    assert [block.row for block in blocks] == [0, 16, 32, 48, 64, 80, 96]
    assert [row for block in blocks for row in block.X.index] == [*range(1, 101)]
    assert [len(block.copied) for block in blocks] == [16] * 6 + [4]
