"""How large what a lesson shows may be."""

from chainrule.lesson._error import MessageError

__all__ = ["MOST_CLASSES", "MOST_COLUMNS", "MOST_NUMBERS", "MOST_PARAMETERS", "MOST_ROWS", "check_size"]

MOST_PARAMETERS = 100_000
MOST_ROWS = 100_000
MOST_COLUMNS = 200
"""Of a table."""
MOST_CLASSES = 20
"""Or outputs."""
MOST_NUMBERS = 10_000_000
"""Rows times inputs."""


def check_size(n_rows: int, n_inputs: int) -> None:
    """Raise MessageError if rows are too many, or have too many inputs altogether."""
    if not 0 < n_rows <= MOST_ROWS:
        raise MessageError(f"these data have {n_rows:,} rows; a lesson takes 1 to {MOST_ROWS:,}")
    if n_rows * n_inputs > MOST_NUMBERS:
        raise MessageError(
            f"{n_rows:,} rows of {n_inputs:,} inputs are {n_rows * n_inputs:,} numbers; a lesson takes up to "
            f"{MOST_NUMBERS:,}"
        )
