"""What a transformer makes of rows, and how a derivative passes back through it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array

Array: TypeAlias = NDArray[Any]
Columns: TypeAlias = NDArray[np.bool_]
Place: TypeAlias = tuple[str, ...]
"""Names of steps, the outermost first."""
Pullback: TypeAlias = Callable[[Array, slice], Array]

NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Passage:
    """Rows behind a transformer T, with its derivative at the rows before it.

    Attributes
    ----------
    value : array, sparse matrix or data frame of shape (n, m)
        T(X), as the next step takes it.
    pullback : callable
        Of U (k rows for each of the chosen samples, each of m numbers) and the slice of samples that are
        chosen: U · DT (n chosen, k, d). The derivative itself is never made where it is diagonal or sparse.
    origin : ndarray of shape (m,)
        Column of X that a column of the value is a copy of, missing cells aside; -1 where it is none.
    computed : ndarray of bool of shape (d,)
        Columns of X from which something else than a copy or a category is made.
    known : mapping
        Categories of each column of X that an encoder reads.
    """

    value: Any
    pullback: Pullback
    origin: NDArray[np.intp]
    computed: Columns
    known: Mapping[int, Array] = field(default_factory=dict)

    @property
    def used(self) -> Columns:
        """Columns of X that go on as numbers, copied or computed with."""
        used = self.computed.copy()
        used[self.origin[self.origin != NOWHERE]] = True
        return used

    def before(self, used: Columns, known: Mapping[int, Array]) -> tuple[Columns, dict[int, Array]]:
        """Return the used columns of X, and their categories, from those of the value."""
        all_used, all_known = self.computed.copy(), dict(self.known)
        for column, source in enumerate(self.origin.tolist()):
            if source != NOWHERE:
                all_used[source] |= used[column]
                if column in known:
                    all_known[source] = known[column]
        return all_used, all_known


def computed(value: Any, pullback: Pullback, d: int) -> Passage:
    """Return the passage of a transformer that computes with all d columns."""
    return Passage(value, pullback, np.full(value.shape[1], NOWHERE), np.ones(d, bool))


def copied(value: Any, pullback: Pullback, origin: NDArray[np.intp], d: int) -> Passage:
    """Return the passage of a transformer that hands columns on."""
    return Passage(value, pullback, origin, np.zeros(d, bool))


def unchanged(X: Any) -> Passage:
    """Return the passage of no transformer at all."""
    d = X.shape[1]
    return copied(X, lambda U, rows: U, np.arange(d), d)


def chained(first: Passage, second: Passage) -> Passage:
    """Return D(second ∘ first): the row is multiplied with the derivative of the later step first."""
    origin = np.where(second.origin == NOWHERE, NOWHERE, first.origin[second.origin])
    computed, known = first.before(second.computed, second.known)
    return Passage(
        second.value, lambda U, rows: first.pullback(second.pullback(U, rows), rows), origin, computed, known
    )


def dense(X: Any) -> Any:
    """Return X, if it is sparse as an array."""
    return X.toarray() if hasattr(X, "toarray") else X


def as_numbers(X: Any) -> Array:
    """Return rows of any kind as an array of float64; missing cells are NaN."""
    numbers: Array = check_array(dense(X), dtype=np.float64, ensure_all_finite=False)
    return numbers


def diagonal(slopes: Array, value: Any) -> Passage:
    """Return the passage of a transformer that treats each cell alone; slopes (n, d), or (1, d) for all."""
    n, d = value.shape
    slopes = np.broadcast_to(slopes, (n, d))
    return computed(value, lambda U, rows: U * slopes[rows, None, :], d)


def linear(matrix: Array, value: Any) -> Passage:
    """Return the passage of X ↦ X Wᵀ + b, W (m, d)."""
    return computed(value, lambda U, rows: U @ matrix, matrix.shape[1])
