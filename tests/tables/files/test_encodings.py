"""The letters of text files, whatever their encoding."""

import sys

import pytest

from chainrule.tables.files import read_cells

TOWNS = "n,ö\n1,Köln\n2,Ulm\n"
EXPECTED = {"n": ["1", "2"], "ö": ["Köln", "Ulm"]}

MARKED = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]
UNMARKED = ["utf-16-le", "utf-16-be"]

# Texts as short as people's, in the encoding that is to be found.
GUESSED = [
    ("cp1252", "ort,preis\nKöln,3\n"),
    ("cp1252", "name,x\nMüller,1\nFrançois,2\nSeñor,3\n"),
    ("cp1252", "preis,x\n3 €,1\n"),
    ("cp1252", "x,y\n20 °C,1\n"),
    ("cp1252", "ÄÖÜ,ß\nSTRAßE,1\n"),
    ("cp1252", "a,b\n“quoted” text,1\nit’s,2\n"),
    ("cp1252", "name,x\nØrsted,1\nÅse,2\n"),
    ("cp1250", "miasto,cena\nŁódź,3\nKraków,4\nGdańsk,5\n"),
    ("cp1250", "město,cena\nPlzeň,1\nPříbram,2\nČeské Budějovice,3\nŽďár nad Sázavou,5\n"),
    ("cp1251", "город,цена\nМосква,1\nСанкт-Петербург,2\n"),
    ("koi8_r", "город,цена\nМосква,1\nСанкт-Петербург,2\n"),
    ("cp1253", "πόλη,τιμή\nΑθήνα,1\nΘεσσαλονίκη,2\n"),
    ("cp1254", "şehir,fiyat\nİstanbul,1\nİzmir,2\nEskişehir,3\nMuğla,4\n"),
    ("cp1257", "miestas,x\nŠiauliai,1\nPanevėžys,2\nKlaipėda,3\nMažeikiai,4\n"),
    ("cp850", "ort,preis\nKöln,3\nMünchen,2\nDüsseldorf,1\n"),
    ("mac_roman", "ort,preis\nKöln,3\nMünchen,2\nFrançois,1\n"),
    ("shift_jis", "都市,価格\n東京,1\n大阪,2\nなごや,3\n"),
    ("gb18030", "城市,价格\n北京,1\n上海,2\n广州,3\n深圳,4\n"),
    ("euc_kr", "도시,가격\n서울,1\n부산,2\n"),
]


@pytest.mark.parametrize("encoding", [*MARKED, *UNMARKED])
def test_without_a_word(encoding, tmp_path, read):
    (tmp_path / "t.csv").write_bytes(TOWNS.encode(encoding))
    assert read(tmp_path / "t.csv") == (EXPECTED, [])


@pytest.mark.parametrize("encoding", ["cp1252", "Windows-1252", "latin-1", "cp850", "utf-16-le", "mac_roman"])
def test_named(encoding, tmp_path, read):
    (tmp_path / "t.csv").write_bytes(TOWNS.encode(encoding))
    assert read(tmp_path / "t.csv", encoding=encoding) == (EXPECTED, [])


@pytest.mark.parametrize(("encoding", "text"), GUESSED)
def test_guessed(encoding, text, tmp_path, read):
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    cells, (note,) = read(tmp_path / "t.csv")
    lines = [line.split(",") for line in text.splitlines()]
    assert [[*column] for column in zip(*lines, strict=True)] == [
        [name, *rest] for name, rest in cells.items()
    ]
    word = note.split("word in it is '")[1].split("'; --encoding")[0]
    assert f"read as {encoding}" in note and word in text and not word.isascii()


def test_all_lines_are_looked_at(tmp_path, read):
    (tmp_path / "t.csv").write_bytes(b"n,x\n" + b"1,2\n" * 50_000 + "3,Łódź\n".encode("cp1250"))
    cells, (note,) = read(tmp_path / "t.csv")
    assert cells["x"][-1] == "Łódź" and "read as cp1250" in note


@pytest.mark.parametrize(
    ("data", "encoding", "words"),
    [
        (TOWNS.encode("cp1252"), "utf-8", ["line 1: byte 0xf6 is not UTF-8 text", "--encoding"]),
        (b"a,b\n1,2\n3,\x81\n", "cp1252", ["line 3: byte 0x81 is not CP1252 text"]),
        (TOWNS.encode("utf-16")[:-1], "utf-16", ["is not UTF-16 text"]),
        (TOWNS.encode(), "latin-99", ["no encoding 'latin-99'", "cp1252"]),
        (TOWNS.encode(), "hex", ["no encoding 'hex'"]),
        (TOWNS.encode(), "no\0name", ["no encoding"]),
        (b"a,b\n1,2\n3,\0\n", None, ["line 3: a NUL byte", "not a table"]),
        (b"a,b\n1,2\n3,\0\n", "latin-1", ["line 3: a NUL byte"]),
        ("a,b\n1,2\n3,\0\n".encode("utf-16"), None, ["line 3: a NUL byte"]),
    ],
)
def test_refused(data, encoding, words, tmp_path):
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(ValueError) as refused:
        read_cells(tmp_path / "t.csv", encoding=encoding)
    assert all(word in str(refused.value) for word in words), refused.value


def test_a_guess_needs_a_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    (tmp_path / "t.csv").write_bytes("都市,価格\n東京,1\n大阪,2\nなごや,3\n".encode("shift_jis"))
    with pytest.raises(ModuleNotFoundError, match=r"--encoding.*chainrule\[cli\]"):
        read_cells(tmp_path / "t.csv")
