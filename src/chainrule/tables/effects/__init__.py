"""Effects of the columns of a table on what a fitted model predicts: averaged over rows, and at one row."""

from chainrule.tables.effects._effects import CategoryEffect, ColumnEffect, Effects, effects_of
from chainrule.tables.effects._row import explain_row

__all__ = ["CategoryEffect", "ColumnEffect", "Effects", "effects_of", "explain_row"]
