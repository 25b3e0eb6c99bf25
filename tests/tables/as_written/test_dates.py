"""Dates and times as people of many countries and programs write them."""

import pytest

from as_written.runner import Case, check, column, dates, times
from chainrule.tables import Wishes

DAY = "2021-12-31"

# One spelling each: cells of 31 December 2021 and 5 March 2021.
SPELLINGS = [
    ("2021-12-31", "2021-03-05"),
    ("2021/12/31", "2021/3/5"),
    ("2021.12.31", "2021.03.05"),
    ("31.12.2021", "5.3.2021"),
    ("31.12.2021", "05.03.2021"),
    ("31. 12. 2021", "5. 3. 2021"),
    ("31/12/2021", "05/03/2021"),
    ("31-12-2021", "05-03-2021"),
    ("12/31/2021", "3/5/2021"),
    ("12-31-2021", "03-05-2021"),
    ("31 Dec 2021", "5 Mar 2021"),
    ("31-Dec-2021", "05-Mar-2021"),
    ("31DEC2021", "05MAR2021"),
    ("31 December 2021", "5 March 2021"),
    ("Dec 31, 2021", "Mar 5, 2021"),
    ("December 31st, 2021", "March 5th, 2021"),
    ("Fri, 31 Dec 2021", "Fri, 5 Mar 2021"),
    ("Friday, December 31, 2021", "Friday, March 5, 2021"),
    ("2021-Dec-31", "2021-Mar-05"),
    ("2021 Dec 31", "2021 Mar 5"),
    ("31. Dezember 2021", "5. März 2021"),
    ("31. Dez. 2021", "5. Mär. 2021"),
    ("31 décembre 2021", "5 mars 2021"),
    ("31 déc. 2021", "5 mars 2021"),
    ("31 de diciembre de 2021", "5 de marzo de 2021"),
    ("31 dicembre 2021", "5 marzo 2021"),
    ("31 de dezembro de 2021", "5 de março de 2021"),
    ("31 december 2021", "5 maart 2021"),
    ("31 desember 2021", "5 mars 2021"),
    ("31 grudnia 2021", "5 marca 2021"),
    ("31 декабря 2021", "5 марта 2021"),
    ("2021年12月31日", "2021年3月5日"),
    (" 2021-12-31", "2021-03-05 "),
    ("2021-12-31T00:00:00", "2021-03-05T00:00:00"),
    ("2021-12-31 00:00", "2021-03-05 00:00"),
    ("12/31/2021 12:00:00 AM", "3/5/2021 12:00:00 AM"),
    ("31.12.2021 00:00:00", "05.03.2021 00:00:00"),
    ("2021-12-31T00:00:00Z", "2021-03-05T00:00:00Z"),
    ("2021-12-31T00:00:00.000Z", "2021-03-05T00:00:00.000Z"),
    ("2021-12-31 00:00:00 UTC", "2021-03-05 00:00:00 UTC"),
    ("2021-12-31T01:00:00+01:00", "2021-03-05T05:30:00+0530"),
    ("2021-12-30 19:00:00-05", "2021-03-05 03:00:00+03"),
    ("Fri, 31 Dec 2021 00:00:00 GMT", "Fri, 05 Mar 2021 00:00:00 +0000"),
    ("Fri Dec 31 00:00:00 2021", "Fri Mar  5 00:00:00 2021"),
    ("20211231T000000", "20210305T000000"),
    ("2021-12-31T01:00+01:00[Europe/Berlin]", "2021-03-05T01:00+01:00[Europe/Berlin]"),
]


@pytest.mark.parametrize("cells", SPELLINGS, ids="; ".join)
def test_spellings(cells, tmp_path):
    check(Case("", column("x", *cells, ""), {"x": dates("2021-12-31", "2021-03-05", None)}), tmp_path)


