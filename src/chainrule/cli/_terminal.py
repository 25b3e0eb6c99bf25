"""Text as a terminal can show it: control characters escaped, colours where they are wanted, known widths.

Imports no library: it is needed before they are loaded.
"""

import os
import re
import shutil
import sys
import textwrap
import unicodedata
from typing import TextIO

from chainrule._progress import silence

__all__ = [
    "ReaderGone",
    "abandon",
    "cut",
    "lines_that_fit",
    "padded",
    "painted",
    "screen_width",
    "visible",
    "width_of",
    "wrapped",
    "writable",
    "write",
]

# Without these joiners Persian, Hindi and many emoji are written wrongly. They do not move the cursor.
_JOINERS = "\u200c\u200d"
# Control, formatting (among them marks that turn the direction of writing), surrogates, line separators.
_ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_OUR_OWN = {"²": "^2", "…": "...", "±": "+-", "∂": "d", "█": "#", "·": "."}
"""Characters of the command's own words, in ASCII."""

_COLOURS = {"red": "1;31", "yellow": "33"}


class ReaderGone(Exception):
    """Whoever read standard output or standard error, such as ``head``, has ended."""


def visible(text: str) -> str:
    r"""Return text with its control characters escaped, so that it cannot command the terminal.

    >>> print(visible("a\x1b[31m\nb\u202ec é 猫"))
    a\x1b[31m\nb\u202ec é 猫
    """
    if text.isprintable():
        return text
    return "".join(_escape(one) if _commands(one) else one for one in text)


def _commands(one: str) -> bool:
    return unicodedata.category(one) in _ESCAPED and one not in _JOINERS


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")


def writable(text: str, encoding: str | None) -> str:
    r"""Return text with those characters escaped that an encoding does not have.

    >>> print(writable("R² of Köln", "ascii"))
    R^2 of K\xf6ln
    """
    encoding = encoding or "utf-8"
    if _has(encoding, text):
        return text
    return "".join(one if _has(encoding, one) else _OUR_OWN.get(one, _escape(one)) for one in text)


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def write(line: str, stream: TextIO | None) -> None:
    """Write a line, and a line break, to standard output or standard error; nothing if that is closed.

    Raises
    ------
    ReaderGone
        The other end of the pipe is closed.
    OSError
        The line cannot be written; the message names the stream.
    """
    if stream is None:
        return
    try:
        stream.write(writable(line, getattr(stream, "encoding", None)) + "\n")
        stream.flush()
    except OSError as error:
        abandon(stream, error)


def abandon(stream: TextIO, error: OSError) -> None:
    """Give a stream up that cannot be written to, and raise ReaderGone or an OSError that names it."""
    silence(stream)
    if isinstance(error, BrokenPipeError):
        raise ReaderGone from error
    name = "standard error" if stream is sys.stderr else "standard output"
    raise OSError(f"cannot write to {name}: {error.strerror or error}") from error


def painted(text: str, colour: str, stream: TextIO | None) -> str:
    """Return text in a colour, if the stream is a terminal that shows colours and NO_COLOR is not set."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if _shows_colours(stream) else text


def _shows_colours(stream: TextIO | None) -> bool:
    """Return whether to use colours: https://no-color.org, https://force-color.org."""
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    if forced := os.environ.get("FORCE_COLOR"):
        return forced.lower() not in ("0", "false")
    # Windows says in this way that its terminal knows the codes.
    known = os.name != "nt" or bool(os.environ.get("WT_SESSION") or os.environ.get("TERM"))
    return known and os.environ.get("TERM") != "dumb" and stream.isatty()


def screen_width() -> int:
    """Return how wide a table may be: as the terminal is, 80 where there is none."""
    return max(50, min(shutil.get_terminal_size().columns, 120))


def lines_that_fit(line: str, stream: TextIO | None) -> list[str]:
    """Return a line in parts that are no wider than the terminal; as it is where none shows it.

    Parts after the first are indented as what follows the first word's column.
    """
    shown = stream is not None and stream.isatty()
    if not shown and "COLUMNS" not in os.environ:  # a file or a program reads it
        return [line]
    return wrapped(line, shutil.get_terminal_size().columns)


def wrapped(line: str, width: int, indent: str | None = None) -> list[str]:
    """Return a line in parts of at most `width` columns, if its words are not longer.

    Parts after the first are indented, as what follows the first word's column if `indent` is not given.

    >>> wrapped("target   price: guessed from its values", 26)
    ['target   price: guessed', '         from its values']
    """
    if width_of(line) <= width:
        return [line]
    if indent is None:
        label = re.match(r"\S.{0,18}?\s{2,}|\s+", line)
        indent = " " * (len(label[0]) if label else 2)
    fits = len(indent) < width // 2
    found = textwrap.wrap(
        line, width, subsequent_indent=indent if fits else "", break_long_words=False,
        break_on_hyphens=False, drop_whitespace=True,
    )  # fmt: skip
    return found or [line]


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> width_of("abc"), width_of("猫"), width_of("e\u0301")
    (3, 2, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_width(one) for one in text)


def _width(one: str) -> int:
    if unicodedata.combining(one) or one in _JOINERS or unicodedata.category(one) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1


def cut(text: str, width: int) -> str:
    """Return a text of at most `width` columns; ``…`` stands for what was cut off.

    >>> cut("temperature", 8), cut("wind", 8)
    ('tempera…', 'wind')
    """
    if width_of(text) <= width:
        return text
    while text and width_of(text) > width - 1:
        text = text[:-1]
    return text + "…"


def padded(text: str, width: int) -> str:
    """Return a text filled up with spaces to `width` columns."""
    return text + " " * (width - width_of(text))
