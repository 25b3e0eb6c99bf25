"""Words for messages: lists of names, the nearest name, counted nouns."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from shlex import quote
from typing import Any

__all__ = [
    "call_rows_by_files",
    "check_is_name",
    "counted",
    "difference",
    "listed",
    "meant",
    "names_of_columns",
    "option",
    "plain_number",
    "repeated",
    "rows_called_by_files",
    "shown",
    "the_row",
]

_FILES: ContextVar[Sequence[tuple[int, str]]] = ContextVar("files", default=())


def call_rows_by_files(files: Sequence[tuple[int, str]]) -> None:
    """Let `the_row` name files, from here to the end of the context (`contextvars`).

    Parameters
    ----------
    files : sequence of (int, str)
        Number of rows before each file of the table, and its name; empty for a table of one file.
    """
    _FILES.set(files)


@contextmanager
def rows_called_by_files(files: Sequence[tuple[int, str]]) -> Iterator[None]:
    """Let `the_row` name files while the block runs; see `call_rows_by_files`."""
    before = _FILES.set(files)
    try:
        yield
    finally:
        _FILES.reset(before)


def the_row(row: int) -> str:
    """Return how a row of a table, from 0, is called in messages: from 1, and in which file of several.

    >>> the_row(6)
    'row 7'
    """
    files = _FILES.get()
    if not files:
        return f"row {row + 1}"
    before, name = files[max(0, bisect_right(files, row, key=lambda file: file[0]) - 1)]
    return f"row {row - before + 1} of {name}"


def check_is_name(keyword: str, given: object) -> None:
    """Raise TypeError unless it is the name of one column.

    >>> check_is_name("target", ["price", "tax"])
    Traceback (most recent call last):
        ...
    TypeError: target must be the name of one column, got ['price', 'tax']
    """
    if not isinstance(given, str):
        brief = given if isinstance(given, list | tuple | int | float) else f"a {type(given).__name__}"
        raise TypeError(f"{keyword} must be the name of one column, got {brief}")


def meant(name: str, names: Sequence[str]) -> str:
    """Return a question that suggests the nearest of `names`, or nothing.

    >>> meant("Price ", ["carat", "price"])
    " - did you mean 'price'?"
    >>> meant("cost", ["carat", "price"])
    ''
    """
    plain = {other.strip().casefold(): other for other in reversed(names)}
    near = get_close_matches(name.strip().casefold(), plain, n=1)
    return f" - did you mean {plain[near[0]]!r}?" if near else ""


def names_of_columns(table: Any) -> Iterable[Any]:
    """Return the names of a data frame's columns, of any library; none of an array."""
    named: Any = getattr(table, "column_names", None)  # Arrow's: its columns are cells
    found: Iterable[Any] = getattr(table, "columns", ()) if named is None else named
    return found


def repeated(names: Iterable[Any]) -> Any:
    """Return the first name that is there before, None if each is there once.

    >>> repeated(["side", "area", "side"])
    'side'
    """
    before: set[Any] = set()
    for name in names:
        if name in before:
            return name
        before.add(name)
    return None


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, singular or plural.

    >>> counted(1, "row"), counted(12000, "row")
    ('1 row', '12,000 rows')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names in quotes, at most the first few.

    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    quoted = [repr(str(name)) for name in names]
    more = f" and {len(quoted) - most:,} more" if len(quoted) > most else ""
    return ", ".join(quoted[:most]) + more


def difference(names: Iterable[str], others: Iterable[str]) -> str:
    """Return what others lack of names, and what they have beside them; nothing if they are the same.

    >>> difference(["a", "b"], ["b", "c"])
    "it lacks 'a', has also 'c'"
    >>> difference(["a"], ["a", "b"])
    "it has also 'b'"
    """
    known, found = dict.fromkeys(names), dict.fromkeys(others)
    lacking = [name for name in known if name not in found]
    more = [name for name in found if name not in known]
    parts = [f"lacks {listed(lacking)}"] * bool(lacking) + [f"has also {listed(more)}"] * bool(more)
    return f"it {', '.join(parts)}" if parts else ""


def option(name: str, value: str) -> str:
    """Return an option of the command as one types it.

    >>> option("--as", "net weight=number")
    "--as 'net weight=number'"
    """
    return f"{name} {quote(value)}"


def shown(value: object) -> str:
    """Return a value as Python writes it, without the type of NumPy's scalars.

    >>> import numpy as np
    >>> shown(np.str_("a")), shown(np.int64(3))
    ("'a'", '3')
    """
    return repr(value.item() if hasattr(value, "item") else value)


def plain_number(number: float) -> str:
    """Return a number with all of its digits, without a decimal point if it is whole.

    >>> plain_number(-99999999.0), plain_number(0.5)
    ('-99999999', '0.5')
    """
    whole = number == round(number) and abs(number) < 1e15
    return str(int(number)) if whole else repr(float(number))
