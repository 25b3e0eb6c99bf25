"""Kinds of columns, and conversion of their cells to numbers or text."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import infer_dtype

from chainrule.tables._names import counted

__all__ = ["KINDS", "Kind", "cells", "find_text_that_is_no_number", "kind_of", "words"]

Kind = Literal["number", "boolean", "date", "text"]
KINDS: tuple[Kind, ...] = ("number", "boolean", "date", "text")

_KIND_OF_INFERRED: dict[str, Kind] = {
    "integer": "number",
    "floating": "number",
    "decimal": "number",
    "mixed-integer-float": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
    "datetime64": "date",
    "string": "text",
    "mixed-integer": "text",
}
# The variance of larger numbers is not finite.
_LARGEST = 1e150
_ISO_DATE = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?"
_TRUTH = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


def kind_of(values: "pd.Series[Any]") -> Kind | None:
    """Return the kind of the cells that are not missing; None for what cannot be used (lists, bytes, …).

    Text is a date if every cell is an ISO date. A categorical is text unless its categories are truth values.

    >>> import pandas as pd
    >>> kind_of(pd.Series([1.5, None])), kind_of(pd.Series(["a", "b"])), kind_of(pd.Series([[1], [2]]))
    ('number', 'text', None)
    >>> kind_of(pd.Series(["2024-02-28", "2024-02-29"])), kind_of(pd.Series(["2024-02-28", "soon"]))
    ('date', 'text')
    """
    present = values.dropna()
    if isinstance(values.dtype, pd.CategoricalDtype):
        return "boolean" if infer_dtype(values.dtype.categories) == "boolean" else "text"
    kind = _KIND_OF_INFERRED.get(infer_dtype(present))
    if kind == "text" and _are_iso_dates(present):
        return "date"
    return kind


def _are_iso_dates(present: "pd.Series[Any]") -> bool:
    # The first cell is enough to tell most columns of text from dates.
    if not len(present) or not pd.Series([str(present.iloc[0])]).str.fullmatch(_ISO_DATE).all():
        return False
    text = present.astype(str)
    return bool(text.str.fullmatch(_ISO_DATE).all() and _days(text).notna().all())


def cells(values: "pd.Series[Any]", kind: Kind) -> NDArray[Any]:
    """Return a column as pipelines take it: floats with NaN, or an object array of text with NaN.

    Truth values become 0 and 1, dates become days since 1970-01-01.

    Raises
    ------
    ValueError
        A cell is not of that kind, is infinite, or larger than 1e150; the message names column and row.

    Examples
    --------
    >>> import pandas as pd
    >>> cells(pd.Series([True, None, False], dtype=object), "boolean")
    array([ 1., nan,  0.])
    >>> cells(pd.Series(["1970-01-02 12:00"]), "date")
    array([1.5])
    """
    if kind == "text":
        return words(values)
    converted = _CONVERT[kind](values)
    numbers = converted.to_numpy(dtype=float, na_value=np.nan)
    _reject(np.isnan(numbers) & values.notna().to_numpy(), values, _EXPECTED[kind])
    _reject(np.isinf(numbers), values, "finite number")
    _reject(np.abs(numbers) > _LARGEST, values, f"number that can be scaled (at most {_LARGEST:g} in size)")
    return numbers


def words(values: "pd.Series[Any]") -> NDArray[np.object_]:
    """Return cells as text; whole numbers without a decimal point, even if they are stored as floats."""
    codes, different = pd.factorize(values)
    spelt = np.array([*map(_word, different), np.nan], dtype=object)
    return spelt[codes]  # the code of a missing cell is -1


def find_text_that_is_no_number(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the cells of a text column that are no numbers, with their rows."""
    different = pd.Series(values.dropna().unique())
    return values[values.isin(different[_number(different).isna()])]


def _word(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _number(values: "pd.Series[Any]") -> "pd.Series[Any]":
    plain = values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values
    return pd.to_numeric(plain, errors="coerce")


def _boolean(values: "pd.Series[Any]") -> "pd.Series[Any]":
    return values.astype(object).map(lambda cell: _TRUTH.get(str(cell).lower(), np.nan)).astype(float)


def _days(values: "pd.Series[Any]") -> "pd.Series[Any]":
    times = pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce")
    # A date, not Timestamp(0): that one counts nanoseconds, which do not reach back to 1182.
    return (times - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(days=1)


_CONVERT: dict[Kind, Callable[["pd.Series[Any]"], "pd.Series[Any]"]] = {
    "number": _number,
    "boolean": _boolean,
    "date": _days,
}
_EXPECTED: dict[Kind, str] = {
    "number": "number",
    "boolean": "truth value (true or false)",
    "date": "date such as 2024-02-29",
}


def _reject(wrong: NDArray[np.bool_], values: "pd.Series[Any]", expected: str) -> None:
    if wrong.any():
        first = int(wrong.argmax())
        more = f" (and in {counted(int(wrong.sum()) - 1, 'more row')})" if wrong.sum() > 1 else ""
        raise ValueError(
            f"column {str(values.name)!r}, row {values.index[first]}: "
            f"{_shown(values.iloc[first])} is not a {expected}{more}"
        )
