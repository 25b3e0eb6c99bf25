"""A few rows that stand for a table: what estimators read columns, types and classes from."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.tables._class_sizes import class_sizes
from chainrule.tables._sums import ExactSum

__all__ = ["Facts", "look", "sample_of"]

Array = NDArray[Any]


class Facts(NamedTuple):
    """What must be known of a partition before a network learns.

    Attributes
    ----------
    rows : int
    X, y
        The first two.
    labels : array or None
        Different values of y, sorted; of a classifier.
    sizes : dict
        How much the rows of each weigh (`class_sizes`).
    """

    rows: int
    X: Any
    y: Array
    labels: Array | None
    sizes: dict[Any, ExactSum]


def look(classifies: bool) -> Callable[[int, Any, Any, Any], Facts]:
    """Return what is asked about each partition."""
    return partial(_facts, classifies)


def _facts(classifies: bool, number: int, X: Any, y: Array, weights: Any) -> Facts:
    head = X.iloc[:2] if hasattr(X, "iloc") else X[:2]
    known = classifies and len(y)
    sizes = class_sizes(y, weights) if known else {}
    return Facts(len(y), head, y[:2], np.unique(y) if known else None, sizes)


def sample_of(names: Sequence[str], facts: Sequence[Facts], classifies: bool) -> tuple[Any, Array]:
    """Return some rows of X and y; of a classifier each class is among them, at least once.

    Parameters
    ----------
    names : sequence of str
        Of the partitions.
    facts : sequence of Facts
    classifies : bool

    Raises
    ------
    ValueError
        If columns or types differ between partitions.
    """
    filled = [(name, each) for name, each in zip(names, facts, strict=True) if each.rows]
    _check_alike(filled)
    head = filled[0][1]
    if not classifies:
        return head.X, head.y
    labels = _union([each.labels for _, each in filled if each.labels is not None])
    if head.y.ndim == 2 and head.y.shape[1] > 1:
        y = np.repeat(labels[:2, None], head.y.shape[1], axis=1) if len(labels) <= 2 else head.y
    else:
        y = labels
    return _first(head.X, len(y)), y


def _union(labels: list[Array]) -> Array:
    """Return all labels, sorted."""
    return np.unique(np.concatenate(labels))


def _first(X: Any, n: int) -> Any:
    """Return n rows, the first one again and again."""
    rows = np.zeros(n, dtype=np.intp)
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _check_alike(facts: list[tuple[str, Facts]]) -> None:
    """Raise ValueError where a partition has other columns or types than the first one."""
    first, one = facts[0]
    for name, other in facts[1:]:
        for what, of in (("columns", _columns), ("dtypes", _dtypes)):
            before, now = of(one.X), of(other.X)
            if before != now:
                raise ValueError(f"{what} of X differ: {before} in {first}, {now} in {name}")
        if one.y.shape[1:] != other.y.shape[1:]:
            raise ValueError(f"y of {name} has another number of columns than that of {first}")


def _columns(X: Any) -> list[str] | int:
    return list(X.columns) if hasattr(X, "columns") else X.shape[1]


def _dtypes(X: Any) -> list[str]:
    return [str(each) for each in X.dtypes] if hasattr(X, "dtypes") else [str(X.dtype)]
