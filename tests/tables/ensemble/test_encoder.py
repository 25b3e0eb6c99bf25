"""Encoder of a table: scaling, bins, categories."""

import numpy as np
import pytest

from chainrule.network import Encoding
from chainrule.tables import TableWarning
from chainrule.tables.ensemble import ColumnFacts
from chainrule.tables.ensemble._columns import TableColumn
from chainrule.tables.ensemble._encoder import CategoryColumn, NumberColumn, TableEncoder

RANDOM = np.random.default_rng(0)


def number(values, n_bins=16):
    return NumberColumn.of(ColumnFacts.of_numbers("x", np.asarray(values, float)), n_bins, 3.0, 0.005)


def category(values, most=100):
    return CategoryColumn.of(ColumnFacts.of_texts("c", np.array(values, dtype=object)), most)


def test_numbers_are_scaled_by_median_and_quartiles():
    values = RANDOM.lognormal(size=1000)
    column = number(values)
    first, centre, third = np.quantile(values, [0.25, 0.5, 0.75])
    assert column.centre == pytest.approx(centre) and column.scale == pytest.approx(third - first)
    edges = np.quantile(values, np.linspace(0, 1, 17))
    np.testing.assert_allclose(column.encoding.edges, (edges - centre) / (third - first))


@pytest.mark.parametrize(
    ("values", "scale", "ramps"),
    [
        ([0] * 90 + [10], 5, 0),  # the quartiles are equal: half the range; two different values: no ramps
        ([0] * 90 + [10, 20], 10, 0),  # quantiles 0 and 20 alone
        ([0, 1, 2] * 30, 2, 2),
        ([7.0] * 20, 1, None),  # one value: no input
        ([np.nan] * 5, 1, None),
    ],
)
def test_few_different_values(values, scale, ramps):
    column = number(values)
    assert column.scale == scale
    if ramps is None:
        assert column.encoding is None and column.input_names == []
    else:
        assert column.encoding.n_ramps == ramps and len(column.input_names) == ramps + 1


def test_values_that_differ_in_the_last_bit_make_no_step():
    """Between two of them a ramp would rise at once, which no derivative sees; sines of times are such."""
    values = np.repeat([0.0, 0.3, 0.1 + 0.2, 1.0], 50)
    column = number(values)
    assert len(np.unique(values)) == 4 and np.diff(column.encoding.edges).min() > 0.1
    z = column.packed(np.array([0.3 - 1e-9, 0.3 + 1e-9]))[:, None]
    before, behind = Encoding([column.encoding]).value(z)
    np.testing.assert_allclose(before, behind, atol=1e-7)


def test_a_missing_number_has_an_input_if_there_are_some():
    many, few = np.arange(1000.0), np.arange(1000.0)
    many[:6], few[:5] = np.nan, np.nan
    assert number(many).encoding.missing and not number(few).encoding.missing
    assert number(many).input_names[-1] == "x missing"
    assert number([np.nan, 1.0]).encoding.width == 2  # one value, but whether it is there tells rows apart
    assert np.isnan(number(many).packed(np.array([np.nan]))).all()


def test_categories_are_numbered_and_the_rarest_share_the_last_number():
    column = category(["b", "a", "b", "c", "c", None, "d", "e"], most=3)
    assert column.categories == ("b", "c") and column.rare == ("a", "d", "e") and column.missing
    cells = np.array(["a", "b", "c", "d", None, np.nan, "new"], dtype=object)
    with pytest.warns(TableWarning, match="column 'c': 1 row with a value .* first 'new' in row 7"):
        np.testing.assert_array_equal(column.packed(cells), [3, 0, 1, 3, 2, 2, -1])
    assert column.input_names == ["c = b", "c = c", "c = missing", "c = others"]


def test_two_categories_share_an_input_and_one_has_none():
    assert category(["no", "yes"]).input_names == ["c = yes"]
    assert category(["no"]).encoding is None
    assert category(["no", None]).input_names == ["c = missing"]


def test_the_matrix_has_a_number_for_each_cell():
    columns = [
        TableColumn("x", False, np.array([1.0, 2.0, np.nan, 1e300])),
        TableColumn("c", True, np.array(["a", "b", None, "z"], dtype=object)),
    ]
    facts = [
        ColumnFacts.of_numbers("x", np.array([1.0, 2.0, 3.0])),
        ColumnFacts.of_texts("c", np.array(["a", "b"])),
    ]
    encoder = TableEncoder.of(facts, 16, 3.0, 0.005, 100)
    with pytest.warns(TableWarning, match="first 'z' in row 4"):
        packed = encoder.packed(columns, np.float32)
    assert packed.dtype == np.float32 and np.isfinite(encoder.encoding.value(packed)).all()
    np.testing.assert_array_equal(packed[:2], [[-1, 0], [0, 1]])
    np.testing.assert_array_equal(packed[:, 1], [0, 1, -1, -1])
    assert len(encoder.input_names) == encoder.encoding.m
