"""Output of the command: results on standard output, notes and errors on standard error.

Nothing else of the command prints. What is printed holds no control characters, whatever stands in a table or
a model file, and no character that the terminal's encoding lacks.
"""

import io
import json
import math
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TextIO

import pandas as pd
from sklearn.exceptions import ConvergenceWarning

from chainrule import __version__
from chainrule.cli._terminal import (
    ReaderGone,
    abandon,
    lines_that_fit,
    painted,
    visible,
    writable,
    write,
)
from chainrule.tables.files import csv_text

__all__ = [
    "Interrupted",
    "ReaderGone",
    "error",
    "no_notes",
    "note",
    "one_line",
    "progress_is_seen",
    "remark",
    "running",
    "say",
    "say_json",
    "say_nothing_more",
    "say_table",
    "warnings_as_notes",
]


class Interrupted(Exception):
    """Ctrl-C was pressed; the message says how far the command came."""


_RUNNING: ContextVar[str | None] = ContextVar("running", default=None)


@contextmanager
def running(command: str) -> Iterator[None]:
    """Name the command that runs in the block: JSON documents begin with its name."""
    token = _RUNNING.set(command)
    try:
        yield
    finally:
        _RUNNING.reset(token)


def say(*lines: str) -> None:
    """Print lines of a report, none wider than the terminal."""
    for line in lines:
        for part in lines_that_fit(visible(line), sys.stdout):
            write(part, sys.stdout)


def say_json(plain: dict[str, Any]) -> None:
    """Print one JSON document that names version and command first.

    Infinities and NaN, which JSON does not have, become null.
    """
    plain = _finite({"chainrule": __version__, "command": _RUNNING.get(), **plain})
    document = json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)
    encoding = getattr(sys.stdout, "encoding", None)
    if any(writable(visible(line), encoding) != line for line in document.split("\n")):
        # JSON has escapes of its own, also for control characters; this one it leaves.
        document = json.dumps(plain, indent=2, allow_nan=False).replace("\x7f", "\\u007f")
    write(document, sys.stdout)


def say_table(frame: pd.DataFrame, header: bool = True) -> None:
    """Print a table as CSV: into a pipe or a file the bytes that `write_table` writes, whatever the encoding.

    A terminal gets its own encoding, with what that lacks escaped. Of a table that is printed in parts only
    the first has a `header`.
    """
    stream = sys.stdout
    if stream is None:
        raise OSError("cannot write to standard output: it is closed")
    try:
        if hasattr(stream, "buffer"):
            _write_table(frame, stream, header)
        else:
            stream.write(csv_text(frame, header=header))
        stream.flush()
    except OSError as error:
        abandon(stream, error)


def _write_table(frame: pd.DataFrame, stream: TextIO, header: bool) -> None:
    stream.flush()
    encoding = stream.encoding if stream.isatty() else "utf-8"
    text = io.TextIOWrapper(stream.buffer, encoding, errors="backslashreplace", newline="")
    try:
        text.write(csv_text(frame, header=header))
        text.flush()
    finally:
        with suppress(OSError):  # it writes what is left; the error that matters is on its way
            text.detach()


def remark(line: str) -> None:
    """Print how far the command is, on standard error."""
    with suppress(ReaderGone, OSError):
        write(visible(line), sys.stderr)


def note(message: str) -> None:
    """Print a remark on standard error; the command goes on, also if nobody reads it."""
    _remark("note:", "yellow", message)


def error(message: str) -> None:
    """Print on standard error why the command failed."""
    _remark("error:", "red", message)


def _remark(title: str, colour: str, message: str) -> None:
    """Print one line; on a terminal its words are not broken."""
    line = f"{title} {visible(one_line(message))}"
    first, *others = lines_that_fit(line, sys.stderr) if _on_terminal(sys.stderr) else [line]
    with suppress(ReaderGone, OSError):
        write(first.replace(title, painted(title, colour, sys.stderr), 1), sys.stderr)
        for part in others:
            write(part, sys.stderr)


def progress_is_seen() -> bool:
    """Return whether standard error is a terminal."""
    return _on_terminal(sys.stderr)


def _on_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def one_line(message: str) -> str:
    """Return the message without line breaks."""
    return re.sub(r"\s*[\r\n]\s*", " ", message.strip())


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Print warnings meant for users as notes, each once, and no others."""
    said = set[str]()

    def say_once(message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in said:  # each of several fits says the same
            said.add(str(message))
            note(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        # The report says both in other words.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Training interrupted")
        warnings.showwarning = say_once
        yield


def no_notes() -> None:
    """Print no notes from here on, until `warnings_as_notes` ends."""
    warnings.simplefilter("ignore")


def say_nothing_more() -> None:
    """Print nothing from here on, until the process ends: another one speaks."""
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
