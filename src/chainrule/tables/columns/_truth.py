"""Truth values of a column of text."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._missing import stands_for_missing

__all__ = ["MORE_TRUTH", "TRUTH", "truth_values"]

TRUTH = {"true": 1.0, "false": 0.0}
MORE_TRUTH = TRUTH | {"t": 1.0, "f": 0.0, "yes": 1.0, "no": 0.0, "y": 1.0, "n": 0.0, "on": 1.0, "off": 0.0,
                        "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}  # fmt: skip


def truth_values(texts: pa.ChunkedArray, words: dict[str, float]) -> NDArray[np.float64] | None:
    """Return 1 and 0 for words of truth, NaN for missing cells; None if there are other words."""
    if pc.any(pc.greater(pc.binary_length(texts), 12)).as_py():
        return None
    encoded = pc.dictionary_encode(texts.combine_chunks())
    found = [text.strip().casefold() for text in encoded.dictionary.to_pylist()]
    value_of = [words.get(word, np.nan) for word in found]
    known = [
        np.isnan(value) and not stands_for_missing(word) for value, word in zip(value_of, found, strict=True)
    ]
    if any(known) or all(np.isnan(value) for value in value_of):
        return None
    codes = pc.fill_null(encoded.indices, len(value_of)).to_numpy(zero_copy_only=False)
    truth: NDArray[np.float64] = np.array([*value_of, np.nan])[codes]
    return truth
