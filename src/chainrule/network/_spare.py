"""Memory that has done its work, for what is computed next: to ask the system anew takes longer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Spare:
    """Vectors that are no longer needed. Threads may share it: each vector is taken by one of them.

    Parameters
    ----------
    most : int, optional
        Longer vectors are not kept.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._left: dict[tuple[int, np.dtype[Any]], list[Array]] = {}

    def take(self, size: int, dtype: np.dtype[Any]) -> Array:
        """Return a vector to be written to."""
        try:
            return self._left[size, dtype].pop()
        except (KeyError, IndexError):  # others may take what there is: to look first is no use
            return np.empty(size, dtype)

    def take_at_least(self, size: int, dtype: np.dtype[Any]) -> Array:
        """Return one that may be longer: there are few such lengths, so that few vectors are kept."""
        return self.take(1 << (size - 1).bit_length(), dtype)

    def leave(self, vector: Array) -> None:
        """Keep a vector for who comes next."""
        if self._most is None or vector.size <= self._most:
            self._left.setdefault((vector.size, vector.dtype), []).append(vector)
