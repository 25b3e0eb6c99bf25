"""A guess at the encoding of text that is not UTF-8."""

import re
from collections.abc import Iterator
from itertools import islice

from chainrule.tables.files._content import Content
from chainrule.tables.files._flow import whole_lines

__all__ = ["guess_encoding"]

_SAMPLE = 1 << 16  # bytes
_MOST_WORDS = 200
_LINES = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_WORD = re.compile(r"[^\W\d_]*[^\x00-\x7f][^\W\d_]*")

# Encodings that tables are found in; among all there are, short texts would be taken for odd ones.
_USUAL = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
_LATIN = ["cp1252", "cp1250", "cp1254", "cp1257"]

# Letters and signs of the Western languages; þ, ð, ý, õ, û and others are more often another encoding's.
_WESTERN = "äöüßéèêëàâçñáíóúîïôùûøåæœãìòÄÖÜÉÈÊÀÂÇÑÁÍÓÚÎÔØÅÆŒ€£§°²³µ·½–—…‘’“”„«»¿¡ºª©®™±× "
_WORD_OF_WESTERN = re.compile(rf"[a-zA-Z{_WESTERN}]*")
# Signs between letters, a capital behind a small letter, many letters beyond ASCII together.
_STRANGE = re.compile(
    r"[^\W\d_][¢£¤¥¦§¨©¬®¯°±²³´¶¸¹¼½¾¿×÷†‡ˆ‰‹›˜•…„“”‚ƒ™¡ªº«»][^\W\d_]"
    r"|[a-zß-ÿ][À-ÞŠŒŽŸ]|[\x80-\x9f]|[^\x00-\x7f]{4}"
)
_CYRILLIC = re.compile("[А-ЯЁІЇЄ]?[а-яёіїє]*|[А-ЯЁІЇЄ]*")
_WORDS_OF = (
    ("cp1252", _WORD_OF_WESTERN),
    ("cp1254", re.compile("[a-zA-ZçğıöşüâîÇĞİÖŞÜ]*")),  # Turkish
    ("cp1257", re.compile("[a-zA-ZąčęėįšųūžāēģīķļņäöõüĄČĘĖĮŠŲŪŽĀĒĢĪĶĻŅÄÖÕÜ]*")),  # Baltic
    ("cp850", _WORD_OF_WESTERN),
    ("mac_roman", _WORD_OF_WESTERN),
    ("cp1251", _CYRILLIC),
    ("koi8_r", _CYRILLIC),
    ("cp866", _CYRILLIC),
    ("cp1253", re.compile("[Α-ΩΆΈΉΊΌΎΏ]?[α-ωάέήίόύώϊϋΐΰ]*|[Α-ΩΆΈΉΊΌΎΏ]*")),
)


def guess_encoding(content: Content) -> tuple[str, str]:
    """Return the likely encoding, and a word of the text with letters beyond ASCII.

    All lines with such letters are looked at, or evenly spaced ones of them. First come the encodings in
    which nearly all words are ones of a language as it is spelled, Windows' Western encoding before others:
    short texts tell too little for statistics of letters, which judge the rest.
    """
    sample = _fair_sample(content)
    fitting = (encoding for encoding, words in _WORDS_OF if _fits(sample, encoding, words))
    encoding = next(fitting, None) or _by_statistics(sample, content.origin)
    try:
        return encoding, _a_word(content, encoding)
    except UnicodeDecodeError:
        return "latin-1", _a_word(content, "latin-1")  # has a letter for every byte


def _a_word(content: Content, encoding: str) -> str:
    """Return one of the longest words with letters beyond ASCII; all bytes are decoded."""
    words: list[str] = []
    for piece in whole_lines(content.pieces()):
        text = piece.decode(encoding)
        if len(words) < _MOST_WORDS:
            words += _WORD.findall(text)
    return max(words[:_MOST_WORDS], key=lambda word: min(len(word), 20))[:20]


def _fair_sample(content: Content) -> bytes:
    size = sum(map(len, _strange_lines(content)))
    return b"\n".join(islice(_strange_lines(content), 0, None, 1 + size // _SAMPLE))


def _strange_lines(content: Content) -> Iterator[bytes]:
    """Yield the lines with letters beyond ASCII."""
    for piece in whole_lines(content.pieces()):
        if not piece.isascii():
            yield from _LINES.findall(piece)


def _words(sample: bytes, encoding: str) -> tuple[list[str], int]:
    """Return the words beyond ASCII, and how often something occurs that no language has."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return [], 1
    return _WORD.findall(text), len(_STRANGE.findall(text))


def _fits(sample: bytes, encoding: str, words: re.Pattern[str]) -> bool:
    found, strange = _words(sample, encoding)
    if words is not _WORD_OF_WESTERN:
        strange = 0  # those are signs between Latin letters
    wrong = sum(not words.fullmatch(word) for word in found)
    return bool(found) and (wrong + strange) * 20 <= len(found)


def _by_statistics(sample: bytes, origin: str) -> str:
    try:
        from charset_normalizer import from_bytes
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{origin} is not UTF-8; name its --encoding, or have it guessed: pip install 'chainrule[cli]'",
            name="charset_normalizer",
        ) from error
    latin, strange = _words(sample, "cp1252")
    among = _LATIN if latin and strange * 10 <= len(latin) else _USUAL
    best = from_bytes(sample, cp_isolation=among).best()
    return best.encoding if best else "cp1252"
