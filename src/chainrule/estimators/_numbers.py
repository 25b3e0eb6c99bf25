"""Numbers: what scikit-learn takes for such and is none is refused, and what it cannot read is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.network import check_sparse, refuse_no_numbers

__all__ = ["reading_numbers", "refuse_read_as_numbers"]


def refuse_read_as_numbers(values: Any, name: str) -> None:
    """Refuse masked cells, and text and times that scikit-learn has read as numbers.

    Raises
    ------
    ValueError
        As scikit-learn's where it cannot read them.
    """
    try:
        refuse_no_numbers(values, name)
    except TypeError as error:
        raise ValueError(error) from None


@contextmanager
def reading_numbers(X: Any, y: Any = None) -> Iterator[None]:
    """Refuse text, times and masked cells, whether scikit-learn reads them within as numbers or fails to.

    Its own errors say neither in which column nor in which row.

    Parameters
    ----------
    X : array, sparse matrix or data frame
    y : array, optional
        Looked at where it fails alone.
    """
    check_sparse(X)
    try:
        yield
    except (ValueError, TypeError) as error:
        try:
            refuse_read_as_numbers(X, "X")
            if y is not None:
                refuse_read_as_numbers(y, "y")
        except ValueError as refused:
            known = "could not convert string" in str(error)  # words that are looked for in messages
            raise ValueError(f"{error} ({refused})" if known else str(refused)) from None
        raise
    refuse_read_as_numbers(X, "X")
