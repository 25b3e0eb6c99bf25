"""What is printed can be shown by every terminal, and commands none."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import chainrule
from chainrule.cli import main
from chainrule.cli._terminal import cut, padded, painted, visible, width_of, writable

CLI = Path(chainrule.__file__).parent / "cli"
HOSTILE = {
    "\x1b[31m": "\\x1b[31m",
    "\u202e": "\\u202e",
    "\x07": "\\x07",
    "\x9b": "\\x9b",
    "\u2028": "\\u2028",
}
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
QUICK = ("--hidden", "4", "--max-iter", 3, "--seed", 1)

posix = pytest.mark.skipif(os.name == "nt", reason="pipes and devices of POSIX")


def slow(*cases):
    """Cases that differ little from others: each starts processes, which is most of its time."""
    return [pytest.param(case, marks=pytest.mark.slow) for case in cases]


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items())
def test_control_characters_are_escaped(text, shown):
    assert visible(f"a{text}b") == f"a{shown}b"


@pytest.mark.parametrize(
    "text", ["Größe", "猫", "نمی\u200cخواهم", "👩\u200d🚀", "1\u202f234", "a b", "\\x1b"]
)
def test_words_of_every_script_stay(text):
    assert visible(text) == text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "koi8-r", "shift_jis", None])
def test_every_text_can_be_written(encoding):
    text = writable("R² … Größe 猫 \udcff", encoding)
    assert text.encode(encoding or "utf-8")
    assert ("²" in text) == (writable("²", encoding) == "²")


def test_widths():
    assert (width_of("猫town"), width_of("e\u0301")) == (6, 1)
    assert (cut("猫猫猫", 5), cut("猫猫猫", 6)) == ("猫猫…", "猫猫猫")
    assert padded("猫", 4) == "猫  "


class Screen(io.StringIO):
    def isatty(self):
        return True


# Environment, whether the stream is a terminal, whether colours are shown.
COLOURS = [
    ({}, True, True),
    ({}, False, False),
    ({"NO_COLOR": "1"}, True, False),
    ({"NO_COLOR": ""}, True, True),
    ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ({"FORCE_COLOR": "1"}, False, True),
    ({"FORCE_COLOR": "0"}, True, False),
    ({"TERM": "dumb"}, True, False),
]


@pytest.mark.parametrize(("environment", "terminal", "shown"), COLOURS)
@pytest.mark.parametrize("said", ["error", "note"])
def test_colours(said, environment, terminal, shown, monkeypatch):
    from chainrule.cli import _console

    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Screen() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    getattr(_console, said)("words")
    assert ("\x1b[" in stream.getvalue()) == shown
    assert re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue()) == f"{said}: words\n"
    assert painted("x", "red", None) == "x"


def test_nothing_else_prints():
    """But for the two constant lines that are printed where nothing is imported yet, or for the last time."""
    prints = re.compile(r"\bprint\(|typer\.echo|secho|\.write\(|sys\.std(out|err)")
    code = {
        file.name: re.sub(r"^\s*(>>>|\.\.\.).*", "", file.read_text(encoding="utf-8"), flags=re.M)
        for file in CLI.glob("*.py")
    }
    found = {name for name, text in code.items() if prints.search(text)}
    assert found == {"_console.py", "_terminal.py", "__init__.py", "_interrupts.py"}


@pytest.fixture
def hostile(tmp_path):
    """A table whose names and classes hold escape sequences, marks of direction and foreign letters."""
    random = np.random.default_rng(0)
    values = [f"{'Größe'}{text}" if text != "\u2028" else "猫" for text in HOSTILE]
    town = random.choice(values, 120)
    frame = pd.DataFrame(
        {
            "side": random.normal(size=120),
            "na\x1b[2Jme\u202e": town,
            "lang\x07": random.normal(size=120),
            "cl\x1b[31mass": np.where(random.random(120) < 0.5, town, "no"),
        }
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    return frame


def test_hostile_names_in_everything_printed(run, hostile, tmp_path):
    target = hostile.columns[-1]
    table, model = tmp_path / "t.csv", "m\u202e.chainrule"
    commands = [
        ("fit", table, "--target", target, "-o", model, *QUICK),
        ("fit", table, "--target", target, "--columns"),
        ("fit", table, "--target", target, "--json", *QUICK),
        ("fit", table, "--target", target + "x", *QUICK),
        ("fit", table, "--target", target, "--ignore", "\x1b[1m"),
        ("fit", table, "--target", target, "--unit", "\x1b[1m", *QUICK),
        ("info", model),
        ("info", model, "--json"),
        ("score", model, table),
        ("predict", model, table, "--json"),
        ("predict", model, table, "-o", "p\x1b.csv"),
        ("predict", model, "absent\x1b[31m.csv"),
        ("lea\x1b[31mrn",),
        ("fit", table, "--no\x1b[31mne"),
    ]
    for command in commands:
        ended = run(*command)
        assert not UNSAFE.search(ended.out + re.sub(r"^learning.*", "", ended.err, flags=re.M)), command
        if "--json" in command:
            assert target in ended.out or json.loads(ended.out)


def test_predictions_stay_data(run, hostile, tmp_path):
    target = hostile.columns[-1]
    run("fit", "t.csv", "--target", target, "-o", "m.chainrule", "-q", *QUICK)
    run("predict", "m.chainrule", "t.csv", "-o", "p.csv")
    assert run("predict", "m.chainrule", "t.csv").out == (tmp_path / "p.csv").read_text(encoding="utf-8")
    names = json.loads(run("info", "m.chainrule", "--json").out)
    assert names["target"] == target


def ended(folder, command, before="", **environment):
    """Run the command in a process of its own, its output as bytes; bash does something before."""
    path = os.pathsep.join([str(CLI.parents[1]), os.environ.get("PYTHONPATH", "")])
    start = f'"{sys.executable}" -c "import sys; from chainrule.cli import main; sys.exit(main())"'
    return subprocess.run(
        ["bash", "-c", f"{before}{start} {command}"],
        cwd=folder, capture_output=True, check=False, env=os.environ | {"PYTHONPATH": path, **environment},
    )  # fmt: skip


@posix
@pytest.mark.slow
@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_terminals_of_another_encoding(hostile, tmp_path, environment):
    fit = f"fit t.csv --target '{hostile.columns[-1]}' -o m.chainrule --hidden 4 --max-iter 3 --seed 1"
    for command in (fit, "info m.chainrule", "info m.chainrule --json", "predict m.chainrule t.csv"):
        end = ended(tmp_path, command, **environment)
        assert end.returncode == 0, end.stderr
        assert b"Traceback" not in end.stderr
    assert "Größe" in end.stdout.decode("utf-8")  # of a pipe, which holds data
    end = ended(tmp_path, "info m.chainrule", PYTHONIOENCODING="ascii")
    assert rb"Gr\xf6\xdfe" in end.stdout and rb"\u732b" in end.stdout and b"\xf6" not in end.stdout


@posix
@pytest.mark.slow
@pytest.mark.parametrize("reader", ["true", "head -1"])
@pytest.mark.parametrize(
    "command", ["--version", "info price.chainrule", "info price.chainrule --json", "--help", "fit --help"]
)
def test_readers_that_go(trained, command, reader):
    if reader == "true":  # it has gone for certain
        end = ended(trained, f"{command} >&3", before="exec 3> >(true); wait $!; ")
    else:
        end = ended(trained, f"{command} | {reader}; exit ${{PIPESTATUS[0]}}")
    assert end.returncode in ((0, 141) if reader == "head -1" else (141,))
    assert end.stderr == b""


@posix
def test_predictions_whose_reader_goes(trained, tmp_path):
    rows = (trained / "houses.csv").read_text().splitlines(keepends=True)
    (tmp_path / "long.csv").write_text(rows[0] + "".join(rows[1:]) * 200)
    command = f"predict '{trained / 'price.chainrule'}' long.csv | head -1; exit ${{PIPESTATUS[0]}}"
    end = ended(tmp_path, command)
    assert (end.returncode, end.stdout, end.stderr) == (141, b"price\n", b"")


@posix
@pytest.mark.parametrize(
    "streams", ["2>/dev/full | true", *slow("| true", "2>/dev/full", "2>&1 | true", ">/dev/null 2>&1 | true")]
)
def test_a_model_is_saved_whoever_reads(trained, tmp_path, streams):
    command = (
        f"fit '{trained / 'houses.csv'}' --target price -o m.chainrule --hidden 4 --max-iter 3 {streams}"
    )
    end = ended(tmp_path, command)
    assert end.returncode == 0
    assert end.stderr == b"" or streams == "| true"
    assert b"Traceback" not in end.stderr
    assert main(["info", str(tmp_path / "m.chainrule")]) == 0


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize(
    "command",
    ["--version", *slow("predict price.chainrule houses.csv", "info price.chainrule", "fit --help")],
)
def test_standard_output_that_is_full_or_closed(trained, command):
    end = ended(trained, f"{command} >/dev/full")
    assert (end.returncode, end.stderr) == (
        2, b"error: cannot write to standard output: No space left on device\n"
    )  # fmt: skip


@posix
@pytest.mark.slow
@pytest.mark.parametrize("command", ["--version", "predict price.chainrule houses.csv", "fit --help"])
def test_standard_output_that_is_closed(trained, command):
    assert b"Traceback" not in ended(trained, f"{command} >&-").stderr


@pytest.mark.parametrize(
    ("command", "code"), [("--version", 0), ("fit --help", 0), ("predict price.chainrule houses.csv", 2)]
)
def test_standard_output_that_is_closed_is_none(trained, command, code, monkeypatch):
    """As Python has it in a process that was started so."""
    monkeypatch.chdir(trained)
    monkeypatch.setattr(sys, "stdout", None)
    assert main(command.split()) == code


def test_an_encoding_without_the_letters_on_a_terminal(monkeypatch, trained):
    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    bytes_ = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(bytes_, "ascii"))
    from chainrule.cli._console import say_table

    say_table(pd.DataFrame({"ort": ["Köln", "Ulm"]}))
    assert bytes_.getvalue().decode("ascii").split() == ["ort", r"K\xf6ln", "Ulm"]
