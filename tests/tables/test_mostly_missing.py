"""Columns in which words for missing cells are most of what there is, and other cells are empty."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from chainrule.tables import describe_columns, read_table
from chainrule.tables.columns._date_search import find_dates
from chainrule.tables.columns._dates import shapes_of
from sweeps import crossed


@pytest.mark.filterwarnings("ignore::chainrule.tables.TableWarning")
@pytest.mark.parametrize(
    ("other", "word", "empty"),
    crossed(["Black", "1.5", "2020-01-31"], ["Unknown", "NA", "?"], [1, 30, 300]),
)
def test_most_cells_are_words_for_missing_and_some_are_empty(tmp_path, other, word, empty):
    cells = [word] * 600 + [""] * empty + [other] * 100
    order = np.random.default_rng(0).permutation(len(cells))
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{cells[k]},{n}.5\n" for n, k in enumerate(order)))
    frame = read_table(path)
    assert len(frame) == len(cells)
    if other == "Black":
        assert set(frame["x"].dropna()) == {word, "Black"} and frame["x"].isna().sum() == empty
    else:
        assert frame["x"].notna().sum() == 100
    (report, _) = describe_columns(pd.read_csv(path, dtype=str, keep_default_na=False).replace("", None))
    assert report.kind == {"Black": "text", "1.5": "number", "2020-01-31": "date"}[other]


def test_a_cell_among_words_for_missing_counts_once():
    """In pieces as in the whole: half of the cells have one pattern, half another, and neither decides."""
    cells = ["NA", *["01/02/2024"] * 2, "1.2.24", "NA", "1.2.24", "NA", "1.2.24", "01/02/2024", "NA", "NA"]
    for first, last in ((0, 11), (0, 8), (8, 11)):
        fits, n = shapes_of(pa.chunked_array([cells[first:last]]))
        assert n == sum(cell != "NA" for cell in cells[first:last]) == sum(fits.values())
    assert find_dates(pa.chunked_array([cells])) is None
    assert find_dates(pa.chunked_array([[*cells, "01/02/2024"]])) is not None
