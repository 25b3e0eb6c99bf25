"""Output of the command: results on standard output, notes and errors on standard error."""

import json
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from sklearn.exceptions import ConvergenceWarning

__all__ = ["Interrupted", "error", "note", "one_line", "say", "say_json", "warnings_as_notes"]


class Interrupted(Exception):
    """Ctrl-C was pressed; the message says how far the command came."""


def say(*lines: str) -> None:
    """Print lines of a report."""
    for line in lines:
        typer.echo(line)


def say_json(plain: dict[str, Any]) -> None:
    """Print one JSON document; infinities and NaN, which JSON does not have, become null."""
    typer.echo(json.dumps(_finite(plain), indent=2, ensure_ascii=False, allow_nan=False))


def note(message: str) -> None:
    """Print a remark on standard error; the command goes on."""
    typer.echo(f"{typer.style('note:', fg='yellow')} {one_line(message)}", err=True)


def error(message: str) -> None:
    """Print on standard error why the command failed."""
    typer.echo(f"{typer.style('error:', fg='red', bold=True)} {one_line(message)}", err=True)


def one_line(message: str) -> str:
    """Return the message without line breaks."""
    return " ".join(message.split())


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Print warnings meant for users as notes, and no others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        # The report says both in other words.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Training interrupted")
        warnings.showwarning = lambda message, *_, **__: note(str(message))
        yield


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
