"""How much the classes of a table weigh, whose rows others hold: the same whoever holds which of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.tables._sums import ExactSum

__all__ = ["all_sizes", "class_sizes"]

Sizes = Mapping[Any, ExactSum]


def class_sizes(y: NDArray[Any], weights: NDArray[Any] | None = None) -> dict[Any, ExactSum]:
    """Return the exact sum of the weights of each label (None: the number of its rows); of one label a row.

    >>> {label: float(size) for label, size in class_sizes(np.array(["b", "a", "b"])).items()}
    {'a': 1.0, 'b': 2.0}
    """
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] > 1:
        return {}
    labels, numbers = np.unique(y.ravel(), return_inverse=True)
    weights = np.broadcast_to(1.0 if weights is None else weights, len(numbers))
    found = {label: ExactSum() for label in labels.tolist()}
    for number, total in enumerate(found.values()):
        total.add(weights[numbers == number])
    return found


def all_sizes(parts: Iterable[Sizes]) -> dict[Any, float]:
    """Return the sizes of all parts together, each rounded once.

    >>> all_sizes([class_sizes(np.array([1, 0])), class_sizes(np.array([1]), np.array([0.5]))])
    {0: 1.0, 1: 1.5}
    """
    found: dict[Any, ExactSum] = {}
    for part in parts:
        for label, size in part.items():
            found[label] = found[label].plus(size) if label in found else size
    return {label: float(size) for label, size in found.items()}
