"""Numbers as people of many countries and programs write them."""

import re

import pandas as pd
import pytest

from as_written.runner import Case, check, column
from chainrule.tables import Cells, Wishes
from chainrule.tables.columns import read_columns

NB, NNB, THIN = "\u00a0", "\u202f", "\u2009"

# One spelling each, no doubt about it: what it is, the cells, the numbers.
SPELLINGS = [
    ("decimal points", ["1.5", "-2", ".5", "3."], [1.5, -2, 0.5, 3]),
    ("decimal commas", ["1,5", "-2", ",5", "3,"], [1.5, -2, 0.5, 3]),
    ("English groups", ["1,234.5", "12", "-1,234,567"], [1234.5, 12, -1234567]),
    ("German groups", ["1.234,5", "12", "-1.234.567"], [1234.5, 12, -1234567]),
    ("Swiss groups", ["1'234.50", "12.00", "1'234'567"], [1234.5, 12, 1234567]),
    ("Swiss groups, typographic", ["1’234.50", "12.00"], [1234.5, 12]),
    ("Swiss groups, decimal commas", ["1'234,50", "12,00"], [1234.5, 12]),
    ("groups by spaces", ["1 234,5", "12", "1 234 567"], [1234.5, 12, 1234567]),
    ("French groups", [f"1{NNB}234,5", "0,25"], [1234.5, 0.25]),
    ("no-break spaces", [f"1{NB}234{NB}567", f"-1{NB}234"], [1234567, -1234]),
    ("thin spaces", [f"1{THIN}234.5", "7"], [1234.5, 7]),
    ("spaces of several kinds", [f"1{NNB}234,5", f"1{NB}234,5", "1 234,5"], [1234.5] * 3),
    ("Indian groups", ["12,34,567.50", "1,234", "99", "1,00,000"], [1234567.5, 1234, 99, 100000]),
    ("Indian rupees", ["₹ 12,34,567", "₹ 99"], [1234567, 99]),
    ("minus sign", ["\u22121.5", "2"], [-1.5, 2]),
    ("en dash for minus", ["\u20131.5", "2"], [-1.5, 2]),
    ("leading plus", ["+1.5", "-0.5", "0"], [1.5, -0.5, 0]),
    ("parentheses for negatives", ["(1,200.50)", "3.25"], [-1200.5, 3.25]),
    ("minus behind, as SAP writes it", ["1.234,56-", "17,00", "3-"], [-1234.56, 17, -3]),
    ("spaces around", [" 1.5", "2.5 ", "  3"], [1.5, 2.5, 3]),
    ("no-break spaces around", [f"{NB}1.5", f"2.5{NB}"], [1.5, 2.5]),
    ("rupiah", ["Rp 1.000.000", "Rp 250,50"], [1000000, 250.5]),
    ("dollars", ["$ 1,200.50", "$3", "-$5.00", "$-5", "($7.50)"], [1200.5, 3, -5, -5, -7.5]),
    ("accounts in Excel", [" $ 1,234.50 ", " $ (5.00)", " $ 0.25 "], [1234.5, -5, 0.25]),
    ("euros behind", ["1.200,50 €", "3 €", "-5,00 €", "7,50€"], [1200.5, 3, -5, 7.5]),
    ("euros before", ["€1.200,50", "€ 3,00"], [1200.5, 3]),
    ("francs", ["CHF 1'234.50", "CHF 7.00"], [1234.5, 7]),
    ("francs behind", ["1'234.50 Fr.", "7.00 Fr."], [1234.5, 7]),
    ("kronor", ["1 234,50 kr", "7,00 kr"], [1234.5, 7]),
    ("reais", ["R$ 1.234,50", "R$ 7,00"], [1234.5, 7]),
    ("pounds", ["£1,234.50", "£7"], [1234.5, 7]),
    ("yen without groups", ["¥1200", "¥900"], [1200, 900]),
    ("US dollars by code", ["1,234.50 USD", "7.00 USD"], [1234.5, 7]),
    ("a plain zero among dollars", ["$5", "0", "$7.5"], [5, 0, 7.5]),
    ("kilograms", ["12 kg", "3.5 kg", "7kg"], [12, 3.5, 7]),
    ("degrees", ["21.5 °C", "-3 °C", "0 °C"], [21.5, -3, 0]),
    ("square metres", ["75 m²", "120.5 m²"], [75, 120.5]),
    ("square metres, plain", ["75 m2", "120 m2"], [75, 120]),
    ("a rate", ["50 km/h", "120 km/h"], [50, 120]),
    ("inches", ["5.5″", "7″"], [5.5, 7]),
    ("exponents", ["1e3", "2.5E-2", "-1.5e+02"], [1000, 0.025, -150]),
    ("Fortran's exponents", ["1.5D+03", "2d0", "-.25D-1"], [1500, 2, -0.025]),
    ("exponents and decimal commas", ["1,5E+03", "2,25E-01"], [1500, 0.225]),
    ("a sign of three digits of exponent", ["1.0E-103", "2.5E+100"], [1e-103, 2.5e100]),
    (
        "seventeen digits",
        ["0.1234567890123456", "2.718281828459045"],
        [0.1234567890123456, 2.718281828459045],
    ),
    (
        "long digits with commas",
        ["0,1234567890123456", "2,718281828459045"],
        [0.1234567890123456, 2.718281828459045],
    ),
    ("percents as numbers of five digits", ["10000", "1,5"], [10000, 1.5]),
    ("quarters of a thousand", ["0.250", "0.125"], [0.25, 0.125]),
    ("more than three places", ["1.2345", "12.5000"], [1.2345, 12.5]),
    ("no group without three digits", ["1234.500", "1.250"], [1234.5, 1.25]),
    ("signed zero", ["-0", "0.0", "1"], [0, 0, 1]),
]


