"""Columns of a table: the kind of each, decided from all of its cells, and its values."""

from chainrule.tables.columns._column import Hints, ReadColumn
from chainrule.tables.columns._kinds import KINDS, Kind
from chainrule.tables.columns._known import CellsAsText, KnownColumns
from chainrule.tables.columns._missing import MISSING_WORDS, SURE_WORDS, asked_missing
from chainrule.tables.columns._numbers import are_plain
from chainrule.tables.columns._spelling import DateSpelling, NumberSpelling
from chainrule.tables.columns._table import read_columns, say_how_read
from chainrule.tables.columns._texts import plain_text, read_texts
from chainrule.tables.columns._typed import is_category, is_text, texts_of
from chainrule.tables.columns._unusual import (
    FEWEST_ROWS,
    MOST_CATEGORIES,
    Extremes,
    InMemory,
    NumbersSeen,
    number_for_missing,
    why_identifier,
    why_text_identifier,
)

__all__ = [
    "FEWEST_ROWS",
    "KINDS",
    "MISSING_WORDS",
    "MOST_CATEGORIES",
    "SURE_WORDS",
    "CellsAsText",
    "DateSpelling",
    "Extremes",
    "Hints",
    "InMemory",
    "Kind",
    "KnownColumns",
    "NumberSpelling",
    "NumbersSeen",
    "ReadColumn",
    "are_plain",
    "asked_missing",
    "is_category",
    "is_text",
    "number_for_missing",
    "plain_text",
    "read_columns",
    "read_texts",
    "say_how_read",
    "texts_of",
    "why_identifier",
    "why_text_identifier",
]
