"""Columns of mostly numbers, words for missing cells, and numbers that stand for one."""

import re

import pytest

from as_written.runner import Case, check, column, dates
from chainrule.tables import Wishes

TWENTY = [f"{n}.5" for n in range(20)]
NUMBERS = [n + 0.5 for n in range(20)]


def among_numbers(*odd: str, times: int = 2) -> str:
    return column("x", *TWENTY * times, *odd)


def counted_as_missing(n_odd: int, times: int = 2) -> dict:
    return {"x": NUMBERS * times + [None] * n_odd}


WORDS = [
    "NA",
    "N/A",
    "n/a",
    "n.a.",
    "NaN",
    "nan",
    "-nan",
    "NULL",
    "null",
    "None",
    "none",
    "nil",
    "<NA>",
    "NaT",
    "(null)",
    "missing",
    "unknown",
    "?",
    ".",
    "..",
    "-",
    "--",
    "–",
    "—",
    "*",
    "#N/A",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#WERT!",
    "#BEZUG!",
    "#ZAHL!",
    "#NV",
    "#VALEUR!",
    "#¡DIV/0!",
    "1.#QNAN",
    "1.#IND",
    "-1.#IND",
    "k.A.",
    "k. A.",
    "n.d.",
    "N/D",
    "ND",
    "(blank)",
    "not available",
    "no data",
    "\\N",
    "NA ",
    " n/a",
    "#N/A N/A",
    "not applicable",
    "keine Angabe",
    "n.v.t.",
    "s/d",
    "N.A",
    "--.-",
    "---",
    "***",
    "****",
]


@pytest.mark.parametrize("word", WORDS)
def test_words_among_numbers(word, tmp_path):
    text = column("x", *TWENTY, word, "7", word, word)
    said = [f"{re.escape(repr(word.strip()))} counts as missing: 3 times in 'x', first in row 21"]
    check(Case("", text, {"x": [*NUMBERS, None, 7, None, None]}, said), tmp_path)


MOSTLY = [
    Case(
        "a remark",
        among_numbers("see note"),
        counted_as_missing(1),
        [r"column 'x': 'see note' \(in row 41\) counted as missing among numbers"],
    ),
    Case(
        "several remarks",
        among_numbers("Total", "about 5", times=4),
        counted_as_missing(2, times=4),
        [r"'Total' \(in row 81\), 'about 5' \(in row 82\) counted as missing among numbers"],
    ),
    Case(
        "a remark that comes again",
        among_numbers("ill", "ill", "ill", times=4),
        counted_as_missing(3, times=4),
        [r"'ill' \(3 times, first in row 81\) counted as missing among numbers"],
    ),
    Case(
        "more remarks than 5 %",
        column("x", *TWENTY, "see note", "ill"),
        {"x": [*TWENTY, "see note", "ill"]},
        [r"'x' is read as text, not as numbers: because of 'see note' in row 21 .and of 1 more row."],
    ),
    Case(
        "many different remarks among one number",
        column("x", *(f"see note {n}" for n in range(8)), more=["0"] * 200),
        {"x": [None] * 8 + [0] * 200},
        ["'see note 0' .* and 5 more counted as missing among numbers"],
    ),
    Case(
        "other units among one price",
        column("x", *(f"{n} kg" for n in range(1, 8)), more=["$ 7.50"] * 200),
        {"x": [None] * 7 + [7.5] * 200},
        ["'1 kg' .* counted as missing among numbers"],
    ),
    Case(
        "numbers as asked for",
        column("x", "1.5", "see note", "ill", "2"),
        {"x": [1.5, None, None, 2]},
        [r"'see note' \(in row 2\), 'ill' \(in row 3\) counted as missing among numbers"],
        wishes=Wishes(kinds={"x": "number"}),
    ),
    Case(
        "no number at all as asked for",
        column("x", "low", "high"),
        wishes=Wishes(kinds={"x": "number"}),
        error="column 'x', row 1: 'low' is not a number",
    ),
    Case(
        "below the limit of detection",
        column("x", *TWENTY * 2, "<0.1", "> 50"),
        counted_as_missing(2),
        [r"'<0.1' \(in row 41\), '> 50' \(in row 42\) counted as missing among numbers"],
    ),
    Case(
        "mostly missing",
        column("x", *["NA"] * 95, "1.5", "2.5", "3", "4", "5"),
        {"x": [None] * 95 + [1.5, 2.5, 3, 4, 5]},
        ["'NA' counts as missing: 95 times in 'x', first in row 1"],
    ),
    Case(
        "nearly all cells empty",
        column("x", *[""] * 9_000, *["1.5", "2,000.5"]),
        {"x": [None] * 9_000 + [1.5, 2000.5]},
    ),
    Case(
        "nearly all cells a word for missing",
        column("x", *["1.5", "NA", "2"], *["NA"] * 9_000),
        {"x": [1.5, None, 2] + [None] * 9_000},
        ["'NA' counts as missing: 9,001 times in 'x', first in row 2"],
    ),
    Case(
        "dates nearly all empty",
        column("x", *[""] * 3_000, "2021-05-01"),
        {"x": dates(*[None] * 3_000, "2021-05-01")},
    ),
    Case(
        "several columns",
        "x;y;z\n1.5;?;a\n?;2.5;b\n2;?;c\n" + "1;2;a\n" * 5,
        {"x": [1.5, None, 2] + [1] * 5, "y": [None, 2.5, None] + [2] * 5},
        [r"'\?' counts as missing: 3 times in 'x', 'y', first in row 2"],
    ),
    Case(
        "truth values",
        column("x", "true", "NA", "FALSE", ""),
        {"x": [True, None, False, None]},
        ["'NA' counts as missing"],
    ),
    Case(
        "dates",
        column("x", "2021-05-01", "NULL", "0000-00-00", "2021-05-02"),
        {"x": dates("2021-05-01", None, None, "2021-05-02")},
        ["'NULL' counts as missing", "'0000-00-00' counts as missing"],
    ),
    Case(
        "in text they are words",
        column("x", "None", "Brick", "NA", "null"),
        {"x": ["None", "Brick", "NA", "null"]},
    ),
    Case("an answer", column("x", "yes", "no", "unknown"), {"x": ["yes", "no", "unknown"]}),
    Case("Namibia", column("x", "NA", "DE", "FR"), {"x": ["NA", "DE", "FR"]}),
    Case(
        "in text they are missing where asked for",
        column("x", "None", "Brick", "NA", "?"),
        {"x": ["None", "Brick", None, None]},
        wishes=Wishes(na=("NA", "?")),
    ),
    Case("spaces alone are empty", column("x", "1.5", " ", "  ", "2"), {"x": [1.5, None, None, 2]}),
    Case("spaces alone are empty in text", column("x", "a", " ", "b"), {"x": ["a", None, "b"]}),
    Case(
        "a number for missing",
        column("x", "1.5", "-999", "3"),
        {"x": [1.5, None, 3]},
        wishes=Wishes(na=("-999",)),
    ),
    Case(
        "a number for missing in another spelling",
        column("x", "1.5", "-999.0", "3", "-999"),
        {"x": [1.5, None, 3, None]},
        wishes=Wishes(na=("-999",)),
    ),
    Case("empty cells", column("x", "1.5", "", "3"), {"x": [1.5, None, 3]}),
    Case("an empty column", "x;y;z\n;1;a\n;2;b\n", {"x": [None, None]}),
]


@pytest.mark.parametrize("case", MOSTLY, ids=str)
def test_mostly(case, tmp_path):
    check(case, tmp_path)
