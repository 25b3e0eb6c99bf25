"""What the command is given in error, row by row: one line on standard error, code 2, nothing written."""

import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chainrule import __version__
from chainrule.cli import _options, main
from chainrule.io import FORMAT_VERSION
from forging import forged, listed, members_of, packed

VERSION = f'version": {FORMAT_VERSION},'.encode()
HOUSES = "side,price,town\n" + "".join(f"{i % 23},{i * i % 97},{'AB'[i % 2]}\n" for i in range(40))
Content = str | bytes | Callable[[Path], object]


def two_columns(count: int, cells: str) -> str:
    """A table of columns a and b; `cells` is a row's text with the row's number in it."""
    return "a,b\n" + "".join(cells.format(i, i / 7) + "\n" for i in range(1, count + 1))


# What it is, the file's name, what is in it, target and options, words of the message.
TABLES: list[tuple[str, str, Content, str, tuple[str, ...]]] = [
    ("target missing", "t.csv", HOUSES, "Price", ("no column 'Price'", "mean 'price'?")),
    ("target of --columns", "t.csv", HOUSES, "Price --columns", ("no column 'Price'", "mean 'price'?")),
    ("target unlike any", "t.csv", HOUSES, "zzz", ("'zzz'", "'side', 'price', 'town'")),
    ("file empty", "t.csv", "", "price", ("t.csv is empty",)),
    ("blank lines only", "t.csv", "\n\n  \n", "price", ("t.csv is empty",)),
    ("a folder", "t.csv", Path.mkdir, "price", ("t.csv is a folder", ".parquet")),
    ("binary", "t.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "price", ("not a table",)),
    ("Parquet named CSV", "t.csv", b"PAR1\0\0", "price", ("not CSV text but a Parquet file",)),
    ("CSV named Parquet", "t.parquet", HOUSES, "price", ("t.parquet cannot be read",)),
    ("not gzip", "t.csv.gz", HOUSES, "price", ("not a whole gzip",)),
    ("gzip cut off", "t.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0", "price", ("not a whole gzip",)),
    ("unknown suffix", "t.docx", HOUSES, "price", (".csv", ".parquet", ".docx")),
    ("header only", "t.csv", "side,price\n", "price", ("has no rows", "2 columns")),
    ("row too long", "t.csv", "a,b\n1,2\n3,4,5\n", "b", ("line 3", "3 cells", "has 2")),
    ("row too short", "t.csv", "a,b\n1,2\n\n3\n", "b", ("line 4", "1 cell where")),
    ("all rows too long", "t.csv", "\na,b\n0,2,3,4\n1,5,6,7\n", "b", ("line 3", "4 cells")),
    ("open quote", "t.csv", 'a,b\n1,2\n"3,4\n5,6\n', "b", ("line 3", "never closed")),
    ("name twice, target", "t.csv", "a,b,b\n1,2,3\n" * 20, "c", ("'a', 'b', 'b (2)'",)),
    ("one row", "t.csv", "a,b\n1,2\n", "b", ("too few rows", "of 1")),
    ("three rows", "t.csv", two_columns(3, "{0},{1}"), "b", ("too few rows", "of 3")),
    ("target constant", "t.csv", two_columns(18, "{0},7"), "b", ("'b' is 7", "18 rows")),
    ("target all missing", "t.csv", two_columns(18, "{0},"), "b", ("'b' has no value",)),
    ("target of text", "t.csv", HOUSES, "town --task regression", ("'town' is text", "'A' in row 1")),
    ("a word in the target", "t.csv", HOUSES + "3,?,A\n", "price --task regression", ("'?' in row 41",)),
    ("numbers as classes", "t.csv", two_columns(40, "{0},{1}"), "b --task classification", ("40 different",)),
    ("names as classes", "t.csv", two_columns(40, "{0},name{0}"), "b", ("40 different values in 40 rows",)),
    ("dates as target", "t.csv", two_columns(20, "{0},2024-01-{0:02}"), "b", ("'b' holds dates",)),
    ("infinity", "t.csv", HOUSES + "inf,3,A\n-inf,4,B\n", "price", ("'side', row 41", "inf")),
    ("infinite target", "t.csv", HOUSES + "3,inf,A\n", "price", ("'price', row 41", "inf")),
    ("numbers beyond scaling", "t.csv", HOUSES + "1e300,3,A\n", "price", ("'side', row 41", "1e+150")),
    ("target beyond scaling", "t.csv", HOUSES + "3,-1e300,A\n", "price", ("'price', row 41", "1e+150")),
    ("no other column", "t.csv", two_columns(20, "{0}").replace(",b", ""), "a", ("no column is left",)),
    ("others all missing", "t.csv", two_columns(20, ",{0}"), "b", ("no column is left",)),
]

# What it is, options to a fit of HOUSES, words of the message.
OPTIONS: list[tuple[str, str, tuple[str, ...]]] = [
    ("unknown task", "--task guess", ("'guess'", "'classification'")),
    ("test size", "--test-size 1.5", ("1.5", "less than 1")),
    ("nothing left to learn from", "--test-size 0.99", ("too few rows",)),
    ("unknown model", "--model forest", ("forest", "mlp")),
    ("a layer of nothing", "--hidden 8,0", ("--hidden 8,0", "64,64")),
    ("layers in words", "--hidden big", ("--hidden big",)),
    ("layers beyond memory", "--hidden 1000000,1000000", ("--hidden 1000000,1000000", "1,000,004,000,001")),
    ("a layer beyond memory", "--hidden 100000000000", ("--hidden 100000000000", "free memory")),
    ("a layer beyond counting", f"--hidden {10**26}", (f"--hidden {10**26}", "free memory")),
    ("unknown activation", "--activation rleu", ("--activation rleu: give one of", "mean 'relu'?")),
    ("unknown solver", "--solver adm", ("--solver adm: give one of adam", "mean 'adam'?")),
    ("batch size in words", "--batch-size all", ("--batch-size",)),
    *(
        (f"{option} {value}", f"{option}={value}", (name,))
        for option, name, values in (
            ("--hidden", "--hidden", ("nan", "inf", "-1", "3.5", "1e400")),
            ("--batch-size", "--batch-size", ("nan", "3.5", "1e400")),
            ("--max-iter", "--max-iter", ("nan", "inf", "3.5", "1e400")),
            ("--test-size", "test size", ("nan", "inf", "-1", "1", "1e400")),
            ("--seed", "--seed", ("nan", "3.5")),
        )
        for value in values
    ),
    *(
        (f"{option} {value}", f"{option}={value} --quiet", (f"{option} {value}: give {accepted}",))
        for option, accepted, values in (
            ("--batch-size", "a whole number from 1 to 2147483647", (-1, 0, 2**31, 10**20)),
            ("--max-iter", "a whole number from 1 to 2147483647", (-1, 0, 2**31, 10**20)),
            ("--seed", "a whole number from 0 to 4294967295", (-1, 2**32, 10**20)),
            (
                "--alpha",
                "a number from 0 to 1e+15, or bayes",
                ("nan", "inf", "-inf", "-1", "1e308", "1e400", "strong"),
            ),
        )
        for value in values
    ),
    *(
        (f"rate {value}", f"--learning-rate-init={value} --quiet", (f"--learning-rate-init {shown}: give",))
        for value, shown in (
            ("nan", "nan"),
            ("inf", "inf"),
            ("-1", "-1.0"),
            ("0", "0.0"),
            ("1e400", "inf"),
            ("1e300", "1e+300"),
        )
    ),
    ("rate too large", "--learning-rate-init=2e6", ("2000000.0: give a number above 0, up to 1000000",)),
    ("alpha missing", "--alpha=", ("--alpha", "bayes")),
    ("bayes without lm", "--alpha bayes --quiet", ("bayes", "lm")),
    (
        "learning that diverges",
        "--solver sgd --learning-rate-init 1e6 --max-iter 2000 --quiet",
        ("learning_rate_init", "1e+06"),
    ),
    ("unknown option", "--tarrget town", ("--tarrget",)),
    ("two targets", "--target town", ("--target price and --target town", "once")),
    ("two seeds", "--seed 1 --seed 2", ("--seed 1 and --seed 2",)),
    ("two models", "-o a.chainrule --output b.chainrule", ("--output a.chainrule and --output b.chainrule",)),
    ("yes and no", "--early-stopping --no-early-stopping", ("--early-stopping and --no-early-stopping",)),
    ("ignored column unknown", "--ignore twn", ("--ignore twn", "mean 'town'?")),
    ("ignored column unlike any", "--ignore zzz", ("--ignore zzz", "'side', 'price', 'town'")),
    ("ignored target", "--ignore price", ("--ignore price", "is the target")),
    ("everything ignored", "--ignore town --ignore side", ("no column is left",)),
    ("ignored and read", "--ignore town --as town=text", ("--ignore town and --as town",)),
    ("column read unknown", "--as twn=text", ("--as twn", "mean 'town'?")),
    ("kind unknown", "--as town=txt", ("--as town=txt", "text, number, date", "mean 'text'?")),
    ("kind missing", "--as town", ("--as town", "COLUMN=KIND")),
    ("two kinds", "--as town=text --as town=date", ("--as town=text and --as town=date",)),
    ("separator of letters", "--sep ab", ("--sep 'ab'", "semicolon")),
    ("separator a digit", "--sep 1", ("--sep '1'",)),
    ("separator empty", "--sep=", ("--sep ''",)),
    ("encoding unknown", "--encoding utf9", ("--encoding utf9", "utf-8")),
    ("encoding of bytes", "--encoding base64", ("--encoding base64", "utf-8")),
    ("columns that ignore an unknown one", "--columns --ignore twn", ("mean 'town'?",)),
    ("setting unknown", "--set momentm=0.5", ("momentm=0.5", "mean 'momentum'?")),
    ("setting unlike any", "--set zzz=1", ("'zzz'", "momentum", "solver__damping")),
    ("setting without value", "--set momentum", ("--set momentum", "NAME=VALUE")),
    ("setting out of range", "--set momentum=2", ("--set momentum=2: it must be", "range [0.0, 1.0]")),
    (
        "setting that is none of its words",
        "--set learning_rate=fast",
        ("--set learning_rate=fast: it must be one of", "'constant'"),
    ),
    ("setting in words", "--set momentum=much", ("--set momentum=much: it must be", "range [0.0, 1.0]")),
    ("whole number in words", "--seed x", ("--seed x: give a whole number",)),
    ("whole number with a point", "--max-iter 1.5", ("--max-iter 1.5: give a whole number",)),
    ("number in words", "--test-size half", ("--test-size half: give a number",)),
    ("option without value", "--target", ("--target", "(see chainrule fit --help)")),
    ("task unknown", "--task clas", ("'regression' or 'classification', not 'clas'",)),
    ("setting twice", "--set tol=1 --set tol=2", ("--set tol=1 and --set tol=2",)),
    ("setting and option", "--alpha 1 --set alpha=2", ("--set alpha=2", "--alpha")),
    ("setting and hidden", "--hidden 8 --set hidden_layer_sizes=9", ("--hidden",)),
    ("layers set beyond memory", "--set hidden_layer_sizes=100000000000", ("free memory",)),
    ("bayes set without lm", "--set alpha=bayes", ("bayes", "lm")),
    ("setting of another solver", "--set solver__damping=1", ("solver__damping", "adam", "only --solver lm")),
    ("damping in words", "--solver lm --set solver__damping=big", ("--set solver__damping=big: ", "'big'")),
    ("seed as a setting", "--set random_state=3", ("the seed is given as --seed",)),
    ("verbose", "--set verbose=true", ("'verbose'",)),
    ("saving nowhere", "--save-on-interrupt", ("needs --output",)),
    ("output's suffix", "--output m.pkl", ("m.pkl", ".chainrule")),
    ("output's folder absent", "--output no/m.chainrule", ("there is no folder",)),
    ("output's folder a file", "--output t.csv/m.chainrule", ("there is no folder",)),
    ("output a folder", "--output folder.chainrule", ("is a folder",)),
    ("output not writable", "--output /proc/m.chainrule", ("cannot write",)),
    ("picture's suffix", "--plot a.jpeg", ("a.jpeg", ".png")),
    ("picture's folder absent", "--plot no/a.png", ("there is no folder",)),
]

# What it is, the whole command, words of the message.
COMMANDS: list[tuple[str, str, tuple[str, ...]]] = [
    (
        "solver for numbers",
        "fit houses.csv --target dear --solver lm",
        ("--solver lm learns numbers only", "adam"),
    ),
    ("a folder without a suffix", "fit folder --target price", ("folder is a folder; name a table in it",)),
    ("no target given", "fit houses.csv", ("--target", "'side', 'town'")),
    (
        "copied column unknown",
        "predict price.chainrule houses.csv --copy sde",
        ("--copy sde", "mean 'side'?"),
    ),
    ("two outputs", "predict price.chainrule houses.csv -o a.csv -o b.csv", ("a.csv and --output b.csv",)),
    ("separator of a new table", "predict price.chainrule houses.csv --sep ab", ("--sep", "semicolon")),
    (
        "encoding of a scored table",
        "score price.chainrule houses.csv --encoding no",
        ("--encoding no", "utf-8"),
    ),
    (
        "setting of regression only",
        "fit houses.csv --target dear --set n_restarts=2",
        ("n_restarts", "MLPClassifier"),
    ),
    ("name too long", f"info {'x' * 300}.chainrule", ("cannot read xxx", "File name too long")),
    ("table's name too long", f"fit {'x' * 300}.csv --target price", ("cannot read xxx", "too long")),
    (
        "model's name too long",
        f"fit houses.csv --target price -o {'x' * 300}.chainrule",
        ("cannot write xxx", "too long"),
    ),
    *(
        (f"{output} over the table", f"predict price.chainrule houses.csv -o {output}", ("would overwrite",))
        for output in ("houses.csv", "./houses.csv", "hard.csv", "soft.csv", "folder/../houses.csv")
    ),
    ("the table under another name", "predict price.chainrule soft.csv -o hard.csv", ("the table soft.csv",)),
    (
        "predictions over the model",
        "predict price.chainrule houses.csv -o model.csv",
        ("overwrite the model",),
    ),
    ("model over the table", "fit houses.csv --target price -o t.chainrule", ("--output t.chainrule would",)),
    ("picture over the table", "fit houses.csv --target price --plot t.png", ("--plot t.png would",)),
    (
        "picture over the model",
        "fit houses.csv --target price -o new.chainrule --plot new.png",
        ("--output new.chainrule and --plot new.png are the same file",),
    ),
    ("unknown command", "learn houses.csv", ("learn",)),
    ("table absent", "fit absent.csv --target price", ("no file absent.csv",)),
    ("new table absent", "predict price.chainrule absent.csv", ("no file absent.csv",)),
    ("model absent", "predict absent.chainrule houses.csv", ("no file absent.chainrule",)),
    ("model a table", "predict houses.csv houses.csv", ("houses.csv is not a model file",)),
    ("predictions' suffix", "predict price.chainrule houses.csv --output p.docx", ("p.docx", ".csv")),
    ("predictions' folder", "predict price.chainrule houses.csv --output no/p.csv", ("there is no folder",)),
    ("probabilities of numbers", "predict price.chainrule houses.csv --probabilities", ("no classes",)),
]

# What it is, a table for the models of houses.csv, model and command, words of the message.
NEW_TABLES: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("columns lacking", "side,dear\n1,no\n", "predict price", ("lacks 'town', 'garden'", "'side'")),
    ("column misspelt", "side,Town,garden,price\n1,Ulm,true,3\n", "predict dear", ("'Town'?",)),
    (
        "no number",
        "side,town,garden,price\n1,Ulm,true,3\nbig,,,\n",
        "predict dear",
        ("row 2", "'big'"),
    ),
    (
        "no truth value",
        "side,town,garden,price\n1,Ulm,perhaps,3\n",
        "predict dear",
        ("row 1", "truth"),
    ),
    ("infinity", "side,town,garden,price\n-inf,Ulm,true,3\n", "predict dear", ("'side', row 1", "inf")),
    ("target lacking", "side,town,garden,price\n1,Ulm,true,3\n", "score dear", ("no column 'dear'",)),
]