DECIDED = [
    Case(
        "one day over 12 says it, far down",
        column("x", *["1/2/2021"] * 5_000, "13/2/2021", *["1/2/2021"] * 777),
        {"x": dates(*["2021-02-01"] * 5_000, "2021-02-13", *["2021-02-01"] * 777)},
    ),
    Case(
        "one month over 12 is a day",
        column("x", *["1/2/2021"] * 5_000, "2/13/2021"),
        {"x": dates(*["2021-01-02"] * 5_000, "2021-02-13")},
    ),
    Case(
        "open, in a file of commas",
        "x,z\n1/2/2021,a\n3/4/2021,b\n",
        {"x": dates("2021-01-02", "2021-03-04")},
        ["'x': dates are read as month-day-year, as in the United States; no cell shows it"],
    ),
    Case(
        "open, in a file of semicolons",
        "x;z\n1/2/2021;a\n3/4/2021;b\n",
        {"x": dates("2021-02-01", "2021-04-03")},
        ["'x': dates are read as day-month-year, as in countries with decimal commas"],
    ),
    Case(
        "open, by another column",
        "x,w\n1/2/2021,31/12/2020\n3/4/2021,1/12/2020\n",
        {"x": dates("2021-02-01", "2021-04-03"), "w": dates("2020-12-31", "2020-12-01")},
        ["'x': dates are read as day-month-year, as in the other columns of dates"],
    ),
    Case("points are never open", "x,z\n1.2.2021,a\n3.4.2021,b\n", {"x": dates("2021-02-01", "2021-04-03")}),
    Case(
        "the same day and month are never open",
        "x,z\n1/1/2021,a\n2/2/2021,b\n",
        {"x": dates("2021-01-01", "2021-02-02")},
    ),
    Case(
        "days and months contradict",
        column("x", *["13/2/2021"] * 30, "2/14/2021"),
        {"x": dates(*["2021-02-13"] * 30, None)},
        [r"'2/14/2021' \(in row 31\) counted as missing among dates"],
    ),
    Case(
        "an impossible date",
        column("x", *["2021-02-28"] * 30, "2021-02-30"),
        {"x": dates(*["2021-02-28"] * 30, None)},
        [r"'2021-02-30' \(in row 31\) counted as missing among dates"],
    ),
    Case("the leap day", column("x", "2024-02-29", "2000-02-29"), {"x": dates("2024-02-29", "2000-02-29")}),
    Case(
        "no leap day in 1900",
        column("x", *["2021-02-28"] * 30, "1900-02-29"),
        {"x": dates(*["2021-02-28"] * 30, None)},
        ["'1900-02-29'"],
    ),
    Case(
        "never",
        column("x", "2021-01-01", "9999-12-31", "2021-01-02", "9999-12-31"),
        {"x": dates("2021-01-01", None, "2021-01-02", None)},
        [r"'9999-12-31' \(2 times, first in row 2\) counted as missing: years before 1000 or after 2500"],
    ),
    Case(
        "the year 1",
        column("x", "0001-01-01", "2021-01-02"),
        {"x": dates(None, "2021-01-02")},
        ["'0001-01-01'"],
    ),
    Case("old", column("x", "1582-10-15", "1700-03-01"), {"x": dates("1582-10-15", "1700-03-01")}),
    Case(
        "years of two digits",
        column("x", "31/12/99", "1/3/05"),
        {"x": dates("1999-12-31", "2005-03-01")},
        ["'x': years of two digits are read as 1969 to 2068"],
    ),
    Case(
        "years of two digits with points",
        column("x", "31.12.99", "1.3.05"),
        {"x": dates("1999-12-31", "2005-03-01")},
        ["years of two digits"],
    ),
    Case(
        "names of months and years of two digits",
        column("x", "31-Dec-99", "01-Mar-05"),
        {"x": dates("1999-12-31", "2005-03-01")},
        ["years of two digits"],
    ),
    Case(
        "with times",
        column("x", "2021-12-31 18:00", "2021-12-31 06:30:15.5"),
        {"x": dates("2021-12-31T18:00", "2021-12-31T06:30:15.5")},
    ),
    Case(
        "half days",
        column("x", "12/31/2021 6:00 PM", "12/31/2021 12:30 p.m.", "12/31/2021 12:30 am"),
        {"x": dates("2021-12-31T18:00", "2021-12-31T12:30", "2021-12-31T00:30")},
    ),
    Case(
        "some with times",
        column("x", "2021-12-31", "2021-12-31 12:00"),
        {"x": dates("2021-12-31", "2021-12-31T12:00")},
    ),
    Case(
        "zones are made one",
        column("x", "2021-12-31T12:00+02:00", "2021-12-31T12:00Z"),
        {"x": dates("2021-12-31T10:00", "2021-12-31T12:00")},
    ),
    Case(
        "times of day", column("x", "06:00", "18:30:45", "0:15"), {"x": times("06:00", "18:30:45", "00:15")}
    ),
    Case(
        "times of half days",
        column("x", "6:00 AM", "6:30 pm", "12:00 AM"),
        {"x": times("06:00", "18:30", "00:00")},
    ),
    Case("times with h", column("x", "6h00", "18h30"), {"x": times("06:00", "18:30")}),
    Case("no times of day", column("x", "36:00", "75:30", "99:59"), {"x": ["36:00", "75:30", "99:59"]}),
    Case(
        "an odd time",
        column("x", *["06:00", "18:30"] * 15, "25:61"),
        {"x": times(*["06:00", "18:30"] * 15, None)},
        [r"'25:61' \(in row 31\) counted as missing among times"],
    ),
    Case("years are numbers", column("x", "1999", "2021"), {"x": [1999, 2021]}),
    Case("Excel's days are numbers", column("x", "44561", "44260"), {"x": [44561, 44260]}),
    Case(
        "Excel's days as asked for",
        column("x", "44561", "44260.5"),
        {"x": dates("2021-12-31", "2021-03-05T12:00")},
        ["'x' is read as dates: days as Excel counts them"],
        wishes=Wishes(kinds={"x": "date"}),
    ),
    Case("eight digits are numbers", column("x", "20211231", "20210305"), {"x": [20211231, 20210305]}),
    Case(
        "eight digits as asked for",
        column("x", "20211231", "20210305"),
        {"x": dates("2021-12-31", "2021-03-05")},
        ["'x' is read as dates: eight digits"],
        wishes=Wishes(kinds={"x": "date"}),
    ),
    Case(
        "no dates as asked for",
        column("x", "soon", "later"),
        wishes=Wishes(kinds={"x": "date"}),
        error="column 'x', row 1: 'soon' is not a date",
    ),
    Case(
        "dates and words",
        column("x", "2021-12-31", "soon", "later", "2021-12-30", "2021-12-29"),
        {"x": ["2021-12-31", "soon", "later", "2021-12-30", "2021-12-29"]},
        ["'x' is read as text, not as dates: because of 'soon' in row 2 .and of 1 more row.; --as x=date"],
    ),
    Case("seasons", column("x", "2009-10", "2010-11", "2011-12"), {"x": ["2009-10", "2010-11", "2011-12"]}),
    Case(
        "years first, of two digits",
        column("x", "99-12-31", "00-03-05", "21-01-02"),
        {"x": dates("1999-12-31", "2000-03-05", "2021-01-02")},
        ["years of two digits are read as 1969 to 2068, '99-12-31' as 1999-12-31"],
    ),
    Case(
        "years first, which are few",
        column("x", *(f"21-05-{d:02}" for d in range(1, 29))),
        {"x": dates(*(f"2021-05-{d:02}" for d in range(1, 29)))},
        ["'21-05-01' as 2021-05-01"],
    ),
    Case(
        "days first, of two digits",
        column("x", *(f"{d:02}-05-21" for d in range(1, 29))),
        {"x": dates(*(f"2021-05-{d:02}" for d in range(1, 29)))},
        ["'01-05-21' as 2021-05-01"],
    ),
    Case(
        "months by numbers",
        column("x", "12/2021", "03/2021"),
        {"x": dates("2021-12-01", "2021-03-01")},
        ["'x': months are read as their first days"],
    ),
    Case(
        "zeros for no date",
        column("x", "00.00.0000", "13.02.2021"),
        {"x": dates(None, "2021-02-13")},
        ["'00.00.0000' counts as missing"],
    ),
    Case(
        "zones by name",
        column("x", "2021-12-31 12:00:00 CET", "2021-06-30 12:00:00 CEST"),
        {"x": dates("2021-12-31T11:00", "2021-06-30T10:00")},
    ),
    Case(
        "a zone that is not known",
        column("x", *["2021-12-31 12:00 EST"] * 30, "2021-12-31 12:00 XYZ"),
        {"x": dates(*["2021-12-31T17:00"] * 30, None)},
        ["'2021-12-31 12:00 XYZ'"],
    ),
    Case(
        "a web server",
        column("x", "10/Oct/2000:13:55:36 -0700", "11/Oct/2000:13:55:36 -0700"),
        {"x": dates("2000-10-10T20:55:36", "2000-10-11T20:55:36")},
    ),
    Case(
        "a browser", column("x", "Fri Nov 26 2021 13:00:00 GMT+0100 (CET)"), {"x": dates("2021-11-26T12:00")}
    ),
    Case(
        "Uhr",
        column("x", "31.12.2021 um 12:30 Uhr", "30.12.2021 10:15 Uhr"),
        {"x": dates("2021-12-31T12:30", "2021-12-30T10:15")},
    ),
    Case("heures", column("x", "31/12/2021 à 12h30"), {"x": dates("2021-12-31T12:30")}),
    Case("fractions", column("x", "1/2", "3/4", "1/4"), {"x": ["1/2", "3/4", "1/4"]}),
    Case("scores", column("x", "3-1", "2-2", "0-1"), {"x": ["3-1", "2-2", "0-1"]}),
    Case("months alone are text", column("x", "Jan", "Feb", "Mar"), {"x": ["Jan", "Feb", "Mar"]}),
    Case(
        "years and months",
        column("x", "2021-12", "2021-03"),
        {"x": dates("2021-12-01", "2021-03-01")},
        ["'x': months are read as their first days"],
    ),
    Case(
        "months and years",
        column("x", "Dec 2021", "Mar 2021"),
        {"x": dates("2021-12-01", "2021-03-01")},
        ["'x': months are read as their first days"],
    ),
    Case(
        "with zeros of MySQL",
        column("x", "2021-12-31 00:00:00", "0000-00-00 00:00:00"),
        {"x": dates("2021-12-31", None)},
        ["'0000-00-00 00:00:00' counts as missing"],
    ),
]


@pytest.mark.parametrize("case", DECIDED, ids=str)
def test_decided(case, tmp_path):
    check(case, tmp_path)
