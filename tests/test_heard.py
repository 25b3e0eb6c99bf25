"""Warnings that a block of code gives are kept for the thread that runs it."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from chainrule._heard import heard


def texts(kept):
    return [str(each.message) for each in kept]


def warn(text, category=UserWarning):
    warnings.warn(text, category, stacklevel=1)


def test_warnings_are_kept_and_not_shown():
    with heard() as kept:
        for _ in range(2):  # each time, not once a line
            warn("from here")
    assert texts(kept) == ["from here"] * 2
    assert kept[0].category is UserWarning and kept[0].filename == __file__
    with pytest.warns(UserWarning, match="after"):
        warn("after")


def test_of_one_category():
    with pytest.warns(DeprecationWarning, match="not for the block") as others:
        with heard(RuntimeWarning) as kept:
            warn("of numbers", RuntimeWarning)
            warn("not for the block", DeprecationWarning)
    assert texts(kept) == ["of numbers"] and texts(others) == ["not for the block"]


def test_the_innermost_block_that_hears_them_keeps_them():
    with heard() as outer:
        with heard(RuntimeWarning) as inner:
            warn("of numbers", RuntimeWarning)
            warn("of a user")
        warn("after", RuntimeWarning)
    assert texts(inner) == ["of numbers"]
    assert texts(outer) == ["of a user", "after"]


def test_filters_of_others_are_followed():
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        with heard(RuntimeWarning), pytest.raises(DeprecationWarning):
            warn("an error, as it was", DeprecationWarning)


def test_an_error_ends_the_block():
    before = list(warnings.filters), warnings.showwarning
    with pytest.raises(KeyError), heard():
        raise KeyError
    assert (warnings.filters, warnings.showwarning) == before


def test_filters_that_are_set_within_come_first():
    with heard() as kept:
        warn("heard")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warn("ignored")
            with heard() as inner:
                warn("heard within")
        warn("heard again")
    assert texts(kept) == ["heard", "heard again"] and texts(inner) == ["heard within"]


def test_each_thread_hears_its_own():
    before = list(warnings.filters), warnings.showwarning
    both, one_has_left = threading.Barrier(2, timeout=600), threading.Event()

    def first():
        with heard() as kept:
            both.wait()
            warn("of the first")
        one_has_left.set()
        return texts(kept)

    def second():
        with heard() as kept:
            both.wait()
            one_has_left.wait(600)
            warn("of the second")
        return texts(kept)

    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(first), pool.submit(second)]
        assert [each.result() for each in found] == [["of the first"], ["of the second"]]
    assert (warnings.filters, warnings.showwarning) == before


def test_a_block_that_outlives_the_filters_it_began_in_does_not_bring_them_back():
    before = list(warnings.filters), warnings.showwarning
    block = heard()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        block.__enter__()
    block.__exit__(None, None, None)
    assert (warnings.filters, warnings.showwarning) == before


def test_filters_that_outlive_a_block_they_began_in():
    block, before = heard(), list(warnings.filters)
    kept = block.__enter__()
    with warnings.catch_warnings(record=True) as others:
        warn("heard by nobody else")
        block.__exit__(None, None, None)
        warnings.simplefilter("always")
        warn("after")
    assert (texts(kept), texts(others)) == ([], ["heard by nobody else", "after"])
    with heard() as again:
        warn("within")
    assert texts(again) == ["within"]
    assert warnings.filters == before


def test_a_thread_outside_is_not_heard():
    with heard() as kept, ThreadPoolExecutor(1) as pool:
        with pytest.warns(UserWarning, match="of another") as others:
            pool.submit(warn, "of another").result()
        assert texts(others) == ["of another"]
    assert kept == []


def test_a_thread_in_a_copy_of_the_context_is():
    with heard() as kept, ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, warn, "of a part").result()
    assert texts(kept) == ["of a part"]
