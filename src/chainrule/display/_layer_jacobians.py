"""Heat maps of the factors of a network's derivative, and of their product."""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from chainrule.display._display import Display

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LayerJacobianDisplay"]


class LayerJacobianDisplay(Display):
    """∂F/∂x of one row as a product: a heat map of each layer's matrix diag(σ′(q)) A, and one of the product.

    Each matrix has a scale of its own: blue is above 0, red below, white is 0.

    Parameters
    ----------
    factors : sequence of arrays of shape (fan_out, fan_in)
        Of one row, output first.

    Attributes
    ----------
    product : ndarray of shape (n_outputs, n_inputs)
    axes_ : list of matplotlib Axes
        One a factor, and that of the product.
    ax_ : matplotlib Axes
        The axes that were given; the others lie within.
    figure_ : matplotlib Figure

    Raises
    ------
    ValueError
        There are no factors, or their shapes do not make a chain.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = LayerJacobianDisplay([[[1.0, 2.0]], [[1.0, 0.0, 3.0], [0.0, 1.0, 1.0]]])
    >>> display.product
    array([[1., 2., 5.]])
    >>> [ax.get_title() for ax in display.plot(ax=Figure().subplots()).axes_]
    ['layer 2: 1×2', 'layer 1: 2×3', 'product: 1×3']
    """

    axes_: "list[Axes]"

    def __init__(self, factors: Sequence[ArrayLike]) -> None:
        self.factors = [np.asarray(factor, dtype=float) for factor in factors]
        if not self.factors:
            raise ValueError("a chain needs at least one factor")
        matrices = all(factor.ndim == 2 for factor in self.factors)
        if not matrices or any(a.shape[1] != b.shape[0] for a, b in pairwise(self.factors)):
            shapes = " · ".join(str(each.shape) for each in self.factors)
            raise ValueError(f"the factors of one row are matrices that make a chain, not {shapes}")
        self.product = reduce(np.matmul, self.factors)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, *, row: int = 0, ax: "Axes | None" = None) -> Self:
        """Draw the factors at one row.

        Parameters
        ----------
        estimator : object
            A `Network`, or an estimator that has one as ``network_``.
        X : array of shape (n_samples, n_features)
            As the network takes it.
        row : int, default=0
            Which of the rows of X.
        ax : matplotlib Axes, optional

        Returns
        -------
        LayerJacobianDisplay
        """
        network = getattr(estimator, "network_", estimator)
        factors = network.layer_jacobians(np.asarray(X)[[row]])
        return cls([factor[0] for factor in factors]).plot(ax)

    def _draw(self, ax: "Axes") -> None:
        ax.set_axis_off()
        matrices = [*self.factors, self.product]
        # Widths like those of the matrices, but none is too narrow to be seen.
        widest = max(matrix.shape[1] for matrix in matrices)
        ratios = [max(matrix.shape[1], 0.25 * widest) for matrix in matrices]
        places = np.concatenate([[0.0], np.cumsum(ratios) / np.sum(ratios)])
        self.axes_ = []
        for number, matrix in enumerate(matrices):
            left, right = places[number : number + 2]
            inner = ax.inset_axes((left + 0.01, 0.0, right - left - 0.02, 0.9))
            largest = float(np.abs(matrix).max(initial=0)) or 1.0
            inner.imshow(matrix, cmap="RdBu", vmin=-largest, vmax=largest, aspect="auto")
            inner.set(xticks=[], yticks=[])
            inner.set_title(f"{self._word(number)}: {matrix.shape[0]}×{matrix.shape[1]}", fontsize=9)
            self.axes_.append(inner)

    def _word(self, number: int) -> str:
        return "product" if number == len(self.factors) else f"layer {len(self.factors) - number}"
