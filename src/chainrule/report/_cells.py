"""Cells of a table as a reader has them: numbers with their unit, dates, times of day, yes and no."""

from typing import Any

import numpy as np
import pandas as pd

from chainrule.report._subject import unit_of
from chainrule.report._words import cut
from chainrule.tables import Column

__all__ = ["LONGEST", "cell_of", "date_of", "value_of"]

LONGEST = 60
"""Letters of a name or cell that are shown."""


def cell_of(column: Column, row: "pd.Series[Any]") -> str:
    """Return what a row of the model's inputs has in a column."""
    if column.kind != "time":
        return value_of(column, row[column.name])
    sine, cosine = (float(row[name]) for name in column.inputs)
    if np.isnan(sine) or np.isnan(cosine):
        return "missing"
    minutes = round(np.arctan2(sine, cosine) / (2 * np.pi) * 1440) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def value_of(column: Column, value: Any) -> str:
    """Return a value of a column that is no time of day.

    >>> value_of(Column("sold", "date"), 19000.5), value_of(Column("garden", "boolean"), 1.0)
    ('2022-01-08 12:00', 'yes')
    """
    if pd.isna(value):
        return "missing"
    if isinstance(value, str):
        return cut(value, LONGEST) or "(empty)"
    if column.kind == "boolean" and value in (0, 1):
        return "yes" if value else "no"
    return date_of(float(value)) if column.kind == "date" else unit_of(column.spelling).exactly(float(value))


def date_of(days: float) -> str:
    """Return the date, and the time where there is one, so many days after the first of 1970."""
    if abs(days) > 3_000_000:
        return f"{days:.6g} days after 1970"
    minutes = np.datetime64(round(days * 1440), "m")
    day, _, time = str(minutes).partition("T")
    return day if time == "00:00" else f"{day} {time}"
