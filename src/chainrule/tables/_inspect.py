"""Choice of the columns to learn from."""

from typing import Any

import pandas as pd
from pandas.api.types import infer_dtype, is_integer_dtype

from chainrule.tables._kinds import Kind, find_text_that_is_no_number, kind_of, words
from chainrule.tables._names import counted, listed
from chainrule.tables._schema import Column, Schema
from chainrule.tables._warning import note

__all__ = ["MOST_CATEGORIES", "inspect_columns"]

MOST_CATEGORIES = 100
"""Most inputs that are made of a text column; if it has more values, the rarest share one input."""

_NAMES_OF_ROW_NUMBERS = ("", "Unnamed: 0", "index", "rownames")


def inspect_columns(frame: pd.DataFrame, target: str) -> Schema:
    """Return the columns to learn `target` from, and warn of each column that is left out.

    Columns are left out if they have no value at all, if their values are neither numbers, truth values,
    dates nor text, if their texts hardly ever repeat, or if they are the row numbers that data frames write
    as a first column.

    Raises
    ------
    ValueError
        No column is left to learn from.

    Warns
    -----
    TableWarning
        For each column that is left out, or read in a way that one might not expect.
    """
    others = [str(name) for name in frame.columns if str(name) != target]
    kinds = {name: _usable_kind(frame[name]) for name in others}
    columns = tuple(Column(name, kind) for name, kind in kinds.items() if kind)
    if not columns:
        raise ValueError(f"no column is left to learn {target!r} from; the table has {listed(frame.columns)}")
    return Schema(target, columns, tuple(name for name, kind in kinds.items() if not kind))


def _usable_kind(values: "pd.Series[Any]") -> Kind | None:
    why, kind = _why_not(values), None
    if why is None:
        kind = kind_of(values)
        why = f"holds {infer_dtype(values.dropna())} values" if kind is None else None
    if kind == "text":
        why = _why_not_text(values)
    if why:
        note(f"column {str(values.name)!r} is left out: it {why}")
        return None
    if kind == "date":
        note(f"column {str(values.name)!r} is read as dates, in days since 1970-01-01")
    return kind


def _why_not(values: "pd.Series[Any]") -> str | None:
    if values.isna().all():
        return "has no value in any row"
    if str(values.name) in _NAMES_OF_ROW_NUMBERS and is_integer_dtype(values) and values.is_unique:
        return "only numbers the rows"
    return None


def _why_not_text(values: "pd.Series[Any]") -> str | None:
    present = values.dropna()
    different = present.nunique()
    strange = find_text_that_is_no_number(present)
    if len(strange) * 5 <= len(present) and not isinstance(values.dtype, pd.CategoricalDtype):
        _note_nearly_numbers(values, strange)
    if different > MOST_CATEGORIES and different * 2 > len(present):
        return f"has {different:,} different texts in {len(present):,} rows (names, keys or remarks?)"
    if different > MOST_CATEGORIES:
        note(
            f"column {str(values.name)!r} has {different:,} different texts: "
            f"the {MOST_CATEGORIES - 1} most frequent get an input each, the others share one"
        )
    return None


def _note_nearly_numbers(values: "pd.Series[Any]", strange: "pd.Series[Any]") -> None:
    if not len(strange):
        why = "they are stored as text"
    else:
        more = f" (and of {counted(len(strange) - 1, 'more row')})" if len(strange) > 1 else ""
        why = f"because of {words(strange)[0]!r} in row {strange.index[0]}{more}"
    note(f"column {str(values.name)!r} is read as text, not as numbers: {why}")
