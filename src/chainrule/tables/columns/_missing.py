"""Words that stand for a missing cell in columns of numbers, dates and truth values."""

import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["MISSING_WORDS", "SURE_WORDS", "asked_missing", "spread", "stands_for_missing"]

MISSING_WORDS = frozenset(
    word.strip()
    for word in r"""
    na|n/a|n.a.|n.a|n. a.|#n/a|#n/a n/a|#na|<na>|nan|-nan|#nan|nat|null|(null)|<null>|nil|none|\n|1.#qnan
    |-1.#qnan|1.#ind|-1.#ind|missing|unknown|nd|n.d.|n/d|n. d.|no data|nodata|not available|not applicable
    |not known|blank|(blank)|undefined|no answer|don't know|refused|k.a.|k. a.|k.a|keine angabe|keine daten
    |unbekannt|s/d|s.d.|sin dato|non disponible|inconnu|n.v.t.|nvt|onbekend
    """.split("|")
)
"""In lower case. In text they are words like any other."""

SURE_WORDS = frozenset(r"na n/a #n/a #na <na> nan -nan nat null (null) <null> none nil \n".split())
"""Those that programs write: in a target, too, they say that there is none, not that something is wrong."""

_SPREADSHEET_ERROR = re.compile(r"#¡?[a-zäéñ][\w/]*[!?]|#nv")
_PLACEHOLDER = re.compile("[-?.*_/#~\u2013\u2014\u2026]{1,8}|[- ]+")
_NO_DATE = re.compile(
    r"(0000[-/.]00[-/.]00|00[-/.]00[-/.]0000|1900-01-00|00\.01\.1900|1/0/1900)"
    r"([ t]00:00(:00(\.0+)?)?)?"
)


def asked_missing(na: Iterable[str]) -> frozenset[str]:
    """Return the texts that were said to stand for a missing cell.

    Raises
    ------
    TypeError
        It is one text, whose letters would be taken for texts; or one of them is no text.

    Examples
    --------
    >>> sorted(asked_missing(("-999", "?")))
    ['-999', '?']
    """
    if isinstance(na, str):
        raise TypeError(f"na={na!r}: give several texts or one in a tuple, na=({na!r},)")
    texts = frozenset(na)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"na holds {text!r}, a {type(text).__name__}: give texts, such as {str(text)!r}")
    return texts


def stands_for_missing(text: str) -> bool:
    """Return whether a text in a column of numbers says that there is no number.

    >>> stands_for_missing(" N/A"), stands_for_missing("?"), stands_for_missing("12 or so")
    (True, True, False)
    """
    word = text.strip().casefold()
    if not word or word in MISSING_WORDS:
        return True
    return word[0] in _FIRST and any(like.fullmatch(word) for like in _LIKE)


_FIRST = "-?.*_/#~\u2013\u2014\u202601"
_LIKE = (_PLACEHOLDER, _SPREADSHEET_ERROR, _NO_DATE)


def spread(texts: pa.ChunkedArray, most: int) -> pa.ChunkedArray:
    """Return cells from all parts of a column, each once; not only missing ones, however many these are."""
    found = _evenly(texts, most).drop_null()
    if 2 * len(found) < min(most, len(texts)):
        texts = texts.drop_null()
        found = _evenly(texts, most)
    words = {text for text in found.unique().to_pylist() if stands_for_missing(text)}
    are_words = pc.is_in(found, pa.array(sorted(words), pa.string()))
    if words and 2 * pc.sum(are_words).as_py() > len(found):
        others = texts.filter(pc.invert(pc.is_in(texts, pa.array(sorted(words))))).drop_null()
        found = pa.chunked_array(
            [*_evenly(others, most).chunks, *found.filter(are_words).chunks], pa.string()
        )
    return found


def _evenly(texts: pa.ChunkedArray, most: int) -> pa.ChunkedArray:
    rows = np.unique(np.linspace(0, max(0, len(texts) - 1), min(len(texts), most)).astype(np.int64))
    return texts.take(pa.array(rows))
