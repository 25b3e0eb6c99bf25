"""Warnings about a table that is read in another way than its owner may expect."""

import warnings

__all__ = ["TableWarning", "note"]


class TableWarning(UserWarning):
    """Rows are dropped, or columns are left out or read in a way that one might not expect."""


def note(message: str) -> None:
    """Warn with a `TableWarning`; the command prints it as a line on standard error."""
    warnings.warn(message, TableWarning, stacklevel=3)
