"""Texts rewritten as Arrow's reader of CSV wants them: other spellings of the same cells, line for line."""

import re
from collections.abc import Iterable

import numpy as np

__all__ = ["are_quoted_lines", "needs_rewriting", "requoted", "tabbed", "unquoted_lines"]

_BLANKS = re.compile(rb"[ \t]+")
_EDGES = re.compile(rb"^[ \t]+|[ \t]+$", re.MULTILINE)
_BLANKS_OR_QUOTED = re.compile(
    rb'((?:(?<=[ \t\n])|\A)"(?:[^"]++|"")*+")|([ \t]+)(?=[\n]|\Z)|(?:(?<=\n)|\A)([ \t]+)|[ \t]+'
)
_QUOTED_LINE = re.compile(rb'^"((?:[^"\r\n]|"")*+)"[ \t]*(?=\r?$)', re.MULTILINE)
_BACKSLASHED = re.compile(rb'\\(["\\])')


def are_quoted_lines(sample: bytes) -> bool:
    """Whether every line stands in quotation marks as a whole, as if its row were one cell."""
    lines = [line.strip() for line in re.split(rb"[\r\n]+", sample) if line.strip()]
    return len(lines) > 1 and all(_QUOTED_LINE.fullmatch(line) for line in lines)


def unquoted_lines(text: bytes) -> bytes:
    """Return the text without the quotation marks around its lines; those within are not doubled any more."""
    return _QUOTED_LINE.sub(lambda m: m[1].replace(b'""', b'"'), text)


def tabbed(text: bytes) -> bytes:
    """Return the text with one tab for every run of spaces between cells, and none at the ends of a line."""
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b'"' not in text:
        return _BLANKS.sub(b"\t", _EDGES.sub(b"", text))
    return _BLANKS_OR_QUOTED.sub(lambda m: m[1] or (b"" if m[2] or m[3] else b"\t"), text)


def needs_rewriting(pieces: Iterable[bytes], last_quote: int) -> bool:
    """Whether quotation marks, up to the last one, follow spaces or backslashes: a fast look at all bytes."""
    before, read = b"", 0
    for piece in pieces:
        letters = np.frombuffer(before + piece, np.uint8)
        ahead = letters[np.flatnonzero(letters[1:] == ord('"'))]
        if np.isin(ahead, (ord(" "), ord("\\"))).any():
            return True
        before, read = piece[-1:], read + len(piece)
        if read > last_quote:
            break
    return False


def requoted(text: bytes, separator: str) -> bytes | None:
    """Return the text with quotes that open where cells begin, and doubled within; None if they are so.

    Spaces between a separator and the quotation mark go. A mark behind a backslash is doubled if there is one
    where its cell cannot end.
    """
    start = rb"(\A|[\r\n" + re.escape(separator.encode()) + rb"])"
    after = rb'[^"\r\n' + re.escape(separator.encode()) + rb"]"
    new = text
    if re.search(start + rb'[ ]*+"(?:[^"\\]++|""|\\[^"])*+\\"(?=' + after + rb")", new):
        new = _BACKSLASHED.sub(lambda m: b'""' if m[1] == b'"' else m[0], new)
    if re.search(start + rb'[ ]+"', new):
        new = re.sub(start + rb'[ ]*+("(?:[^"]++|"")*+")', rb"\1\2", new)
    return None if new is text else new
