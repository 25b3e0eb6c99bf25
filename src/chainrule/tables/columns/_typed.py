"""Columns that were stored with a type: numbers, truth values, dates; what cannot be used."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chainrule.tables.columns._kinds import Kind

__all__ = ["are_whole", "beyond_floats", "is_category", "is_text", "texts_of", "typed_values"]

_DAY = 86_400


def is_text(kind: pa.DataType) -> bool:
    """Return whether cells are text, which may be numbers or dates as people write them."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_category(kind: pa.DataType) -> bool:
    """Return whether cells are of a categorical type: its categories are names, even if they are numbers."""
    if not pa.types.is_dictionary(kind) or pa.types.is_boolean(kind.value_type):
        return False
    return is_text(kind.value_type) or bool(pa.types.is_primitive(kind.value_type))


def typed_values(cells: pa.ChunkedArray) -> tuple[Kind, NDArray[Any]] | None:
    """Return kind and values of a stored column that is not text; None if it cannot be used.

    Dates are in days since 1970-01-01, in universal time where they have a zone, times of day in parts of
    the day, durations in seconds. Missing cells are NaN.
    """
    kind = cells.type
    if pa.types.is_dictionary(kind):
        inside = kind.value_type
        return typed_values(cells.cast(inside)) if pa.types.is_primitive(inside) else None
    if pa.types.is_boolean(kind):
        return "boolean", _floats(cells.cast(pa.int8()))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number", _floats(cells)
    if pa.types.is_decimal(kind):
        return "number", _floats(pc.cast(cells, pa.float64(), safe=False))
    if pa.types.is_null(kind):
        return "number", np.full(len(cells), np.nan)
    if pa.types.is_date(kind):
        return "date", _floats(cells.cast(pa.date32()).cast(pa.int32()))
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        seconds = _floats(cells.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64())) / _ticks(kind)
        if pa.types.is_duration(kind):
            return "number", seconds
        return ("date" if pa.types.is_timestamp(kind) else "time"), seconds / _DAY
    return None


def beyond_floats(values: NDArray[np.float64]) -> bool:
    """Return whether some numbers are so large that floats merge neighbouring whole numbers."""
    return len(values) > 0 and bool(np.nanmax(np.abs(values), initial=0.0) >= 2**53)


def are_whole(cells: pa.ChunkedArray) -> bool:
    """Return whether all floats are whole numbers, or missing."""
    values = cells.to_numpy().astype(np.float64, copy=False)
    with np.errstate(invalid="ignore"):
        return bool(np.all(np.isnan(values) | ((values == np.floor(values)) & (np.abs(values) < 2**53))))


def texts_of(cells: pa.ChunkedArray, whole: bool | None = None) -> pa.ChunkedArray:
    """Return cells as text: whole numbers without a decimal point, even where they are stored as floats.

    ``whole`` says whether all floats of the column are whole, if the cells are a piece of it.
    """
    kind = cells.type
    if pa.types.is_dictionary(kind):
        return texts_of(cells.cast(kind.value_type), whole)
    if pa.types.is_boolean(kind):
        return pc.if_else(cells, "True", "False")
    if pa.types.is_floating(kind):
        if are_whole(cells) if whole is None else whole:
            values = cells.to_numpy().astype(np.float64, copy=False)
            cells = pc.cast(pa.chunked_array([pa.array(values, from_pandas=True)]), pa.int64())
        return pc.cast(pc.if_else(pc.is_valid(cells), cells, None), pa.string())
    return pc.cast(cells, pa.string())


def _floats(cells: pa.ChunkedArray) -> NDArray[np.float64]:
    values: NDArray[np.float64] = pc.cast(cells, pa.float64(), safe=False).to_numpy()
    return values


def _ticks(kind: pa.DataType) -> float:
    return {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
