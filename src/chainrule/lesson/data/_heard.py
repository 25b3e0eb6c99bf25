"""What the library says of a table while it is read, as lines."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from chainrule.tables import TableWarning

__all__ = ["heard"]

_ONE_AT_A_TIME = Lock()  # Python keeps warnings for all threads in one place


@contextmanager
def heard() -> Iterator[list[str]]:
    """Yield a list that has, after the block, one line for each of its `TableWarning`\\ s."""
    lines: list[str] = []
    with _ONE_AT_A_TIME, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield lines
    for each in caught:
        if issubclass(each.category, TableWarning):
            lines.append(" ".join(str(each.message).split()))
