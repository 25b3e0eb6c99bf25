"""Folds: which rows each member of an ensemble holds back to decide when to stop."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.tables._names import counted, shown
from chainrule.tables._warning import note
from chainrule.tables.ensemble._groups_given import values_of_groups

Folds = NDArray[np.intp]
"""The fold of each row; -1 for rows that are never held back."""


def random_folds(n: int, k: int, random: np.random.RandomState) -> Folds:
    """Deal rows out to k folds of equal size, at random.

    >>> import numpy as np
    >>> np.bincount(random_folds(10, 3, np.random.RandomState(0)))
    array([4, 3, 3])
    """
    folds = np.empty(n, dtype=np.intp)
    folds[random.permutation(n)] = np.arange(n) % k
    return folds


def stratified_folds(codes: NDArray[np.intp], k: int, random: np.random.RandomState) -> Folds:
    """Deal the rows of each class out to k folds; the row of a class that has only one is never held back."""
    folds = np.full(len(codes), -1, dtype=np.intp)
    order = random.permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    counts = np.bincount(codes)
    several = np.repeat(counts > 1, counts)
    dealt = order[several]
    folds[dealt] = np.arange(len(dealt)) % k  # classes one after the other: each is dealt out in turn
    return folds


def grouped_folds(groups: ArrayLike, n: int, k: int, random: np.random.RandomState) -> Folds:
    """Deal groups of rows out to k folds, the largest first, each to the fold with the fewest rows.

    Raises
    ------
    ValueError, TypeError
        If there is not a group for each row, or only one group; if values cannot be compared.
    """
    named = values_of_groups(groups, n)
    with np.errstate(invalid="ignore"):  # as NumPy calls a comparison of NaN from 2.5 on
        missing = np.asarray(_is_missing(named), dtype=bool)
    if missing.any():
        raise ValueError(f"groups has no value in row {int(missing.argmax()) + 1}: each row is of a group")
    try:
        names, codes = np.unique(named, return_inverse=True)
    except TypeError as error:
        raise TypeError(f"groups must be all numbers, all dates or all text: {error}") from error
    if len(names) < 2:
        raise ValueError(
            f"groups holds one group only, {shown(names[0])}: members need rows of others to stop by"
        )
    return deal_groups(np.bincount(codes), k, random)[codes]


def _missing(value: Any) -> bool:
    try:
        return value is None or not value == value
    except TypeError:  # pandas.NA, which cannot be asked
        return True


_is_missing = np.frompyfunc(_missing, 1, 1)


def deal_groups(sizes: NDArray[np.intp], k: int, random: np.random.RandomState) -> Folds:
    """Return the fold of each group of rows: the largest first, each to the fold with the fewest rows."""
    drawn = random.permutation(len(sizes))
    filled, fold_of = np.zeros(min(k, len(sizes)), dtype=np.intp), np.empty(len(sizes), dtype=np.intp)
    for group in drawn[np.argsort(-sizes[drawn], kind="stable")]:  # groups, not rows
        fold_of[group] = filled.argmin()
        filled[fold_of[group]] += sizes[group]
    return fold_of


def check_validation(validation: str, grouped: bool) -> None:
    """Raise ValueError where groups are given, and no folds are drawn."""
    if grouped and validation == "last":
        raise ValueError("groups goes with validation='random'; 'last' holds back the last rows")


def last_rows(n: int, k: int) -> Folds:
    """Hold back the last of k parts of rows that are in the order of time: all members stop by it."""
    folds = np.full(n, -1, dtype=np.intp)
    folds[n - max(1, n // k) :] = 0
    return folds


def check_classes(counts: NDArray[Any], names: NDArray[Any], k: int) -> None:
    """Warn of classes that have fewer rows than there are folds.

    Raises
    ------
    ValueError
        If every class has one row only.
    """
    if counts.max() < 2:
        raise ValueError(
            f"y has {len(counts):,} classes with one row each: no row of a class can be held back to stop "
            "by; if y is a number, take TableRegressor"
        )
    rare = counts < k
    if rare.any():
        first = names[rare][0]
        rows = counted(int(counts[rare][0]), "row")
        more = f" (and {int(rare.sum()) - 1:,} more classes)" if rare.sum() > 1 else ""
        note(
            f"class {shown(first)} has {rows}{more}, fewer than the {k} folds: some "
            "members stop by rows without it"
        )
