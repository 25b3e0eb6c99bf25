"""A table as several commands learn from it: read, checked and prepared."""

import secrets
from pathlib import Path

from chainrule.cli._option_groups import TableOptions
from chainrule.cli._reading import read
from chainrule.tables import SplitTable, split_table
from chainrule.tables._names import listed

__all__ = ["drawn", "learnable"]


def learnable(
    table: Path,
    target: str | None,
    reading: TableOptions,
    task: str | None,
    test_size: float = 0.0,
    seed: int | None = None,
) -> SplitTable:
    """Return the table in a file, prepared to learn its column `target`.

    Raises
    ------
    OSError, ValueError
        As `read` and `split_table`; without a target the message names the columns.
    """
    options = reading.checked(target)
    cells = read(table, options, () if target is None else (target,))
    if target is None:
        raise ValueError(f"--target COLUMN is missing; the columns of {table} are {listed(cells.columns)}")
    return split_table(cells, target, task=task, test_size=test_size, seed=seed, wishes=options.wishes())


def drawn(seed: int | None) -> int:
    """Return the seed that was given, or one that is drawn and can be given again."""
    return secrets.randbelow(2**31) if seed is None else seed
