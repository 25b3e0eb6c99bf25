"""Text files as people and programs of many countries write them."""

import bz2
import gzip
import io
import zipfile

import pyarrow as pa
import pytest

from as_written.runner import Case, check, dates

AB = {"a": [1.5, 2], "b": ["x", "y"]}
PLAIN = "a,b\n1.5,x\n2,y\n"


def zipped(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return held.getvalue()


def zstd(text: str) -> bytes:
    return pa.Codec("zstd").compress(text.encode(), asbytes=True)


TEXTS = [
    Case("commas", PLAIN, AB),
    Case("semicolons", PLAIN.replace(",", ";"), AB),
    Case("tabs", PLAIN.replace(",", "\t"), AB, suffix=".tsv"),
    Case("tabs in .txt", PLAIN.replace(",", "\t"), AB, suffix=".txt"),
    Case("pipes", PLAIN.replace(",", "|"), AB),
    Case("spaces", "a   b   c\n1.5 x   3\n2   y  4\n", {**AB, "c": [3, 4]}, suffix=".data"),
    Case("capitals in the suffix", PLAIN, AB, suffix=".CSV"),
    Case("sep=", "sep=;\na;b\n1,5;x\n2;y\n", AB),
    Case("sep= in quotes", '"sep=|"\na|b\n1.5|x\n2|y\n', AB),
    Case("a separator as told", "a:b\n1.5:x\n2:y\n", AB, file={"separator": ":"}),
    Case(
        "another separator in every name",
        "a,b (m, s)\n".replace(",", ";", 1) + "1;2\n3;4\n",
        {"b (m, s)": [2, 4]},
    ),
    Case("UTF-8 with a mark", "\ufeff" + PLAIN, AB),
    Case("UTF-16 with a mark", PLAIN.replace(",", "\t").encode("utf-16"), AB),
    Case("UTF-16 without a mark", PLAIN.encode("utf-16-le"), AB),
    Case(
        "Windows' encoding",
        "a;b\n1,5;Köln\n2;Müßig\n3;größer\n".encode("cp1252"),
        {"a": [1.5, 2, 3], "b": ["Köln", "Müßig", "größer"]},
        ["is not UTF-8: it is read as cp1252"],
    ),
    Case(
        "Windows' encoding as told",
        "a;b\n1,5;Köln\n2;Müßig\n".encode("cp1252"),
        {"b": ["Köln", "Müßig"]},
        file={"encoding": "cp1252"},
    ),
    Case(
        "Euros of Windows",
        "a;b\n1,50 €;Köln\n2,00 €;Bär\n".encode("cp1252"),
        {"a": [1.5, 2]},
        ["read as cp1252"],
    ),
    Case(
        "Russian of Windows",
        "a;b\n1,5;Москва\n2;Казань\n".encode("cp1251"),
        {"b": ["Москва", "Казань"]},
        ["read as cp1251"],
    ),
    Case("CR", PLAIN.replace("\n", "\r"), AB),
    Case("CR and LF", PLAIN.replace("\n", "\r\n"), AB),
    Case("mixed line ends", "a,b\r\n1.5,x\n2,y\r", AB),
    Case("no line end at the end", PLAIN.strip(), AB),
    Case("blank lines", "\n\na,b\n\n1.5,x\n\n2,y\n\n\n", AB),
    Case("quotes everywhere", '"a","b"\n"1.5","x"\n"2","y"\n', AB),
    Case("decimal commas in quotes", 'a,b\n"1,5",x\n2,y\n', AB),
    Case("groups in quotes", 'a,b,c\n"1,234.5",x,0.5\n"12",y,1.5\n', {"a": [1234.5, 12]}),
    Case("line ends in cells", 'a,b\n1.5,"x\nz"\n2,"y"\n', {"a": [1.5, 2], "b": ["x\nz", "y"]}),
    Case("doubled quotes", 'a,b\n1.5,"say ""x"""\n2,y\n', {"b": ['say "x"', "y"]}),
    Case("quotes within cells", 'a,b\n1.5,6" pipe\n2,y\n', {"b": ['6" pipe', "y"]}),
    Case("backslashes before quotes", 'a,b\n1.5,"say \\"x\\" now"\n2,y\n', {"b": ['say "x" now', "y"]}),
    Case("spaces before quotes", 'a, "b"\n1.5, "x, z"\n2, "y"\n', {"a": [1.5, 2], "b": ["x, z", "y"]}),
    Case("a header in quotes with separators", '"a","b, in m"\n1.5,2\n2,3\n', {"b, in m": [2, 3]}),
    Case("a header with a line end", 'a,"b\nin m"\n1.5,2\n2,3\n', {"b\nin m": [2, 3]}),
    Case(
        "a cell of 200,000 characters", "a,b\n1.5," + "x" * 200_000 + "\n2,y\n", {"b": ["x" * 200_000, "y"]}
    ),
    Case("a separator at the end of every line", "a,b,\n1.5,x,\n2,y,\n", AB),
    Case("a separator at the end of the rows", "a,b\n" + "1.5,x,\n2,y,\n" * 3, {"a": [1.5, 2] * 3}),
    Case(
        "empty rows at the end", PLAIN + ",\n,\n", AB, ["the last 2 rows without a filled cell are left out"]
    ),
    Case(
        "a title",
        "Sales of 2021\n\n" + PLAIN + "3,z\n" * 4,
        {"a": [1.5, 2, 3, 3, 3, 3]},
        [r"line 1 \(Sales of 2021\) .* taken for a title and left out"],
    ),
    Case(
        "lines about a station",
        "Station: Zugspitze\nHeight: 2962 m\n\nt;T\n" + "1;-5,5\n2;-6,5\n" * 5,
        {"T": [-5.5, -6.5] * 5},
        [r"lines 1 to 2 \(Station: Zugspitze .* taken for a title"],
    ),
    Case("comments", "# made by a logger\n" + PLAIN, AB, ["1 line that begins with # or % is left out"]),
    Case(
        "comments between", "a,b\n1.5,x\n# paused\n2,y\n", AB, ["1 line that begins with # or % is left out"]
    ),
    Case(
        "names in a comment",
        "# a b c\n1.5 2 3\n2 3 4\n",
        {"a": [1.5, 2], "c": [3, 4]},
        ["line 1 .* taken for the names"],
        suffix=".txt",
    ),
    Case(
        "units",
        "time,length\ns,mm\n1,2.5\n2,3.5\n",
        {"time": [1, 2], "length": [2.5, 3.5]},
        ["taken for units and left out"],
    ),
    Case(
        "units in brackets",
        "time;length\n[s];[mm]\n1;2,5\n2;3,5\n",
        {"length": [2.5, 3.5]},
        ["taken for units and left out"],
    ),
    Case("no header", "1.5,x\n2,y\n", {"column 1": [1.5, 2], "column 2": ["x", "y"]}, file={"header": False}),
    Case(
        "no header, not told",
        "5.1,setosa\n4.9,setosa\n4.7,virginica\n",
        {"5.1": [4.9, 4.7]},
        ["looks like those below"],
    ),
    Case("years as names", "country,1990,1991\nDE,1.5,2\nFR,3,4\n", {"1990": [1.5, 3], "1991": [2, 4]}),
    Case(
        "names twice",
        "a,a,b\n1,2,3\n4,5,6\n",
        {"a": [1, 4], "a (2)": [2, 5]},
        ["more than one column is named 'a'"],
    ),
    Case("a column without a name", "a,,b\n1,2,3\n4,5,6\n", {"column 2": [2, 5]}, ["1 column has no name"]),
    Case(
        "row names of R",
        "a,b\n" + '"1",1.5,x\n"2",2,y\n' * 3,
        {"a": [1.5, 2] * 3},
        ["the first column is called 'rownames'"],
    ),
    Case("row names of R with a separator", '"","a","b"\n"1",1.5,"x"\n"2",2,"y"\n', AB),
    Case(
        "R's own table",
        '"a" "b"\n' + '"1" 1.5 "x"\n"2" 2 "y"\n' * 3,
        {"b": ["x", "y"] * 3},
        ["the first column is called 'rownames'"],
        suffix=".txt",
    ),
    Case("a separator at the end of few rows", "a,b\n1.5,x,\n2,y,\n", AB),
    Case("a title above few rows", "Sales of 2021\n\n" + PLAIN, AB, ["taken for a title and left out"]),
    Case(
        "lines about a station above few rows",
        "Station: Zugspitze\nHeight: 2962 m\n\nt;T\n1;-5,5\n2;-6,5\n",
        {"T": [-5.5, -6.5]},
        ["taken for a title"],
    ),
    Case(
        "row names of R in few rows",
        'a,b\n"1",1.5,x\n"2",2,y\n',
        AB,
        ["the first column is called 'rownames'"],
    ),
    Case(
        "R's own table of few rows",
        '"a" "b"\n"1" 1.5 "x"\n"2" 2 "y"\n',
        AB,
        ["the first column is called 'rownames'"],
        suffix=".txt",
    ),
    Case("one column", "a\n1.5\n2\n", {"a": [1.5, 2]}),
    Case("one column of decimal commas", "a\n1,5\n2,25\n", {"a": [1.5, 2.25]}),
    Case("a title twice as wide", "a,b\n1.5,x\n2,y,z\n", error="line 3: 3 cells where the header has 2"),
    Case("a row too short", "a,b\n1.5,x\n2\n", error="line 3: 1 cell where the header has 2"),
    Case(
        "an open quotation mark",
        'a,b\n1.5,"x\n2,y\n',
        error="line 2: a quotation mark opened there is never closed",
    ),
    Case("names only", "a,b\n", error="has no rows, only the names of 2 columns"),
    Case("empty", "", error="is empty"),
    Case("a NUL byte", "a,b\n1.5,x\0\n2,y\n", error="line 2: a NUL byte"),
    Case("a web page", "<!DOCTYPE html><html>", error="is not CSV text but a web page"),
    Case("JSON", '[{"a": 1}]', error="is not CSV text but JSON"),
    Case("gzip", gzip.compress(PLAIN.encode()), AB, suffix=".csv.gz"),
    Case("bzip2", bz2.compress(PLAIN.encode()), AB, suffix=".csv.bz2"),
    Case("Zstandard", zstd(PLAIN), AB, suffix=".csv.zst"),
    Case("zip", zipped(t=PLAIN), AB, suffix=".csv.zip"),
    Case("a zip of two tables", zipped(t=PLAIN, u=PLAIN), error="must hold one table", suffix=".csv.zip"),
    Case(
        "gzip cut off",
        gzip.compress(PLAIN.encode())[:-12],
        error="is not a whole gzip file",
        suffix=".csv.gz",
    ),
    Case("gzip by its name alone", PLAIN, error="is not a whole gzip file", suffix=".csv.gz"),
    Case(
        "an export of SQL",
        "id\tname\tamount\n1\tAnn\t\\N\n2\tBob\t12.50\n3\tCid\t7.25\n",
        {"amount": [None, 12.5, 7.25]},
        [r"'\\\\N' counts as missing"],
        suffix=".tsv",
    ),
    Case(
        "a survey in German",
        "Alter;Größe (m);Zufrieden;Datum\n34;1,75;ja;03.05.2021\nk.A.;1,80;nein;04.05.2021\n",
        {
            "Alter": [34, None],
            "Größe (m)": [1.75, 1.8],
            "Zufrieden": ["ja", "nein"],
            "Datum": dates("2021-05-03", "2021-05-04"),
        },
        ["'k.A.' counts as missing: once in 'Alter', first in row 2"],
    ),
    Case(
        "Excel in Zürich",
        "Ort;Preis;Menge\nZürich;CHF 1'250.00;12\nGenf;CHF 900.50;7\n",
        {"Preis": [1250, 900.5]},
    ),
    Case(
        "Excel in Paris",
        "ville;prix;part\nLyon;1\u202f250,50 €;12,5 %\nNice;900,00 €;7 %\n",
        {"prix": [1250.5, 900], "part": [12.5, 7]},
        ["'part' is read in per cent"],
    ),
    Case(
        "a bank in Delhi",
        'date,balance\n01-Apr-2021,"₹1,25,000.50"\n15-Apr-2021,"₹99,999.00"\n',
        {"balance": [125000.5, 99999], "date": dates("2021-04-01", "2021-04-15")},
    ),
    Case(
        "a bank in Boston",
        'Date,Amount\n04/01/2021,"($1,250.00)"\n04/15/2021,$99.99\n',
        {"Date": dates("2021-04-01", "2021-04-15"), "Amount": [-1250, 99.99]},
    ),
]


@pytest.mark.parametrize("case", TEXTS, ids=str)
def test_texts(case, tmp_path):
    check(case, tmp_path)


LINES_IN_QUOTES = [
    Case(
        "numbers", '"a,b"\n"1.5,2"\n"3,4"\n', {"a": [1.5, 3], "b": [2, 4]}, ["each line stands in quotation"]
    ),
    Case(
        "words",
        '"town;price"\r\n"Ulm;1,5"\r\n"Bonn ""am Rhein"";2"\r\n',
        {"town": ["Ulm", 'Bonn "am Rhein"'], "price": [1.5, 2]},
        ["each line stands in quotation marks, which are taken off"],
    ),
    Case("one column of texts", '"a"\n"yes, now"\n"no"\n', {"a": ["yes, now", "no"]}),
]


@pytest.mark.parametrize("case", LINES_IN_QUOTES, ids=str)
def test_every_line_in_quotes(case, tmp_path):
    check(case, tmp_path)
