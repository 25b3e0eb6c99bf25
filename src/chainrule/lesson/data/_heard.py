"""What the library says of a table while it is read, as lines."""

from collections.abc import Iterator
from contextlib import contextmanager

from chainrule._heard import heard as heard_warnings
from chainrule.tables import TableWarning

__all__ = ["heard"]


@contextmanager
def heard() -> Iterator[list[str]]:
    """Yield a list that has, after the block, one line for each of its `TableWarning`\\ s."""
    lines: list[str] = []
    with heard_warnings() as caught:
        yield lines
    for each in caught:
        if issubclass(each.category, TableWarning):
            lines.append(" ".join(str(each.message).split()))
