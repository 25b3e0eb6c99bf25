"""A few rows that stand for a table: what estimators read columns, types and classes from."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.dask._holder import Facts

__all__ = ["sample_of"]

Array = NDArray[Any]


def sample_of(facts: Mapping[int, Facts], classifies: bool) -> tuple[Any, Array]:
    """Return some rows of X and y; of a classifier each class is among them, at least once.

    Raises
    ------
    ValueError
        If columns or types differ between partitions.
    """
    filled = [(number, each) for number, each in sorted(facts.items()) if each.rows]
    _check_alike(filled)
    head = filled[0][1].head
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


def _check_alike(facts: list[tuple[int, Facts]]) -> None:
    """Raise ValueError where a partition has other columns or types than the first one."""
    first, one = facts[0]
    for number, other in facts[1:]:
        for name, of in (("columns", _columns), ("dtypes", _dtypes)):
            before, now = of(one.head.X), of(other.head.X)
            if before != now:
                raise ValueError(
                    f"{name} of X differ: {before} in partition {first}, {now} in partition {number}"
                )
        if one.head.y.shape[1:] != other.head.y.shape[1:]:
            raise ValueError(f"partition {number} of y has another number of columns than partition {first}")


def _columns(X: Any) -> list[str] | int:
    return list(X.columns) if hasattr(X, "columns") else X.shape[1]


def _dtypes(X: Any) -> list[str]:
    return [str(each) for each in X.dtypes] if hasattr(X, "dtypes") else [str(X.dtype)]
