"""What `fit` is given, before anybody is asked about rows."""

from typing import Any

from chainrule.tables._names import names_of_columns, repeated

__all__ = ["check_given", "refuse_name"]


def check_given(X: Any, y: Any) -> None:
    """Raise TypeError where one of them is left out, ValueError where columns of X have one name.

    >>> check_given([[1.0]], None)
    Traceback (most recent call last):
        ...
    TypeError: y is None: fit and score take X and y
    """
    for name, each in (("X", X), ("y", y)):
        if each is None:
            raise TypeError(f"{name} is None: fit and score take X and y")
    if twice := repeated(names_of_columns(X)):
        raise ValueError(f"more than one column of X is named {twice!r}")


def refuse_name(keyword: str, given: Any) -> None:
    """Raise TypeError for the name of a column where values are taken.

    >>> refuse_name("groups", "shop")
    Traceback (most recent call last):
        ...
    TypeError: groups must be values, one for each row, got the name 'shop': give the column itself, \
as in groups=table['shop']
    """
    if isinstance(given, str):
        raise TypeError(
            f"{keyword} must be values, one for each row, got the name {given!r}: give the column itself, as "
            f"in {keyword}=table[{given!r}]"
        )
