"""A bar on standard error that shows how far a table is read; only on a terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chainrule._progress import bar
from chainrule.cli._console import progress_is_seen
from chainrule.tables.files import TablePieces

__all__ = ["Rows", "rows_shown"]

_PARTS = 1_000
"""Parts of the bar."""


class Rows:
    """Shows rows, rows per second, and the share of the table; or nothing."""

    def __init__(self, pieces: TablePieces, shown: Any = None) -> None:
        self._pieces, self._shown = pieces, shown
        self._total: int | None = None
        self._began = 0.0
        self._task = None if shown is None else shown.add_task("", total=None, rows="", what="")

    def begin(self, what: str, total: int | None = None) -> None:
        """Begin to count rows, of which there are `total`, if that is known."""
        self._total, self._began = total, time.monotonic()
        if self._shown is not None:
            self._shown.reset(self._task, total=_PARTS, what=what, rows="")

    def reached(self, rows: int) -> None:
        """Show that so many rows are done."""
        if self._shown is None:
            return
        share = self._pieces.share() if self._total is None else rows / max(self._total, 1)
        speed = rows / max(time.monotonic() - self._began, 1e-9)
        self._shown.update(
            self._task,
            total=None if share is None else _PARTS,
            completed=0 if share is None else _PARTS * share,
            rows=f"{rows:,} rows, {speed:,.0f} rows/s",
        )


@contextmanager
def rows_shown(pieces: TablePieces) -> Iterator[Rows]:
    """Show rows while the block runs, if standard error is a terminal."""
    if not progress_is_seen():
        yield Rows(pieces)
        return
    with bar("", "what", "rows", counted=False, transient=True) as shown:
        yield Rows(pieces, shown)
