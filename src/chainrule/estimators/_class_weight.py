"""Weights of classes, which multiply those of the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.network import as_number

Array = NDArray[Any]
ClassWeight = Mapping[Any, float] | Literal["balanced"] | None


def _numbers_of_classes(Y: Array) -> NDArray[np.intp]:
    """The number of each row's class: its place in the row, or the one entry, 0 or 1."""
    return Y.argmax(axis=1) if Y.shape[1] > 1 else Y[:, 0].astype(np.intp)


@dataclass(frozen=True)
class ClassWeights:
    """A factor for each class.

    Attributes
    ----------
    factors : array of shape (n_classes,)
    """

    factors: Array

    @classmethod
    def of(cls, given: ClassWeight, classes: Array, Y: Array, weights: Array) -> "ClassWeights":
        """Take the factors from a mapping, or balance the classes of Y.

        Parameters
        ----------
        given : mapping or "balanced"
            A class that the mapping leaves out has the factor 1. Balanced is n / (n_classes · n_c), with n
            rows in all and n_c in the class, counted by their weights: then every class weighs the same.
        classes : array of shape (n_classes,)
        Y : array of shape (n_samples, n_outputs)
        weights : array of shape (n_samples,) or (0,)

        Raises
        ------
        ValueError, TypeError
            For a class that is not there, or a factor that is no number >= 0.
        """
        if isinstance(given, Mapping):
            return cls(_from_mapping(given, classes))
        numbers = _numbers_of_classes(Y)
        return cls.balanced(np.bincount(numbers, weights if weights.size else None, minlength=len(classes)))

    @classmethod
    def balanced(cls, sizes: Array) -> "ClassWeights":
        """Balance classes that weigh so much (n_classes,)."""
        with np.errstate(divide="ignore"):  # of a class without weight every row has none
            factors = sizes.sum() / (len(sizes) * sizes)
        return cls(np.where(sizes > 0, factors, 1.0))

    def times(self, weights: Array, Y: Array) -> Array:
        """Return the weights of rows, ones if there are none, times the factors of their classes."""
        factors = self.factors[_numbers_of_classes(Y)]
        return weights * factors if weights.size else factors


def _from_mapping(given: Mapping[Any, float], classes: Array) -> Array:
    known = classes.tolist()
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"class_weight has a weight for {unknown[0]!r}, y has the classes {known}")
    return np.array(
        [
            as_number(given.get(one, 1.0), f"class_weight of {one!r}", ">= 0", lambda v: 0 <= v < np.inf)
            for one in known
        ]
    )
