"""A table as several commands learn from it: read, checked and prepared."""

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from chainrule.cli._option_groups import TableOptions
from chainrule.cli._reading import named, read
from chainrule.tables import SplitTable, split_table
from chainrule.tables._names import listed

__all__ = ["drawn", "learnable", "no_target"]


def learnable(
    tables: Sequence[Path],
    reading: TableOptions,
    task: str | None,
    test_size: float = 0.0,
    seed: int | None = None,
) -> SplitTable:
    """Return the table in one or several files, prepared to learn its target.

    Raises
    ------
    OSError, ValueError
        As `read` and `split_table`; without a target the message names the columns.
    """
    options, target = reading.checked(), reading.target
    cells = read(tables, options, () if target is None else (target,))
    if target is None:
        raise no_target(tables, cells.columns)
    return split_table(cells, target, task=task, test_size=test_size, seed=seed, wishes=options.wishes())


def no_target(tables: Sequence[Path], columns: Iterable[str]) -> ValueError:
    """Return the error for a table without a target, which names the columns."""
    return ValueError(f"--target COLUMN is missing; the columns of {named(tables)} are {listed(columns)}")


def drawn(seed: int | None) -> int:
    """Return the seed that was given, or one that is drawn and can be given again."""
    return secrets.randbelow(2**31) if seed is None else seed
