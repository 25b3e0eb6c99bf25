"""What `groups` may be: values that say which rows belong together, one for each, and not those of y."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SAME_VALUES",
    "TARGET_AS_GROUPS",
    "are_target",
    "refuse_target",
    "values_of_groups",
]

TARGET_AS_GROUPS = "groups {}: give another column, whose values say which rows belong together"
SAME_VALUES = TARGET_AS_GROUPS.format("has the values of y, the target")


def values_of_groups(groups: Any, n: int) -> NDArray[Any]:
    """Return the values of n rows.

    Raises
    ------
    ValueError
        If there is not one for each row.
    """
    values = np.asarray(groups)
    if values.shape != (n,):
        raise ValueError(f"groups must be of shape ({n},), one for each row, got {values.shape}")
    return values


def refuse_target(groups: Any, y: Any) -> None:
    """Raise ValueError where groups have the values of y."""
    if are_target(groups, y) and len(y):
        raise ValueError(SAME_VALUES)


def are_target(groups: Any, y: Any) -> bool:
    """Return whether groups have the values of y, in each row.

    >>> are_target([1, 2, 2], [1.0, 2.0, 2.0]), are_target([1, 2, 3], [1.0, 2.0, 2.0])
    (True, False)
    """
    values, targets = np.asarray(groups), np.asarray(y)
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    try:
        return values.shape == targets.shape and bool((values == targets).all())
    except TypeError:  # pandas' own NA is neither equal nor not; a missing value is refused later
        return False
