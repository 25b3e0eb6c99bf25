"""Numbers whose spelling the whole column or the whole table decides."""

import numpy as np
import pytest

from as_written.runner import Case, check, column
from chainrule.tables import Wishes


def lines(*rows: str, separator: str = ";") -> str:
    return "".join(row.replace("|", separator) + "\n" for row in rows)


# More than 64 kB, and rows that no sample of some thousand cells sees.
N = 9_001
ODD_ROW = 4_321


def with_one(name: str, usual: str, one: str, at: int = ODD_ROW, n: int = N) -> str:
    return column(name, *[one if row == at else usual for row in range(n)])


def values(usual: float, one: float | None, at: int = ODD_ROW, n: int = N) -> list[float | None]:
    return [one if row == at else usual for row in range(n)]


DECIDED = [
    Case(
        "groups or decimals, in a file separated by tabs",
        "a\tb\tc\n3,424\t720,872\tx\n5,150\t100,250\ty\n",
        {"a": [3424, 5150], "b": [720872, 100250]},
        ["'a': the comma in '3,424' is read as mark between groups", "'b': the comma in '720,872'"],
    ),
    Case(
        "by another column with decimal commas",
        "a\tb\n3,424\t0,5\n5,150\t1,25\n",
        {"a": [3.424, 5.15], "b": [0.5, 1.25]},
        ["'a': the comma in '3,424' is read as decimal mark, as 1 other column has decimal commas"],
    ),
    Case(
        "by another column with decimal points",
        "a\tb\n3,424\t0.5\n5,150\t1.25\n",
        {"a": [3424, 5150], "b": [0.5, 1.25]},
        ["'a': the comma in '3,424' is read as mark between groups of digits, as 1 other column has"],
    ),
    Case(
        "by the semicolons",
        "a;z\n3,424;x\n5,150;y\n",
        {"a": [3.424, 5.15]},
        ["'3,424' is read as decimal mark, as in countries that separate cells by semicolons"],
    ),
    Case(
        "points by the semicolons",
        "a;z\n3.424;x\n5.150;y\n",
        {"a": [3424, 5150]},
        ["'3.424' is read as mark between groups of digits, as in countries that separate"],
    ),
    Case(
        "points in a file of commas",
        "a,z\n3.424,x\n5.150,y\n",
        {"a": [3.424, 5.15]},
        ["the point in '3.424' is read as decimal mark"],
    ),
    Case(
        "by other columns against the semicolons",
        "a;b\n3.424;0.5\n5.150;7.25\n",
        {"a": [3.424, 5.15], "b": [0.5, 7.25]},
        ["'3.424' is read as decimal mark, as 1 other column has decimal points"],
    ),
    Case(
        "long numbers without groups in the same column",
        column("a", "3.424", "12345"),
        {"a": [3.424, 12345]},
    ),
    Case(
        "as asked for",
        "a\tz\n3,424\tx\n5,150\ty\n",
        {"a": [3.424, 5.15]},
        ["'3,424' is read as decimal mark"],
        wishes=Wishes(decimal=","),
    ),
    Case(
        "a few rows that say it, far down",
        with_one("a", "3,424", "0,5"),
        {"a": values(3.424, 0.5)},
    ),
    Case(
        "groups of millions far down say it",
        with_one("a", "3,424", "1,234,567"),
        {"a": values(3424, 1234567)},
    ),
    Case(
        "whole numbers, then one with a decimal comma",
        with_one("a", "7", "2,5"),
        {"a": values(7, 2.5)},
    ),
    Case(
        "whole numbers, then one with both marks",
        with_one("a", "7", "1.234,5"),
        {"a": values(7, 1234.5)},
    ),
    Case(
        "whole numbers, then groups by spaces",
        with_one("a", "7", "1 234"),
        {"a": values(7, 1234)},
    ),
    Case(
        "whole numbers, then a minus sign",
        with_one("a", "7", "\u22127"),
        {"a": values(7, -7)},
    ),
    Case(
        "decimal commas behind 64 kB",
        column("a", *["123456"] * 9_000, *["1,5", "2,25"] * 500),
        {"a": [123456.0] * 9_000 + [1.5, 2.25] * 500},
    ),
    Case(
        "one remark with a comma among points",
        with_one("a", "1.5", "1,2"),
        {"a": values(1.5, None)},
        [rf"'1,2' \(in row {ODD_ROW + 1}\) counted as missing among numbers"],
    ),
    Case(
        "one remark in another column decides nothing",
        "a;b;c\n1.5;x;0.25\n2.5;1,2;0.5\n3.5;y;0.125\n",
        {"a": [1.5, 2.5, 3.5], "b": ["x", "1,2", "y"], "c": [0.25, 0.5, 0.125]},
    ),
    Case(
        "a remark among decimal commas",
        column("a", *["1,5", "2,5"] * 50, "siehe oben"),
        {"a": [1.5, 2.5] * 50 + [None]},
        [r"'siehe oben' \(in row 101\) counted as missing"],
    ),
    Case(
        "per cent",
        column("a", "12 %", "7.5 %", "0 %"),
        {"a": [12, 7.5, 0]},
        ["'a' is read in per cent: 12% as 12"],
    ),
    Case(
        "per cent with decimal commas",
        column("a", "12,5%", "-7%"),
        {"a": [12.5, -7]},
        ["'a' is read in per cent"],
    ),
    Case(
        "thousands by k",
        column("a", "1.2k", "15k", "0.5k"),
        {"a": [1200, 15000, 500]},
        [r"'a': 'k' behind a number is read as 10\^3"],
    ),
    Case(
        "millions by M",
        column("a", "1.2M", "15M"),
        {"a": [1.2e6, 15e6]},
        [r"'M' behind a number is read as 10\^6"],
    ),
    Case("kelvins are no thousands", column("a", "273.15 K", "300 K"), {"a": [273.15, 300]}),
    Case(
        "k and M do not agree",
        column("a", "1.2k", "3M", "900", "1.5k", "7M"),
        {"a": ["1.2k", "3M", "900", "1.5k", "7M"]},
        ["'a' is read as text, not as numbers: .*'1.2k'.*'3M'"],
    ),
    Case(
        "two units",
        column("a", "12 kg", "30 lb", "7 kg", "9 lb"),
        {"a": ["12 kg", "30 lb", "7 kg", "9 lb"]},
        ["'a' is read as text, not as numbers: .*'12 kg'.*'30 lb'"],
    ),
    Case(
        "per cent and shares",
        column("a", "12%", "0.5", "7%", "0.25"),
        {"a": ["12%", "0.5", "7%", "0.25"]},
        ["'a' is read as text, not as numbers: .*'12%'.*'0.5'"],
    ),
    Case(
        "two decimal marks, half and half",
        column("a", "1,5", "2.5", "3,25", "4.75", "0,5", "0.75"),
        {"a": ["1,5", "2.5", "3,25", "4.75", "0,5", "0.75"]},
        ["'a' is read as text, not as numbers: .*'2.5'.*'1,5'|'1,5'.*'2.5'"],
    ),
    Case(
        "signs that contradict",
        column("a", *["1.5", "-$-5", "--5", "-5-", "(5", "5)", "-(5)"], more=["7"] * 200),
        {"a": [1.5, *[None] * 6, *[7] * 200]},
        ["counted as missing among numbers"],
    ),
    Case(
        "contradicting signs among dollars",
        column("a", *["-$-5", "($-5)", "-$5-"], more=["$7"] * 200),
        {"a": [None] * 3 + [7] * 200},
        ["counted as missing among numbers"],
    ),
    Case(
        "digits of two other scripts",
        column("a", "١٢", "３４", "١٢"),
        {"a": [12, 34, 12]},
        ["digits of another script"],
    ),
    Case("no cents", column("a", "12,-", "7,50", "1.200,--", "3,–"), {"a": [12, 7.5, 1200, 3]}),
    Case("lists of numbers are text", column("a", "1,2,3", "4,5", "6,7,8"), {"a": ["1,2,3", "4,5", "6,7,8"]}),
    Case(
        "addresses are text",
        column("a", "12 Main Street", "7 Elm Road", "12 Oak Lane"),
        {"a": ["12 Main Street", "7 Elm Road", "12 Oak Lane"]},
    ),
    Case("codes are text", column("a", "A12", "B7", "Q3"), {"a": ["A12", "B7", "Q3"]}),
    Case("codes with letters behind are text", column("a", "1A", "2B", "3C"), {"a": ["1A", "2B", "3C"]}),
    Case(
        "addresses of networks",
        column("a", "192.168.100.200", "10.0.0.1", "8.8.8.8"),
        {"a": ["192.168.100.200", "10.0.0.1", "8.8.8.8"]},
    ),
    Case("versions", column("a", "1.2.3", "1.10.0"), {"a": ["1.2.3", "1.10.0"]}),
    Case("ranges", column("a", "5-10", "10-20", "5-10"), {"a": ["5-10", "10-20", "5-10"]}),
    Case(
        "each column its own spelling",
        lines("a|b|c|d|e", "1,5|2.5|1'000|3 %|$ 5", "0,5|3.5|2'500|4 %|$ 7"),
        {"a": [1.5, 0.5], "b": [2.5, 3.5], "c": [1000, 2500], "d": [3, 4], "e": [5, 7]},
        ["'d' is read in per cent"],
    ),
    Case(
        "large numbers",
        column("a", "1e300", "1e308", "-1e308", "18446744073709551616"),
        {"a": [1e300, 1e308, -1e308, 2.0**64]},
    ),
    Case(
        "infinities are numbers of a column until they are to be learned from",
        column("a", "inf", "-Infinity", "1.5", "∞", "-∞"),
        {"a": [np.inf, -np.inf, 1.5, np.inf, -np.inf]},
    ),
    Case("overflow is an infinity", column("a", "1e999", "1.5"), {"a": [np.inf, 1.5]}),
]


