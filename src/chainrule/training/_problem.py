"""What is to be learnt: a network, its rows and the error that is to diminish."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.network import Inputs, Network, accumulate, batch_rows

if TYPE_CHECKING:
    from chainrule.kernels import Program

Array = NDArray[Any]

# Multiplications in one call of a kernel, about 50 ms: a signal waits until it returns.
_SLICE_PRODUCTS = 250_000_000


@dataclass(frozen=True)
class Problem:
    """Rows, answers and error of a network, checked and of the network's type.

    Attributes
    ----------
    network : Network
        Its η is what learning changes, in place.
    inputs : Inputs of n_samples rows
        Never copied.
    Y : array of shape (n_samples, n_outputs)
    weights : array of shape (n_samples,) or (0,)
        Sample weights; empty for none.
    rows : array of shape (n_train,)
        The rows that are learnt from.
    loss : str
        Name of the loss's kernel.
    alpha : float
        Strength of the L2 term, 0.5 · alpha · ‖W‖² / S, with S the sum of the weights; biases are free.
    reported_share : float
        Factor of the data's part in the loss that minibatch training reports (scikit-learn averages a
        squared error over the outputs, yet follows the gradient of its sum).
    """

    network: Network
    inputs: Inputs
    Y: Array
    weights: Array
    rows: NDArray[np.intp]
    loss: str
    alpha: float = 0.0
    reported_share: float = 1.0

    def value_and_gradient(self) -> tuple[float, Array]:
        """Return E(η) + the L2 term over all rows, and its gradient in float64."""
        net = self.network
        part, gradient = np.empty_like(net.parameters), np.zeros(net.n_parameters)
        error_sum = weight_sum = 0.0
        for rows in self._slices():
            errors, weights = accumulate(
                net.architecture, net.parameters, self.loss, self.inputs, self.Y, self.weights, rows, part
            )
            gradient += part
            error_sum += errors
            weight_sum += weights
        if weight_sum == 0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        W = net.parameters[: net.layout.n_weights].astype(np.float64, copy=False)
        gradient[: len(W)] += self.alpha * W
        gradient /= weight_sum
        return (error_sum + 0.5 * self.alpha * float(W @ W)) / weight_sum, gradient

    def _slices(self) -> Iterator[NDArray[np.intp]]:
        """Cut the rows by the work they make, not by the clock: the same sums on every machine."""
        at_a_time = self.batch_rows()
        batches = max(1, _SLICE_PRODUCTS // (3 * at_a_time * self._products_of_a_row()))
        for first in range(0, len(self.rows), batches * at_a_time):
            yield self.rows[first : first + batches * at_a_time]

    def _products_of_a_row(self) -> int:
        first, *others = self.network.layout.weights
        entries = first.shape[0]
        if self.inputs.is_sparse:
            entries = 1 + len(self.inputs.values) // len(self.inputs)
        return entries * first.shape[1] + sum(block.size for block in others)

    def program_and_head(self) -> tuple["Program", int]:
        """Tell kernels of the network, up to its loss."""
        return self.network.architecture.program_and_head(self.loss, sparse=self.inputs.is_sparse)

    def batch_rows(self) -> int:
        """Return how many rows a pass over all of them takes at a time."""
        return batch_rows(self.network.architecture, self.inputs, len(self.rows))

    def largest_product(self, rows_at_a_time: int) -> int:
        """Count the multiplications of the largest product that BLAS does in a batch."""
        blocks = self.network.layout.weights[self.inputs.is_sparse :]
        return rows_at_a_time * max((block.size for block in blocks), default=0)
