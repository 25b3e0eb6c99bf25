"""Words for messages: lists of names, the nearest name, counted nouns."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from shlex import quote

__all__ = ["counted", "listed", "meant", "option", "plain_number", "shown"]


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