@pytest.mark.parametrize(("cells", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SPELLINGS])
def test_spellings(cells, expected, tmp_path):
    check(Case("", column("x", *cells), {"x": expected}), tmp_path)


def test_spellings_in_one_table(tmp_path):
    n = 3_000
    cells = {name: [row[i % len(row)] for i in range(n)] for name, row, _ in SPELLINGS}
    numbers = {name: [row[i % len(row)] for i in range(n)] for name, _, row in SPELLINGS}
    check(Case("", pd.DataFrame(cells), numbers), tmp_path)


# What it is, the cells, the numbers (or the texts), what is said of the digits.
DIGITS = [
    ("full-width", ["１２", "３.５", "－４．２５"], [12, 3.5, -4.25], "'１２' as '12'"),
    ("full-width among others", ["1.5", "2", "３"], [1.5, 2, 3], "'３' as '3'"),
    ("full-width groups", ["１，２３４．５", "２"], [1234.5, 2], "'１，２３４．５' as '1,234.5'"),
    ("full-width per cent", ["１２％", "７％"], [12, 7], "'１２％' as '12%'"),
    ("Arabic", ["١٢", "٣٫٥", "-٤"], [12, 3.5, -4], "'١٢' as '12'"),
    ("Arabic groups", ["١٬٢٣٤٫٥", "٧"], [1234.5, 7], 'as "1\'234.5"'),
    ("Persian", ["۱۲", "۳٫۵", ""], [12, 3.5, None], "'۱۲' as '12'"),
]


@pytest.mark.parametrize(
    ("cells", "expected", "words"), [pytest.param(*row[1:], id=row[0]) for row in DIGITS]
)
def test_digits_of_other_scripts(cells, expected, words, tmp_path):
    said = [f"digits of another script are read as 0 to 9, .*{re.escape(words)}"]
    said += ["per cent"] if "％" in cells[0] else []
    check(Case("", column("x", *cells), {"x": expected}, said), tmp_path)
    check(Case("", column("x", *cells), {"x": expected}, said, wishes=Wishes({"x": "number"})), tmp_path)


def test_digits_of_other_scripts_stay_in_texts(tmp_path):
    words = ["１ひ", "２み", "３よ"]
    check(Case("", column("x", *words), {"x": words}), tmp_path)
    keys = ["０１２", "１２３", "０４５"]
    check(Case("", column("x", *keys), {"x": keys}, ["leading zeros, such as '012'"]), tmp_path)


def test_digits_of_other_scripts_that_floats_merge_stay_apart(tmp_path):
    cells = [f"９００７１９９２５４７４０９９{digit}" for digit in "０１２３４５"]
    column_ = read_columns(Cells.of(pd.DataFrame({"x": cells})), {})["x"]
    assert column_.digits is not None and column_.digits.to_pylist() == cells
