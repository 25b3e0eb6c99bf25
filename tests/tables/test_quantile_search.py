"""Quantiles by counting are exactly those of NumPy, in any order and however the numbers are cut."""

import pickle
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.tables import _quantile_search
from chainrule.tables._quantile_search import QuantileSearch
from sweeps import examples

NUMBERS = st.floats(-1e150, 1e150) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, np.nan])


def found(parts, shares=(0.5,), merged=False, bits=16):
    search, passes, more = QuantileSearch(shares, bits), 0, True
    while more:
        if merged:
            parts = [*parts[1:], *parts[:1]]
            others = [search, *(search.beside() for _ in parts)]
            for each, part in zip(others[1:], parts, strict=True):
                each.add(part)
                search.merge(pickle.loads(pickle.dumps(each)))
        else:
            for part in parts:
                search.add(part)
        more, passes = search.settle(), passes + 1
    assert passes <= -(-64 // bits) and search.settled
    return search.quantiles


@settings(deadline=None, max_examples=examples(20))
@given(
    st.lists(NUMBERS, max_size=30), st.integers(0, 30), st.sampled_from([0, 2, 1 << 16]), st.booleans(),
    st.sampled_from([16, 12]),
)  # fmt: skip
def test_medians_are_exact(numbers, cut, held, merged, bits):
    values = np.array(numbers, dtype=np.float64)
    with mock.patch.object(_quantile_search, "_HELD", held):
        (median,) = found([values[cut:], values[:cut]], merged=merged, bits=bits)
    present = values[~np.isnan(values)]
    assert np.isnan(median) if not len(present) else median == np.median(present)


@pytest.mark.parametrize("n", [1, 2, 999, 1000, 200_000])
def test_quantiles_are_those_of_numpy(n):
    shares = [0.0, 0.1, 0.25, 0.5, 0.75, 0.99, 1.0]
    values = np.random.default_rng(n).normal(size=n).round(3) * 100
    np.testing.assert_allclose(
        found(np.array_split(values, 7), shares), np.quantile(values, shares), rtol=1e-15
    )
    assert found(np.array_split(values, 7))[0] == np.median(values)
