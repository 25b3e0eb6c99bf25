"""Labels and categories come back as they were written, identifiers are left out."""

import pytest

from as_written.runner import Case, check, column
from chainrule.tables import Wishes

TIMES = 12


def targets(*cells: str) -> str:
    return "x;y\n" + "".join(f"{i * 7 % 11}.5;{cell}\n" for i, cell in enumerate(cells * TIMES))


# Classes in a file, which are guessed to be so.
LABELS = [
    ["01", "02", "10"],
    ["007", "7", "07"],
    ["yes", "no"],
    ["TRUE", "FALSE"],
    ["True", "false"],
    ["T", "F"],
    ["a", "B", "b"],
    ["0", "1"],
    ["1", "2", "3"],
    ["-1", "+1"],
    ["1.0", "2.0"],
    ["9007199254740993", "9007199254740992"],
    ["18446744073709551615", "18446744073709551614"],
    ["10000000000000000000001", "10000000000000000000002"],
    ["Köln", "Zürich", "上海"],
    ["<=50K", ">50K"],
    ["1st", "2nd", "3rd"],
    ["18-25", "26-35", "36-50"],
    ["A+", "A-", "B"],
    ["benign", "malignant "],
]

# Classes only as asked for: without that, numbers are a regression.
AS_ASKED = [
    ["1.50", "1.5", "2"],
    ["1e3", "1000", "1E3"],
    ["+1", "1", "01"],
    ["1,234", "1234"],
    ["0.1", "0.2", "0.30"],
    ["$5", "$7", "5"],
    ["2021-01-01", "2021-01-02"],
    ["12:30", "13:30"],
    ["inf", "1", "2"],
]


def written(cells: list[str]) -> dict:
    return {"y": [cell.strip() for cell in cells] * TIMES}


@pytest.mark.parametrize("cells", LABELS, ids=" ".join)
def test_labels(cells, tmp_path):
    check(Case("", targets(*cells), written(cells), target="y"), tmp_path)


@pytest.mark.parametrize("cells", AS_ASKED, ids=" ".join)
def test_labels_as_asked(cells, tmp_path):
    check(Case("", targets(*cells), written(cells), target="y", task="classification"), tmp_path)


TWINS = [
    Case(
        "spaces at the ends of classes",
        "x;y\n" + "1.5; a\n2.5;a\n3.5;b\n" * 8,
        {"y": ["a", "a", "b"] * 8},
        ["column 'y': ' a' is read as 'a': texts that differ only by spaces at their ends are one value"],
        target="y",
    ),
    Case(
        "spaces at the ends",
        column("x", " a", "a", "b ", "b"),
        {"x": ["a", "a", "b", "b"]},
        [r"' a' is read as 'a' \(and 1 more\): texts that differ only by spaces at their ends are one value"],
    ),
    Case(
        "letters and accents apart or in one",
        column("x", "Zu\u0308rich", "Z\u00fcrich"),
        {"x": ["Z\u00fcrich", "Z\u00fcrich"]},
        ["texts that differ only by the way their accents are stored are one value"],
    ),
    Case("capitals are other letters", column("x", "a", "A"), {"x": ["a", "A"]}),
    Case(
        "zip codes",
        column("zip", "01234", "90210", "02139"),
        {"zip": ["01234", "90210", "02139"]},
        [r"'zip' is read as text: it has digits with leading zeros, such as '01234' \(--as zip=number"],
    ),
    Case(
        "zip codes as numbers",
        column("zip", "01234", "90210"),
        {"zip": [1234, 90210]},
        wishes=Wishes(kinds={"zip": "number"}),
    ),
    Case(
        "one leading zero far down",
        column("zip", *["90210"] * 9000, "01234"),
        {"zip": ["90210"] * 9000 + ["01234"]},
        ["'zip' is read as text: it has digits with leading zeros"],
    ),
    Case("a zero before a point is none", column("x", "0.5", "00.5", "12"), {"x": [0.5, 0.5, 12]}),
    Case("zeros alone are numbers", column("x", "0", "1", "10"), {"x": [0, 1, 10]}),
    Case(
        "padded numbers",
        column("x", "0001", "0002", "0010"),
        {"x": ["0001", "0002", "0010"]},
        ["'x' is read as text: it has digits with leading zeros"],
    ),
    Case(
        "numbers as categories",
        column("x", "1", "2", "1.0"),
        {"x": ["1", "2", "1.0"]},
        wishes=Wishes(kinds={"x": "category"}),
    ),
    Case(
        "dates as text",
        column("x", "2021-01-01", "1/2/2021"),
        {"x": ["2021-01-01", "1/2/2021"]},
        wishes=Wishes(kinds={"x": "text"}),
    ),
    Case(
        "phone numbers",
        column("x", "+49 30 1234567", "030 / 7654321"),
        {"x": ["+49 30 1234567", "030 / 7654321"]},
    ),
    Case(
        "yes and no as truth values",
        column("x", "yes", "no", "Y"),
        {"x": [True, False, True]},
        wishes=Wishes(kinds={"x": "boolean"}),
    ),
    Case(
        "zero and one as truth values",
        column("x", "0", "1"),
        {"x": [False, True]},
        wishes=Wishes(kinds={"x": "boolean"}),
    ),
    Case(
        "no truth value",
        column("x", "yes", "perhaps"),
        error="column 'x', row 2: 'perhaps' is not a truth value",
        wishes=Wishes(kinds={"x": "boolean"}),
    ),
    Case(
        "truth values of R",
        column("x", "TRUE", "FALSE", "NA"),
        {"x": [True, False, None]},
        ["'NA' counts as missing"],
    ),
]


@pytest.mark.parametrize("case", TWINS, ids=str)
def test_texts(case, tmp_path):
    check(case, tmp_path)
