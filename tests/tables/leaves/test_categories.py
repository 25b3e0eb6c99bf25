"""Files that declare other categories of a column are refused; dictionaries that only encode may differ."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

from chainrule import MLPRegressor
from chainrule.tables.files import open_pieces, whole_of
from chainrule.tables.leaves import fit_files
from chainrule.tables.leaves._files import files_of, open_leaves
from chainrule.tables.leaves._parquet import stored_rows

N = 40
CELLS = np.resize(["S", "M", "M"], N)
Y = np.arange(N) % 5 + 0.5


def write(path, categories, ordered=False, cells=CELLS, by="pandas"):
    """Write a file with a column of categories; None stands for text."""
    if by == "polars":
        kind = pl.Categorical if categories is None else pl.Enum(categories)
        pl.DataFrame({"size": pl.Series(cells, dtype=pl.String).cast(kind), "y": Y}).write_parquet(path)
        return
    dtype = str if categories is None else pd.CategoricalDtype(categories, ordered)
    frame = pd.DataFrame({"size": pd.Series(cells).astype(dtype), "y": Y})
    if path.suffix == ".feather":
        frame.to_feather(path)
    else:
        frame.to_parquet(path, row_group_size=15)


OTHER = "'size' has not the categories in {b} that it has in {a}: it lacks 'L', has also 'XL'; "
ORDER = "column 'size' has its categories in another order in {b} than in {a}: 'M', 'S' instead of 'S', 'M'; "


@pytest.mark.parametrize(
    "one, other, words",
    [
        ({"categories": ["S", "M", "L"]}, {"categories": ["S", "M", "XL"]}, OTHER),
        ({"categories": ["S", "M"]}, {"categories": ["M", "S", "L"]}, "it has also 'L'"),
        ({"categories": ["S", "M"], "ordered": True}, {"categories": ["M", "S"], "ordered": True}, ORDER),
        ({"categories": ["S", "M"]}, {"categories": ["S", "M"], "ordered": True}, "'size' is stored as "),
        ({"categories": ["S", "M"], "by": "polars"}, {"categories": ["M", "S"], "by": "polars"}, ORDER),
        (
            {"categories": ["S", "M", "L"], "by": "polars"},
            {"categories": ["S", "M", "XL"], "by": "polars"},
            OTHER,
        ),
    ],
)
@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_other_categories_are_refused(tmp_path, one, other, words, suffix):
    suffix = ".parquet" if "by" in one else suffix
    a, b = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write(a, **one)
    write(b, **other)
    words = re.escape(words.format(a=a, b=b))
    with pytest.raises(ValueError, match=words):
        fit_files(tmp_path, "y", MLPRegressor(solver="lbfgs"))
    if "stored as" not in words:
        with pytest.raises(ValueError, match=words), open_pieces([a, b]) as pieces:
            whole_of(pieces)
    if suffix == ".parquet":
        with pytest.raises(ValueError, match=words):
            stored_rows(tmp_path, "y")


@pytest.mark.parametrize(
    "one, other",
    [
        ({"categories": ["S", "M"]}, {"categories": ["M", "S"]}),  # no order
        ({"categories": None, "by": "polars"}, {"categories": None, "cells": ["L"] * N, "by": "polars"}),
        ({"categories": None}, {"categories": None, "cells": ["L"] * N}),
    ],
)
def test_what_only_encodes_text_may_differ(tmp_path, one, other):
    write(tmp_path / "a.parquet", **one)
    write(tmp_path / "b.parquet", **other)
    with open_leaves(files_of(tmp_path)) as table:
        assert sum(cells.n_rows for cells, _ in table.read()) == 2 * N
    assert len(stored_rows(tmp_path, "y")) >= 2
