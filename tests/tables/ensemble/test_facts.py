"""Facts of columns: exact quantiles from counts, merged over parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chainrule.tables.ensemble import ColumnFacts

NUMBERS = arrays(np.float64, st.integers(1, 60), elements=st.integers(-20, 20).map(float) | st.just(np.nan))


@given(NUMBERS, st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_quantiles_are_those_of_numpy(values, shares):
    facts = ColumnFacts.of_numbers("x", values)
    present = values[~np.isnan(values)]
    assert facts.n == len(present) and facts.n_missing == len(values) - len(present)
    if len(present):
        np.testing.assert_allclose(facts.quantiles(shares), np.quantile(present, shares), atol=1e-12)


@given(NUMBERS, st.integers(0, 60), st.integers(0, 60))
def test_parts_merged_in_any_order_are_the_whole(values, first, second):
    first, second = sorted((min(first, len(values)), min(second, len(values))))
    parts = [ColumnFacts.of_numbers("x", part) for part in np.split(values, [first, second])]
    whole = ColumnFacts.of_numbers("x", values)
    for merged in (parts[0].merged(parts[1]).merged(parts[2]), parts[2].merged(parts[0].merged(parts[1]))):
        np.testing.assert_array_equal(merged.values, whole.values)
        np.testing.assert_array_equal(merged.counts, whole.counts)
        assert merged.n_missing == whole.n_missing


def test_texts_are_counted():
    facts = ColumnFacts.of_texts("c", np.array(["b", None, "a", "b", np.nan], dtype=object))
    assert facts.values.tolist() == ["a", "b"] and facts.counts.tolist() == [1, 2] and facts.n_missing == 2
    other = ColumnFacts.of_texts("c", np.array(["longer than the others", "a"], dtype=object))
    assert facts.merged(other).values.tolist() == ["a", "b", "longer than the others"]
    assert facts.merged(other).counts.tolist() == [2, 2, 1]


def test_facts_of_different_columns_are_not_merged():
    numbers, texts = ColumnFacts.of_numbers("x", np.ones(2)), ColumnFacts.of_texts("x", np.array(["a"]))
    with pytest.raises(ValueError, match="a number 'x' and of a category 'x'"):
        numbers.merged(texts)
