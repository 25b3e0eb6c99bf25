"""How many rows are worked on at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.network._budget import ALWAYS, UNBOUNDED, Budget
from chainrule.network._chunks import _CACHE, cut, rows_at_a_time


@given(
    n=st.integers(1, 10**6),
    size=st.integers(1, 2**20),
    least=st.integers(1, 600),
    allowed=st.integers(20, 32),
)
def test_chunks_fit_the_bound_and_are_of_like_size(n, size, least, allowed):
    """Of all numbers of chunks the smallest is taken: one chunk less would be too large."""
    rows = rows_at_a_time(n, size, Budget(2**allowed), least)
    most = min(max(_CACHE // size, least), max(1, 2**allowed // size))
    assert 1 <= rows <= min(n, most)
    chunks = -(-n // rows)
    assert chunks == 1 or (chunks - 1) * most < n
    assert chunks * rows - n < chunks  # the last one lacks less than a row for each of the others


def test_what_the_work_takes_beside_its_rows_is_counted():
    assert rows_at_a_time(1000, 2**20, Budget(10 * 2**20), least=100) == 10
    assert rows_at_a_time(1000, 2**20, Budget(10 * 2**20), least=100, fixed=6 * 2**20) == 4


def test_a_row_that_does_not_fit_is_refused():
    with pytest.raises(MemoryError, match="takes 3 MiB beside the result, even a row at a time"):
        rows_at_a_time(5, 2**20, Budget(ALWAYS), fixed=2 * 2**20)


def test_small_work_is_done_whatever_the_bound():
    assert rows_at_a_time(5, ALWAYS, Budget(1)) == 1


def test_no_rows():
    assert rows_at_a_time(0, 8, UNBOUNDED) == 1
    assert list(cut(0, 3)) == []


@given(n=st.integers(0, 300), step=st.integers(1, 400))
def test_cut_gives_every_row_once_and_in_order(n, step):
    parts = list(cut(n, step))
    assert [row for first, m in parts for row in range(first, first + m)] == list(range(n))
    assert all(1 <= m <= step for _, m in parts)
