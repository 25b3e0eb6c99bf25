"""Warnings about a table that is read in another way than its owner may expect."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from chainrule._heard import heard
from chainrule.tables._names import counted, the_row

__all__ = ["Gathered", "NewValues", "TableWarning", "note"]


class TableWarning(UserWarning):
    """Rows are dropped, or columns are left out or read in a way that one might not expect."""


class NewValues(TableWarning):
    """A column of text holds values that a model has not seen.

    Parameters
    ----------
    column : str
    count : int
        Number of rows with such a value.
    row : int
        The first of them, from 0.
    value : str
        As Python writes it.
    """

    def __init__(self, column: str, count: int, row: int, value: str) -> None:
        self.column, self.count, self.row, self.value = column, count, row, value

    def __str__(self) -> str:
        return (
            f"column {self.column!r}: {counted(self.count, 'row')} with a value that the model has not seen, "
            f"first {self.value} in {the_row(self.row)}"
        )


class Gathered:
    """Gathers what is said of the pieces of a table, to be said once, of the whole table."""

    def __init__(self) -> None:
        self._new: dict[str, NewValues] = {}
        self._others: dict[str, Warning] = {}

    @contextmanager
    def of_piece(self, row: int) -> Iterator[None]:
        """Keep the warnings of the block, which works on a piece with `row` rows before it."""
        with heard() as caught:
            yield
        for each in caught:
            self._add(each.message, row)

    def _add(self, message: Warning | str, row: int) -> None:
        if isinstance(message, NewValues):
            first = self._new.get(message.column) or NewValues(
                message.column, 0, row + message.row, message.value
            )
            self._new[first.column] = NewValues(
                first.column, first.count + message.count, first.row, first.value
            )
        elif isinstance(message, Warning):
            self._others.setdefault(str(message), message)

    def say(self) -> None:
        """Warn of all that was gathered."""
        for new in self._new.values():
            note(str(new))
        for warning in self._others.values():
            warnings.warn(warning, stacklevel=3)


def note(message: str | TableWarning) -> None:
    """Warn with a `TableWarning`; the command prints it as a line on standard error."""
    warnings.warn(message, TableWarning, stacklevel=3)
