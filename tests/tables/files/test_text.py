"""Text files of many spellings give the cells that were meant, and what was guessed is said."""

import pytest

from chainrule.tables.files import read_cells

ABC = {"a": ["1", "2"], "b": ["x", ""], "c": ["0.5", ""]}
XY = {"x": ["1", "2", "3"], "y": ["4", "5", "6"]}
LONG = "word " * 60_000  # 300,000 characters
NUMBERED = "".join(f"{i},{i}.5\n" for i in range(5000))

# What it is, the file, its columns; options and words of each note follow where there are any.
SEPARATORS = [
    ("commas", "a,b,c\n1,x,0.5\n2,,\n", ABC),
    ("semicolons", "a;b;c\n1;x;0.5\n2;;\n", ABC),
    ("tabs", "a\tb\tc\n1\tx\t0.5\n2\t\t\n", ABC),
    ("pipes", "a|b|c\n1|x|0.5\n2||\n", ABC),
    ("one space", "x y\n1 4\n2 5\n3 6\n", XY),
    ("runs of spaces", "  x    y\n  1  4\n 2  5  \n3 \t 6\n", XY),
    ("runs of spaces, Windows", " x   y\r\n 1   4 \r\n 2   5\r\n 3   6\r\n", XY),
    (
        "spaces and three columns",
        "x y town\n1 4 Ulm\n2 5 Bonn\n",
        {"x": ["1", "2"], "y": ["4", "5"], "town": ["Ulm", "Bonn"]},
    ),
    ("spaces and quotes", '"x" "a b"\n1 "c  d"\n2 "e ""f"""\n', {"x": ["1", "2"], "a b": ["c  d", 'e "f"']}),
    ("decimal commas", "a;b\n3,5;0,1\n2,5;1,1\n", {"a": ["3,5", "2,5"], "b": ["0,1", "1,1"]}),
    (
        "decimal commas and tabs",
        "3,424\t720,872\n1,5\t2,5\n",
        {"column 1": ["3,424", "1,5"], "column 2": ["720,872", "2,5"]},
        {"header": False},
    ),
    ("decimal commas and spaces", "x y\n1,5 2,5\n3,5 4,5\n", {"x": ["1,5", "3,5"], "y": ["2,5", "4,5"]}),
    ("decimal commas, one column", "preis\n3,5\n4,25\n", {"preis": ["3,5", "4,25"]}),
    ("lists between semicolons", "a,b\n1,p;q\n2,r;s\n", {"a": ["1", "2"], "b": ["p;q", "r;s"]}),
    (
        "a comma in one remark",
        "a;b\n1;so, so\n2;fine\n3;well\n",
        {"a": ["1", "2", "3"], "b": ["so, so", "fine", "well"]},
    ),
    (
        "times",
        "a,when\n1,2020-01-01 00:00:00\n2,2020-01-02 00:00:00\n",
        {"a": ["1", "2"], "when": ["2020-01-01 00:00:00", "2020-01-02 00:00:00"]},
    ),
    ("one column", "a\n1\n2\n", {"a": ["1", "2"]}),
    ("one column of names", "name\nAda Lovelace\nAlan Turing\n", {"name": ["Ada Lovelace", "Alan Turing"]}),
    (
        "one column of sentences",
        "remark\nyes, I do\nno, never, not\nfine\n",
        {"remark": ["yes, I do", "no, never, not", "fine"]},
    ),
    ("one column of dates", "day\n31 Dec 2021\n1 Jan 2022\n", {"day": ["31 Dec 2021", "1 Jan 2022"]}),
    ("one column of amounts", "net weight\n12 kg\n13 kg\n", {"net weight": ["12 kg", "13 kg"]}),
    (
        "one column of groups of three",
        "people\n1 234 567\n2 345 678\n",
        {"people": ["1 234 567", "2 345 678"]},
    ),
    ("sep= line", "sep=;\na;b\n1,5;2\n", {"a": ["1,5"], "b": ["2"]}),
    ("sep= line, in quotes", '"sep=|"\r\na|b\r\n1;5|2\r\n', {"a": ["1;5"], "b": ["2"]}),
    ("sep= line of a comma", "SEP=,\na,b\n1,2;3\n", {"a": ["1"], "b": ["2;3"]}),
    ("colons", "a:b\n1:x\n2:y\n", {"a": ["1", "2"], "b": ["x", "y"]}, {}, ["':' is taken"]),
    ("tildes", "a~b\n1~x\n2~y\n", {"a": ["1", "2"], "b": ["x", "y"]}, {}, ["'~' is taken"]),
    ("carets", "a^b\n1.5^x\n2.5^y\n", {"a": ["1.5", "2.5"], "b": ["x", "y"]}, {}, ["'^' is taken"]),
    ("carets in quotes", 'a^b\n1^"x^y"\n2^z\n', {"a": ["1", "2"], "b": ["x^y", "z"]}, {}, ["'^' is taken"]),
    ("times in one column", "at (hh:mm)\n12:30\n7:45\n", {"at (hh:mm)": ["12:30", "7:45"]}),
    (
        "times and dates in one column",
        "a:b\n2024-01-01T12:30+01:00\n2024-01-02 7:45 pm\n",
        {"a:b": ["2024-01-01T12:30+01:00", "2024-01-02 7:45 pm"]},
    ),
    ("times without a name", "12:30\n7:45\n", {"column 1": ["12:30", "7:45"]}, {"header": False}),
    ("colons in words", "who: what\nAnn: yes\nBob: no\n", {"who: what": ["Ann: yes", "Bob: no"]}),
    ("colons, not in all rows", "a:b\n1:x\n2\n", {"a:b": ["1:x", "2"]}),
    ("colons among commas", "a:b,c\n1:2,3\n", {"a:b": ["1:2"], "c": ["3"]}),
    ("named, one character", "a:b\n1:2\n", {"a": ["1"], "b": ["2"]}, {"separator": ":"}),
    ("named tab", "a b\tc\n1 2\t3\n", {"a b": ["1 2"], "c": ["3"]}, {"separator": "tab"}),
    ("named \\t", "a,b\tc\n1,2\t3\n", {"a,b": ["1,2"], "c": ["3"]}, {"separator": "\\t"}),
    ("named space", "a b\nAda Lovelace\n", {"a": ["Ada"], "b": ["Lovelace"]}, {"separator": "space"}),
    ("named, in no line", "a,b\n1,2\n", {"a,b": ["1,2"]}, {"separator": ";"}, ["';' stands in no line"]),
]
QUOTES = [
    ("quoted", '"a","b","c"\n"1","x","0.5"\n"2",,""\n', ABC),
    ("commas and lines in cells", 'a,b\n1,"x, y\nz"\n2,w\n', {"a": ["1", "2"], "b": ["x, y\nz", "w"]}),
    ("commas and lines in names", '"a, b","c\nd"\n1,2\n', {"a, b": ["1"], "c\nd": ["2"]}),
    ("doubled quotes", 'a,b\n1,"say ""hi"", she"\n2,""""\n', {"a": ["1", "2"], "b": ['say "hi", she', '"']}),
    ("a quote within a cell", 'a,b\n5" pipe,1\n6" pipe,2\n', {"a": ['5" pipe', '6" pipe'], "b": ["1", "2"]}),
    (
        "one quote within a cell",
        'a,b\n5" pipe,1\n"six, pipe",2\n',
        {"a": ['5" pipe', "six, pipe"], "b": ["1", "2"]},
    ),
    (
        "quotes behind backslashes",
        r"a,b" + "\n" + r'"say \"hi\", she",1' + "\n" + r'"b\\c",2' + "\n",
        {"a": ['say "hi", she', r"b\\c"], "b": ["1", "2"]},
    ),
    (
        "a backslash at the end of a cell",
        'a,b\n"C:\\dir\\",1\n"D:\\",2\n',
        {"a": ["C:\\dir\\", "D:\\"], "b": ["1", "2"]},
    ),
    (
        "blanks after commas",
        "a, b, c\n1, x, 0.5\n2, ,\n",
        {"a": ["1", "2"], "b": [" x", " "], "c": [" 0.5", ""]},
    ),
    (
        "blanks before quotes",
        '"a", "b"\n1, "x, y"\n2, "say ""a, "" b"\n',
        {"a": ["1", "2"], "b": ["x, y", 'say "a, " b']},
    ),
    ("a carriage return in a cell", 'a,b\n1,"x\ry"\n2,z\n', {"a": ["1", "2"], "b": ["x\ry", "z"]}),
    ("Windows' line end in a cell", 'a,b\r\n1,"x\r\ny"\r\n2,z\r\n', {"a": ["1", "2"], "b": ["x\r\ny", "z"]}),
    ("a long cell", f"a,b\n1,{LONG}\n2,x\n", {"a": ["1", "2"], "b": [LONG, "x"]}),
    ("a long quoted cell", f'a,b\n1,"{LONG}\n"\n2,x\n', {"a": ["1", "2"], "b": [LONG + "\n", "x"]}),
    (
        "a cell longer than a block",
        f'a,b\n1,"{LONG * 4}\n"\n2,x\n',
        {"a": ["1", "2"], "b": [LONG * 4 + "\n", "x"]},
    ),
    ("a quoted cell last", 'a,b\n1,"x"', {"a": ["1"], "b": ["x"]}),
    ("an empty quoted cell last", 'a,b\n1,""', {"a": ["1"], "b": [""]}),
]
LINES = [
    ("Windows", "\ufeffa,b,c\r\n1,x,0.5\r\n2,,\r\n", ABC),
    ("old Macintosh", "a,b,c\r1,x,0.5\r2,,\r", ABC),
    ("mixed line ends", "a,b,c\r1,x,0.5\r\n2,,\n", ABC),
    ("no last line end", "a,b,c\n1,x,0.5\n2,,", ABC),
    ("blank lines", "\na,b,c\n\n1,x,0.5\n\n  \n2,,\n\n", ABC),
    ("blank lines, one column", "a\n\n1\n\n2\n\n", {"a": ["1", "2"]}),
    (
        "empty rows at the end",
        "a,b\n1,2\n,\n,\n",
        {"a": ["1"], "b": ["2"]},
        {},
        ["last 2 rows without a filled cell"],
    ),
    ("an empty row in the middle", "a,b\n1,2\n,\n3,4\n", {"a": ["1", "", "3"], "b": ["2", "", "4"]}),
    (
        "many rows",
        "a,b\n" + NUMBERED,
        {"a": [f"{i}" for i in range(5000)], "b": [f"{i}.5" for i in range(5000)]},
    ),
]
COMMENTS = [
    (
        "a comment above",
        "# made, by hand\na,b\n1,2\n",
        {"a": ["1"], "b": ["2"]},
        {},
        ["1 line that begins with # or %"],
    ),
    (
        "comments above",
        "% one\n% two; three\na;b\n1;2\n",
        {"a": ["1"], "b": ["2"]},
        {},
        ["2 lines that begin"],
    ),
    (
        "a comment in the middle",
        "a,b\n1,2\n# check, this, one\n3,4\n",
        {"a": ["1", "3"], "b": ["2", "4"]},
        {},
        ["1 line that"],
    ),
    (
        "comments above and within",
        "# x\na,b\n1,2\n# y\n# z\n3,4\n",
        {"a": ["1", "3"], "b": ["2", "4"]},
        {},
        ["3 lines that"],
    ),
    ("a number sign in a cell", "a,b\n#1,2\n#3,4\n", {"a": ["#1", "#3"], "b": ["2", "4"]}),
    (
        "names begin with a number sign",
        "#,name\n1,Ann\n2,Bob\n",
        {"#": ["1", "2"], "name": ["Ann", "Bob"]},
        {},
        ["line 1 (#, name) begins like a comment"],
    ),
    ("names in a comment", "# x y\n1 4\n2 5\n3 6\n", XY, {}, ["line 1 (x, y) begins like a comment"]),
    (
        "names in a comment below another",
        "# made by hand\n#x,y\n1,4\n2,5\n3,6\n",
        {"#x": XY["x"], "y": XY["y"]},
        {},
        ["line 2", "1 line that"],
    ),
    (
        "a comment far down",
        "a,b\n" + NUMBERED + "# end\n",
        {"a": [f"{i}" for i in range(5000)], "b": [f"{i}.5" for i in range(5000)]},
        {},
        ["1 line that"],
    ),
]
TOPS = [
    (
        "a title",
        "Houses of 2020\na,b\n1,2\n",
        {"a": ["1"], "b": ["2"]},
        {},
        ["line 1 (Houses of 2020) above"],
    ),
    (
        "a title and a blank line",
        "Houses\n\na;b;c\n1;2;3\n",
        {"a": ["1"], "b": ["2"], "c": ["3"]},
        {},
        ["line 1 (Houses)"],
    ),
    (
        "a title of many lines",
        "Source,here\nUpdated,2020-01-01\n\nname,code,1990,1991\nAruba,ABW,1.5,2\n",
        {"name": ["Aruba"], "code": ["ABW"], "1990": ["1.5"], "1991": ["2"]},
        {},
        ["lines 1 to 2"],
    ),
    (
        "a title with separators behind",
        "Houses;;\na;b;c\n1;2;3\n",
        {"a": ["1"], "b": ["2"], "c": ["3"]},
        {},
        ["line 1 (Houses)"],
    ),
    (
        "units",
        "name,size,weight\n,cm,kg\nAnn,170,60\nBob,180,70\n",
        {"name": ["Ann", "Bob"], "size": ["170", "180"], "weight": ["60", "70"]},
        {},
        ["line 2 (, cm, kg) below the names"],
    ),
    ("units in brackets", "x;y\n[m];[s]\n1;4\n2;5\n3;6\n", XY, {}, ["line 2 ([m], [s])"]),
    (
        "one unit",
        "name,price\nname,(EUR)\nAnn,3\nBob,4\n",
        {"name": ["Ann", "Bob"], "price": ["3", "4"]},
        {},
        ["units"],
    ),
    ("degrees", "x;y\n°C;m³\n1;4\n2;5\n3;6\n", XY, {}, ["units"]),
    (
        "a title and units",
        "Trees\nx,y\ncm,kg\n1,4\n2,5\n3,6\n",
        XY,
        {},
        ["line 1 (Trees)", "line 3 (cm, kg)"],
    ),
    (
        "missing cells are no units",
        "name,x,y\nAnn,NA,-\nBob,1,2\n",
        {"name": ["Ann", "Bob"], "x": ["NA", "1"], "y": ["-", "2"]},
    ),
    ("a word is no unit", "name,x\nAnn,absent\nBob,1\n", {"name": ["Ann", "Bob"], "x": ["absent", "1"]}),
    ("all words are no units", "a,b\ncm,kg\nm,g\n", {"a": ["cm", "m"], "b": ["kg", "g"]}),
    ("no header", "1,x\n2,y\n", {"column 1": ["1", "2"], "column 2": ["x", "y"]}, {"header": False}),
    ("no header, one column", "1\n2\n", {"column 1": ["1", "2"]}, {"header": False}),
    (
        "no header, a title",
        "Houses\n1,x\n2,y\n",
        {"column 1": ["1", "2"], "column 2": ["x", "y"]},
        {"header": False},
        ["line 1 (Houses)"],
    ),
    (
        "no header, comments",
        "# h\n1,x\n2,y\n",
        {"column 1": ["1", "2"], "column 2": ["x", "y"]},
        {"header": False},
        ["1 line"],
    ),
    ("numbers for names", "1,2\n3,4\n5,6\n", {"1": ["3", "5"], "2": ["4", "6"]}, {}, ["--no-header"]),
    (
        "a row for names",
        "5.1,setosa\n4.9,setosa\n4.7,virginica\n",
        {"5.1": ["4.9", "4.7"], "setosa": ["setosa", "virginica"]},
        {},
        ["--no-header"],
    ),
    (
        "years for names",
        "land,1990,1991\nA,1,2\nB,3,4\n",
        {"land": ["A", "B"], "1990": ["1", "3"], "1991": ["2", "4"]},
    ),
]
NAMES = [
    (
        "a name twice",
        "a,b,a,a\n1,2,3,4\n",
        {"a": ["1"], "b": ["2"], "a (2)": ["3"], "a (3)": ["4"]},
        {},
        ["'a'; the later ones are called 'a (2)', 'a (3)'"],
    ),
    (
        "a numbered name is taken",
        "a,a (2),a\n1,2,3\n",
        {"a": ["1"], "a (2)": ["2"], "a (3)": ["3"]},
        {},
        ["called 'a (3)'"],
    ),
    (
        "no name",
        "a,,c\n1,2,3\n",
        {"a": ["1"], "column 2": ["2"], "c": ["3"]},
        {},
        ["1 column has no name and is called 'column 2'"],
    ),
    (
        "no names",
        "a,,\n1,2,3\n",
        {"a": ["1"], "column 2": ["2"], "column 3": ["3"]},
        {},
        ["2 columns have no name and are called"],
    ),
    ("row numbers of data frames", ",a\n0,5\n1,6\n", {"": ["0", "1"], "a": ["5", "6"]}),
    ("row numbers, written again", "Unnamed: 0,a\n0,5\n1,6\n", {"Unnamed: 0": ["0", "1"], "a": ["5", "6"]}),
    ("spaces around names", " a , b\u00a0\n1,2\n", {"a": ["1"], "b": ["2"]}),
    ("letters composed", "Ko\u0308ln,b\n1,2\n", {"Köln": ["1"], "b": ["2"]}),
    (
        "R's row names",
        '"x" "y"\n"1" 5 "a"\n"2" 6 "b"\n',
        {"rownames": ["1", "2"], "x": ["5", "6"], "y": ["a", "b"]},
        {},
        ["one name fewer"],
    ),
    (
        "R's row names, commas",
        "a,b\n0,2,3\n1,5,6\n",
        {"rownames": ["0", "1"], "a": ["2", "5"], "b": ["3", "6"]},
        {},
        ["'rownames'"],
    ),
    (
        "R's row names are words",
        '"mpg" "cyl"\n"Mazda RX4" 21 6\n"Datsun 710" 22.8 4\n',
        {"rownames": ["Mazda RX4", "Datsun 710"], "mpg": ["21", "22.8"], "cyl": ["6", "4"]},
        {},
        ["one name fewer"],
    ),
    (
        "R's one column",
        '"x"\n"1" 5\n"2" 6\n',
        {"rownames": ["1", "2"], "x": ["5", "6"]},
        {},
        ["one name fewer"],
    ),
    ("separators at all ends", "a,b,\n1,2,\n3,4,\n", {"a": ["1", "3"], "b": ["2", "4"]}),
    ("separators at all ends but the names'", "a,b\n1,2,\n3,4,\n", {"a": ["1", "3"], "b": ["2", "4"]}),
    ("separators at the end of the names", "a,b,\n1,2\n3,4\n", {"a": ["1", "3"], "b": ["2", "4"]}),
    ("many separators at all ends", "a;b;;;\n1;2;;;\n3;4;;;\n", {"a": ["1", "3"], "b": ["2", "4"]}),
    (
        "a cell in a column without name",
        "a,b,\n1,2,\n3,4,x\n",
        {"a": ["1", "3"], "b": ["2", "4"], "column 3": ["", "x"]},
        {},
        ["'column 3'"],
    ),
]
CASES = [*SEPARATORS, *QUOTES, *LINES, *COMMENTS, *TOPS, *NAMES]


@pytest.mark.parametrize("case", [pytest.param(row[1:], id=row[0]) for row in CASES])
def test_text(case, tmp_path, read):
    text, columns, options, words = (*case, *({}, [])[len(case) - 2 :])
    (tmp_path / "t.csv").write_bytes(text.encode())
    cells, notes = read(tmp_path / "t.csv", **options)
    assert cells == columns
    assert len(notes) == len(words), notes
    for note, expected in zip(notes, words, strict=True):
        assert note.startswith(str(tmp_path / "t.csv")) and expected in note and "\n" not in note


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a;b\n1;2\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a b\n1 2\n", " "),
        ("a\n1\n", None),
        ("sep=|\na|b\n1|2\n", "|"),
    ],
)
def test_the_separator_is_told(text, separator, tmp_path):
    (tmp_path / "t.txt").write_text(text)
    assert read_cells(tmp_path / "t.txt").separator == separator


def test_the_order_of_columns_is_the_file_s(tmp_path):
    (tmp_path / "t.csv").write_text("b,c,a\n1,2,3\n")
    assert list(read_cells(tmp_path / "t.csv").columns) == ["b", "c", "a"]
