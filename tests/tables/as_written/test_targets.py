"""Targets with missing cells and remarks, and numbers that stand for a missing cell."""

import re

import pytest

from as_written.runner import LEFT_OUT, Case, check, column
from chainrule.tables import Wishes

TWENTY = [f"{n}.5" for n in range(20)]
NUMBERS = [n + 0.5 for n in range(20)]


def targets(*cells: str) -> str:
    return "x,y\n" + "".join(f"{i * 7 % 11}.5,{cell}\n" for i, cell in enumerate(cells))


TARGETS = [
    Case(
        "a remark in a target of numbers",
        targets(*TWENTY * 2, "Total"),
        error=r"target 'y' holds numbers, but 'Total' in row 41; --na Total drops such rows, --task",
        target="y",
    ),
    *(
        Case(f"{word} in it", targets(*TWENTY, word), error=f"but '{re.escape(word)}' in row 21", target="y")
        for word in (".", "-", "n.a.", "#DIV/0!", "Total", "unknown")
    ),
    Case(
        "a question mark in it",
        targets(*TWENTY, "?"),
        error=r"target 'y' holds numbers, but '\?' in row 21",
        target="y",
    ),
    Case(
        "dropped as asked for",
        targets(*TWENTY, "?"),
        {"y": NUMBERS},
        ["1 row of 21 dropped: the target 'y' is missing there"],
        target="y",
        wishes=Wishes(na=("?",)),
    ),
    Case(
        "words that mean missing",
        targets(*TWENTY, "NA", "", "NaN"),
        {"y": NUMBERS},
        ["3 rows of 23 dropped: the target 'y' is missing there .*'NA', 'NaN'"],
        target="y",
    ),
    Case(
        "half of a target is text",
        targets(*["1.5", "2.5", "x", "y"] * 5),
        error="regression needs numbers, but the target 'y' is text .*'1.5' in row 1|'x' in row 3",
        target="y",
        task="regression",
    ),
    Case(
        "None is a class",
        targets(*["None", "Brick"] * 8),
        {"y": ["None", "Brick"] * 8},
        ["'None' is one of the classes of 'y'; --na None drops such rows"],
        target="y",
    ),
    Case(
        "a class named NA",
        targets(*["NA", "EU", "null"] * 8),
        {"y": ["NA", "EU", "null"] * 8},
        ["'NA' is one of the classes of 'y'", "'null' is one of the classes"],
        target="y",
    ),
    Case(
        "a class that is missing as asked for",
        targets(*["NA", "EU", "US"] * 8),
        {"y": ["EU", "US"] * 8},
        ["8 rows of 24 dropped: the target 'y' is missing there"],
        target="y",
        wishes=Wishes(na=("NA",)),
    ),
    Case(
        "a target that is empty",
        targets(*[""] * 8),
        error="the target 'y' has no value in any row",
        target="y",
    ),
    Case(
        "a constant target",
        targets(*["5"] * 8),
        error="the target 'y' is 5.* in all 8 rows: nothing",
        target="y",
    ),
    Case(
        "an empty column",
        "e,x,y\n" + ",1.5,2.5\n,2.5,3\n" * 5,
        {"e": LEFT_OUT, "x": [1.5, 2.5] * 5},
        ["'e' is left out: it has no value in any row"],
        target="y",
    ),
    Case(
        "a column of one word for missing",
        "e,x,y\n" + "NA,1.5,2.5\nNA,2.5,3\n" * 5,
        {"e": LEFT_OUT, "x": [1.5, 2.5] * 5},
        ["'e' is left out: it has no value in any row"],
        target="y",
    ),
    Case(
        "only words for missing",
        column("x", "NA", "NA"),
        {"x": [None, None]},
        ["'NA' counts as missing: 2 times in 'x', first in row 1"],
    ),
]


@pytest.mark.parametrize("case", TARGETS, ids=str)
def test_targets(case, tmp_path):
    check(case, tmp_path)


def features(*cells: str) -> str:
    return "x,y\n" + "".join(f"{cell},{i % 3}.5\n" for i, cell in enumerate(cells))


def sentinel(number: str, times: int = 3) -> str:
    return features(*[number] * times, *(f"2{i % 7}.5" for i in range(60)))


SENTINELS = [
    *(
        Case(
            number,
            sentinel(number),
            {},
            [rf"'x': {number} occurs 3 times and lies far .* --na {number}"],
            target="y",
        )
        for number in ("-999", "-200", "9999", "-1", "-99999999")
    ),
    Case("once may be true", sentinel("-999", times=1), {}, target="y"),
    Case("zeros may be true", sentinel("0"), {}, target="y"),
    Case(
        "as asked for",
        sentinel("-999"),
        {"x": [None] * 3 + [float(f"2{i % 7}.5") for i in range(60)]},
        target="y",
        wishes=Wishes(na=("-999",)),
    ),
    Case(
        "with decimal commas",
        sentinel("-999").replace(",", ";").replace(".", ","),
        {},
        ["'x': -999 occurs 3 times and lies far from all others"],
        target="y",
    ),
    Case(
        "large values of a wide column",
        features(*(f"{1.5 ** (i % 20):.0f}.5" for i in range(60))),
        {},
        target="y",
    ),
]


@pytest.mark.parametrize("case", SENTINELS, ids=str)
def test_sentinels(case, tmp_path):
    check(case, tmp_path)
