"""How many bytes a result and the work on it may take."""

import numpy as np
import pytest

from chainrule.network import _budget
from chainrule.network._budget import ALWAYS, SMALL, Budget, as_bytes, in_words, within_budget

FLOAT = np.dtype(float)


@pytest.mark.parametrize(
    ("given", "size"),
    [
        (1, 1), (2.9, 2), (np.int64(7), 7), ("12", 12), ("3B", 3), ("1.5 kB", 1500), (" 2KiB ", 2048),
        ("2gib", 2**31), ("1TB", 10**12), (".5 MiB", 2**19), (10**30, 2**62),
    ],
)  # fmt: skip
def test_bytes_and_words(given, size):
    assert as_bytes(given) == size


@pytest.mark.parametrize("given", ["", "GiB", "two GiB", "2 GB B", "-1", "1e3", 0, -5, 0.5, np.inf, np.nan])
def test_what_is_no_size_is_refused(given):
    with pytest.raises(ValueError, match="max_memory"):
        as_bytes(given)


@pytest.mark.parametrize("given", [True, [1], 1j, b"2GB"])
def test_what_is_no_number_is_refused(given):
    with pytest.raises(TypeError, match="max_memory must be bytes"):
        as_bytes(given)


def test_nothing_given_is_half_of_what_is_free(monkeypatch):
    monkeypatch.setattr(_budget, "free_memory", lambda: 1001)
    assert as_bytes(None) == 500


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1023, "1,023 bytes"),
        (1024, "1 KiB"),
        (2.5 * 2**20, "2.5 MiB"),
        (5000 * 2**30, "5,000 GiB"),
    ],
)
def test_sizes_in_words(size, words):
    assert in_words(size) == words


def test_work_that_does_not_fit_is_refused_unless_it_is_small():
    bounded = Budget(2 * ALWAYS)
    assert bounded.of_work(2 * ALWAYS) == 2 * ALWAYS
    assert Budget(1).of_work(ALWAYS) == 1
    with pytest.raises(MemoryError, match=r"takes 3 MiB .* left for it are 2 MiB"):
        bounded.of_work(3 * ALWAYS)


def test_where_no_bound_was_set_the_system_is_asked(monkeypatch):
    monkeypatch.setattr(_budget, "free_memory", lambda: 16 * ALWAYS)
    assert Budget(ALWAYS, bounded=False).of_work(4 * ALWAYS) == 8 * ALWAYS
    with pytest.raises(MemoryError, match="left for it are 8 MiB"):
        Budget(ALWAYS, bounded=False).of_work(9 * ALWAYS)


def test_a_result_is_taken_from_the_bound():
    result, budget = within_budget((10, 100), FLOAT, None, 10_000, "nothing")
    assert (result.shape, result.dtype, budget.left) == ((10, 100), FLOAT, 2000)
    out = np.empty((10, 100))
    given, budget = within_budget((10, 100), FLOAT, out, 10_000, "nothing")
    assert given is out and budget.left == 10_000


def test_a_result_that_does_not_fit_says_what_else_there_is(monkeypatch):
    with pytest.raises(
        MemoryError, match=r"\(10, 100\) in float64 takes 7.81 KiB, max_memory is 7.81 KiB; ask less"
    ):
        within_budget((10, 100), FLOAT, None, 7999, "ask less")
    monkeypatch.setattr(_budget, "free_memory", lambda: SMALL)
    with pytest.raises(MemoryError, match="half of what is free is 32 MiB; ask less"):
        within_budget((SMALL,), FLOAT, None, None, "ask less")


ROWS = np.zeros((4, 3))
REFUSED = {
    "no array": ([[0.0] * 3] * 4, TypeError, "got list"),
    "another shape": (np.empty((3, 4)), ValueError, r"out has shape \(3, 4\)"),
    "another type": (np.empty((4, 3), np.float32), ValueError, "float32; the result is"),
    "gaps": (np.empty((4, 6))[:, ::2], ValueError, "C order"),
    "Fortran's order": (np.empty((3, 4)).T, ValueError, "C order"),
    "what is read": (ROWS, ValueError, "lies in memory of X"),
}


@pytest.mark.parametrize(("out", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_arrays_that_cannot_be_written_to(out, kind, words):
    with pytest.raises(kind, match=words):
        within_budget((4, 3), FLOAT, out, None, "nothing", (ROWS,))


def test_an_array_that_may_not_be_written_to():
    out = np.empty((4, 3))
    out.flags.writeable = False
    with pytest.raises(ValueError, match="writable"):
        within_budget((4, 3), FLOAT, out, None, "nothing")