@pytest.mark.parametrize("case", DECIDED, ids=str)
def test_decided(case, tmp_path):
    check(case, tmp_path)


LEARNED = [
    Case(
        "a feature whose square overflows",
        "x,y\n" + "1.5,2\n" * 5 + "1e300,3\n",
        error=r"column 'x', row 6: 1e\+300 is not a number that can be scaled",
        target="y",
    ),
    Case(
        "a target whose square overflows",
        "x,y\n" + "1.5,2.5\n0.5,1.5\n" * 5 + "1,-1e308\n",
        error=r"column 'y', row 11: -1e\+308 is not a number that can be scaled",
        target="y",
    ),
    Case(
        "an infinity in a feature",
        "x,y\n" + "1.5,2\n" * 5 + "inf,3\n",
        error="column 'x', row 6: inf is not a finite number",
        target="y",
    ),
    Case(
        "infinities one after the other",
        "x,y\n" + "1,2\n" * 8 + "inf,3\n" * 4,
        error="column 'x', row 9: inf is not a finite number",
        target="y",
    ),
    Case(
        "an infinity in the target",
        "x,y\n" + "1.5,2.5\n0.5,1.5\n" * 5 + "1,-inf\n",
        error="column 'y', row 11: -inf is not a finite number",
        target="y",
    ),
    Case(
        "2**64 can be learned from",
        "x,y\n" + "1.5,2.5\n0.5,1.5\n" * 5 + "18446744073709551616,2\n",
        {"x": [1.5, 0.5] * 5 + [2.0**64]},
        target="y",
    ),
    Case(
        "a target in German",
        "x;y\n" + "1,5;1.234,50\n0,5;99,00\n" * 5,
        {"x": [1.5, 0.5] * 5, "y": [1234.5, 99.0] * 5},
        target="y",
    ),
]


@pytest.mark.parametrize("case", LEARNED, ids=str)
def test_learned(case, tmp_path):
    check(case, tmp_path)
