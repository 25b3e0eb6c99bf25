"""Truth values of a column of text."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._missing import stands_for_missing

__all__ = ["TRUTH", "are_all", "some_are", "truth_of", "truth_values"]

TRUTH = {"true": 1.0, "false": 0.0}
_MORE_TRUTH = TRUTH | {"t": 1.0, "f": 0.0, "yes": 1.0, "no": 0.0, "y": 1.0, "n": 0.0, "on": 1.0, "off": 0.0,
                        "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}  # fmt: skip

_FIRST_LOOK = 100  # cells; in nearly all columns of other texts they show it


def truth_values(texts: pa.ChunkedArray, words: dict[str, float]) -> NDArray[np.float64] | None:
    """Return 1 and 0 for words of truth, NaN for missing cells; None if there are other words."""
    if not are_all(texts, words):
        return None
    encoded = pc.dictionary_encode(texts.combine_chunks())
    value_of = [words.get(_plainly(text), np.nan) for text in encoded.dictionary.to_pylist()]
    if all(np.isnan(value) for value in value_of):
        return None
    codes = pc.fill_null(encoded.indices, len(value_of)).to_numpy(zero_copy_only=False)
    truth: NDArray[np.float64] = np.array([*value_of, np.nan])[codes]
    return truth


def are_all(texts: pa.ChunkedArray, words: dict[str, float]) -> bool:
    """Return whether all cells are words of truth, or stand for a missing cell."""
    if pc.any(pc.greater(pc.binary_length(texts), 12)).as_py():
        return False
    if _is_other(texts.slice(0, _FIRST_LOOK).drop_null().unique(), words):
        return False
    return not _is_other(texts.drop_null().unique(), words)


def some_are(texts: pa.ChunkedArray, words: dict[str, float]) -> bool:
    """Return whether there is a word of truth among the cells."""
    return any(_plainly(text) in words for text in texts.drop_null().unique().to_pylist())


def truth_of(texts: pa.ChunkedArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return 1 and 0 for words of truth and the like, NaN for others; and which of these are wrong."""
    encoded = pc.dictionary_encode(texts.combine_chunks())
    words = list(map(_plainly, encoded.dictionary.to_pylist()))
    truth = np.array([*(_MORE_TRUTH.get(word, np.nan) for word in words), np.nan])
    wrong = np.array([*(word not in _MORE_TRUTH and not stands_for_missing(word) for word in words), False])
    codes = pc.fill_null(encoded.indices, len(words)).to_numpy(zero_copy_only=False)
    return truth[codes], wrong[codes]


def _is_other(different: pa.Array, words: dict[str, float]) -> bool:
    """Whether some texts are neither words of truth nor stand for a missing cell."""
    found = map(_plainly, different.to_pylist())
    return any(word not in words and not stands_for_missing(word) for word in found)


def _plainly(text: str) -> str:
    return text.strip().casefold()