def member(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """The model with another header or structure, and the digest of it."""

    def write(path: Path) -> None:
        found = members_of(model(path))
        if name != "header.json":
            found[name] = change(found[name])
            found["header.json"] = listed(json.loads(found["header.json"]), {**found, "header.json": b""})
            top = json.loads(found["header.json"])
            del top["members"]["header.json"]
            found["header.json"] = json.dumps(top).encode()
        else:
            found[name] = change(found[name])
        path.write_bytes(packed(found))

    return write


def header(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return member("header.json", change)


def pipeline(change: Callable[[Any], object]) -> Callable[[Path], object]:
    """The model with a pipeline that skops describes otherwise; `change` changes the description."""
    return lambda path: path.write_bytes(forged(model(path), model=lambda found: change(found["pipeline"])))


def network(change: Callable[[Any], object]) -> Callable[[Path], object]:
    """The model with another network."""

    def changed(found: Any) -> None:
        for one in found["models"]:
            if one["fitted"]:
                change(one["fitted"]["network"])

    return lambda path: path.write_bytes(forged(model(path), model=changed))


def model(path: Path) -> bytes:
    return (path.parent / "price.chainrule").read_bytes()


def memory_of(loader: str, module: str, name: str) -> Callable[[Any], object]:
    """Another object in the place of the pipeline's memory."""
    foreign = {"__loader__": loader, "__module__": module, "__class__": name, "content": {}}
    return lambda tree: tree["content"]["content"].update(memory=foreign)


# What it is, what is in the model file, words of the message.
MODELS: list[tuple[str, Content, tuple[str, ...]]] = [
    ("a folder", Path.mkdir, ("is a folder",)),
    ("empty", "", ("not a model file",)),
    ("cut off", lambda path: path.write_bytes(model(path)[:5000]), ("not a whole one",)),
    (
        "another zip",
        lambda path: zipfile.ZipFile(path, "w").close(),
        ("not a model file", "without header.json"),
    ),
    (
        "no structure",
        lambda path: path.write_bytes(forged(model(path), members=lambda found: found.pop("model.json"))),
        ("damaged", "it lacks model.json"),
    ),
    (
        "newer",
        header(lambda old: old.replace(VERSION, b'version": 99,')),
        (
            "has format 99",
            f"written by chainrule {__version__}",
            f"reads formats up to {FORMAT_VERSION}",
            "upgrade",
        ),
    ),
    ("no version", header(lambda old: old.replace(VERSION, b'version": "x",')), ("damaged",)),
    ("unknown task", header(lambda old: old.replace(b'"regression"', b'"guess"')), ("damaged", "'guess'")),
    (
        "private name",
        pipeline(memory_of("ObjectNode", "sklearn.preprocessing._data", "StandardScaler")),
        ("no model file may hold", "sklearn.preprocessing._data.StandardScaler"),
    ),
    ("header no JSON", header(lambda _: b"{"), ("damaged",)),
    ("header a list", header(lambda _: b"[]"), ("not a model file",)),
    ("header of another", header(lambda _: b"{}"), ("not a model file",)),
    ("structure no JSON", member("model.json", lambda _: b"PK"), ("damaged",)),
    ("pipeline no tree", pipeline(lambda tree: tree.clear()), ("damaged",)),
    ("foreign function", pipeline(memory_of("FunctionNode", "os", "system")), ("os.system",)),
    ("foreign object", pipeline(memory_of("ObjectNode", "subprocess", "Popen")), ("subprocess.Popen",)),
    # These two skops trusts.
    ("another estimator", pipeline(memory_of("ObjectNode", "sklearn.svm", "SVC")), ("SVC",)),
    ("another loader", pipeline(memory_of("FunctionNode", "sklearn.pipeline", "Pipeline")), ("may hold",)),
    (
        "parameters too short",
        network(lambda net: net["layer_sizes"].__setitem__(1, 5000)),
        ("damaged", "parameters"),
    ),
]


def rows(table: list[Any]) -> Any:
    return [pytest.param(*row[1:], id=row[0]) for row in table]


@pytest.mark.parametrize(("name", "content", "target", "expected"), rows(TABLES))
def test_tables(name, content, target, expected, tmp_path, run):
    put(tmp_path / name, content)
    check(run, tmp_path, f"fit {name} --target {target}", expected)


@pytest.mark.parametrize(("options", "expected"), rows(OPTIONS))
def test_options(options, expected, tmp_path, run):
    put(tmp_path / "t.csv", HOUSES)
    (tmp_path / "folder.chainrule").mkdir()
    check(run, tmp_path, f"fit t.csv --target price {options}", expected)


@pytest.mark.parametrize(("command", "expected"), rows(COMMANDS))
def test_commands(command, expected, tmp_path, run, trained):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    add_links(tmp_path)
    check(run, tmp_path, command, expected)


@pytest.mark.parametrize(("content", "use", "expected"), rows(NEW_TABLES))
def test_new_tables(content, use, expected, tmp_path, run, trained):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    put(tmp_path / "t.csv", content)
    check(run, tmp_path, f"{use}.chainrule t.csv", expected)


@pytest.mark.parametrize(("content", "expected"), rows(MODELS))
def test_models(content, expected, tmp_path, run, trained):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    put(tmp_path / "m.chainrule", content)
    check(run, tmp_path, "predict m.chainrule houses.csv", ("m.chainrule", *expected))


def add_links(folder: Path) -> None:
    """Other names of the table and of the model, and of a file that is not there yet."""
    (folder / "folder").mkdir()
    (folder / "hard.csv").hardlink_to(folder / "houses.csv")
    (folder / "model.csv").hardlink_to(folder / "price.chainrule")
    for name, target in (
        ("soft.csv", "houses.csv"),
        ("t.chainrule", "houses.csv"),
        ("t.png", "houses.csv"),
        ("new.png", "new.chainrule"),
    ):
        (folder / name).symlink_to(target)


def put(path: Path, content: Content) -> None:
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def check(run: Any, folder: Path, command: str, expected: tuple[str, ...]) -> None:
    before = listing(folder)
    ended = run(*command.split())
    *notes, error = ended.err.splitlines()
    assert (ended.code, ended.out) == (2, "")
    assert error.startswith("error: ")
    assert all(note.startswith("note: ") for note in notes)
    for words in expected:
        assert words in error
    assert listing(folder) == before


def listing(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_size for path in folder.rglob("*")}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission(tmp_path, run):
    put(tmp_path / "t.csv", HOUSES)
    (tmp_path / "locked").mkdir(mode=0o500)
    check(run, tmp_path, "fit t.csv --target price -o locked/m.chainrule", ("Permission denied",))


@pytest.mark.parametrize("message", ["", "Unable to allocate 7.28 TiB for an array"])
@pytest.mark.parametrize("command", ["fit t.csv --target price", "score m.chainrule t.csv"])
def test_memory_that_runs_out_anywhere(tmp_path, run, monkeypatch, message, command):
    def exhausted(*_, **__):
        raise MemoryError(message)

    put(tmp_path / "t.csv", HOUSES)
    for place in ("_fit.read", "_score.load_table_model"):
        monkeypatch.setattr(f"chainrule.cli.{place}", exhausted)
    check(run, tmp_path, command, ("not enough memory", message))


@pytest.mark.parametrize(("solver", "alpha"), [("adam", 1e15), ("sgd", 0), ("lbfgs", 1e15), ("lm", 1e15)])
def test_the_largest_numbers_are_accepted(tmp_path, run, solver, alpha):
    put(tmp_path / "t.csv", HOUSES)
    largest = ("--max-iter", 2**31 - 1, "--batch-size", 2**31 - 1, "--alpha", alpha, "--seed", 2**32 - 1)
    ended = run("fit", "t.csv", "--target", "price", "--solver", solver, "--hidden", 2, "--quiet", *largest)
    assert ended.code == 0, ended.err


def test_learning_that_ends_before_its_first_epoch_is_not_called_interrupted(tmp_path, run, monkeypatch):
    put(tmp_path / "t.csv", HOUSES)
    monkeypatch.setattr(_options, "ALPHAS", replace(_options.ALPHAS, high=1e308))
    words = ("before the first epoch", "no improvement", "--alpha")
    check(run, tmp_path, "fit t.csv --target price --solver lbfgs --hidden 4 --quiet --alpha 1e200", words)


def test_what_was_there_stays_when_a_fit_fails(tmp_path, run):
    put(tmp_path / "t.csv", HOUSES)
    put(tmp_path / "m.chainrule", "what was there")
    assert run("fit", "t.csv", "--target", "price", "-o", "m.chainrule", "--alpha", "-1").code == 2
    assert (tmp_path / "m.chainrule").read_text() == "what was there"


def test_an_extra_that_is_not_installed(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("chainrule.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    assert main(["--help"]) == 2
    assert capsys.readouterr().err == "error: the command needs typer: pip install 'chainrule[cli]'\n"


@pytest.mark.parametrize(
    "command", ["fit t.csv --target price", "predict m.chainrule t.csv", "score m.chainrule t.csv"]
)
def test_errors_of_the_system_name_the_file(tmp_path, run, monkeypatch, trained, command):
    def fails(*_, **__):
        raise OSError(5, "Input/output error")

    put(tmp_path / "t.csv", HOUSES)
    shutil.copy(trained / "price.chainrule", tmp_path / "m.chainrule")
    for reads in ("read_plainly", "open_pieces"):
        monkeypatch.setattr(f"chainrule.cli._reading.{reads}", fails)
    check(run, tmp_path, command, ("cannot read t.csv: Input/output error",))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_disk_that_is_full(tmp_path, run):
    put(tmp_path / "t.csv", HOUSES)
    (tmp_path / "m.chainrule").symlink_to("/dev/full")
    ended = run("fit", "t.csv", "--target", "price", "-o", "m.chainrule", "--max-iter", 3, "--quiet")
    assert (ended.code, ended.err) == (2, "error: cannot write m.chainrule: No space left on device\n")
