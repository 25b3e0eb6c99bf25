"""The letters that the bytes of a text file stand for."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from chainrule.tables.files._content import Content
from chainrule.tables.files._flow import Flow, line_ends, whole_lines
from chainrule.tables.files._guess import guess_encoding
from chainrule.tables.files._rows import line_of

__all__ = ["Text", "as_utf8", "in_memory"]

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True)
class Text:
    """Content in UTF-8, without a byte order mark."""

    content: Content
    last_quote: int  # where its last quotation mark is, in bytes; -1 if it has none


def as_utf8(content: Content, encoding: str | None, *, held: bool = True) -> tuple[Text, list[str]]:
    """Return the content in UTF-8, and a note if its encoding was guessed.

    Of other encodings it is held in memory, or decoded each time it is read.

    A byte order mark tells the encoding, else `encoding` does; without both it is UTF-8 if all bytes fit,
    UTF-16 if every second byte is zero, and else guessed.

    Raises
    ------
    ValueError
        There is no such encoding, or bytes do not fit it, or NUL bytes are left: that is no text.
    """
    named = _known(encoding) if encoding else None
    head = content.head(1 << 12)
    mark, marked = next((pair for pair in _MARKS if head.startswith(pair[0])), (b"", None))
    used = named or marked or _utf_16_without_mark(head)
    if used in (None, "utf-8"):
        content = replace(content, start=len(mark) if mark == codecs.BOM_UTF8 else 0)
        census = _census(content)
        if census.utf_8:
            return Text(content, census.last_quote), []
    notes = []
    if used is None:
        used, word = guess_encoding(content)
        notes.append(
            f"{content.origin} is not UTF-8: it is read as {used}, so that a word in it is {word!r}; "
            "--encoding names another"
        )
    if held:
        return in_memory(content.origin, b"".join(_in_utf_8(content, used))), notes
    decoded = Flow(content.origin, b"", make=partial(_in_utf_8, content, used))
    return Text(decoded, _census(decoded).last_quote), notes


def in_memory(origin: str, text: bytes) -> Text:
    """Return text that is already in UTF-8."""
    return Text(Content(origin, text), text.rfind(b'"'))


def _known(encoding: str) -> str:
    """Return the plain name of an encoding of text."""
    try:
        found = codecs.lookup(encoding)
        if not found._is_text_encoding or found.name in ("undefined", "idna", "punycode"):
            raise LookupError
    except (LookupError, ValueError, UnicodeError) as error:
        raise ValueError(
            f"there is no encoding {encoding!r}; common ones are utf-8, utf-16, cp1252 (Windows, Western), "
            "latin-1, cp1250, cp1251, mac_roman, shift_jis, gb18030"
        ) from error
    return "utf-8" if found.name in ("utf-8", "utf-8-sig", "ascii") else found.name


def _utf_16_without_mark(head: bytes) -> str | None:
    """Return UTF-16's order of bytes if every second byte is zero, as in texts of mostly Latin letters."""
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if pairs < 2 or min(even, odd) * 20 > pairs or max(even, odd) * 10 < pairs * 7:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


@dataclass(frozen=True)
class _Census:
    utf_8: bool
    last_quote: int


def _census(content: Content) -> _Census:
    """Look at all bytes once."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    last_quote, read, utf_8, pending = -1, 0, True, False
    for piece in content.pieces():
        if (place := piece.rfind(b'"')) >= 0:
            last_quote = read + place
        read += len(piece)
        if b"\0" in piece:
            raise ValueError(_nul(content))
        if utf_8 and (pending or not piece.isascii()):
            try:
                decoder.decode(piece)
                pending = bool(decoder.getstate()[0])
            except UnicodeDecodeError:
                utf_8 = False
    return _Census(utf_8 and not pending, last_quote)


def _in_utf_8(content: Content, encoding: str) -> Iterator[bytes]:
    """Yield the content in UTF-8, piece by piece, without a byte order mark."""
    decoder, lines, first = codecs.getincrementaldecoder(encoding)(), content.lines, True
    for piece, last in _with_last(whole_lines(content.pieces())):
        try:
            text = decoder.decode(piece, last)
        except UnicodeDecodeError as error:
            data = error.object  # with what was left of the piece before
            where = f"{content.origin}, line {lines + line_of(data, error.start)}"
            raise ValueError(
                f"{where}: byte 0x{data[error.start]:02x} is not {encoding.upper()} text; "
                "--encoding names another encoding"
            ) from error
        except UnicodeError as error:
            raise ValueError(f"{content.origin} is not {encoding} text: {error}") from error
        if "\0" in text:
            here = Content(content.origin, text.encode(errors="replace"), lines=lines)
            raise ValueError(_nul(here))
        lines += line_ends(piece)
        yield (text.removeprefix("\ufeff") if first else text).encode()
        first = False


def _with_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each piece, and whether it is the last."""
    before = next(pieces, b"")
    for piece in pieces:
        yield before, False
        before = piece
    yield before, True


def _nul(content: Content) -> str:
    """Return the message that names the line of the first NUL byte."""
    line = content.lines + 1
    for piece in whole_lines(content.pieces()):
        before, nul, _ = piece.partition(b"\0")
        line += line_ends(before)
        if nul:
            break
    return (
        f"{content.origin}, line {line}: a NUL byte; this is binary data and not a table of text, or it is "
        "damaged"
    )
