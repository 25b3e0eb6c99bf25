"""Folds of a prepared table: parts of its rows, each held out once."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chainrule.network import as_index, as_random_state
from chainrule.tables._names import counted
from chainrule.tables._split import SplitTable
from chainrule.tables.ensemble._folds import random_folds, stratified_folds

__all__ = ["FoldedTable", "as_count", "folded"]

_FEWEST = 2


@dataclass(frozen=True)
class FoldedTable:
    """A prepared table and the fold of each of its rows.

    Parameters
    ----------
    whole : SplitTable
        Its rows to learn from are dealt out to the folds.
    fold_of : ndarray of shape (n_rows,)
        -1 for rows that are never held out.
    n_folds : int
    """

    whole: SplitTable
    fold_of: NDArray[np.intp]
    n_folds: int

    def split(self, fold: int) -> SplitTable:
        """Return the table with this fold held out."""
        X, y, held_out = self.whole.X_train, self.whole.y_train, self.fold_of == fold
        return replace(
            self.whole, X_train=X[~held_out], X_test=X[held_out], y_train=y[~held_out], y_test=y[held_out]
        )


def folded(data: SplitTable, n_folds: int, seed: int | None = None) -> FoldedTable:
    """Deal the rows to learn from out to folds, at random; classes in equal shares.

    Parameters
    ----------
    data : SplitTable
    n_folds : int
        From 2 up.
    seed : int, optional

    Raises
    ------
    TypeError
        The table is not prepared, or the number of folds no integer.
    ValueError
        There are too few rows for so many folds.

    Examples
    --------
    >>> import pandas as pd
    >>> from chainrule.tables import split_table
    >>> frame = pd.DataFrame({"side": [side % 7 for side in range(10)]})
    >>> frame["area"] = frame.side**2 / 2
    >>> parts = folded(split_table(frame, "area", test_size=0), 5, seed=0)
    >>> [len(parts.split(fold).y_test) for fold in range(parts.n_folds)]
    [2, 2, 2, 2, 2]
    """
    if not isinstance(data, SplitTable):
        raise TypeError(f"data must be a SplitTable, as split_table returns it, got {type(data).__name__}")
    n_folds = as_count(n_folds, "n_folds", _FEWEST)
    y, random = data.y_train, as_random_state(seed)
    if data.task == "regression":
        fold_of = random_folds(len(y), n_folds, random)
    else:
        fold_of = stratified_folds(np.unique(y, return_inverse=True)[1], n_folds, random)
    held_out = np.bincount(fold_of[fold_of >= 0], minlength=n_folds)
    if not held_out.min() or len(y) - held_out.max() < _FEWEST:
        raise ValueError(f"too few rows for {n_folds} folds: the table has {counted(len(y), 'row')}")
    return FoldedTable(data, fold_of, n_folds)


def as_count(value: object, name: str, least: int) -> int:
    """Return an integer from ``least`` up."""
    number = as_index(value, name)
    if number < least:
        raise ValueError(f"{name} must be {least} or more, got {number}")
    return number
