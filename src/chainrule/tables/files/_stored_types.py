"""Types that columns are stored as, and those that differ only in how long and how many values can be."""

from collections.abc import Sequence

import pyarrow as pa

__all__ = ["as_type", "plain_type", "widest"]


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return a type without what files may differ in: how long texts and how many categories can be.

    >>> plain_type(pa.large_string()) == plain_type(pa.string_view()) == pa.string()
    True
    """
    if pa.types.is_dictionary(kind):
        return pa.dictionary(pa.int32(), plain_type(kind.value_type), kind.ordered)
    return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind


def widest(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """Return the type that holds the values of all of some types, which are plainly the same."""
    first = kinds[0]
    if all(kind == first for kind in kinds):
        return first
    if pa.types.is_dictionary(first):
        return pa.dictionary(pa.int32(), widest([kind.value_type for kind in kinds]), first.ordered)
    return pa.large_string()


def as_type(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return values as a type that is plainly the same as theirs; nulls without a type as any."""
    if values.type == kind:
        return values
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), kind)
    if not pa.types.is_dictionary(kind):
        return values.cast(kind)
    dictionary = values.dictionary.cast(kind.value_type)
    return pa.DictionaryArray.from_arrays(
        values.indices.cast(kind.index_type), dictionary, ordered=kind.ordered
    )
