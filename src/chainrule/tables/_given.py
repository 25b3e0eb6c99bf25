"""What `fit` of engines is given, before anybody is asked about rows."""

from typing import Any

from chainrule.tables._names import names_of_columns, repeated

__all__ = ["check_given"]


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
