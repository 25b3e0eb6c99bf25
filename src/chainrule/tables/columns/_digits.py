"""Digits of other scripts: full-width, Arabic and Persian ones, and the marks and signs that go with them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["in_ascii_digits"]

_ZEROS = "\uff10\u0660\u06f0"
_DIGITS = "".join(chr(ord(zero) + digit) for zero in _ZEROS for digit in range(10))
# The Arabic mark between groups is no comma, which might be a decimal mark; an apostrophe cannot.
_MARKS = {"\uff0e": ".", "\uff0c": ",", "\uff0b": "+", "\uff0d": "-", "\uff05": "%"} | {
    "\u066b": ".", "\u066c": "'", "\u066a": "%"
}  # fmt: skip
_PLAIN = str.maketrans(_MARKS | {mark: str(at % 10) for at, mark in enumerate(_DIGITS)})


def in_ascii_digits(texts: pa.ChunkedArray, always: bool = False) -> pa.ChunkedArray | None:
    """Return cells with the digits 0 to 9, signs and marks of ASCII; None if no cell has other digits.

    With ``always`` also then if other cells of the column have other digits, and these but their marks.

    >>> cells = pa.chunked_array([["\\uff11\\uff12.\\uff15", None, "\\u0663\\u066b\\u0665"]])
    >>> in_ascii_digits(cells).to_pylist()
    ['12.5', None, '3.5']
    """
    if all(map(_is_ascii, texts.chunks)):
        return None
    if not always and not pc.any(pc.match_substring_regex(texts, f"[{_DIGITS}]")).as_py():
        return None
    encoded = pc.dictionary_encode(texts.combine_chunks())
    words = [text.translate(_PLAIN) for text in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(words, pa.string()).take(encoded.indices)])


def _is_ascii(chunk: pa.Array) -> bool:
    letters = chunk.buffers()[2]
    return not letters or np.frombuffer(letters, np.uint8).max() < 128
