"""What a table made us do that its owner should hear of."""

import warnings

__all__ = ["TableWarning", "note"]


class TableWarning(UserWarning):
    """Rows dropped, columns left out or read in a way that one might not expect."""


def note(message: str) -> None:
    """Warn with a `TableWarning`; the command prints it as a line on standard error."""
    warnings.warn(message, TableWarning, stacklevel=3)
