"""Text of a column: spaces at the ends taken off, and Unicode's twins made one."""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Texts", "plain_text", "read_texts"]


@dataclass(frozen=True)
class Texts:
    """Text of a column.

    Parameters
    ----------
    codes : ndarray of int, shape (n_rows,)
        Which of the words each cell is; -1 where it is missing.
    words : list of str
        The different texts, in the order in which they come up.
    twins : dict of str to str
        Texts that differ from a word in spaces at their ends or in Unicode's composition, and the word
        that they are read as, if both occur.
    """

    codes: NDArray[np.int64]
    words: list[str]
    twins: dict[str, str]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How often each word occurs."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))

    @cached_property
    def n_missing(self) -> int:
        """Number of missing cells."""
        return int(np.sum(self.codes < 0))

    def values(self) -> NDArray[np.object_]:
        """Return the cells as an object array, NaN where they are missing."""
        return np.array([*self.words, np.nan], dtype=object)[self.codes]


def plain_text(text: str) -> str:
    """Return text without spaces at its ends, composed as usual (NFC).

    >>> plain_text(" Cafe\\u0301 ") == "Caf\\u00e9"
    True
    """
    return unicodedata.normalize("NFC", text.strip())


def read_texts(texts: pa.ChunkedArray, spelled: dict[str, str] | None = None) -> Texts:
    """Return the text of a column of strings; nulls and cells of nothing but spaces are missing.

    Parameters
    ----------
    texts : ChunkedArray of string
    spelled : dict of str to str, optional
        How words were written in the pieces of the column above these cells, if it is read in pieces; new
        words are added.
    """
    encoded = pc.dictionary_encode(texts.combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    written = encoded.dictionary.to_pylist()
    number: dict[str, int] = {}
    first_spelling: dict[str, str] = {} if spelled is None else spelled
    twins, new_code = {}, np.empty(len(written) + 1, dtype=np.int64)
    for code, text in enumerate(written):
        word = plain_text(text)
        if not word:
            new_code[code] = -1
            continue
        new_code[code] = number.setdefault(word, len(number))
        if first_spelling.setdefault(word, text) != text:
            twins[text if text != word else first_spelling[word]] = word
    new_code[-1] = -1
    codes = pc.fill_null(encoded.indices, len(written)).to_numpy(zero_copy_only=False)
    return Texts(new_code[codes], list(number), twins)
