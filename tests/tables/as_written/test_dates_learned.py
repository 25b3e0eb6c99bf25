"""Dates and times of day that are learned from."""

import pytest

from as_written.runner import LEFT_OUT, Case, check, dates
from chainrule.tables import Wishes


def days(n: int) -> list[str]:
    return [f"2021-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(n)]


LEARNED = [
    Case(
        "different dates stay",
        "day;y\n" + "".join(f"{day};{i % 7},5\n" for i, day in enumerate(days(60))),
        {"day": dates(*days(60))},
        [r"'day' is read as dates \(year-month-day\), in days since 1970-01-01"],
        target="y",
    ),
    Case(
        "times of day have two inputs",
        "t;y\n" + "06:00;1,5\n18:00;2,5\n12:00;3,5\n" * 5,
        {"t (sine)": None, "t (cosine)": None},
        ["'t' is read as times of day, which become two inputs"],
        target="y",
    ),
    Case(
        "dates ignored",
        "day;x;y\n" + "".join(f"{day};{i % 5},5;{i % 7},5\n" for i, day in enumerate(days(60))),
        {"day": LEFT_OUT},
        target="y",
        wishes=Wishes(ignore=("day",)),
    ),
    Case(
        "a target of dates",
        "x;y\n" + "".join(f"{i % 5},5;{day}\n" for i, day in enumerate(days(60))),
        error="the target 'y' holds dates: it must hold numbers, or the names of classes",
        target="y",
    ),
]


@pytest.mark.parametrize("case", LEARNED, ids=str)
def test_learned(case, tmp_path):
    check(case, tmp_path)
