"""Columns of which nothing is known are read in pieces as they are read at once."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.tables import Cells
from chainrule.tables.columns import Hints, KnownColumns, read_columns, say_how_read

CELLS = {
    "plain": ["1", "2.5", "-3", "1e3", "NA", "", "900", "?", "1234", "x"],
    "codes": ["007", "12", "0345", "", "12345", "1.5"],
    "comma": ["1,5", "1.234,5", "2.345", "12", "1,234", "", "n.d.", "7 kg", "3%"],
    "text": ["Ulm", "Bonn ", "Bonn", "say", "é", "", "#1", " ", "Ulm 5", "5"],
    "date": ["01/02/2024", "13/02/2024", "02/14/2024", "1.2.24", "2024-02-03", "", "9999-12-31", "NA"],
    "clock": ["13:45", "1:05 PM", "", "NA", "23:59"],
    "truth": ["true", "False", "", "TRUE ", "NA", "maybe"],
    "word": ["unknown", ""],
    "empty": [""],
}


@st.composite
def tables(draw):
    n = draw(st.integers(1, 25))
    table = {}
    for name, cells in CELLS.items():
        some = draw(st.lists(st.sampled_from(cells), min_size=1, max_size=4))
        rare = draw(st.sampled_from(cells))
        column = [some[at % len(some)] for at in draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))]
        column[draw(st.integers(0, n - 1))] = rare
        table[name] = column
    return table


def said(columns):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        say_how_read(columns)
    return [str(each.message) for each in caught]


def in_pieces(cells, cuts, na=frozenset()):
    known = KnownColumns({name: Hints(na=na) for name in cells.columns})
    ends = [0, *cuts, cells.n_rows]
    pieces = [
        (Cells({n: c.slice(a, b - a) for n, c in cells.columns.items()}), a)
        for a, b in pairwise(ends)
        if b > a
    ]
    passes, more = 0, True
    while more:
        for piece, row in pieces:
            known.look(piece, row)
        more, passes = known.settle(), passes + 1
    assert passes < 9
    values = [known.values(piece) for piece, _ in pieces]
    return known.columns(), {name: np.concatenate([each[name] for each in values]) for name in cells.columns}


def check(cells, cuts):
    expected = read_columns(cells, {})
    found, values = in_pieces(cells, cuts)
    for name, column in expected.items():
        assert (found[name].kind, found[name].spelling) == (column.kind, column.spelling), name
        same = pd.Series(values[name]).equals(pd.Series(column.values))
        assert same or column.kind is None, name
        assert found[name].odd == column.odd, name
    assert said(found.values()) == said(expected.values())


@settings(deadline=None, max_examples=6)
@given(tables(), st.lists(st.integers(0, 40), max_size=3))
def test_text_is_read_in_pieces_as_at_once(table, cuts):
    cells = Cells({name: pa.chunked_array([column]) for name, column in table.items()})
    check(cells, sorted(min(cut, cells.n_rows) for cut in cuts))


@pytest.mark.parametrize("cuts", [[], [3], [1, 2, 9]])
def test_stored_columns_too(cuts):
    n = 12
    check(
        Cells(
            {
                "whole": pa.chunked_array([pa.array([*range(n - 1), None])]),
                "big": pa.chunked_array([pa.array([2**60 + at for at in range(n)])]),
                "float": pa.chunked_array([np.linspace(0, 1, n)]),
                "truth": pa.chunked_array([pa.array([True, False, None] * 4)]),
                "category": pa.chunked_array([pa.array(["1", "2", ""] * 4).dictionary_encode()]),
                "truth category": pa.chunked_array(
                    [pa.array(["true", "false", None] * 4).dictionary_encode()]
                ),
                "day": pa.chunked_array([pa.array([0, 1, 40_000_000] * 4, pa.int32()).cast(pa.date32())]),
                "time": pa.chunked_array([pa.array(np.arange(n) * 60, pa.int32()).cast(pa.time32("s"))]),
                "nothing": pa.chunked_array([pa.nulls(n)]),
                "list": pa.chunked_array([[[1]] * n]),
            }
        ),
        cuts,
    )
